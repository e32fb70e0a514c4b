package io.lockstep.archive.replay;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Image;
import io.aeron.Subscription;
import io.aeron.archive.client.AeronArchive;
import io.aeron.archive.client.ArchiveException;
import io.aeron.archive.client.ArchiveProxy;
import io.aeron.archive.client.ReplayParams;
import io.aeron.archive.codecs.ControlResponseCode;
import io.aeron.exceptions.AeronException;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.wire.JournalFormat;
import org.agrona.CloseHelper;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.NoOpIdleStrategy;
import org.agrona.concurrent.NoOpLock;

/**
 * One conversation with the journal archive of one node: connects, finds the shard's recording, and has it replayed.
 * No call blocks: every step sends a request or looks whether the answer is there. It is driven by its reader's thread.
 * For the steps see {@link ConnectionState}. Retries: none; the reader turns to another node.
 *
 * <p>The order of the remote steps is Aeron's: subscribe, add a request publication that carries the registration id of
 * the subscription, get a token on the control session, ask for the replay on the extra publication with the token.
 */
final class ReplayConnection implements AutoCloseable {
    private static final int MAX_RECORDINGS = 10_000;
    private static final long NULL_POSITION = AeronArchive.NULL_POSITION;

    private final Aeron aeron;
    private final NanoClock clock;
    private final NodeEndpoint node;
    private final ReaderChannels channels;
    private final int shardId;
    private final long attemptTimeoutNs;
    private final ReplayParams replayParams = new ReplayParams();

    private ConnectionState state = ConnectionState.CONNECTING;
    private ConnectionFailure failure = ConnectionFailure.NONE;
    private String reason = "";
    private long deadlineNs;
    private AeronArchive.AsyncConnect asyncConnect;
    private AeronArchive archive;
    private ArchiveResponses responses;
    private boolean isRequestSent;
    private long recordedPosition = NULL_POSITION;

    private long replayPosition;
    private int replayStreamId;
    private long subscriptionId = Aeron.NULL_VALUE;
    private Subscription subscription;
    private long publicationId = Aeron.NULL_VALUE;
    private ExclusivePublication publication;
    private long replayToken;
    private long replaySessionId = Aeron.NULL_VALUE;
    private Image image;

    ReplayConnection(final JournalReaderContext context, final Aeron aeron, final NodeEndpoint node) {
        this.aeron = aeron;
        this.clock = aeron.context().nanoClock();
        this.node = node;
        this.shardId = context.shardId();
        this.attemptTimeoutNs = context.attemptTimeoutNs();
        this.channels = new ReaderChannels(node, node.id() == context.localNodeId(), context.receiverWindowLength());
        this.deadlineNs = clock.nanoTime() + attemptTimeoutNs;
    }

    /**
     * Takes the next step if it can be taken.
     *
     * @return the number of things done.
     */
    int doWork() {
        if (state == ConnectionState.FAILED || state == ConnectionState.CLOSED) {
            return 0;
        }
        try {
            if (isWaiting() && clock.nanoTime() - deadlineNs > 0) {
                fail(ConnectionFailure.UNREACHABLE, "no answer in time while " + state);
                return 1;
            }
            return step();
        } catch (final AeronException | IllegalStateException | IllegalArgumentException ex) {
            fail(ConnectionFailure.UNREACHABLE, ex.getMessage());
            return 1;
        }
    }

    /**
     * Asks for an open-ended replay; one that runs is stopped. Allowed in LOCATED and REPLAYING.
     *
     * @param position where to begin.
     */
    void replayFrom(final long position) {
        stopReplay();
        if ((position & (JournalFormat.FRAME_ALIGNMENT - 1)) != 0) {
            fail(ConnectionFailure.NO_BOUNDARY, "no record begins at " + position);
        } else if (position < responses.startPosition()) {
            fail(
                    ConnectionFailure.BELOW_START,
                    "its recording begins at " + responses.startPosition() + ", behind " + position);
        } else if (position > recordedPosition || (!isActive() && position == recordedPosition)) {
            fail(
                    ConnectionFailure.BEYOND_END,
                    "its recording " + (isActive() ? "has come to " : "was stopped at ") + recordedPosition
                            + " and has nothing at " + position);
        } else {
            replayPosition = position;
            replayStreamId = ReaderChannels.streamId(aeron.nextCorrelationId());
            deadlineNs = clock.nanoTime() + attemptTimeoutNs;
            state(ConnectionState.SUBSCRIBING);
        }
    }

    ConnectionState state() {
        return state;
    }

    ConnectionFailure failure() {
        return failure;
    }

    /** Why the connection failed. */
    String reason() {
        return reason;
    }

    NodeEndpoint node() {
        return node;
    }

    /** Where the node's recording begins; known from LOCATED on. */
    long startPosition() {
        return responses == null ? NULL_POSITION : responses.startPosition();
    }

    /** How far the node had recorded when it was asked; known from LOCATED on. */
    long recordedPosition() {
        return recordedPosition;
    }

