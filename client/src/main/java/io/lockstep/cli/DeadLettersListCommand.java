package io.lockstep.cli;

import io.lockstep.client.LockstepClient;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
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

    @Option(names = "--limit", paramLabel = "N", description = "At most so many, from 1. Default: all.")
    private int limit = Integer.MAX_VALUE;

    @Override
    public Integer call() {
        if (limit < 1) {
            throw new ParameterException(spec.commandLine(), "--limit takes 1 or more, but it is " + limit);
        }
        try (LockstepClient client = cluster.connect("lockstep-dead-letters")) {
            final PrintWriter out = spec.commandLine().getOut();
            final DeadLetterDesk desk = new DeadLetterDesk(client, which.filter(), cluster.connectTimeoutNs());
            desk.list(
                    limit,
                    letter -> out.println(output.isJson() ? OutputOptions.lineOf(letter.toJson()) : letter.toText()));
            out.flush();
        }
        return 0;
    }
}
