package io.lockstep.archive.journal;

import io.aeron.Aeron;
import io.aeron.ChannelUri;
import io.aeron.ChannelUriStringBuilder;
import io.aeron.CommonContext;
import io.aeron.ExclusivePublication;
import io.aeron.archive.client.AeronArchive;
import io.aeron.archive.client.ArchiveException;
import io.aeron.archive.client.RecordingDescriptorConsumer;
import io.aeron.archive.client.ReplicationParams;
import io.aeron.archive.codecs.RecordingSignal;
import io.aeron.archive.codecs.SourceLocation;
import io.aeron.archive.status.RecordingPos;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.wire.JournalFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;
import org.agrona.concurrent.NoOpLock;
import org.agrona.concurrent.status.CountersReader;

/**
 * The node's own journal archive, seen by one writer: every answer is waited for with a deadline, and errors that
 * arrive on their own are kept until somebody asks. Used by the service thread; owns its archive client.
 */
final class LocalArchive implements AutoCloseable {
    private static final int RECORDINGS_LIMIT = 100;
    // By how much the service may be ahead of its recorder before it waits. What waits here was answered, and no reader
    // has it yet: half a term, Aeron's default, would hide seconds of a slow disk from those who publish. A recorder
    // that
    // is well takes several times as much in one turn of a busy node.
    private static final int PUBLICATION_WINDOW_LENGTH = 2 << 20;
    private static final long SIGNAL_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(1);

    private final JournalWriterContext context;
    private final Waiter waiter;
    private final CountersReader counters;
    private final AeronArchive archive;
    private final int streamId;
    private String asynchronousError;
    private long deletedRecordingId = Aeron.NULL_VALUE;
    private long replicatedRecordingId = Aeron.NULL_VALUE;
    private boolean isReplicationOver;

    LocalArchive(final JournalWriterContext context, final Waiter waiter) {
        this.context = context;
        this.waiter = waiter;
        this.counters = context.aeron().countersReader();
        this.streamId = context.streamId();
        this.archive = AeronArchive.connect(new AeronArchive.Context()
                .aeron(context.aeron())
                .ownsAeronClient(false)
                .lock(NoOpLock.INSTANCE)
                .idleStrategy(context.idleStrategy())
                .agentInvoker(context.agentInvoker())
                .credentialsSupplier(context.credentialsSupplier())
                .errorHandler(this::onError)
                .recordingSignalConsumer(this::onSignal)
                .messageTimeoutNs(context.archiveTimeoutNs())
                .controlRequestChannel(context.controlChannel())
                .controlRequestStreamId(context.controlStreamId())
                .controlResponseChannel(context.controlChannel())
                .controlResponseStreamId(context.controlResponseStreamId()));
        if (archive.archiveId() != context.archiveId()) {
            final long found = archive.archiveId();
            archive.close();
            throw new JournalException("The archive behind " + context.controlChannel() + " stream "
                    + context.controlStreamId() + " has id " + found + " instead of " + context.archiveId() + ".");
        }
    }

    /** The journal's recording, stopped; null if there is none. */
    Recording find() {
        final List<Recording> found = new ArrayList<>();
        archive.listRecordingsForUri(0, RECORDINGS_LIMIT, "ipc", streamId, collector(found));
        if (found.isEmpty()) {
            return null;
        }
        if (found.size() > 1) {
            throw new JournalException("The archive in " + context.archiveDirectory() + " has " + found.size()
                    + " recordings of stream " + streamId + ", but a journal is one recording.");
        }
        return awaitStopped(found.get(0).id());
    }

    Recording describe(final long recordingId) {
        final List<Recording> found = new ArrayList<>();
        archive.listRecording(recordingId, collector(found));
        if (found.isEmpty()) {
            throw new JournalException(
                    "The archive has lost recording " + recordingId + " of stream " + streamId + ".");
        }
        return found.get(0);
    }

    /** The former writer of this journal may have closed a moment ago. */
    Recording awaitStopped(final long recordingId) {
        final long beginNs = System.nanoTime();
        Recording recording = describe(recordingId);
        while (recording.isActive()) {
            if (System.nanoTime() - beginNs > context.archiveTimeoutNs()) {
                throw new JournalException(
                        "Recording " + recordingId + " of stream " + streamId + " is still written by somebody else.");
            }
            checkErrors();
            waiter.idle();
            recording = describe(recordingId);
        }
        return recording;
    }

