package io.lockstep.archive;

import io.lockstep.codecs.CheckpointRecordEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.MessageRecordEncoder;
import io.lockstep.codecs.RecordHeaderEncoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.wire.JournalFormat;
import io.lockstep.wire.RecordLayout;
import io.lockstep.wire.RollingHash;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;

/** Makes the records of a journal the way the engine does, and remembers where each one belongs. */
public final class TestRecords {
    /** Timestamp of the record with sequence 0, which there is none. */
    public static final long BASE_TIMESTAMP_NS = 1_700_000_000_000_000_000L;

    /** Time between two records. */
    public static final long TIMESTAMP_STEP_NS = 1_000_000L;

    /** Records between two checkpoints. */
    public static final int CHECKPOINT_INTERVAL = 100;

    /**
     * A record.
     *
     * @param bytes         of it.
     * @param sequence      in the shard.
     * @param timestampNs   of it.
     * @param topicId       or 0 for a checkpoint.
     * @param beginPosition of its first frame.
     * @param endPosition   behind it.
     */
    // A test compares the bytes itself; nothing compares entries.
    @SuppressWarnings("ArrayRecordComponent")
    public record Entry(
            byte[] bytes, long sequence, long timestampNs, int topicId, long beginPosition, long endPosition) {}

    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[JournalFormat.MAX_RECORD_LENGTH]);
    private final RecordLayout layout = new RecordLayout();
    private final SplittableRandom random;
    private final List<Entry> entries = new ArrayList<>();
    private long position;
    private long rollingHash = RollingHash.SEED;
    private long sequence;
    private long messageCount;
    private long previousCheckpointPosition = -1;

    public TestRecords(final long seed) {
        this.random = new SplittableRandom(seed);
    }

    /** All records so far. */
    public List<Entry> entries() {
        return entries;
    }

    public long position() {
        return position;
    }

    /** Makes messages, and a checkpoint after each {@link #CHECKPOINT_INTERVAL}, with payloads of a random length. */
    public TestRecords add(final int count, final int maxPayloadLength) {
        for (int i = 0; i < count; i++) {
            if (sequence > 0 && sequence % CHECKPOINT_INTERVAL == 0) {
                addCheckpoint();
            } else {
                addMessage(1 + random.nextInt(5), new byte[random.nextInt(maxPayloadLength + 1)]);
            }
        }
        return this;
    }

    public Entry addMessage(final int topicId, final byte[] payload) {
        final MessageRecordEncoder encoder = new MessageRecordEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder());
        header(encoder.recordHeader(), RecordKind.MESSAGE);
        random.nextBytes(payload);
        encoder.topicSequence(sequence)
                .producerId(7)
                .producerSequence(sequence)
                .topicId(topicId)
                .topicName("plant/" + topicId)
                .putHeaders(new byte[0], 0, 0)
                .putPayload(payload, 0, payload.length);
        messageCount++;
        return seal(MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength(), topicId);
    }

    public Entry addCheckpoint() {
        final CheckpointRecordEncoder encoder = new CheckpointRecordEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder());
        final long recordCount = sequence;
        header(encoder.recordHeader(), RecordKind.CHECKPOINT);
        encoder.rollingHash(rollingHash)
                .recordCount(recordCount)
                .messageCount(messageCount)
                .previousCheckpointPosition(previousCheckpointPosition)
                .stateHash(0)
                .journalEpoch(JournalFormat.EPOCH);
        final Entry entry = seal(MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength(), 0);
        previousCheckpointPosition = entry.beginPosition();
        return entry;
    }

    private void header(final RecordHeaderEncoder header, final RecordKind kind) {
        sequence++;
        header.crc32c(0).kind(kind);
        header.flags().clear();
        header.reserved(0)
                .shardSequence(sequence)
                .raftLogPosition(sequence * 64)
                .timestampNs(BASE_TIMESTAMP_NS + sequence * TIMESTAMP_STEP_NS);
    }

    private Entry seal(final int length, final int topicId) {
        layout.seal(buffer, 0, length);
        rollingHash = RollingHash.update(rollingHash, buffer, 0, length);
        final byte[] bytes = new byte[length];
        buffer.getBytes(0, bytes);
        final long begin = JournalFormat.beginPosition(position, length);
        position = JournalFormat.endPosition(position, length);
        final Entry entry =
                new Entry(bytes, sequence, BASE_TIMESTAMP_NS + sequence * TIMESTAMP_STEP_NS, topicId, begin, position);
        entries.add(entry);
        return entry;
    }
}
