package io.lockstep.cli;

import io.lockstep.client.LockstepClient;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Puts dead letters away. */
@Command(
        name = "purge",
        mixinStandardHelpOptions = true,
        description =
                "Put dead letters away: they are not listed any more. They stay in the journal until retention removes"
                        + " them.")
final class DeadLettersPurgeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Mixin
    private DeadLetterOptions which;

    @Mixin
    private DeadLetterCount most;

    @Override
    public Integer call() {
        final int count = most.value();
        try (LockstepClient client = cluster.connect("lockstep-dead-letters")) {
            final DeadLetterDesk desk = new DeadLetterDesk(client, which.filter(), cluster.connectTimeoutNs());
            final int purged = desk.process(count, letter -> true);
            final PrintWriter out = spec.commandLine().getOut();
            out.println(
                    output.isJson()
                            ? OutputOptions.lineOf(OutputOptions.newObject().put("purged", purged))
                            : purged + " dead letter(s) put away");
            out.flush();
            which.tellBlocked(desk);
        }
        return 0;
    }
}