    /** Length of the segment files; known from LOCATED on. */
    int segmentLength() {
        return responses == null ? 0 : responses.segmentLength();
    }

    /** Whether the node was still recording when it was asked; known from LOCATED on. */
    boolean isActive() {
        return responses.stopPosition() == NULL_POSITION;
    }

    /** The replay's image; not null while REPLAYING. */
    Image image() {
        return image;
    }

    /** Whether the control session is still there; a replay may go on without it. */
    boolean isControlConnected() {
        return responses != null && responses.isConnected();
    }

    /** Frees everything, telling the archive if it can be told at once. Harmless twice. */
    @Override
    public void close() {
        if (state != ConnectionState.CLOSED) {
            state(ConnectionState.CLOSED);
            if (!aeron.isClosed()) {
                stopReplay();
                CloseHelper.quietClose(asyncConnect);
                CloseHelper.quietClose(archive);
            }
            asyncConnect = null;
            archive = null;
        }
    }

    private boolean isWaiting() {
        return state != ConnectionState.REPLAYING && state != ConnectionState.LOCATED;
    }

    private int step() {
        return switch (state) {
            case CONNECTING -> connect();
            case LISTING -> list();
            case LOCATING -> locate();
            case SUBSCRIBING -> subscribe();
            case ADDING_REQUEST -> addRequest();
            case AWAITING_TOKEN -> awaitToken();
            case AWAITING_REPLAY -> awaitReplay();
            case AWAITING_IMAGE -> awaitImage();
            case REPLAYING -> watchReplay();
            case LOCATED, FAILED, CLOSED -> 0;
        };
    }

    private int connect() {
        if (asyncConnect == null) {
            asyncConnect = AeronArchive.asyncConnect(new AeronArchive.Context()
                    .aeron(aeron)
                    .ownsAeronClient(false)
                    .lock(NoOpLock.INSTANCE)
                    .idleStrategy(NoOpIdleStrategy.INSTANCE)
                    .messageRetryAttempts(1)
                    .messageTimeoutNs(attemptTimeoutNs)
                    .errorHandler(aeron.context().errorHandler())
                    .controlRequestChannel(channels.controlRequest())
                    .controlRequestStreamId(ReaderChannels.CONTROL_STREAM_ID)
                    .controlResponseChannel(channels.controlResponse())
                    .controlResponseStreamId(ReaderChannels.streamId(aeron.nextCorrelationId())));
            return 1;
        }
        final int stepBefore = asyncConnect.step();
        archive = asyncConnect.poll();
        if (archive == null) {
            return asyncConnect.step() - stepBefore;
        }
        asyncConnect = null;
        responses = new ArchiveResponses(archive.controlResponsePoller().subscription(), archive.controlSessionId());
        state(ConnectionState.LISTING);
        return 1;
    }

    private int list() {
        if (!isRequestSent) {
            final long correlationId = newRequest();
            isRequestSent = archive.archiveProxy()
                    .listRecordingsForUri(
                            0,
                            MAX_RECORDINGS,
                            "",
                            JournalFormat.streamId(shardId),
                            correlationId,
                            archive.controlSessionId());
            return 1;
        }
        final int work = responses.poll();
        if (!responses.hasResponse()) {
            return work;
        }
        // The list ends with "recording unknown" because it is shorter than what was asked for.
        if (responses.code() != ControlResponseCode.RECORDING_UNKNOWN) {
            fail(ConnectionFailure.UNREACHABLE, responses.errorMessage());
        } else if (responses.recordingId() < 0) {
            fail(ConnectionFailure.NO_RECORDING, "it has no journal of shard " + shardId);
        } else if (responses.termLength() != JournalFormat.TERM_LENGTH
                || responses.mtuLength() != JournalFormat.MTU_LENGTH) {
            fail(
                    ConnectionFailure.NO_RECORDING,
                    "its journal has term length " + responses.termLength() + " and MTU " + responses.mtuLength()
                            + ", which is another journal epoch");
        } else {
            state(ConnectionState.LOCATING);
        }
        return work;
    }

    private int locate() {
        if (!isRequestSent) {
            final long correlationId = newRequest();
            isRequestSent = archive.archiveProxy()
                    .getMaxRecordedPosition(responses.recordingId(), correlationId, archive.controlSessionId());
            return 1;
        }
        final int work = responses.poll();
        if (responses.hasResponse()) {
            if (responses.code() == ControlResponseCode.OK) {
                recordedPosition = responses.relevantId();
                state(ConnectionState.LOCATED);
            } else {
                fail(ConnectionFailure.UNREACHABLE, responses.errorMessage());
            }
        }
        return work;
    }

    private int subscribe() {
        if (subscriptionId == Aeron.NULL_VALUE) {
            subscriptionId = aeron.asyncAddSubscription(channels.replaySubscription(), replayStreamId);
            return 1;
        }
        subscription = aeron.getSubscription(subscriptionId);
        if (subscription == null) {
            return 0;
        }
        replayParams.reset();
        replayParams.position(replayPosition).length(AeronArchive.REPLAY_ALL_AND_FOLLOW);
        state(channels.isLocal() ? ConnectionState.AWAITING_REPLAY : ConnectionState.ADDING_REQUEST);
        return 1;
    }

