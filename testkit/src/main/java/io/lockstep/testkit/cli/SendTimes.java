package io.lockstep.testkit.cli;

import java.util.concurrent.atomic.AtomicLongArray;

/** When each message was due, by its sequence: written by the publisher, read by the consumers of the same process. */
final class SendTimes {
    static final String SEQUENCE_HEADER = "demo-sequence";

    private final AtomicLongArray dueNs;

    SendTimes(final int count) {
        dueNs = new AtomicLongArray(count + 1);
    }

    void onSend(final long sequence, final long timeNs) {
        dueNs.set((int) sequence, timeNs);
    }

    /** Time from when the message was due until now, or -1 for a sequence that was never sent. */
    long sinceNs(final long sequence, final long nowNs) {
        return sequence < 1 || sequence >= dueNs.length() ? -1 : nowNs - dueNs.get((int) sequence);
    }
}
