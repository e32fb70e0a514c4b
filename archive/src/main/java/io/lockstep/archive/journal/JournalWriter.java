package io.lockstep.archive.journal;

import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import io.aeron.exceptions.AeronException;
import io.lockstep.wire.JournalFormat;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;

/**
 * Writes a shard's journal on one node. The journal is a pure function of the Raft log: after a restart the log is
 * replayed from the snapshot, and while it runs over what is already stored, records are compared instead of appended.
 *
 * <p>Lives on the service thread and is used by no other. It owns its publication, its archive client and its mappings,
 * and no more: not the Aeron client. The steady path allocates nothing.
 *
 * <p>Retries: an offer that is refused is repeated until {@code appendTimeoutNs}, then {@link JournalException} is
 * thrown. After any exception the writer must not be used but to be closed; the node has to stop serving the shard.
 */
public final class JournalWriter implements AutoCloseable {
    private final JournalWriterContext context;
    private final Waiter waiter;
    private final LocalArchive archive;
    private final JournalCopy copy;
    private final JournalRecovery recovery;
    private final ForcedPosition forcedPosition;
    private final int streamId;
    private ExclusivePublication publication;
    private StoredJournal stored;
    private Recording recording;
    private int counterId;
    private long position;
    private long storedEndPosition;
    private long lastForcedPosition;
    private boolean isClosed;

    private JournalWriter(final JournalWriterContext context) {
        this.context = context;
        this.streamId = context.streamId();
        this.waiter = new Waiter(context.aeron(), context.agentInvoker(), context.idleStrategy());
        this.archive = new LocalArchive(context, waiter);
        this.copy = new JournalCopy(context, waiter, archive);
        this.forcedPosition = new ForcedPosition(context.forcedPositionFile());
        this.recovery = new JournalRecovery(context, archive, copy, forcedPosition);
    }

    /**
     * Opens the journal and brings it into a state in which the log can go on from the snapshot: a torn or damaged end
     * is cut off, and what is missing below the snapshot is copied from a peer. Blocks; meant for the start of the
     * service.
     *
     * @param context             what the writer needs; belongs to it from now on.
     * @param snapshotPosition    journal position of the snapshot that was loaded, 0 if there is none.
     * @param snapshotRollingHash rolling hash of all records before that position; 0 if it is not known.
     * @return the writer.
     * @throws JournalException if the journal cannot be opened or repaired; the sentence says why.
     */
    public static JournalWriter open(
            final JournalWriterContext context, final long snapshotPosition, final long snapshotRollingHash) {
        context.conclude();
        if (snapshotPosition < 0 || (snapshotPosition & (JournalFormat.FRAME_ALIGNMENT - 1)) != 0) {
            throw new IllegalArgumentException("no record ends at journal position " + snapshotPosition);
        }
        JournalWriter writer = null;
        try {
            writer = new JournalWriter(context);
            writer.start(snapshotPosition, snapshotRollingHash);
            return writer;
        } catch (final AeronException | UncheckedIOException ex) {
            CloseHelper.quietClose(writer);
            throw new JournalException(
                    "The journal of shard " + context.shardId() + " cannot be opened: " + ex.getMessage(), ex);
        } catch (final Throwable throwable) {
            CloseHelper.quietClose(writer);
            throw throwable;
        }
    }

    /**
     * Appends a record, or compares it with what is stored.
     *
     * @param buffer              that holds the record, complete with its checksum.
     * @param offset              of its first byte.
     * @param length              in bytes, at most {@link JournalFormat#MAX_RECORD_LENGTH}.
     * @param expectedEndPosition where the record ends by the engine's reckoning.
     * @throws JournalDivergedException if an intact record that differs is stored there; nothing was changed.
     * @throws JournalException         if the journal is broken.
     */
    public void append(final DirectBuffer buffer, final int offset, final int length, final long expectedEndPosition) {
        final long endPosition = JournalFormat.endPosition(position, length);
        if (endPosition != expectedEndPosition) {
            throw new JournalException("A record of " + length + " bytes behind position " + position
                    + " of the journal of shard " + context.shardId() + " ends at " + endPosition
                    + ", but the engine expects " + expectedEndPosition + ".");
        }
        if (position < storedEndPosition) {
            if (!stored.isStored(position, buffer, offset, length)) {
                onMismatch(buffer, offset, length);
                offer(buffer, offset, length, endPosition);
            } else if (endPosition >= storedEndPosition) {
                stored.close();
            }
        } else {
            offer(buffer, offset, length, endPosition);
        }
        position = endPosition;
    }

    /**
     * Where the journal ends by the log: below {@link #storedEndPosition()} while records are compared.
     *
     * @return the journal position.
     */
    public long position() {
        return position;
    }

    /**
     * Where the journal ended when it was opened, or was cut since.
     *
     * @return the journal position.
     */
    public long storedEndPosition() {
        return storedEndPosition;
    }

    /**
     * Whether the next record will be compared and not appended.
     *
     * @return true while the log runs over what is already stored.
     */
    public boolean isComparing() {
        return position < storedEndPosition;
    }

    /**
     * Id of the recording in the node's own archive; another node has another one.
     *
     * @return the recording id.
     */
    public long recordingId() {
        return recording.id();
    }