    /** Cuts the end of a recording off; readers of it are stopped first. */
    Recording truncate(final Recording recording, final long position) {
        final long beginNs = System.nanoTime();
        while (true) {
            deletedRecordingId = Aeron.NULL_VALUE;
            try {
                // The signal comes even where no file had to go, and a late one must not end the next wait.
                final boolean hasFiles = archive.truncateRecording(recording.id(), position) > 0;
                final long timeoutNs = hasFiles ? context.archiveTimeoutNs() : SIGNAL_TIMEOUT_NS;
                final boolean isOver = waiter.await(this::isDeletionOver, timeoutNs);
                require(isOver || !hasFiles, "did not delete the files behind position " + position);
                return recording.withStopPosition(position);
            } catch (final ArchiveException ex) {
                if (ex.errorCode() != ArchiveException.ACTIVE_RECORDING
                        || System.nanoTime() - beginNs > context.archiveTimeoutNs()) {
                    throw new JournalException(
                            "The archive does not cut recording " + recording.id() + " at position " + position + ".",
                            ex);
                }
                archive.stopAllReplays(recording.id());
                waiter.idle();
            }
        }
    }

    /** A publication whose next byte is at a position, and nobody but the recorder will read it. */
    ExclusivePublication addPublication(final long position) {
        final String channel = new ChannelUriStringBuilder()
                .media(CommonContext.IPC_MEDIA)
                .alias("journal-" + context.shardId())
                .mtu(JournalFormat.MTU_LENGTH)
                .publicationWindowLength(PUBLICATION_WINDOW_LENGTH)
                .sparse(true)
                .linger(0L)
                .initialPosition(position, JournalFormat.INITIAL_TERM_ID, JournalFormat.TERM_LENGTH)
                .build();
        final ExclusivePublication publication = context.aeron().addExclusivePublication(channel, streamId);
        if (publication.position() != position
                || publication.termBufferLength() != JournalFormat.TERM_LENGTH
                || publication.maxPayloadLength() != JournalFormat.MAX_FRAME_PAYLOAD_LENGTH) {
            final String found = publication.position() + " with term length " + publication.termBufferLength()
                    + " and frames of " + publication.maxPayloadLength();
            publication.close();
            throw new JournalException("The publication of stream " + streamId + " should begin at " + position
                    + " with term length " + JournalFormat.TERM_LENGTH + " and frames of "
                    + JournalFormat.MAX_FRAME_PAYLOAD_LENGTH + ", but it begins at " + found + ".");
        }
        return publication;
    }

    /**
     * Lets the archive record a publication: at the end of a recording, or in a new one.
     *
     * @return id of the counter that tells how far the recorder has come.
     */
    int record(final ExclusivePublication publication, final Recording extended) {
        final String channel = ChannelUri.addSessionId(CommonContext.IPC_CHANNEL, publication.sessionId());
        if (extended == null) {
            archive.startRecording(channel, streamId, SourceLocation.LOCAL, true);
        } else {
            archive.extendRecording(extended.id(), channel, streamId, SourceLocation.LOCAL, true);
        }
        final boolean isRecording = waiter.await(
                () -> {
                    checkErrors();
                    return publication.isConnected() && counterId(publication) != CountersReader.NULL_COUNTER_ID;
                },
                context.archiveTimeoutNs());
        require(isRecording, "does not record the journal");
        return counterId(publication);
    }

    /** Ends the recording of a publication and waits until the archive has ended it. */
    void stop(final ExclusivePublication publication) {
        archive.stopRecording(publication);
        final boolean isStopped = waiter.await(
                () -> {
                    checkErrors();
                    return counterId(publication) == CountersReader.NULL_COUNTER_ID;
                },
                context.archiveTimeoutNs());
        require(isStopped, "does not end its recording");
    }

    long recordingId(final int counterId) {
        return RecordingPos.getRecordingId(counters, counterId);
    }

    boolean isRecording(final int counterId, final long recordingId) {
        return RecordingPos.isActive(counters, counterId, recordingId);
    }

    long recordedPosition(final int counterId) {
        return counters.getCounterValue(counterId);
    }

