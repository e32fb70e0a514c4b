package io.lockstep.client.internal;

import io.aeron.Aeron;
import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.archive.replay.JournalReader;
import io.lockstep.archive.replay.JournalReaderContext;
import io.lockstep.archive.replay.JournalReaderListener;
import io.lockstep.archive.replay.JournalRecordHandler;
import io.lockstep.client.SubscriberListener;
import io.lockstep.config.NodeEndpoint;
import java.util.List;
import org.agrona.DirectBuffer;

/** Opens readers of journals. */
final class RecordReaders {
    private RecordReaders() {}

    /**
     * Opens a reader.
     *
     * @param aeron    client to read with; stays the caller's.
     * @param nodes    to read from.
     * @param request  what to read.
     * @param listener is told of moves and losses.
     * @return the reader.
     */
    static RecordReader open(
            final Aeron aeron,
            final List<NodeEndpoint> nodes,
            final ReadRequest request,
            final SubscriberListener listener) {
        final JournalReaderContext context = new JournalReaderContext()
                .aeron(aeron)
                .nodes(nodes)
                .shardId(request.shardId())
                .preferredNodeId(request.preferredNodeId())
                .start(request.start())
                .silenceTimeoutNs(request.silenceTimeoutNs())
                .listener(listenerOf(listener));
        return new ArchiveReader(new JournalReader(context));
    }

    private static JournalReaderListener listenerOf(final SubscriberListener listener) {
        return new JournalReaderListener() {
            @Override
            public void onNodeChanged(final int shardId, final int nodeId, final String reason) {
                listener.onNodeChanged(shardId, nodeId, reason);
            }

            @Override
            public void onCursorLost(final int shardId, final long wantedPosition, final long firstReadablePosition) {
                listener.onCursorLost(shardId, wantedPosition, firstReadablePosition);
            }
        };
    }

    private static final class ArchiveReader implements RecordReader {
        private final JournalReader reader;
        private final JournalRecordHandler forwarder = this::forward;
        private RecordHandler current;

        private ArchiveReader(final JournalReader reader) {
            this.reader = reader;
        }

        @Override
        public int poll(final RecordHandler handler, final int recordLimit) {
            current = handler;
            return reader.poll(forwarder, recordLimit);
        }

        @Override
        public long position() {
            return reader.position();
        }

        @Override
        public int nodeId() {
            return reader.nodeId();
        }

        @Override
        public void moveTo(final long position) {
            reader.moveTo(position);
        }

        @Override
        public void hint(final long journalPosition) {
            reader.hint(journalPosition);
        }

        @Override
        public void close() {
            reader.close();
        }

        private Action forward(final DirectBuffer buffer, final int offset, final int length, final long endPosition) {
            return current.onRecord(buffer, offset, length, endPosition);
        }
    }
}
