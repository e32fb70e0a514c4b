package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.GroupDetails;
import io.lockstep.client.LockstepClient;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Tells all about a group. */
@Command(
        name = "describe",
        mixinStandardHelpOptions = true,
        description = "Tell all about a group in each shard: filters, times, members and totals.")
final class GroupsDescribeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Parameters(paramLabel = "NAME", description = "Name of the group.")
    private String name;

    @Override
    public Integer call() {
        try (LockstepClient client = cluster.connect("lockstep-groups")) {
            final List<GroupDetails> shards = client.groups().describe(name, cluster.connectTimeoutNs());
            if (shards.isEmpty()) {
                throw new CommandFailure("no shard knows a group '" + name + "'; 'lockstep groups list' shows all");
            }
            final PrintWriter out = spec.commandLine().getOut();
            if (output.isJson()) {
                final ObjectNode result = OutputOptions.newObject();
                final ArrayNode array = result.putArray("shards");
                shards.forEach(shard -> put(array.addObject(), shard));
                out.println(OutputOptions.lineOf(result));
            } else {
                shards.forEach(shard -> print(out, shard));
            }
            out.flush();
        }
        return 0;
    }

    private static void put(final ObjectNode object, final GroupDetails group) {
        GroupsListCommand.putState(object, group.state())
                .put("ackTimeoutNs", group.ackTimeoutNs())
                .put("minDelayNs", group.minDelayNs())
                .put("maxDelayNs", group.maxDelayNs())
                .put("maxAttempts", group.maxAttempts())
                .put("assignedTotal", group.assignedTotal())
                .put("redeliveredTotal", group.redeliveredTotal())
                .put("doneTotal", group.doneTotal())
                .put("deadTotal", group.deadTotal())
                .put("expiredTotal", group.expiredTotal())
                .put("droppedTotal", group.droppedTotal());
        final ArrayNode filters = object.putArray("filters");
        group.filters().forEach(filters::add);
        final ArrayNode members = object.putArray("memberList");
        for (final GroupDetails.Member member : group.members()) {
            members.addObject()
                    .put("memberId", member.memberId())
                    .put("credit", member.credit())
                    .put("inFlight", member.inFlightCount());
        }
    }

    private static void print(final PrintWriter out, final GroupDetails group) {
        out.printf(
                "group %s in shard %d: %s%s%n",
                group.state().name(),
                group.state().shardId(),
                String.join(" ", group.filters()),
                group.state().isKeyOrdered() ? ", in the order of keys" : "");
        out.printf(
                "  %d ready, %d in flight, %d delayed, %d dead; lag %d bytes%n",
                group.state().readyCount(),
                group.state().inFlightCount(),
                group.state().delayedCount(),
                group.state().deadCount(),
                group.state().lagBytes());
        out.printf(
                "  total: %d handed out, %d of them again, %d done, %d dead letters, %d expired, %d dropped%n",
                group.assignedTotal(),
                group.redeliveredTotal(),
                group.doneTotal(),
                group.deadTotal(),
                group.expiredTotal(),
                group.droppedTotal());
        out.printf(
                "  a member has %d ms, then again after %d to %d ms, %s%n",
                millis(group.ackTimeoutNs()),
                millis(group.minDelayNs()),
                millis(group.maxDelayNs()),
                group.maxAttempts() == 0 ? "without limit" : "at most " + group.maxAttempts() + " attempts");
        for (final GroupDetails.Member member : group.members()) {
            out.printf("  member %d: %d of %d in flight%n", member.memberId(), member.inFlightCount(), member.credit());
        }
    }

    private static long millis(final long ns) {
        return TimeUnit.NANOSECONDS.toMillis(ns);
    }
}
