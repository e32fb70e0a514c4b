package io.lockstep.cluster.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aeron.Publication;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class SnapshotPublisherTest {
    private static final long LONG_NS = SnapshotPublisher.OFFER_TIMEOUT_NS;

    private final UnsafeBuffer message = new UnsafeBuffer(new byte[8]);
    private final FakeCluster cluster = new FakeCluster();
    private final SnapshotPublisher publisher =
            new SnapshotPublisher((buffer, offset, length) -> offer(), cluster, () -> cluster.nowNs);
    private long result = 64;
    private long refusals;
    private int taken;

    @Test
    void shouldOfferAgainWhenTheRecordingIsBusy() {
        // given
        result = Publication.BACK_PRESSURED;
        refusals = 20;

        // when
        publisher.append(message, 0, 8);

        // then
        assertEquals(1, taken);
    }

    @Test
    void shouldMeasureEachMessageByItself() {
        // when
        for (int i = 0; i < 3; i++) {
            result = Publication.BACK_PRESSURED;
            refusals = LONG_NS / FakeCluster.IDLE_NS / 2;
            publisher.append(message, 0, 8);
        }

        // then
        assertEquals(3, taken);
    }

    @Test
    void shouldGiveUpWhenTheArchiveTakesNothingForTooLong() {
        // given
        result = Publication.BACK_PRESSURED;
        refusals = Long.MAX_VALUE;
        final long beginNs = cluster.nowNs;

        // when
        assertThrows(IllegalStateException.class, () -> publisher.append(message, 0, 8));

        // then
        final long waitedNs = cluster.nowNs - beginNs;
        assertTrue(waitedNs > LONG_NS && waitedNs <= LONG_NS + 2 * FakeCluster.IDLE_NS, waitedNs + " ns");
    }

    @Test
    void shouldGiveUpAtOnceWhenTheRecordingIsClosed() {
        // given
        result = Publication.CLOSED;
        refusals = Long.MAX_VALUE;
        final long beginNs = cluster.nowNs;

        // when
        assertThrows(IllegalStateException.class, () -> publisher.append(message, 0, 8));

        // then
        assertEquals(beginNs, cluster.nowNs);
    }

    private long offer() {
        if (refusals > 0) {
            refusals--;
            return result;
        }
        taken++;
        return 64L * taken;
    }
}
