package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.ScheduleState;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Tells how much is held back and how late it is released. */
@Command(
        name = "stats",
        mixinStandardHelpOptions = true,
        description = {
            "Tell of each shard how many messages are held back and when the next one is due; how many were released since"
                    + " the shard exists, and how late: from when each was due to the timestamp of its record."
        })
final class ScheduledStatsCommand implements Callable<Integer> {
    private static final long NS_IN_SECOND = 1_000_000_000L;
    private static final double US_IN_MS = 1_000;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Override
    public Integer call() {
        try (LockstepClient client = cluster.connect("lockstep-scheduled")) {
            final List<ScheduleState> states = client.schedules().states(cluster.connectTimeoutNs());
            final PrintWriter out = spec.commandLine().getOut();
            if (output.isJson()) {
                out.println(OutputOptions.lineOf(toJson(states)));
            } else {
                printTable(out, states);
            }
            out.flush();
        }
        return 0;
    }

    private static ObjectNode toJson(final List<ScheduleState> states) {
        final ObjectNode result = OutputOptions.newObject();
        final ArrayNode shards = result.putArray("shards");
        for (final ScheduleState state : states) {
            shards.addObject()
                    .put("shard", state.shardId())
                    .put("heldCount", state.heldCount())
                    .put("heldBytes", state.heldBytes())
                    .put("nextDueNs", state.nextDueNs())
                    .put("releasedCount", state.releasedCount())
                    .put("meanLatenessMs", state.meanLatenessUs() / US_IN_MS)
                    .put("greatestLatenessMs", state.greatestLatenessUs() / US_IN_MS)
                    .put("timestampNs", state.timestampNs());
        }
        return result;
    }

    private static void printTable(final PrintWriter out, final List<ScheduleState> states) {
        out.printf(
                "%5s %10s %12s %-24s %12s %16s %16s%n",
                "shard", "held", "bytes", "next due", "released", "mean late ms", "most late ms");
        for (final ScheduleState state : states) {
            out.printf(
                    "%5d %10d %12d %-24s %12d %16.3f %16.3f%n",
                    state.shardId(),
                    state.heldCount(),
                    state.heldBytes(),
                    nextDueOf(state),
                    state.releasedCount(),
                    state.meanLatenessUs() / US_IN_MS,
                    state.greatestLatenessUs() / US_IN_MS);
        }
    }

    private static String nextDueOf(final ScheduleState state) {
        return state.nextDueNs() == ScheduleState.NONE
                ? "-"
                : Instant.ofEpochSecond(state.nextDueNs() / NS_IN_SECOND, state.nextDueNs() % NS_IN_SECOND)
                        .toString();
    }
}
