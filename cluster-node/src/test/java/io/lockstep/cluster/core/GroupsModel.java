package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.codecs.ResultCode;
import io.lockstep.wire.JournalFormat;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * What groups promise, in maps and lists. Who gets which message is the engine's choice; the model checks that the choice
 * is allowed and that nothing waits that could be handed out.
 */
final class GroupsModel {
    /** A message of the journal. */
    // Nobody compares these as a whole or changes the bytes.
    @SuppressWarnings("ArrayRecordComponent")
    record Sent(
            long position,
            int recordLength,
            int topicId,
            String topic,
            long timestampNs,
            long expiryMs,
            String key,
            byte[] headers,
            byte[] payload) {
        long begin() {
            return position - JournalFormat.framedLength(recordLength);
        }

        boolean isExpired(final long nowNs) {
            return expiryMs >= 0 && timestampNs + expiryMs * 1_000_000L <= nowNs;
        }
    }

    enum State {
        WAITING,
        IN_FLIGHT,
        DELAYED,
        DEAD
    }

    /** A message in a window. */
    static final class Work {
        final Sent sent;
        State state = State.WAITING;
        int attempts;
        long memberId;
        long dueNs;
        boolean isRejected;

        Work(final Sent sent) {
            this.sent = sent;
        }
    }

    /** A group. */
    static final class Team {
        final int id;
        final String name;
        final List<String> filters;
        final Predicate<String> matcher;
        final boolean isKeyOrdered;
        final Map<Long, Integer> credits = new TreeMap<>();
        final TreeMap<Long, Work> window = new TreeMap<>();
        final Set<Long> finished = new HashSet<>();
        final Map<String, Long> ownerOfKey = new HashMap<>();
        GroupTerms terms;
        long windowEnd;
        long assigned;
        long redelivered;
        long done;
        long dead;
        long expired;
        long dropped;

        Team(
                final int id,
                final String name,
                final List<String> filters,
                final Predicate<String> matcher,
                final boolean isKeyOrdered) {
            this.id = id;
            this.name = name;
            this.filters = filters;
            this.matcher = matcher;
            this.isKeyOrdered = isKeyOrdered;
        }

        long inFlightOf(final long memberId) {
            return window.values().stream()
                    .filter(work -> work.state == State.IN_FLIGHT && work.memberId == memberId)
                    .count();
        }

        int count(final State state) {
            return (int)
                    window.values().stream().filter(work -> work.state == state).count();
        }

        boolean hasCredit(final long memberId) {
            return inFlightOf(memberId) < credits.get(memberId);
        }

        String keyOf(final Work work) {
            return isKeyOrdered ? work.sent.key() : null;
        }

        /** Whether a message before it of the same key is not finished with. */
        boolean isBlocked(final Work work) {
            final String key = keyOf(work);
            return key != null
                    && window.headMap(work.sent.position()).values().stream()
                            .anyMatch(before -> before.state != State.DEAD && key.equals(keyOf(before)));
        }

        /** The same where what has expired may have been forgotten by now. */
        boolean isBlocked(final Work work, final long nowNs) {
            final String key = keyOf(work);
            return key != null
                    && window.headMap(work.sent.position()).values().stream()
                            .anyMatch(before -> before.state != State.DEAD
                                    && key.equals(keyOf(before))
                                    && !(before.state == State.WAITING && before.sent.isExpired(nowNs)));
        }

        void finish(final Work work) {
            window.remove(work.sent.position());
            finished.add(work.sent.position());
        }

        void membersChanged() {
            ownerOfKey.clear();
        }
    }

    final Map<Integer, Team> teams = new TreeMap<>();
    final List<Sent> journal = new ArrayList<>();
    int inFlightLimit;
    private long termBeginNs;

    void beginTerm(final long nowNs) {
        termBeginNs = nowNs;
    }

    Team ofName(final String name) {
        return teams.values().stream()
                .filter(team -> team.name.equals(name))
                .findFirst()
                .orElse(null);
    }

