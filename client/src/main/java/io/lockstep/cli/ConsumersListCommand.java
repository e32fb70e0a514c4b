package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.ConsumerState;
import io.lockstep.client.LockstepClient;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lists durable consumers. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "List the durable consumers of all shards with how far they are behind.")
final class ConsumersListCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Parameters(
            arity = "0..1",
            paramLabel = "FILTER",
            defaultValue = "#",
            description = "Filter of names with '+' and '#', like a topic filter. Default: all.")
    private String filter;

    @Override
    public Integer call() {
        NamedConsumers.checkFilter(spec, filter);
        final List<ConsumerState> states;
        try (LockstepClient client = cluster.connect("lockstep-consumers")) {
            states = client.consumers().list(filter, cluster.connectTimeoutNs());
        }
        final PrintWriter out = spec.commandLine().getOut();
        if (output.isJson()) {
            final ObjectNode result = OutputOptions.newObject();
            final ArrayNode array = result.putArray("consumers");
            states.forEach(state -> array.add(NamedConsumers.toJson(state)));
            out.println(OutputOptions.lineOf(result));
        } else {
            print(out, states);
        }
        out.flush();
        return 0;
    }

    private static void print(final PrintWriter out, final List<ConsumerState> states) {
        out.printf("%5s %16s %16s %6s %7s  %s%n", "shard", "position", "lag bytes", "acks", "members", "consumer");
        for (final ConsumerState state : states) {
            out.printf(
                    "%5d %16d %16d %6d %7d  %s%n",
                    state.shardId(),
                    state.position(),
                    state.lagBytes(),
                    state.ackCount(),
                    state.memberCount(),
                    state.name());
        }
    }
}
