package io.lockstep.archive.verify;

import io.aeron.Aeron;
import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.archive.replay.JournalReader;
import io.lockstep.archive.replay.JournalReaderContext;
import io.lockstep.archive.replay.JournalReaderListener;
import io.lockstep.archive.replay.ReaderState;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.wire.JournalFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

/**
 * Walks the journal of a running node from where it begins to where it had come when the cursor was opened. Waits for
 * the node, at most {@link #TIMEOUT_NS} for each record: for tools, not for message paths.
 */
final class NodeCursor implements JournalCursor {
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long PARK_NS = TimeUnit.MICROSECONDS.toNanos(100);

    private final Aeron aeron;
    private final NodeEndpoint node;
    private final JournalReader reader;
    private final ExpandableArrayBuffer record = new ExpandableArrayBuffer();
    private final long startPosition;
    private final long limit;
    private int length;
    private long beginPosition;
    private long endPosition;
    private long skipPosition;
    private String lastNews = "";
    private String damage;

    NodeCursor(final Aeron aeron, final NodeEndpoint node, final int shardId, final long fromPosition) {
        this.aeron = aeron;
        this.node = node;
        this.reader = new JournalReader(new JournalReaderContext()
                .aeron(aeron)
                .nodes(List.of(node))
                .shardId(shardId)
                .start(StartPosition.start())
                .isChecking(false)
                .listener(new Listener()));
        try {
            awaitFollowing();
            startPosition = reader.recordingStartPosition();
            limit = reader.recordedPosition();
            final long termPosition = fromPosition & -JournalFormat.TERM_LENGTH;
            if (termPosition > startPosition && termPosition < limit) {
                reader.moveTo(termPosition);
                awaitFollowing();
            }
        } catch (final RuntimeException ex) {
            CloseHelper.quietClose(reader);
            throw ex;
        }
        skipPosition = fromPosition;
        endPosition = reader.position();
    }

    @Override
    public String name() {
        return "node " + node.id();
    }

    @Override
    public long startPosition() {
        return startPosition;
    }

    @Override
    public boolean next() {
        if (damage != null) {
            return false;
        }
        do {
            if (reader.position() >= limit || !read()) {
                return false;
            }
        } while (endPosition <= skipPosition);
        return true;
    }

    @Override
    public String damage() {
        return damage;
    }

    @Override
    public long beginPosition() {
        return beginPosition;
    }

    @Override
    public long endPosition() {
        return endPosition;
    }

    @Override
    public DirectBuffer buffer() {
        return record;
    }

    @Override
    public int offset() {
        return 0;
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public void close() {
        CloseHelper.quietClose(reader);
    }

    private boolean read() {
        final long deadlineNs = System.nanoTime() + TIMEOUT_NS;
        while (reader.poll(this::onRecord, 1) == 0) {
            if (reader.state() == ReaderState.LOST || reader.state() == ReaderState.FAILED) {
                damage = "cannot be read from " + reader.position() + " on: " + lastNews;
                return false;
            }
            if (System.nanoTime() - deadlineNs > 0) {
                // The recorder may have been in the middle of a record when it was asked; that is a plain end.
                damage = limit - reader.position() > JournalFormat.framedLength(JournalFormat.MAX_RECORD_LENGTH)
                        ? "sends nothing at " + reader.position() + " although it has recorded up to " + limit + ": "
                                + lastNews
                        : null;
                return false;
            }
            idle();
        }
        return true;
    }

    private Action onRecord(
            final DirectBuffer buffer, final int offset, final int recordLength, final long recordEndPosition) {
        record.putBytes(0, buffer, offset, recordLength);
        length = recordLength;
        endPosition = recordEndPosition;
        beginPosition = recordEndPosition - JournalFormat.framedLength(recordLength);
        return Action.BREAK;
    }

    private void awaitFollowing() {
        final long deadlineNs = System.nanoTime() + TIMEOUT_NS;
        while (reader.state() != ReaderState.FOLLOWING) {
            reader.poll(this::onNothing, 1);
            if (System.nanoTime() - deadlineNs > 0) {
                throw new IllegalStateException(name() + " at " + node.endpoint(node.journalArchivePort())
                        + " gives no replay of its journal: " + lastNews);
            }
            idle();
        }
    }

    private Action onNothing(
            final DirectBuffer buffer, final int offset, final int recordLength, final long recordEndPosition) {
        return Action.ABORT;
    }

    private void idle() {
        if (aeron.conductorAgentInvoker() != null) {
            aeron.conductorAgentInvoker().invoke();
        }
        LockSupport.parkNanos(PARK_NS);
    }

    private final class Listener implements JournalReaderListener {
        @Override
        public void onNodeChanged(final int shardId, final int nodeId, final String reason) {
            lastNews = reason;
        }

        @Override
        public void onCursorLost(final int shardId, final long wantedPosition, final long firstReadablePosition) {
            lastNews = wantedPosition + " is gone, the first readable position is " + firstReadablePosition;
        }
    }
}