    private int addRequest() {
        if (publicationId == Aeron.NULL_VALUE) {
            publicationId = aeron.asyncAddExclusivePublication(
                    channels.tokenRequest(subscription.registrationId()), ReaderChannels.CONTROL_STREAM_ID);
            return 1;
        }
        if (publication == null) {
            publication = aeron.getExclusivePublication(publicationId);
            return publication == null ? 0 : 1;
        }
        if (publication.isConnected() && publication.positionLimit() > 0) {
            state(ConnectionState.AWAITING_TOKEN);
            return 1;
        }
        return 0;
    }

    private int awaitToken() {
        if (!isRequestSent) {
            final long correlationId = newRequest();
            isRequestSent = archive.archiveProxy()
                    .requestReplayToken(correlationId, archive.controlSessionId(), responses.recordingId());
            return 1;
        }
        final int work = responses.poll();
        if (responses.hasResponse()) {
            if (responses.code() == ControlResponseCode.OK) {
                replayToken = responses.relevantId();
                replayParams.replayToken(replayToken);
                state(ConnectionState.AWAITING_REPLAY);
            } else {
                fail(ConnectionFailure.UNREACHABLE, responses.errorMessage());
            }
        }
        return work;
    }

    private int awaitReplay() {
        if (!isRequestSent) {
            final long correlationId = newRequest();
            final ArchiveProxy proxy = channels.isLocal() ? archive.archiveProxy() : new ArchiveProxy(publication);
            isRequestSent = proxy.replay(
                    responses.recordingId(),
                    channels.replayRequest(),
                    replayStreamId,
                    replayParams,
                    correlationId,
                    archive.controlSessionId());
            return 1;
        }
        final int work = responses.poll();
        if (responses.hasResponse()) {
            if (responses.code() == ControlResponseCode.OK) {
                replaySessionId = responses.relevantId();
                closePublication();
                state(ConnectionState.AWAITING_IMAGE);
            } else {
                fail(
                        responses.relevantId() == ArchiveException.INVALID_POSITION
                                ? ConnectionFailure.NO_BOUNDARY
                                : ConnectionFailure.UNREACHABLE,
                        responses.errorMessage());
            }
        }
        return work;
    }

    private int awaitImage() {
        final int work = responses.poll();
        if (isReplayRefused()) {
            return 1;
        }
        image = subscription.imageBySessionId((int) replaySessionId);
        if (image == null) {
            return work;
        }
        state(ConnectionState.REPLAYING);
        return 1;
    }

    private int watchReplay() {
        final int work = responses.poll();
        return isReplayRefused() ? 1 : work;
    }

    // An archive that gives a replay up says so as an error for the request that started it.
    private boolean isReplayRefused() {
        if (responses.hasResponse() && responses.code() == ControlResponseCode.ERROR) {
            fail(
                    responses.relevantId() == ArchiveException.INVALID_POSITION
                            ? ConnectionFailure.NO_BOUNDARY
                            : ConnectionFailure.UNREACHABLE,
                    responses.errorMessage());
            return true;
        }
        return false;
    }

    private long newRequest() {
        final long correlationId = aeron.nextCorrelationId();
        responses.await(correlationId);
        return correlationId;
    }

    private void stopReplay() {
        if (replaySessionId != Aeron.NULL_VALUE && archive != null) {
            try {
                archive.archiveProxy()
                        .stopReplay(replaySessionId, aeron.nextCorrelationId(), archive.controlSessionId());
            } catch (final AeronException ex) {
                // The archive is gone, and the replay with it; where it is not, the missing receiver ends the replay.
                reason = reason.isEmpty() ? ex.getMessage() : reason;
            }
        }
        replaySessionId = Aeron.NULL_VALUE;
        image = null;
        if (subscription != null) {
            CloseHelper.quietClose(subscription);
        } else if (subscriptionId != Aeron.NULL_VALUE) {
            aeron.asyncRemoveSubscription(subscriptionId);
        }
        subscription = null;
        subscriptionId = Aeron.NULL_VALUE;
        closePublication();
    }

    private void closePublication() {
        if (publication != null) {
            CloseHelper.quietClose(publication);
        } else if (publicationId != Aeron.NULL_VALUE) {
            aeron.asyncRemovePublication(publicationId);
        }
        publication = null;
        publicationId = Aeron.NULL_VALUE;
    }

    private void fail(final ConnectionFailure newFailure, final String newReason) {
        failure = newFailure;
        reason = newReason == null ? newFailure.name() : newReason;
        state(ConnectionState.FAILED);
    }

    private void state(final ConnectionState next) {
        if (!state.canMoveTo(next)) {
            throw new IllegalStateException(
                    "a connection to node " + node.id() + " that is " + state + " cannot become " + next);
        }
        state = next;
        isRequestSent = false;
    }
}
