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

/** Shows one durable consumer. */
@Command(
        name = "describe",
        mixinStandardHelpOptions = true,
        description = "Show a durable consumer in each shard that has it: position, lag, owner, filters.")
final class ConsumersDescribeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Parameters(index = "0", paramLabel = "NAME", description = "Name of the consumer.")
    private String name;

    @Override
    public Integer call() {
        NamedConsumers.checkFilter(spec, name);
        final List<ConsumerState> states;
        try (LockstepClient client = cluster.connect("lockstep-consumers")) {
            states = NamedConsumers.find(client, name, null, cluster.connectTimeoutNs());
        }
        final PrintWriter out = spec.commandLine().getOut();
        if (output.isJson()) {
            final ObjectNode result = OutputOptions.newObject().put("consumer", name);
            final ArrayNode array = result.putArray("shards");
            states.forEach(state -> array.add(NamedConsumers.toJson(state)));
            out.println(OutputOptions.lineOf(result));
        } else {
            states.forEach(state -> print(out, state));
        }
        out.flush();
        return 0;
    }

    private static void print(final PrintWriter out, final ConsumerState state) {
        out.printf("shard %d: consumer %d, filters %s%n", state.shardId(), state.consumerId(), state.filters());
        out.printf(
                "  position %d of %d, %d bytes behind, %d messages beyond it acknowledged alone%n",
                state.position(), state.journalPosition(), state.lagBytes(), state.ackCount());
        final String owner = state.ownerMemberId() == 0 ? "nobody" : "member " + state.ownerMemberId();
        final String wanted = state.wantedMemberId() == state.ownerMemberId()
                ? ""
                : ", hands over to member " + state.wantedMemberId();
        final String lane = state.lane() < 0 ? "" : ", lane " + state.lane();
        out.printf(
                "  owned by %s in epoch %d%s; %d members%s%n",
                owner, state.ownerEpoch(), wanted, state.memberCount(), lane);
    }
}
