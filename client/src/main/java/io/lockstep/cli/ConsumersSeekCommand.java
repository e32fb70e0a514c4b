package io.lockstep.cli;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.ConsumerState;
import io.lockstep.client.LockstepClient;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Moves a durable consumer. */
@Command(
        name = "seek",
        mixinStandardHelpOptions = true,
        description = {
            "Move a durable consumer forth or back; who owns it goes on there at once.",
            "What it acknowledged beyond its position is forgotten."
        })
final class ConsumersSeekCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Parameters(index = "0", paramLabel = "NAME", description = "Name of the consumer.")
    private String name;

    @Option(
            names = "--to",
            required = true,
            paramLabel = "PLACE",
            description = "start, live, a position in bytes, or a time like 2026-11-21T10:00:00Z.")
    private String to;

    @Option(names = "--shard", paramLabel = "S", description = "Only in this shard. Default: in all that have it.")
    private Integer shardId;

    @Override
    public Integer call() {
        NamedConsumers.checkFilter(spec, name);
        final StartPosition start;
        try {
            start = StartOption.parse(to);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage().replace("--from", "--to"), ex);
        }
        final PrintWriter out = spec.commandLine().getOut();
        try (LockstepClient client = cluster.connect("lockstep-consumers")) {
            final List<ConsumerState> states = NamedConsumers.find(client, name, shardId, cluster.connectTimeoutNs());
            if (start.kind() == StartPosition.Kind.POSITION && states.size() > 1) {
                throw new ParameterException(
                        spec.commandLine(), "a position belongs to one shard; say which one with --shard");
            }
            for (final ConsumerState state : states) {
                final long position =
                        client.consumers().seek(state.shardId(), state.consumerId(), start, cluster.connectTimeoutNs());
                if (output.isJson()) {
                    out.println(OutputOptions.lineOf(OutputOptions.newObject()
                            .put("consumer", name)
                            .put("shard", state.shardId())
                            .put("position", position)));
                } else {
                    out.printf("shard %d: '%s' goes on at %d%n", state.shardId(), name, position);
                }
            }
        }
        out.flush();
        return 0;
    }
}
