package io.lockstep.testkit.feature;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.testkit.feature.GroupAssignments.Assignment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Whether the hand-outs in the journals are those that the terms of a group allow: attempts of a message rise by one; the
 * next one comes when the time of the one before is over and the delay has passed, counted from the last time that the
 * member was granted, unless the member left or was lost; and none comes behind what the cluster took as done. Times are
 * those of the journals; the members are on the same machine as the nodes, so theirs are comparable.
 */
final class TimeoutJudge {
    // Clocks of one machine that are read with different resolutions.
    private static final long CLOCK_NS = 5_000_000L;

    private record HandOut(String place, int attempt) {}

    private final long timeoutNs;
    private final long delayNs;
    private final Map<HandOut, String> receivers = new HashMap<>();
    private final Map<HandOut, Long> grantedNs = new HashMap<>();
    private final Map<HandOut, Long> doneNs = new HashMap<>();
    private final Map<HandOut, Long> perhapsDoneNs = new HashMap<>();
    private final Map<String, Long> endedNs = new HashMap<>();
    private long timeoutCount;
    private long keptCount;

    /** A judge of a group with one delay for all attempts. */
    TimeoutJudge(final long timeoutNs, final long delayNs) {
        this.timeoutNs = timeoutNs;
        this.delayNs = delayNs;
    }

    /** A member got a message. */
    void onDelivered(final String place, final int attempt, final String member) {
        receivers.put(new HandOut(place, attempt), member);
    }

    /** The cluster took it, at this time or later, that a member needs more time. */
    void onGranted(final String place, final int attempt, final long nowNs) {
        grantedNs.merge(new HandOut(place, attempt), nowNs, Math::max);
    }

    /** The cluster took it that a message is done. */
    void onDone(final String place, final int attempt, final long saidNs) {
        doneNs.put(new HandOut(place, attempt), saidNs);
    }

    /** A member said that a message is done, and nobody knows whether the cluster took it. */
    void onPerhapsDone(final String place, final int attempt, final long saidNs) {
        perhapsDoneNs.put(new HandOut(place, attempt), saidNs);
    }

    /** A member left at this time; or what it had became somebody else's, at any time. */
    void onEnded(final String member, final long nowNs) {
        endedNs.merge(member, nowNs, Math::min);
    }

    /** Compares it with all hand-outs, in the order of the journals. */
    void check(final List<Assignment> assignments, final Set<String> toBeDone) {
        final Map<Long, String> names = namesOf(assignments);
        final Map<String, List<Assignment>> byPlace = new TreeMap<>();
        assignments.forEach(each -> byPlace.computeIfAbsent(each.place(), place -> new ArrayList<>())
                .add(each));
        byPlace.values().forEach(each -> checkMessage(each, names));
        final Set<String> done = new TreeSet<>();
        byPlace.forEach((place, each) -> {
            final HandOut last = new HandOut(place, each.size());
            if (doneNs.containsKey(last) || perhapsDoneNs.containsKey(last)) {
                done.add(place);
            }
        });
        assertEquals(new TreeSet<>(toBeDone), done, "done in the last attempt");
    }

    /** Attempts that ended because their time was over. */
    long timeoutCount() {
        return timeoutCount;
    }

    /** Attempts that were done after more than twice the time of one, because it was extended. */
    long keptCount() {
        return keptCount;
    }

    // Each hand-out went to one member, and what a member got had been handed out to it.
    private Map<Long, String> namesOf(final List<Assignment> assignments) {
        final Map<Long, String> names = new HashMap<>();
        final Set<HandOut> all = new HashSet<>();
        for (final Assignment each : assignments) {
            final HandOut handOut = new HandOut(each.place(), each.attempt());
            assertTrue(all.add(handOut), () -> "handed out twice: " + each);
            final String receiver = receivers.get(handOut);
            if (receiver != null) {
                final String known = names.putIfAbsent(each.memberId(), receiver);
                assertTrue(
                        known == null || known.equals(receiver),
                        () -> receiver + " got what was handed out to " + known + ": " + each);
            }
        }
        receivers.forEach((handOut, receiver) ->
                assertTrue(all.contains(handOut), () -> receiver + " got " + handOut + ", which nobody handed out"));
        return names;
    }

    private void checkMessage(final List<Assignment> attempts, final Map<Long, String> names) {
        for (int i = 0; i < attempts.size(); i++) {
            final Assignment each = attempts.get(i);
            final HandOut handOut = new HandOut(each.place(), each.attempt());
            assertEquals(i + 1, each.attempt(), () -> "attempts do not rise by one: " + attempts);
            final Long doneAtNs = doneNs.get(handOut);
            if (doneAtNs != null && doneAtNs - each.timestampNs() > 2 * timeoutNs) {
                keptCount++;
            }
            if (i + 1 < attempts.size()) {
                final Assignment next = attempts.get(i + 1);
                assertTrue(doneAtNs == null, () -> each + " was done, but then came " + next);
                checkEnd(each, next, names.getOrDefault(each.memberId(), ""));
            }
        }
    }

    private void checkEnd(final Assignment each, final Assignment next, final String member) {
        final Long ended = endedNs.get(member);
        if (ended != null && next.timestampNs() >= ended - CLOCK_NS) {
            return;
        }
        final Long granted = grantedNs.get(new HandOut(each.place(), each.attempt()));
        final long beginNs = granted == null ? each.timestampNs() : Math.max(each.timestampNs(), granted - CLOCK_NS);
        assertTrue(
                next.timestampNs() - beginNs >= timeoutNs + delayNs,
                () -> each + " of " + member + (granted == null ? "" : ", extended at " + granted)
                        + ", was followed by " + next + " after " + (next.timestampNs() - beginNs) + " ns");
        timeoutCount++;
    }
}
