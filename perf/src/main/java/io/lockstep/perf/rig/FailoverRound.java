package io.lockstep.perf.rig;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One leader that went, and how long everything took until the next one may go. Immutable.
 *
 * @param gapNs          longest time without an ack.
 * @param backlogCount   messages that were due and not sent when acks came again.
 * @param onTimeNs       from the first ack of the new leader until sending was on time again.
 * @param ratePerSecond  of acks from then until sending was on time again.
 * @param rejoinNs       from the start of the process until the node followed.
 * @param replayedBytes  of Raft log since the last snapshot when the node followed: what it replayed and caught up.
 * @param cpu            processor time of each process over the round, in percent of one processor.
 */
record FailoverRound(
        long gapNs,
        long backlogCount,
        long onTimeNs,
        double ratePerSecond,
        long rejoinNs,
        long replayedBytes,
        Map<String, Long> cpu) {
    private static final double NS_PER_MS = 1_000_000.0;
    private static final long BYTES_PER_MB = 1_000_000;

    /** As part of a result in JSON. */
    Map<String, Object> toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("gapMs", Json.rounded(gapNs / NS_PER_MS));
        json.put("backlog", backlogCount);
        json.put("onTimeMs", Json.rounded(onTimeNs / NS_PER_MS));
        json.put("catchUpRate", Json.rounded(ratePerSecond));
        json.put("rejoinMs", Json.rounded(rejoinNs / NS_PER_MS));
        json.put("replayedBytes", replayedBytes);
        json.put("cpuPercent", cpu);
        return json;
    }

    /** In one line for people. */
    String line() {
        final StringBuilder line = new StringBuilder()
                .append("gap ")
                .append(TextTable.number(gapNs / NS_PER_MS, 0))
                .append(" ms, backlog ")
                .append(TextTable.number((double) backlogCount, 0))
                .append(", caught up at ")
                .append(TextTable.number(ratePerSecond, 0))
                .append("/s, on time after ")
                .append(TextTable.number(onTimeNs / NS_PER_MS, 0))
                .append(" ms, node follows after ")
                .append(TextTable.number(rejoinNs / NS_PER_MS, 0))
                .append(" ms with ")
                .append(replayedBytes / BYTES_PER_MB)
                .append(" MB of log, CPU");
        cpu.forEach((name, percent) ->
                line.append(' ').append(name).append(' ').append(percent).append(" %"));
        return line.toString();
    }
}
