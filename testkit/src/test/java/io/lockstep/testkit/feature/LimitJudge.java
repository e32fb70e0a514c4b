package io.lockstep.testkit.feature;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.codecs.ResultCode;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What may get past a rate and a quota. No state. */
final class LimitJudge {
    private static final double SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    private LimitJudge() {}

    /** In no span of time was more taken than the rate allows: it in each second, one second's worth and one command. */
    static void checkRate(final List<Long> timestampsNs, final int ratePerSecond, final int messagesOfACommand) {
        for (int first = 0; first < timestampsNs.size(); first++) {
            for (int last = first + 1; last < timestampsNs.size(); last++) {
                final long spanNs = timestampsNs.get(last) - timestampsNs.get(first);
                final double allowed = ratePerSecond * (1 + spanNs / SECOND_NS) + messagesOfACommand;
                final int taken = last - first + 1;
                assertTrue(
                        taken <= allowed,
                        () -> taken + " messages were taken in " + spanNs + " ns, where " + allowed + " are allowed");
            }
        }
    }

    /** The same for bytes: the rate in each second, one second's worth, and what a command may carry. */
    static void checkByteRate(
            final List<Long> timestampsNs,
            final List<Integer> lengths,
            final int bytesPerSecond,
            final int bytesOfACommand) {
        for (int first = 0; first < timestampsNs.size(); first++) {
            long taken = lengths.get(first);
            for (int last = first + 1; last < timestampsNs.size(); last++) {
                taken += lengths.get(last);
                final long spanNs = timestampsNs.get(last) - timestampsNs.get(first);
                final double allowed = bytesPerSecond * (1 + spanNs / SECOND_NS) + bytesOfACommand;
                final long bytes = taken;
                assertTrue(
                        bytes <= allowed,
                        () -> bytes + " bytes were taken in " + spanNs + " ns, where " + allowed + " are allowed");
            }
        }
    }

    /** A message beyond a quota was refused as it must be; without detail where the command was repeated. */
    static void checkRefusal(
            final String text, final ResultCode expected, final ResultCode code, final long detail, final int quota) {
        assertEquals(expected, code, text);
        assertTrue(detail == quota || detail == 0, () -> text + ": detail " + detail);
    }

    /** So many messages of the producer are held back, those that were accepted. */
    static void checkHeld(final long heldCount, final long acceptedCount, final int quota) {
        assertEquals(quota, heldCount, "messages held back");
        assertEquals(quota, acceptedCount, "messages accepted to be held back");
    }

    /** So many topics did the producer make in each shard. */
    static void checkTopics(final List<Long> countsByShard, final int quota) {
        countsByShard.forEach(count -> assertEquals(quota, count, () -> "topics by shard: " + countsByShard));
    }
}
