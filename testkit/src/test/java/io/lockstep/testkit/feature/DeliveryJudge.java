package io.lockstep.testkit.feature;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the members of one durable consumer may get. In each stream, which is a shard or a partition: each message at least
 * once, for the first time in the order of the journal, and never again once the cluster took its acknowledgement.
 */
final class DeliveryJudge {
    private static final class Stream {
        private final Set<Long> acked = new HashSet<>();
        private final Set<Long> seen = new HashSet<>();
        private final List<String> firsts = new ArrayList<>();
        private long lastFirst = -1;
    }

    private final Map<String, Stream> streams = new TreeMap<>();
    private final Map<String, Integer> lastNumbers = new HashMap<>();
    private long repeatedCount;
    private long firstCount;
    private long ackedCount;

    /** A member got a message. */
    void onDelivered(final String stream, final long position, final String text, final String member) {
        final Stream known = streamOf(stream);
        if (known.acked.contains(position)) {
            throw new AssertionError("'" + text + "' at " + position + " of " + stream + " came to " + member
                    + " after the cluster had taken its acknowledgement");
        }
        if (!known.seen.add(position)) {
            repeatedCount++;
            return;
        }
        if (position < known.lastFirst) {
            throw new AssertionError("'" + text + "' at " + position + " of " + stream + " came to " + member
                    + " for the first time after one at " + known.lastFirst);
        }
        known.lastFirst = position;
        known.firsts.add(text);
        firstCount++;
    }

    /** A member got a message of a key whose numbers are dense: the first time of each comes in their order. */
    void onNumber(final String key, final int number, final String member) {
        final int last = lastNumbers.getOrDefault(key, 0);
        if (number > last + 1) {
            throw new AssertionError("number " + number + " of " + key + " came to " + member + " behind " + last);
        }
        lastNumbers.put(key, Math.max(last, number));
    }

    /** The cluster took the acknowledgement of a message. */
    void onAcked(final String stream, final long position) {
        if (streamOf(stream).acked.add(position)) {
            ackedCount++;
        }
    }

    /** All that was published has come, in this order in each stream. */
    void check(final Map<String, List<String>> published) {
        final Map<String, List<String>> got = new TreeMap<>();
        streams.forEach((name, stream) -> got.put(name, stream.firsts));
        assertEquals(new TreeMap<>(published), got);
    }

    long firstCount() {
        return firstCount;
    }

    long ackedCount() {
        return ackedCount;
    }

    long repeatedCount() {
        return repeatedCount;
    }

    private Stream streamOf(final String name) {
        return streams.computeIfAbsent(name, key -> new Stream());
    }
}
