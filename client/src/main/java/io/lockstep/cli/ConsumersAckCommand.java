package io.lockstep.cli;

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

/** Acknowledges for a durable consumer. */
@Command(
        name = "ack",
        mixinStandardHelpOptions = true,
        description = {
            "Acknowledge a message of a durable consumer that nobody owns now, and all messages before it.",
            "For what was handled in another way; while a program owns the consumer, only that may acknowledge."
        })
final class ConsumersAckCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Parameters(index = "0", paramLabel = "NAME", description = "Name of the consumer.")
    private String name;

    @Parameters(
            index = "1",
            paramLabel = "POSITION",
            description = "Position of the message, as 'lockstep sub --output json' prints it.")
    private long position;

    @Option(names = "--single", description = "Acknowledge this message only.")
    private boolean isSingle;

    @Option(names = "--shard", paramLabel = "S", description = "Only in this shard. Default: in all that have it.")
    private Integer shardId;

    @Override
    public Integer call() {
        NamedConsumers.checkFilter(spec, name);
        final PrintWriter out = spec.commandLine().getOut();
        try (LockstepClient client = cluster.connect("lockstep-consumers")) {
            final List<ConsumerState> states = NamedConsumers.find(client, name, shardId, cluster.connectTimeoutNs());
            if (states.size() > 1) {
                throw new ParameterException(
                        spec.commandLine(), "a position belongs to one shard; say which one with --shard");
            }
            final long cursor = client.consumers().ack(states.get(0), position, isSingle, cluster.connectTimeoutNs());
            if (output.isJson()) {
                out.println(OutputOptions.lineOf(OutputOptions.newObject()
                        .put("consumer", name)
                        .put("shard", states.get(0).shardId())
                        .put("position", cursor)));
            } else {
                out.printf("shard %d: '%s' stands at %d%n", states.get(0).shardId(), name, cursor);
            }
        }
        out.flush();
        return 0;
    }
}
