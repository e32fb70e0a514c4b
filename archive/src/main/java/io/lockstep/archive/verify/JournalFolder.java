package io.lockstep.archive.verify;

import io.aeron.archive.CatalogView;
import io.aeron.archive.client.AeronArchive;
import io.lockstep.archive.journal.ForcedPosition;
import io.lockstep.wire.JournalFormat;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A shard's journal in the directory of a stopped node's journal archive (A1). Reads the catalog and the segment files,
 * changes nothing, and needs no running process. Immutable; cursors of it are independent.
 */
public final class JournalFolder {
    private static final String CATALOG = "archive.catalog";
    private static final String ARCHIVE_DIR_OF_NODE = "journal-archive";

    private final Path dir;
    private final int shardId;
    private long recordingId = -1;
    private long startPosition;
    private long stopPosition;
    private int segmentLength;
    private long forcedPosition = ForcedPosition.UNKNOWN;

    private JournalFolder(final Path dir, final int shardId) {
        this.dir = dir;
        this.shardId = shardId;
    }

    /**
     * Opens a folder.
     *
     * @param path    the archive's directory, or the node's directory above it.
     * @param shardId whose journal.
     * @return the folder.
     * @throws IllegalArgumentException if there is no catalog, or no journal of the shard in it.
     */
    public static JournalFolder open(final Path path, final int shardId) {
        final Path dir = Files.exists(path.resolve(CATALOG)) ? path : path.resolve(ARCHIVE_DIR_OF_NODE);
        if (!Files.exists(dir.resolve(CATALOG))) {
            throw new IllegalArgumentException("there is no " + CATALOG + " in " + path + " or below in "
                    + ARCHIVE_DIR_OF_NODE + ": name the directory of a node or of its journal archive");
        }
        final JournalFolder folder = new JournalFolder(dir, shardId);
        folder.readCatalog();
        folder.readForcedPosition();
        return folder;
    }

    /**
     * The directory with catalog and segment files.
     *
     * @return the archive's directory.
     */
    public Path dir() {
        return dir;
    }

    /**
     * Whose journal this is.
     *
     * @return the shard.
     */
    public int shardId() {
        return shardId;
    }

    /**
     * Id of the recording in its archive; it differs from node to node.
     *
     * @return the id.
     */
    public long recordingId() {
        return recordingId;
    }

    /**
     * Where the journal begins.
     *
     * @return the journal position.
     */
    public long startPosition() {
        return startPosition;
    }

    /**
     * Where the catalog says that the recording was stopped.
     *
     * @return the journal position, or {@link AeronArchive#NULL_POSITION} after a kill.
     */
    public long stopPosition() {
        return stopPosition;
    }

    /**
     * Up to where the node has told that the journal is on its disk.
     *
     * @return the journal position, or {@link ForcedPosition#UNKNOWN} where the shard's directory does not stand beside
     *     the archive's.
     */
    public long forcedPosition() {
        return forcedPosition;
    }

    /**
     * Length of the segment files.
     *
     * @return the length in bytes.
     */
    public int segmentLength() {
        return segmentLength;
    }

    /**
     * Walks from the beginning.
     *
     * @return a cursor, to be closed.
     */
    public JournalCursor cursor() {
        return cursor(startPosition);
    }

    /**
     * Walks from the first record that ends behind a position.
     *
     * @param fromPosition any position.
     * @return a cursor, to be closed.
     */
    public JournalCursor cursor(final long fromPosition) {
        return new FolderCursor(this, fromPosition);
    }

    Path segmentFile(final long segmentPosition) {
        return dir.resolve(recordingId + "-" + segmentPosition + ".rec");
    }

    long segmentPosition(final long position) {
        return AeronArchive.segmentFileBasePosition(startPosition, position, JournalFormat.TERM_LENGTH, segmentLength);
    }

    private void readCatalog() {
        final int streamId = JournalFormat.streamId(shardId);
        CatalogView.listRecordings(
                dir.toFile(),
                (controlSessionId,
                        correlationId,
                        id,
                        startTimestamp,
                        stopTimestamp,
                        start,
                        stop,
                        initialTermId,
                        segmentFileLength,
                        termBufferLength,
                        mtuLength,
                        sessionId,
                        recordedStreamId,
                        strippedChannel,
                        originalChannel,
                        sourceIdentity) -> {
                    if (recordedStreamId == streamId && id > recordingId) {
                        requireFormat(termBufferLength, mtuLength);
                        recordingId = id;
                        startPosition = start;
                        stopPosition = stop;
                        segmentLength = segmentFileLength;
                    }
                });
        if (recordingId < 0) {
            throw new IllegalArgumentException("there is no journal of shard " + shardId + " in " + dir);
        }
    }

    private void readForcedPosition() {
        final Path shardDir = dir.toAbsolutePath().resolveSibling("shard-" + shardId);
        forcedPosition = new ForcedPosition(shardDir.resolve(ForcedPosition.FILE_NAME)).read();
    }

    private void requireFormat(final int termLength, final int mtuLength) {
        if (termLength != JournalFormat.TERM_LENGTH || mtuLength != JournalFormat.MTU_LENGTH) {
            throw new IllegalArgumentException("the journal in " + dir + " has term length " + termLength + " and MTU "
                    + mtuLength + ", but this release reads " + JournalFormat.TERM_LENGTH + " and "
                    + JournalFormat.MTU_LENGTH);
        }
    }
}
