package io.lockstep.archive.verify;

import io.aeron.Aeron;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.wire.RecordLayout;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Hands out the records of a copy of a journal as objects, for a command to print. */
public final class JournalDump {
    private JournalDump() {}

    /**
     * Dumps the journal of a stopped node.
     *
     * @param folder       directory of the node or of its journal archive.
     * @param shardId      whose journal.
     * @param fromPosition any position: begins with the first record that ends behind it.
     * @param toPosition   ends with the last record that ends at or before it.
     * @param limit        greatest number of records.
     * @param consumer     is told each one.
     * @return what is wrong behind the last one, or null.
     */
    public static String dumpFolder(
            final Path folder,
            final int shardId,
            final long fromPosition,
            final long toPosition,
            final long limit,
            final Consumer<JournalEntry> consumer) {
        try (JournalCursor cursor = JournalFolder.open(folder, shardId).cursor(fromPosition)) {
            return dump(cursor, toPosition, limit, consumer);
        }
    }

    /**
     * Dumps the journal of a running node, up to where it has come now.
     *
     * @param aeron        connected client.
     * @param node         to read.
     * @param shardId      whose journal.
     * @param fromPosition any position: begins with the first record that ends behind it.
     * @param toPosition   ends with the last record that ends at or before it.
     * @param limit        greatest number of records.
     * @param consumer     is told each one.
     * @return what is wrong behind the last one, or null.
     * @throws IllegalStateException if the node cannot be read.
     */
    public static String dumpNode(
            final Aeron aeron,
            final NodeEndpoint node,
            final int shardId,
            final long fromPosition,
            final long toPosition,
            final long limit,
            final Consumer<JournalEntry> consumer) {
        try (JournalCursor cursor = new NodeCursor(aeron, node, shardId, fromPosition)) {
            return dump(cursor, toPosition, limit, consumer);
        }
    }

    /**
     * Dumps a copy.
     *
     * @param cursor     from where it stands; stays the caller's.
     * @param toPosition ends with the last record that ends at or before it.
     * @param limit      greatest number of records.
     * @param consumer   is told each one.
     * @return what is wrong behind the last one, or null.
     */
    public static String dump(
            final JournalCursor cursor,
            final long toPosition,
            final long limit,
            final Consumer<JournalEntry> consumer) {
        final RecordLayout layout = new RecordLayout();
        long count = 0;
        while (count < limit && cursor.next() && cursor.endPosition() <= toPosition) {
            consumer.accept(JournalEntry.of(cursor, layout));
            count++;
        }
        return cursor.damage();
    }
}
