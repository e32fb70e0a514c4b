package io.lockstep.client;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.client.internal.RecordReader;
import io.lockstep.wire.JournalFormat;
import org.agrona.DirectBuffer;

/** Looks up in the journal of a shard where a time begins: where its first record does, or the end where none came yet. */
final class StartFinder implements AutoCloseable {
    private static final long UNKNOWN = -1;

    private final LockstepClient client;
    private final int shardId;
    private final RecordReader reader;
    // May be a second old: what was accepted since lies behind its end.
    private final long oldTimestampNs;
    private long journalPosition = UNKNOWN;
    private long found = UNKNOWN;

    StartFinder(final LockstepClient client, final int shardId, final SubscriberConfig readerConfig) {
        this.client = client;
        this.shardId = shardId;
        final ShardState old = client.shardState(shardId);
        this.oldTimestampNs = old == null ? Long.MIN_VALUE : old.timestampNs();
        this.reader = client.newReader(shardId, readerConfig, SubscriberListener.NONE);
    }

    /** The position, or -1 while it is not known. Never blocks. */
    long poll() {
        final ShardState state = client.shardState(shardId);
        if (journalPosition == UNKNOWN && state != null && state.timestampNs() > oldTimestampNs) {
            journalPosition = state.journalPosition();
        }
        if (found == UNKNOWN) {
            reader.poll(this::onRecord, 1);
            final long position = reader.position();
            if (found == UNKNOWN && journalPosition != UNKNOWN && position >= journalPosition) {
                found = position;
            }
        }
        return found;
    }

    /** {@inheritDoc} */
    @Override
    public void close() {
        reader.close();
    }

    private Action onRecord(final DirectBuffer buffer, final int offset, final int length, final long endPosition) {
        if (found == UNKNOWN) {
            found = endPosition - JournalFormat.framedLength(length);
        }
        return Action.ABORT;
    }
}
