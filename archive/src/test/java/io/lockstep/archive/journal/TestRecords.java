package io.lockstep.archive.journal;

import io.lockstep.wire.JournalFormat;
import io.lockstep.wire.RecordLayout;
import io.lockstep.wire.RollingHash;
import java.nio.ByteOrder;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;

/** The records that a log makes: the same on every node, given by seed and sequence. One thread. */
final class TestRecords {
    final UnsafeBuffer buffer = new UnsafeBuffer(new byte[JournalFormat.MAX_RECORD_LENGTH]);
    private final RecordLayout layout = new RecordLayout();
    private final long seed;
    private int length;

    TestRecords(final long seed) {
        this.seed = seed;
    }

    /** Makes the record with a sequence, from 1, of a length that depends on it. */
    int make(final long sequence) {
        final Random random = new Random(seed * 31 + sequence);
        final int kind = random.nextInt(100);
        if (kind < 80) {
            length = 40 + random.nextInt(400);
        } else if (kind < 98) {
            length = 40 + random.nextInt(40_000);
        } else {
            length = 40 + random.nextInt(1_100_000);
        }
        return make(sequence, length, random.nextLong());
    }

    int make(final long sequence, final int recordLength, final long content) {
        length = recordLength;
        long word = content;
        buffer.setMemory(Math.max(0, length - Long.BYTES), Long.BYTES, (byte) 0);
        for (int i = RecordLayout.MIN_RECORD_LENGTH; i + Long.BYTES <= length; i += Long.BYTES) {
            word = word * 6364136223846793005L + 1442695040888963407L;
            buffer.putLong(i, word);
        }
        buffer.setMemory(0, RecordLayout.MIN_RECORD_LENGTH, (byte) 0);
        buffer.putShort(0, (short) 44, ByteOrder.LITTLE_ENDIAN);
        buffer.putShort(2, (short) 200, ByteOrder.LITTLE_ENDIAN);
        buffer.putShort(4, (short) 731, ByteOrder.LITTLE_ENDIAN);
        buffer.putShort(6, (short) 1, ByteOrder.LITTLE_ENDIAN);
        buffer.putByte(RecordLayout.KIND_OFFSET, (byte) 1);
        buffer.putLong(RecordLayout.SHARD_SEQUENCE_OFFSET, sequence, ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(RecordLayout.RAFT_LOG_POSITION_OFFSET, sequence * 64, ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(RecordLayout.TIMESTAMP_OFFSET, sequence * 1_000, ByteOrder.LITTLE_ENDIAN);
        layout.seal(buffer, 0, length);
        return length;
    }

    /** Journal position behind the first records. */
    long positionAfter(final long lastSequence) {
        long position = 0;
        for (long sequence = 1; sequence <= lastSequence; sequence++) {
            position = JournalFormat.endPosition(position, make(sequence));
        }
        return position;
    }

    /** Rolling hash of the first records. */
    long hashAfter(final long lastSequence) {
        long hash = RollingHash.SEED;
        for (long sequence = 1; sequence <= lastSequence; sequence++) {
            hash = RollingHash.update(hash, buffer, 0, make(sequence));
        }
        return hash;
    }

    /** Appends a run of records. */
    void append(final JournalWriter writer, final long firstSequence, final long lastSequence) {
        for (long sequence = firstSequence; sequence <= lastSequence; sequence++) {
            final int recordLength = make(sequence);
            writer.append(buffer, 0, recordLength, JournalFormat.endPosition(writer.position(), recordLength));
        }
    }
}
