package io.lockstep.testkit.feature;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What may be delivered of messages of which each is of use for a time only. */
final class ExpiryJudge {
    // A client knows the time of the cluster as of the last that it heard, which comes late where nobody gets the
    // processor.
    // What is exact is what a late subscriber gets.
    private static final long TOLERANCE_NS = TimeUnit.SECONDS.toNanos(10);

    private final List<String> lasting = new ArrayList<>();
    private long shortCount;

    /** A message is published. */
    void onPublished(final String text, final boolean isLasting) {
        if (isLasting) {
            lasting.add(text);
        } else {
            shortCount++;
        }
    }

    /** A subscriber that reads as they come got a message. */
    void onDelivered(final String text, final long expiresNs, final long nowNs) {
        assertTrue(
                nowNs - expiresNs < TOLERANCE_NS,
                () -> "'" + text + "' came " + (nowNs - expiresNs) + " ns after its time was over");
    }

    /** What a subscriber got that began when all that is short had expired, and how much it passed over. */
    void check(final List<String> gotLate, final long passedOver) {
        assertEquals(
                lasting.stream().sorted().toList(), gotLate.stream().sorted().toList());
        assertEquals(shortCount, passedOver, "messages that were passed over because their time was over");
    }

    int lastingCount() {
        return lasting.size();
    }

    long shortCount() {
        return shortCount;
    }
}