    /**
     * Copies from a peer's archive up to a position and waits until the copy is there.
     *
     * @param localRecordingId that is continued, or the null value for a new one.
     * @return id of the local recording.
     */
    long replicate(
            final long localRecordingId, final long peerRecordingId, final NodeEndpoint peer, final long stopPosition) {
        isReplicationOver = false;
        replicatedRecordingId = localRecordingId;
        final long replicationId = archive.replicate(
                peerRecordingId,
                context.controlStreamId(),
                "aeron:udp?endpoint=" + peer.endpoint(peer.journalArchivePort()),
                new ReplicationParams()
                        .stopPosition(stopPosition)
                        .dstRecordingId(localRecordingId)
                        .replicationChannel(
                                "aeron:udp?endpoint=" + context.self().endpoint(0)));
        boolean isDone = false;
        try {
            awaitReplication(stopPosition);
            isDone = true;
        } finally {
            if (!isDone) {
                archive.tryStopReplication(replicationId);
            }
        }
        return replicatedRecordingId;
    }

    /** Throws if the archive has reported trouble or is gone. Allocates nothing while all is well. */
    void checkErrors() {
        final String error = pollError();
        if (error != null) {
            throw new JournalException(
                    "The archive of the journal of shard " + context.shardId() + " reports: " + error + ".");
        }
    }

    @Override
    public void close() {
        CloseHelper.close(archive);
    }

    private void awaitReplication(final long stopPosition) {
        final long limitNs = context.copyTimeoutNs();
        long progressNs = System.nanoTime();
        long reached = AeronArchive.NULL_POSITION;
        waiter.reset();
        while (!isReplicationOver) {
            checkErrors();
            final int counterId = replicatedRecordingId == Aeron.NULL_VALUE
                    ? CountersReader.NULL_COUNTER_ID
                    : RecordingPos.findCounterIdByRecording(counters, replicatedRecordingId, context.archiveId());
            if (counterId != CountersReader.NULL_COUNTER_ID && counters.getCounterValue(counterId) != reached) {
                reached = counters.getCounterValue(counterId);
                progressNs = System.nanoTime();
            }
            if (System.nanoTime() - progressNs > limitNs) {
                throw new JournalException("The copy of stream " + streamId + " to position " + stopPosition
                        + " has not moved for " + TimeUnit.NANOSECONDS.toMillis(limitNs) + " ms.");
            }
            waiter.idle();
        }
        if (replicatedRecordingId == Aeron.NULL_VALUE) {
            throw new JournalException("The copy of stream " + streamId + " ended before it began.");
        }
    }

    private boolean isDeletionOver() {
        checkErrors();
        return deletedRecordingId != Aeron.NULL_VALUE;
    }

    private int counterId(final ExclusivePublication publication) {
        return RecordingPos.findCounterIdBySession(counters, publication.sessionId(), context.archiveId());
    }

    private String pollError() {
        final String error = archive.pollForErrorResponse();
        if (error != null) {
            return error;
        }
        final String kept = asynchronousError;
        asynchronousError = null;
        return kept;
    }

    private void require(final boolean condition, final String complaint) {
        if (!condition) {
            throw new JournalException("The archive of the journal of shard " + context.shardId() + " " + complaint
                    + " within " + TimeUnit.NANOSECONDS.toMillis(context.archiveTimeoutNs()) + " ms.");
        }
    }

    private void onError(final Throwable throwable) {
        asynchronousError = String.valueOf(throwable.getMessage());
    }

    private void onSignal(
            final long controlSessionId,
            final long correlationId,
            final long recordingId,
            final long subscriptionId,
            final long position,
            final RecordingSignal signal) {
        switch (signal) {
            case DELETE -> deletedRecordingId = recordingId;
            case REPLICATE, EXTEND -> replicatedRecordingId = recordingId;
            case REPLICATE_END -> isReplicationOver = true;
            default -> {
                // The others do not arrive reliably, so nothing depends on them.
            }
        }
    }

    static RecordingDescriptorConsumer collector(final List<Recording> found) {
        return (controlSessionId,
                correlationId,
                recordingId,
                startTimestamp,
                stopTimestamp,
                startPosition,
                stopPosition,
                initialTermId,
                segmentFileLength,
                termBufferLength,
                mtuLength,
                sessionId,
                streamId,
                strippedChannel,
                originalChannel,
                sourceIdentity) -> found.add(new Recording(
                recordingId,
                startPosition,
                stopPosition,
                segmentFileLength,
                initialTermId,
                termBufferLength,
                mtuLength));
    }
}
