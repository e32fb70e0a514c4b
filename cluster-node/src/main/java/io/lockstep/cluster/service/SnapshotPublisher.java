package io.lockstep.cluster.service;

import io.aeron.Publication;
import io.lockstep.cluster.core.SnapshotSink;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NanoClock;

/**
 * Offers the messages of a snapshot to its recording. Service thread only.
 *
 * <p>Retries: a message that is refused is offered again for {@link #OFFER_TIMEOUT_NS}, then an exception ends the
 * service. Idling beats the heart that the watchdog listens to, so nobody else would notice that nothing moves.
 */
final class SnapshotPublisher implements SnapshotSink {
    /** Half of what the watchdog grants an announced pause; the disk may have much to write back first. */
    static final long OFFER_TIMEOUT_NS = TimeUnit.MINUTES.toNanos(1);

    /** Where the messages go. */
    @FunctionalInterface
    interface Recording {
        /** Offers as a publication does. */
        long offer(DirectBuffer buffer, int offset, int length);
    }

    private final Recording recording;
    private final IdleStrategy idleStrategy;
    private final NanoClock clock;

    SnapshotPublisher(final Recording recording, final IdleStrategy idleStrategy, final NanoClock clock) {
        this.recording = recording;
        this.idleStrategy = idleStrategy;
        this.clock = clock;
    }

    @Override
    public void append(final DirectBuffer buffer, final int offset, final int length) {
        long result = recording.offer(buffer, offset, length);
        if (result <= 0) {
            final long beginNs = clock.nanoTime();
            idleStrategy.reset();
            while (result <= 0) {
                checkRefusal(result, beginNs);
                idleStrategy.idle();
                result = recording.offer(buffer, offset, length);
            }
        }
    }

    private void checkRefusal(final long result, final long beginNs) {
        if (result == Publication.CLOSED || result == Publication.MAX_POSITION_EXCEEDED) {
            throw new IllegalStateException(
                    "the recording of a snapshot refused a message: " + Publication.errorString(result));
        }
        if (clock.nanoTime() - beginNs > OFFER_TIMEOUT_NS) {
            throw new IllegalStateException("the archive has not taken a message of a snapshot for "
                    + TimeUnit.NANOSECONDS.toMillis(OFFER_TIMEOUT_NS) + " ms: " + Publication.errorString(result));
        }
    }
}
