package io.lockstep.client;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.internal.RecordHandler;
import io.lockstep.client.internal.RecordReader;
import io.lockstep.client.internal.RecordSelection;
import io.lockstep.wire.JournalFormat;
import org.agrona.CloseHelper;

/**
 * Finds the place in a shard's journal that a time stands for: where its first record at or after the time begins, or the
 * end where there is none yet. Belongs to the thread that owns the client.
 */
final class TimePosition implements AutoCloseable {
    private static final long UNKNOWN = -1;
    private static final int RECORD_LIMIT = 64;

    private final LockstepClient client;
    private final int shardId;
    private final RecordReader reader;
    // May be a second old: what was accepted since lies behind its end.
    private final long oldTimestampNs;
    private final RecordHandler stopper = (buffer, offset, length, endPosition) -> {
        foundPosition = endPosition - JournalFormat.framedLength(length);
        return Action.ABORT;
    };
    private long endPosition = UNKNOWN;
    private long foundPosition = UNKNOWN;
    private boolean isLost;
    private StartPosition place;

    TimePosition(final LockstepClient client, final int shardId, final long timestampNs) {
        this(
                client,
                shardId,
                new SubscriberConfig().start(StartPosition.time(timestampNs)),
                RecordSelection.EVERYTHING);
    }

    /** Reads as it is configured, from the time at which it is to start; finds what matters to those who want a selection. */
    TimePosition(
            final LockstepClient client,
            final int shardId,
            final SubscriberConfig readerConfig,
            final RecordSelection selection) {
        this.client = client;
        this.shardId = shardId;
        final ShardState old = client.shardState(shardId);
        this.oldTimestampNs = old == null ? Long.MIN_VALUE : old.timestampNs();
        this.reader = client.newReader(shardId, readerConfig, selection, new SubscriberListener() {
            @Override
            public void onCursorLost(
                    final int lostShardId, final long wantedPosition, final long firstReadablePosition) {
                isLost = true;
            }
        });
    }

    /** Looks further, without blocking; the place, or null while it is not found. */
    StartPosition doWork() {
        if (place == null) {
            final ShardState state = client.shardState(shardId);
            if (endPosition == UNKNOWN && state != null && state.timestampNs() > oldTimestampNs) {
                endPosition = state.journalPosition();
            }
            reader.poll(stopper, RECORD_LIMIT);
            if (isLost) {
                place = StartPosition.start();
            } else if (foundPosition != UNKNOWN) {
                place = StartPosition.position(foundPosition);
            } else if (endPosition != UNKNOWN && reader.position() >= endPosition) {
                // Not live, which would be behind what is accepted meanwhile.
                place = StartPosition.position(reader.position());
            }
            if (place != null) {
                CloseHelper.close(reader);
            }
        }
        return place;
    }

    /** {@inheritDoc} */
    @Override
    public void close() {
        CloseHelper.close(reader);
    }
}
