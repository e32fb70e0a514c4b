package io.lockstep.gateway.aeron;

import io.aeron.Publication;
import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.SubscriberListener;
import io.lockstep.client.internal.RecordHandler;
import io.lockstep.client.internal.RecordReader;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.MessageRecordEncoder;
import io.lockstep.codecs.RecordKind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** A cluster without a network: commands lie in a list, and each shard has a journal to which tests append. */
final class FakeUpstream implements Upstream {
    static final int SHARDS = 2;
    private static final int RECORD_SPACE = 1_024;

    private final boolean[] areConnected = {true, true};
    private final List<UnsafeBuffer> commands = new ArrayList<>();
    private final List<Integer> shardIds = new ArrayList<>();
    private final List<UnsafeBuffer> journal = new ArrayList<>();
    private final List<Reader> readers = new ArrayList<>();
    private boolean isFull;
    private long lostPosition = -1;

    void isFull(final boolean newIsFull) {
        isFull = newIsFull;
    }

    void isConnected(final int shardId, final boolean isConnected) {
        areConnected[shardId] = isConnected;
    }

    /** Readers that begin below find that it is gone. */
    void loseUpTo(final long position) {
        lostPosition = position;
    }

    List<UnsafeBuffer> takeCommands() {
        final List<UnsafeBuffer> taken = List.copyOf(commands);
        commands.clear();
        shardIds.clear();
        return taken;
    }

    int openReaders() {
        return readers.size();
    }

    /** Appends a message; returns the position behind it. */
    long append(final int topicId, final String topic, final String payload) {
        final byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final MessageRecordEncoder encoder =
                new MessageRecordEncoder().wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder());
        encoder.recordHeader().kind(RecordKind.MESSAGE).shardSequence(journal.size() + 1L);
        encoder.topicId(topicId).topicName(topic).putHeaders(new byte[0], 0, 0).putPayload(bytes, 0, bytes.length);
        final byte[] record = new byte[MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength()];
        buffer.getBytes(0, record);
        journal.add(new UnsafeBuffer(record));
        return (long) journal.size() * RECORD_SPACE;
    }

    @Override
    public int shardCount() {
        return SHARDS;
    }

    @Override
    public boolean isConnected(final int shardId) {
        return areConnected[shardId];
    }

    @Override
    public int leaderNodeId(final int shardId) {
        return shardId;
    }

    @Override
    public long journalPosition(final int shardId) {
        return (long) journal.size() * RECORD_SPACE;
    }

    @Override
    public long offer(final int shardId, final DirectBuffer buffer, final int offset, final int length) {
        if (isFull) {
            return Publication.BACK_PRESSURED;
        }
        final byte[] bytes = new byte[length];
        buffer.getBytes(offset, bytes);
        commands.add(new UnsafeBuffer(bytes));
        shardIds.add(shardId);
        return 1;
    }

    @Override
    public RecordReader openReader(final int shardId, final StartPosition start, final SubscriberListener listener) {
        final Reader reader = new Reader(shardId, start, listener);
        readers.add(reader);
        return reader;
    }

    private final class Reader implements RecordReader {
        private final int shardId;
        private final SubscriberListener listener;
        private int index;
        private boolean isLossTold;

        private Reader(final int shardId, final StartPosition start, final SubscriberListener listener) {
            this.shardId = shardId;
            this.listener = listener;
            this.index =
                    start.kind() == StartPosition.Kind.LIVE ? journal.size() : (int) (start.value() / RECORD_SPACE);
        }

        @Override
        public int poll(final RecordHandler handler, final int recordLimit) {
            if (position() < lostPosition) {
                if (!isLossTold) {
                    isLossTold = true;
                    listener.onCursorLost(shardId, position(), lostPosition);
                }
                return 0;
            }
            int count = 0;
            while (count < recordLimit && index < journal.size()) {
                final UnsafeBuffer record = journal.get(index);
                final Action action = handler.onRecord(record, 0, record.capacity(), (index + 1L) * RECORD_SPACE);
                if (action == Action.ABORT) {
                    break;
                }
                index++;
                count++;
            }
            return count;
        }

        @Override
        public long position() {
            return (long) index * RECORD_SPACE;
        }

        @Override
        public int nodeId() {
            return 1;
        }

        @Override
        public void moveTo(final long position) {
            throw new IllegalStateException("a read of a client is never moved");
        }

        @Override
        public void hint(final long journalPosition) {
            // There is one node only.
        }

        @Override
        public void close() {
            readers.remove(this);
        }
    }
}
