package io.lockstep.cluster.core;

import io.lockstep.cluster.core.EngineFixture.Answer;
import io.lockstep.cluster.core.PublisherLeaseMessages.Change;
import io.lockstep.cluster.core.PublisherLeaseMessages.Lease;
import io.lockstep.codecs.ResultCode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What publisher leases promise, in plain maps and lists. */
final class PublisherLeaseModel {
    private static final long NEVER = Long.MIN_VALUE;

    /** What a message asks for: the token that it carries, and the sequence that its topic must have. */
    record Asked(String topic, long fence, long expectedSequence) {}

    /** A guarded topic. */
    static final class Guard {
        final String topic;
        long token;
        long holderId;
        long durationNs;
        long renewedNs;
        boolean isHeld;

        private Guard(final String topic) {
            this.topic = topic;
        }
    }

    final TreeMap<String, Guard> guards = new TreeMap<>();
    /** Topics in the order in which they came into being. */
    final List<String> topics = new ArrayList<>();
    /** Changes that the engine has to have told since they were last looked at. */
    final List<Change> changes = new ArrayList<>();

    private final Map<String, Long> sequences = new HashMap<>();
    long maxLeases = 1_024;
    boolean isAutoCreate = true;
    private long termNs = NEVER;
    private long greatestDropped;

    void beginTerm(final long nowNs) {
        termNs = nowNs;
    }

    /** What the engine does before each command and at each timer. */
    void endWhatIsDue(final long nowNs) {
        guards.values().stream()
                .filter(guard -> guard.isHeld && deadlineNs(guard) <= nowNs)
                .sorted(Comparator.comparingLong(this::deadlineNs).thenComparingInt(guard -> idOf(guard.topic)))
                .toList()
                .forEach(this::end);
    }

    Lease acquire(final String topic, final long holderId, final long durationNs, final long nowNs) {
        final Guard guard = guards.get(topic);
        if (guard == null && !topics.contains(topic) && !isAutoCreate) {
            return new Lease(ResultCode.TOPIC_UNKNOWN, 0, 0, 0);
        }
        if (guard == null && guards.size() >= maxLeases) {
            return new Lease(ResultCode.TOO_MANY_LEASES, 0, 0, maxLeases);
        }
        if (guard != null && guard.isHeld && guard.holderId != holderId) {
            return new Lease(ResultCode.LEASE_HELD, 0, 0, deadlineNs(guard) - nowNs);
        }
        create(topic);
        final Guard taken = guards.computeIfAbsent(topic, Guard::new);
        if (!taken.isHeld) {
            taken.token = Math.max(taken.token, greatestDropped) + 1;
            taken.holderId = holderId;
            taken.isHeld = true;
            changes.add(new Change(idOf(topic), taken.token));
        }
        taken.durationNs = durationNs;
        taken.renewedNs = nowNs;
        return new Lease(ResultCode.ACCEPTED, taken.token, deadlineNs(taken) - nowNs, 0);
    }

    Lease renew(final String topic, final long token, final long nowNs) {
        final Guard guard = guards.get(topic);
        if (!isHeld(guard, token)) {
            return lost(guard);
        }
        guard.renewedNs = nowNs;
        return new Lease(ResultCode.ACCEPTED, token, deadlineNs(guard) - nowNs, 0);
    }

    Lease release(final String topic, final long token) {
        final Guard guard = guards.get(topic);
        if (!isHeld(guard, token)) {
            return lost(guard);
        }
        end(guard);
        return new Lease(ResultCode.ACCEPTED, token, 0, 0);
    }

    Lease drop(final String topic) {
        final Guard guard = guards.remove(topic);
        if (guard == null) {
            return new Lease(ResultCode.ACCEPTED, 0, 0, 0);
        }
        if (guard.isHeld) {
            end(guard);
        }
        greatestDropped = Math.max(greatestDropped, guard.token);
        return new Lease(ResultCode.ACCEPTED, guard.token, 0, 0);
    }

    /**
     * What a message is answered.
     *
     * @param asked   of it.
     * @param planned number of messages to its topic that are taken together with it, ahead of it.
     */
    Answer publish(final Asked asked, final int planned) {
        if (!topics.contains(asked.topic) && !isAutoCreate) {
            return new Answer(ResultCode.TOPIC_UNKNOWN, 0);
        }
        final long sequence = sequenceOf(asked.topic) + planned;
        if (asked.expectedSequence != PublishFrame.NO_CONDITION && asked.expectedSequence != sequence) {
            return new Answer(ResultCode.EXPECTED_SEQUENCE_MISMATCH, sequence);
        }
        final Guard guard = guards.get(asked.topic);
        if (guard == null) {
            final boolean isFree = asked.fence == PublisherLeaseMessages.NO_FENCE;
            return new Answer(isFree ? ResultCode.ACCEPTED : ResultCode.FENCED, 0);
        }
        if (asked.fence == PublisherLeaseMessages.NO_FENCE) {
            return new Answer(ResultCode.LEASE_NEEDED, guard.token);
        }
        return isHeld(guard, asked.fence)
                ? new Answer(ResultCode.ACCEPTED, 0)
                : new Answer(ResultCode.FENCED, guard.token);
    }

    /** A message was taken. */
    void accept(final String topic) {
        create(topic);
        sequences.merge(topic, 1L, Long::sum);
    }

    /** Sequence of the last message of a topic. */
    long sequenceOf(final String topic) {
        return sequences.getOrDefault(topic, 0L);
    }

    private void create(final String topic) {
        if (!topics.contains(topic)) {
            topics.add(topic);
        }
    }

    int idOf(final String topic) {
        return topics.indexOf(topic) + 1;
    }

    long remainingNs(final Guard guard, final long nowNs) {
        return guard.isHeld ? deadlineNs(guard) - nowNs : 0;
    }

    private long deadlineNs(final Guard guard) {
        return Math.max(guard.renewedNs, termNs) + guard.durationNs;
    }

    private void end(final Guard guard) {
        guard.isHeld = false;
        changes.add(new Change(idOf(guard.topic), -guard.token));
    }

    private static boolean isHeld(final Guard guard, final long token) {
        return guard != null && guard.isHeld && guard.token == token;
    }

    private static Lease lost(final Guard guard) {
        return new Lease(ResultCode.LEASE_LOST, 0, 0, guard == null ? 0 : guard.token);
    }
}
