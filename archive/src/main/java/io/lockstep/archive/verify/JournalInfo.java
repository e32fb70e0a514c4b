package io.lockstep.archive.verify;

import io.aeron.Aeron;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.wire.RecordLayout;
import java.nio.file.Path;

/**
 * A copy of a journal summed up. Immutable.
 *
 * @param name               of the node or folder.
 * @param shardId            whose journal.
 * @param startPosition      where it begins.
 * @param endPosition        end of its last good record.
 * @param firstSequence      shard sequence of the first record, or -1.
 * @param lastSequence       of the last one, or -1.
 * @param firstTimestampNs   of the first record, or -1.
 * @param lastTimestampNs    of the last one, or -1.
 * @param records            their number.
 * @param messages           number of messages among them.
 * @param checkpoints        number of checkpoints among them.
 * @param bytes              sum of the records' lengths.
 * @param checkpointPosition where the last checkpoint begins, or -1.
 * @param checkpointHash     of it.
 * @param damage             what is wrong behind the last good record, or null.
 */
public record JournalInfo(
        String name,
        int shardId,
        long startPosition,
        long endPosition,
        long firstSequence,
        long lastSequence,
        long firstTimestampNs,
        long lastTimestampNs,
        long records,
        long messages,
        long checkpoints,
        long bytes,
        long checkpointPosition,
        long checkpointHash,
        String damage) {

    /**
     * Sums up the journal of a stopped node.
     *
     * @param folder  directory of the node or of its journal archive.
     * @param shardId whose journal.
     * @return the summary.
     */
    public static JournalInfo ofFolder(final Path folder, final int shardId) {
        try (JournalCursor cursor = JournalFolder.open(folder, shardId).cursor()) {
            return of(cursor, shardId);
        }
    }

    /**
     * Sums up the journal of a running node, up to where it has come now.
     *
     * @param aeron   connected client.
     * @param node    to read.
     * @param shardId whose journal.
     * @return the summary.
     * @throws IllegalStateException if the node cannot be read.
     */
    public static JournalInfo ofNode(final Aeron aeron, final NodeEndpoint node, final int shardId) {
        try (JournalCursor cursor = new NodeCursor(aeron, node, shardId, 0)) {
            return of(cursor, shardId);
        }
    }

    /**
     * Sums up a copy.
     *
     * @param cursor  at its beginning; stays the caller's.
     * @param shardId whose journal.
     * @return the summary.
     */
    public static JournalInfo of(final JournalCursor cursor, final int shardId) {
        final CopyCheck check = new CopyCheck(cursor.startPosition());
        long firstSequence = -1;
        long firstTimestampNs = -1;
        long endPosition = cursor.endPosition();
        String damage = null;
        while (damage == null && cursor.next()) {
            if (firstSequence == -1 && cursor.length() >= RecordLayout.MIN_RECORD_LENGTH) {
                firstSequence = RecordLayout.shardSequence(cursor.buffer(), cursor.offset());
                firstTimestampNs = RecordLayout.timestampNs(cursor.buffer(), cursor.offset());
            }
            final String wrong = check.check(cursor.buffer(), cursor.offset(), cursor.length(), cursor.beginPosition());
            if (wrong == null) {
                endPosition = cursor.endPosition();
            } else {
                damage = "at " + cursor.beginPosition() + ": " + wrong;
            }
        }
        return new JournalInfo(
                cursor.name(),
                shardId,
                cursor.startPosition(),
                endPosition,
                firstSequence,
                check.lastSequence(),
                firstTimestampNs,
                check.recordCount() == 0 ? -1 : check.lastTimestampNs(),
                check.recordCount(),
                check.messageCount(),
                check.checkpointCount(),
                check.byteCount(),
                check.lastCheckpointPosition(),
                check.lastCheckpointHash(),
                damage == null ? cursor.damage() : damage);
    }
}
