package io.lockstep.archive.replay;

import io.aeron.driver.MediaDriver;
import java.util.concurrent.TimeUnit;

/**
 * Settings of the media drivers on both ends of a replay. Aeron takes ten seconds to call a silent node dead; a reader
 * that wants to be on another node within a second needs its own driver, set like this, and nodes that answer soon.
 */
public final class ReaderDriver {
    // A silent image is drained for five of these before it is closed.
    private static final long STATUS_MESSAGE_TIMEOUT_NS = TimeUnit.MILLISECONDS.toNanos(20);
    // The answer channel of a control session is set up with a status message: by default one comes after 200 ms.
    private static final long NODE_STATUS_MESSAGE_TIMEOUT_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long MIN_TIMER_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int SOCKET_BUFFER_LENGTH = 2 << 20;

    private ReaderDriver() {}

    /**
     * Makes a driver notice silence.
     *
     * @param context          of the driver, not launched yet.
     * @param silenceTimeoutNs see {@link JournalReaderContext#silenceTimeoutNs}.
     * @return the context.
     */
    public static MediaDriver.Context configure(final MediaDriver.Context context, final long silenceTimeoutNs) {
        // Closing takes the liveness time, the draining, and up to two timers; together they make the silence time.
        return context.imageLivenessTimeoutNs(silenceTimeoutNs * 4 / 5)
                .timerIntervalNs(Math.max(MIN_TIMER_INTERVAL_NS, silenceTimeoutNs / 16))
                .statusMessageTimeoutNs(STATUS_MESSAGE_TIMEOUT_NS)
                .socketRcvbufLength(SOCKET_BUFFER_LENGTH);
    }

    /**
     * Makes the driver of a node, whose journal is read, answer a new reader soon.
     *
     * @param context of the driver, not launched yet.
     * @return the context.
     */
    public static MediaDriver.Context configureNode(final MediaDriver.Context context) {
        return context.statusMessageTimeoutNs(NODE_STATUS_MESSAGE_TIMEOUT_NS);
    }
}
