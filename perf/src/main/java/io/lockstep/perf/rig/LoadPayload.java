package io.lockstep.perf.rig;

import java.nio.ByteOrder;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Layout of a payload of the load: id of the run, number of the message, scheduled time, and filler that differs from
 * message to message. One thread.
 */
final class LoadPayload {
    static final int MIN_LENGTH = 3 * Long.BYTES;

    private static final int RUN_ID_OFFSET = 0;
    private static final int INDEX_OFFSET = Long.BYTES;
    private static final int DUE_OFFSET = 2 * Long.BYTES;

    private final UnsafeBuffer buffer;

    LoadPayload(final int lengthBytes, final long runId) {
        buffer = new UnsafeBuffer(new byte[lengthBytes]);
        for (int i = MIN_LENGTH; i < lengthBytes; i++) {
            buffer.putByte(i, (byte) (i * 31));
        }
        buffer.putLong(RUN_ID_OFFSET, runId, ByteOrder.LITTLE_ENDIAN);
    }

    /** Fills in a message; the buffer is the same for all. */
    DirectBuffer of(final long index, final long dueNs) {
        buffer.putLong(INDEX_OFFSET, index, ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(DUE_OFFSET, dueNs, ByteOrder.LITTLE_ENDIAN);
        return buffer;
    }

    static long runId(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset + RUN_ID_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }

    static long index(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset + INDEX_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }

    static long dueNs(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset + DUE_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }
}