    /** Members that are gone lose what they held. */
    void keepMembers(final Collection<Long> alive, final long nowNs) {
        for (final Team team : teams.values()) {
            for (final Long memberId : List.copyOf(team.credits.keySet())) {
                if (!alive.contains(memberId)) {
                    removeMember(team, memberId, true, nowNs);
                }
            }
        }
    }

    void removeMember(final Team team, final long memberId, final boolean isJudged, final long nowNs) {
        team.credits.remove(memberId);
        team.membersChanged();
        for (final Work work : List.copyOf(team.window.values())) {
            if (work.state == State.IN_FLIGHT && work.memberId == memberId) {
                takeBack(team, work, 0, isJudged, nowNs);
            }
        }
    }

    /** What is due by now. */
    void passTo(final long nowNs) {
        for (final Team team : teams.values()) {
            for (final Work work : List.copyOf(team.window.values())) {
                if (work.state == State.DELAYED && isDue(work, nowNs)) {
                    work.state = State.WAITING;
                } else if (work.state == State.IN_FLIGHT && isDue(work, nowNs)) {
                    // A leadership term that began meanwhile gives the full time once more.
                    work.dueNs = Math.max(work.dueNs, termBeginNs + team.terms.ackTimeoutNs());
                    if (work.dueNs <= nowNs) {
                        takeBack(team, work, delayAfter(team.terms, work.attempts), true, nowNs);
                    }
                }
            }
        }
    }

    // Times are kept to the next 10 ms.
    private static boolean isDue(final Work work, final long nowNs) {
        return Math.floorDiv(nowNs, 10_000_000L) * 10_000_000L >= work.dueNs;
    }

    private static long delayAfter(final GroupTerms terms, final int attempts) {
        double delay = terms.minDelayNs();
        for (int i = 1; i < attempts; i++) {
            delay *= 2;
        }
        return (long) Math.min(delay, (double) terms.maxDelayNs());
    }

    private static void takeBack(
            final Team team, final Work work, final long delayNs, final boolean isJudged, final long nowNs) {
        work.memberId = 0;
        if (work.sent.isExpired(nowNs)) {
            team.expired++;
            team.finish(work);
        } else if (isJudged && team.terms.maxAttempts() > 0 && work.attempts >= team.terms.maxAttempts()) {
            bury(team, work, false);
        } else {
            work.state = delayNs > 0 ? State.DELAYED : State.WAITING;
            work.dueNs = nowNs + delayNs;
        }
    }

    private static void bury(final Team team, final Work work, final boolean isRejected) {
        work.memberId = 0;
        work.isRejected = isRejected;
        if (work.sent.topic().startsWith("$dead/")) {
            team.dropped++;
            team.finish(work);
        } else {
            work.state = State.DEAD;
        }
    }

    ResultCode settle(final Team team, final long memberId, final GroupCommands.Verdict verdict, final long nowNs) {
        final long delayNs = verdict.delayNs();
        final long hours = 12 * 3_600_000_000_000L;
        final boolean isGood = switch (verdict.verdict()) {
            case GroupCommands.DONE, GroupCommands.GIVE_UP -> true;
            case GroupCommands.REJECT -> delayNs >= -1 && delayNs <= hours;
            case GroupCommands.EXTEND -> delayNs == -1 || (delayNs >= 1_000_000_000L && delayNs <= hours);
            default -> false;
        };
        if (!isGood) {
            return ResultCode.BAD_GROUP;
        }
        final Work work = team.window.get(verdict.position());
        if (work == null
                || work.state != State.IN_FLIGHT
                || work.memberId != memberId
                || work.attempts != verdict.attempt()) {
            return ResultCode.NOT_ASSIGNED;
        }
        switch (verdict.verdict()) {
            case GroupCommands.DONE -> {
                team.done++;
                team.finish(work);
            }
            case GroupCommands.REJECT -> {
                final long backOffNs = delayNs == -1 ? delayAfter(team.terms, work.attempts) : delayNs;
                takeBack(team, work, backOffNs, true, nowNs);
            }
            case GroupCommands.EXTEND -> work.dueNs = nowNs + (delayNs == -1 ? team.terms.ackTimeoutNs() : delayNs);
            default -> bury(team, work, true);
        }
        return ResultCode.ACCEPTED;
    }

