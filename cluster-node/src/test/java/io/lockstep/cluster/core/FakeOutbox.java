package io.lockstep.cluster.core;

import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;

/** Keeps what an engine puts out. */
final class FakeOutbox implements Outbox {
    // Nobody compares these as a whole or changes the bytes.
    @SuppressWarnings("ArrayRecordComponent")
    record JournalRecord(byte[] bytes, long endPosition) {}

    // Nobody compares these as a whole or changes the bytes.
    @SuppressWarnings("ArrayRecordComponent")
    record Reply(long clusterSessionId, byte[] bytes) {}

    final List<JournalRecord> journal = new ArrayList<>();
    final List<Reply> replies = new ArrayList<>();
    final List<Long> timers = new ArrayList<>();

    @Override
    public void journal(final DirectBuffer buffer, final int offset, final int length, final long endPosition) {
        journal.add(new JournalRecord(copy(buffer, offset, length), endPosition));
    }

    @Override
    public void reply(final long clusterSessionId, final DirectBuffer buffer, final int offset, final int length) {
        replies.add(new Reply(clusterSessionId, copy(buffer, offset, length)));
    }

    @Override
    public void requestTimer(final long deadlineNs) {
        timers.add(deadlineNs);
    }

    void clear() {
        journal.clear();
        replies.clear();
        timers.clear();
    }

    static byte[] copy(final DirectBuffer buffer, final int offset, final int length) {
        final byte[] bytes = new byte[length];
        buffer.getBytes(offset, bytes);
        return bytes;
    }
}
