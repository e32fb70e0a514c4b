package io.lockstep.testkit.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AckGapsTest {
    private static final int LED = 0;
    private static final int OTHER = 1;

    private final AckGaps gaps = new AckGaps(2);

    @Test
    void shouldMeasureFromTheLastAckToTheFirstOneOfTheNextLeader() {
        ack(LED, 0);
        ack(LED, 100);
        gaps.onKill(ns(110), new boolean[] {true, false});
        ack(LED, 115);
        ack(LED, 3_115);
        ack(LED, 3_120);
        ack(LED, 9_999);

        assertEquals(3_000, gaps.failoverMs());
    }

    @Test
    void shouldIgnoreShardsWhoseLeaderLives() {
        ack(OTHER, 0);
        gaps.onKill(ns(10), new boolean[] {true, false});
        ack(OTHER, 5_000);

        assertEquals(-1, gaps.failoverMs());
    }

    @Test
    void shouldKnowNothingWhenNoAckCameBeforeTheKill() {
        gaps.onKill(ns(10), new boolean[] {true, true});
        ack(LED, 20);

        assertEquals(-1, gaps.failoverMs());
    }

    private void ack(final int shardId, final long timeMs) {
        gaps.onAck(shardId, ns(timeMs));
    }

    private static long ns(final long timeMs) {
        return TimeUnit.MILLISECONDS.toNanos(timeMs);
    }
}
