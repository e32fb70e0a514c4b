package io.lockstep.cli;

import io.lockstep.client.LockstepClient;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Lists dead letters. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description =
                "List the dead letters that nobody has dealt with: shard and position, topic, group, reason, attempts"
                        + " and payload. With --output json a line for each.")
final class DeadLettersListCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Mixin
    private DeadLetterOptions which;

    @Override
    public Integer call() {
        final int count = which.count();
        try (LockstepClient client = cluster.connect("lockstep-dead-letters")) {
            final PrintWriter out = spec.commandLine().getOut();
            final DeadLetterDesk desk = new DeadLetterDesk(client, which.filter(), cluster.connectTimeoutNs());
            desk.process(count, letter -> {
                out.println(output.isJson() ? OutputOptions.lineOf(letter.toJson()) : letter.toText());
                return false;
            });
            out.flush();
            which.tellBlocked(desk);
        }
        return 0;
    }
}
