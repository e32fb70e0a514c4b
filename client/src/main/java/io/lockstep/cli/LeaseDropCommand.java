package io.lockstep.cli;

import io.lockstep.client.LeaseGrant;
import io.lockstep.client.LockstepClient;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Guards a topic no longer. */
@Command(
        name = "drop",
        mixinStandardHelpOptions = true,
        description = "Guard a topic no longer: end its publisher lease, whoever holds it, and let everybody publish.")
final class LeaseDropCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Mixin
    private LeaseTopic topic;

    @Override
    public Integer call() {
        final String name = topic.name(spec.commandLine());
        try (LockstepClient client = cluster.connect("lockstep-lease")) {
            final LeaseGrant grant = client.leases().drop(name, cluster.connectTimeoutNs());
            if (!grant.isAccepted()) {
                throw LeaseTopic.refused(name, grant);
            }
            final PrintWriter out = spec.commandLine().getOut();
            out.println(
                    output.isJson()
                            ? OutputOptions.lineOf(OutputOptions.newObject()
                                    .put("event", "dropped")
                                    .put("topic", name)
                                    .put("lastToken", grant.token()))
                            : "dropped " + name + (grant.token() == 0 ? ", which was not guarded" : ""));
            out.flush();
        }
        return 0;
    }
}
