package io.lockstep.archive.index;

import io.aeron.archive.client.AeronArchive;
import io.aeron.archive.client.ArchiveException;
import io.aeron.archive.client.RecordingSignalConsumer;
import io.aeron.archive.codecs.RecordingSignal;
import io.lockstep.wire.JournalFormat;
import java.util.concurrent.TimeUnit;

/**
 * Deletes the segment files of one recording that lie wholly below the first readable position. A reader that is still
 * there makes the archive refuse; then it is tried again later. Past a hard limit what such a reader does not hold back is
 * deleted all the same, and only a reader that stands further below than the limit has the recording's replays stopped:
 * their readers go on by themselves at the same position, or are told that it is lost.
 *
 * <p>Belongs to one thread, the one that uses the archive client. Calls to the archive block for at most the client's
 * message time-out. The client stays its owner's, who hands this object's {@link #onSignal} the recording signals.
 * Failure: retried after {@link #RETRY_NS} without end; {@link #lastRefusal()} says why.
 */
public final class JournalRetention implements RecordingSignalConsumer {
    /** Time between two attempts after a refusal. */
    public static final long RETRY_NS = TimeUnit.SECONDS.toNanos(5);

    /** Time after which the end of a deletion is no longer waited for. */
    public static final long DELETE_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);

    /** Least time between two stops of all replays. */
    static final long STOP_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);

    // Aeron has no code for it.
    private static final String REPLAY_IN_PROGRESS = "replay in progress";

    private final AeronArchive archive;
    private final long recordingId;
    private final int segmentLength;
    private long hardLimitBytes;
    private long firstReadablePosition;
    private boolean isDeleting;
    private long deleteDeadlineNs;
    private boolean isWaiting;
    private long retryAtNs;
    private String lastRefusal = "";
    private long deletedSegments;
    private long stoppedReplays;
    private long lastStopNs;

    /**
     * Makes the retention of one recording.
     *
     * @param archive        client of the node's journal archive, allowed to purge.
     * @param recordingId    of the journal in that archive.
     * @param segmentLength  of its files in bytes.
     * @param hardLimitBytes how much a reader may hold back before it is stopped, or 0 for as much as it likes.
     */
    public JournalRetention(
            final AeronArchive archive, final long recordingId, final int segmentLength, final long hardLimitBytes) {
        this.archive = archive;
        this.recordingId = recordingId;
        this.segmentLength = segmentLength;
        this.hardLimitBytes = hardLimitBytes;
    }

    /**
     * Says from where on the journal is readable; a lower position than before changes nothing.
     *
     * @param position logical first readable position of the shard.
     */
    public void firstReadablePosition(final long position) {
        firstReadablePosition = Math.max(firstReadablePosition, position);
    }

    /**
     * Sets how much a reader may hold back.
     *
     * @param bytes of journal below the first readable position from which on readers are stopped; 0 for no limit.
     */
    public void hardLimitBytes(final long bytes) {
        hardLimitBytes = bytes;
    }

    /**
     * Deletes what can go.
     *
     * @param nowNs monotonic time.
     * @return 1 if something was done.
     */
    public int doWork(final long nowNs) {
        if (isDeleting) {
            archive.pollForRecordingSignals();
            isDeleting = isDeleting && nowNs - deleteDeadlineNs < 0;
            return 0;
        }
        if (firstReadablePosition < segmentLength || (isWaiting && nowNs - retryAtNs < 0)) {
            return 0;
        }
        final long startPosition = archive.getStartPosition(recordingId);
        final long newStartPosition = AeronArchive.segmentFileBasePosition(
                startPosition, firstReadablePosition, JournalFormat.TERM_LENGTH, segmentLength);
        if (newStartPosition <= startPosition) {
            // Nothing to do until the position moves by a segment.
            isWaiting = true;
            retryAtNs = nowNs + RETRY_NS;
            return 0;
        }
        purge(startPosition, newStartPosition, nowNs);
        return 1;
    }

    /**
     * Whether segments are being deleted.
     *
     * @return true until the archive says that they are gone.
     */
    public boolean isDeleting() {
        return isDeleting;
    }

    /**
     * Why the archive refused the last time.
     *
     * @return empty if it did not.
     */
    public String lastRefusal() {
        return lastRefusal;
    }

    /**
     * Segments that were given to deletion.
     *
     * @return the count since this object was made.
     */
    public long deletedSegments() {
        return deletedSegments;
    }

    /**
     * How often the replays of the recording were stopped because they held back too much.
     *
     * @return the count since this object was made.
     */
    public long stoppedReplays() {
        return stoppedReplays;
    }

    @Override
    public void onSignal(
            final long controlSessionId,
            final long correlationId,
            final long signalRecordingId,
            final long subscriptionId,
            final long position,
            final RecordingSignal signal) {
        if (signalRecordingId == recordingId && signal == RecordingSignal.DELETE) {
            isDeleting = false;
        }
    }

    private void purge(final long startPosition, final long newStartPosition, final long nowNs) {
        if (isPurged(newStartPosition, nowNs)) {
            return;
        }
        isWaiting = true;
        retryAtNs = nowNs + RETRY_NS;
        if (hardLimitBytes > 0
                && newStartPosition - startPosition > hardLimitBytes
                && lastRefusal.contains(REPLAY_IN_PROGRESS)) {
            // The highest segment that no reader may hold back.
            final long limitPosition = AeronArchive.segmentFileBasePosition(
                    startPosition,
                    newStartPosition - hardLimitBytes + segmentLength - 1,
                    JournalFormat.TERM_LENGTH,
                    segmentLength);
            if ((limitPosition == newStartPosition || !isPurged(limitPosition, nowNs))
                    && lastRefusal.contains(REPLAY_IN_PROGRESS)) {
                stopReplays(nowNs);
            }
        }
    }

    private boolean isPurged(final long newStartPosition, final long nowNs) {
        try {
            // The signal may come while the answer is awaited.
            isDeleting = true;
            deleteDeadlineNs = nowNs + DELETE_TIMEOUT_NS;
            final long deleted = archive.purgeSegments(recordingId, newStartPosition);
            deletedSegments += deleted;
            isDeleting = isDeleting && deleted > 0;
            isWaiting = false;
            lastRefusal = "";
            return true;
        } catch (final ArchiveException ex) {
            isDeleting = false;
            lastRefusal = ex.getMessage();
            return false;
        }
    }

    private void stopReplays(final long nowNs) {
        if (stoppedReplays == 0 || nowNs - lastStopNs >= STOP_INTERVAL_NS) {
            archive.stopAllReplays(recordingId);
            stoppedReplays++;
            lastStopNs = nowNs;
        }
        // In the next turn: a reader that comes back at once must not find the segment again.
        retryAtNs = nowNs;
    }
}
