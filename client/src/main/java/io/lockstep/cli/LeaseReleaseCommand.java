package io.lockstep.cli;

import io.lockstep.client.LeaseGrant;
import io.lockstep.client.LockstepClient;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Ends a publisher lease before its time. */
@Command(
        name = "release",
        mixinStandardHelpOptions = true,
        description =
                "End a publisher lease that is held, so that another holder can have it. The topic stays guarded.")
final class LeaseReleaseCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Mixin
    private LeaseTopic topic;

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            required = true,
            description = "Token of the lease, so that no other than this one is ended.")
    private long token;

    @Override
    public Integer call() {
        final String name = topic.name(spec.commandLine());
        try (LockstepClient client = cluster.connect("lockstep-lease")) {
            final LeaseGrant grant = client.leases().release(name, token, cluster.connectTimeoutNs());
            if (!grant.isAccepted()) {
                throw LeaseTopic.refused(name, grant);
            }
            final PrintWriter out = spec.commandLine().getOut();
            out.println(
                    output.isJson()
                            ? OutputOptions.lineOf(OutputOptions.newObject()
                                    .put("event", "released")
                                    .put("topic", name)
                                    .put("token", grant.token()))
                            : "released " + name + " with token " + grant.token());
            out.flush();
        }
        return 0;
    }
}