    /**
     * Forces everything below {@link #position()} to the disk and remembers that. Blocks until the recorder has come
     * there; to be called before a snapshot callback returns.
     *
     * @throws JournalException if the recorder does not come there in time.
     */
    public void force() {
        if (position > storedEndPosition && !isRecorded()) {
            final boolean isRecorded = waiter.await(
                    () -> {
                        doWork();
                        return isRecorded();
                    },
                    context.appendTimeoutNs());
            if (!isRecorded) {
                throw new JournalException("The archive has recorded the journal of shard " + context.shardId()
                        + " only to " + archive.recordedPosition(counterId) + " instead of " + position + " within "
                        + TimeUnit.NANOSECONDS.toMillis(context.appendTimeoutNs()) + " ms.");
            }
        }
        try (SegmentFiles files = new SegmentFiles(context.archiveDirectory(), recording, streamId)) {
            files.force(Math.min(lastForcedPosition, position), position);
        }
        if (position > lastForcedPosition) {
            lastForcedPosition = position;
            forcedPosition.write(position);
        }
    }

    /**
     * Looks whether the archive still records.
     *
     * @return the amount of work done: none that anybody has to count.
     * @throws JournalException if it does not, or reports trouble.
     */
    public int doWork() {
        archive.checkErrors();
        if (!archive.isRecording(counterId, recording.id())) {
            throw new JournalException("The archive has stopped recording the journal of shard " + context.shardId()
                    + " (recording " + recording.id() + ") near position " + position + ".");
        }
        return 0;
    }

    /** Ends the recording; what was appended before is still recorded. Closing twice is harmless. */
    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            CloseHelper.closeAll(publication, stored, archive);
        }
    }

    private void start(final long snapshotPosition, final long snapshotRollingHash) {
        final Recording found = recovery.recover(snapshotPosition, snapshotRollingHash);
        position = snapshotPosition;
        if (found == null) {
            storedEndPosition = snapshotPosition;
            publication = archive.addPublication(snapshotPosition);
            counterId = archive.record(publication, null);
            recording = archive.describe(archive.recordingId(counterId)).withStopPosition(snapshotPosition);
            recording.requireJournalFormat(context.shardId());
            if (recording.segmentLength() != context.segmentLength()) {
                throw new JournalException("The archive in " + context.archiveDirectory() + " writes segments of "
                        + recording.segmentLength() + " bytes, but " + context.segmentLength() + " are expected.");
            }
        } else {
            extend(found);
        }
        lastForcedPosition = Math.max(recording.startPosition(), forcedPosition.read());
        context.listener()
                .onRecoveryStep(
                        context.shardId(),
                        "recording " + recording.id() + " goes on at " + storedEndPosition + ", the log at "
                                + position);
    }

    private void extend(final Recording found) {
        recording = found;
        storedEndPosition = found.stopPosition();
        stored = new StoredJournal(new SegmentFiles(context.archiveDirectory(), found, streamId), found, streamId);
        publication = archive.addPublication(storedEndPosition);
        counterId = archive.record(publication, found);
    }

    private boolean isRecorded() {
        return archive.recordedPosition(counterId) >= position;
    }

    private void offer(final DirectBuffer buffer, final int offset, final int length, final long endPosition) {
        long result = publication.offer(buffer, offset, length);
        if (result != endPosition) {
            final long beginNs = System.nanoTime();
            waiter.reset();
            while (result != endPosition) {
                onRefusal(result, endPosition, beginNs);
                result = publication.offer(buffer, offset, length);
            }
        }
    }

    private void onRefusal(final long result, final long endPosition, final long beginNs) {
        if (result == Publication.ADMIN_ACTION) {
            // The term was rotated; the same offer succeeds at once.
            return;
        }
        if (result != Publication.BACK_PRESSURED && result != Publication.NOT_CONNECTED) {
            throw new JournalException("A record of the journal of shard " + context.shardId() + " should end at "
                    + endPosition + ", but its offer returned "
                    + (result > 0 ? "position " + result : Publication.errorString(result)) + ".");
        }
        doWork();
        if (System.nanoTime() - beginNs > context.appendTimeoutNs()) {
            throw new JournalException("The archive has not taken a record of the journal of shard "
                    + context.shardId() + " at position " + position + " for "
                    + TimeUnit.NANOSECONDS.toMillis(context.appendTimeoutNs()) + " ms: "
                    + Publication.errorString(result) + ".");
        }
        waiter.idle();
    }

    private void onMismatch(final DirectBuffer buffer, final int offset, final int length) {
        final StoredJournal.Finding finding = stored.inspect(position, buffer, offset, length);
        String reason = "the stored record is damaged";
        if (finding == StoredJournal.Finding.DIFFERENT) {
            reason = divergence(buffer, offset, length);
        }
        // The recorder must have let go of the files before they are cut.
        archive.stop(publication);
        publication.close();
        final Recording stopped = archive.awaitStopped(recording.id());
        final long cutPosition = Math.max(position, stopped.startPosition());
        extend(recovery.cut(stored.files(), stopped, cutPosition, true, reason));
        lastForcedPosition = Math.min(lastForcedPosition, position);
    }

    private String divergence(final DirectBuffer buffer, final int offset, final int length) {
        final String detail = "The journal of shard " + context.shardId() + " on node "
                + context.self().id() + " holds another intact record at position " + position
                + " than the log makes: two histories exist.";
        context.listener().onDiverged(context.shardId(), position, detail);
        if (new PeerVote(context, waiter).isConfirmed(position, buffer, offset, length)) {
            return "all peers hold the record that the log makes, this node held another one";
        }
        throw new JournalDivergedException(detail + " Nothing was changed.", position);
    }
}