    /** All messages up to a place are in the window now. */
    void moveWindow(final Team team, final long windowEnd) {
        assertTrue(windowEnd >= team.windowEnd, "the window of " + team.name + " moved back");
        for (final Sent sent : journal) {
            if (sent.begin() >= team.windowEnd && sent.position() <= windowEnd && team.matcher.test(sent.topic())) {
                team.window.put(sent.position(), new Work(sent));
            }
        }
        team.windowEnd = windowEnd;
    }

    void seek(final Team team, final long position) {
        team.window.clear();
        team.finished.clear();
        team.windowEnd = position;
    }

    /** A message was handed out. */
    void assign(
            final Team team,
            final long memberId,
            final long position,
            final int recordLength,
            final int attempt,
            final long nowNs) {
        final String what = "message " + position + " of " + team.name + " to " + memberId;
        assertFalse(team.finished.contains(position), what + " was finished with");
        final Work work = team.window.get(position);
        assertNotNull(work, what + " is not in the window");
        assertEquals(State.WAITING, work.state, what);
        assertTrue(team.credits.containsKey(memberId), what + " who is no member");
        assertTrue(team.hasCredit(memberId), what + " without credit");
        assertTrue(mayHaveMore(team), what + " though the group is at its limit");
        assertFalse(team.isBlocked(work, nowNs), what + " though one of its key is before it");
        assertFalse(work.sent.isExpired(nowNs), what + " though it has expired");
        assertEquals(work.sent.recordLength(), recordLength, what);
        assertEquals(work.attempts + 1, attempt, what);
        final String key = team.keyOf(work);
        if (key != null) {
            final Long owner = team.ownerOfKey.putIfAbsent(key, memberId);
            assertTrue(owner == null || owner == memberId, what + " though its key is that of " + owner);
        }
        work.state = State.IN_FLIGHT;
        work.attempts = attempt;
        work.memberId = memberId;
        work.dueNs = nowNs + team.terms.ackTimeoutNs();
        team.assigned++;
        team.redelivered += attempt > 1 ? 1 : 0;
    }

    /** Forgets what the engine has forgotten because it has expired. */
    void dropExpired(final Team team, final Set<Long> held, final long nowNs) {
        for (final Work work : List.copyOf(team.window.values())) {
            if (!held.contains(work.sent.position())) {
                assertEquals(State.WAITING, work.state, "lost message " + work.sent.position() + " of " + team.name);
                assertTrue(work.sent.isExpired(nowNs), "lost message " + work.sent.position() + " of " + team.name);
                team.expired++;
                team.finish(work);
            }
        }
    }

    private boolean mayHaveMore(final Team team) {
        return inFlightLimit == 0 || team.count(State.IN_FLIGHT) < inFlightLimit;
    }

    /** Nothing waits that somebody could have. */
    void checkNothingWaits(final Team team) {
        if (!mayHaveMore(team)) {
            return;
        }
        for (final Work work : team.window.values()) {
            if (work.state != State.WAITING || team.isBlocked(work)) {
                continue;
            }
            final String key = team.keyOf(work);
            final Long owner = key == null ? null : team.ownerOfKey.get(key);
            final boolean isPossible;
            if (owner != null) {
                isPossible = team.hasCredit(owner);
            } else if (key != null) {
                isPossible = !team.credits.isEmpty()
                        && team.credits.keySet().stream().allMatch(team::hasCredit);
            } else {
                isPossible = team.credits.keySet().stream().anyMatch(team::hasCredit);
            }
            assertFalse(isPossible, "message " + work.sent.position() + " of " + team.name + " waits");
        }
    }

    Sent find(final long position) {
        return journal.stream()
                .filter(sent -> sent.position() == position)
                .findFirst()
                .orElseThrow();
    }
}
