package io.lockstep.client.internal;

import io.aeron.DirectBufferVector;
import io.lockstep.client.window.AnswerHandler;
import io.lockstep.client.window.Frame;
import io.lockstep.client.window.InFlightWindow;
import io.lockstep.client.window.ResendTimer;
import io.lockstep.client.window.SendWindow;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.CloseProducerEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.OpenProducerEncoder;
import io.lockstep.codecs.ProducerOpenedDecoder;
import io.lockstep.codecs.PublishEncoder;
import io.lockstep.codecs.PublishReplyDecoder;
import io.lockstep.codecs.ResultCode;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One producer in one shard: opens it, sends what its window holds, and turns answers into fates. Owned by the thread
 * that owns the client.
 *
 * <p>While a producer opens, the question is repeated with back-off and jitter until it is answered; whoever offers decides
 * how long to try. Each copy that arrives raises the epoch and fences what was sent under the one before, so only the
 * answer to the last question opens: commands follow it in the log, and no copy comes behind them.
 */
public final class ProducerChannel implements AnswerHandler {
    private enum State {
        IDLE,
        OPENING,
        OPEN,
        FAILED
    }

    // Bytes of entries that share one command: a few datagrams, so that a burst is few commands and none of them is
    // late.
    private static final int MAX_FRAME_LENGTH = 8 * 1024;
    // The nodes seed a new shard as soon as it has a leader.
    private static final long SEED_RETRY_NS = 100_000_000L;

    private static final int HEAD_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH
            + PublishEncoder.BLOCK_LENGTH
            + PublishEncoder.EntriesEncoder.HEADER_SIZE;

    private final int shardId;
    private final long producerId;
    private final int windowLength;
    private final int maxInFlightCommands;
    private final boolean isOrdered;
    private final long deadlineNs;
    private final ShardIngress ingress;
    private final ProducerListener listener;
    private final InFlightWindow window;
    private final SendWindow sendWindow;

    private final Frame frame = new Frame();
    private final MessageHeaderEncoder messageHeader = new MessageHeaderEncoder();
    private final PublishEncoder publish = new PublishEncoder();
    private final OpenProducerEncoder openProducer = new OpenProducerEncoder();
    private final UnsafeBuffer headBuffer = new UnsafeBuffer(new byte[HEAD_LENGTH]);
    private final DirectBufferVector headVector = new DirectBufferVector(headBuffer, 0, HEAD_LENGTH);
    private final DirectBufferVector bodyVector;
    private final DirectBufferVector[] vectors;
    private final ResendTimer openTimer;

    private State state = State.IDLE;
    private int epoch;
    private int maxEntries = 1;
    private long lastSequence = -1;
    // Behind the greatest sequence that was sent.
    private long sentEndSequence;
    private long lastRefusedSequence = -1;
    private long acceptedPosition = -1;
    private long pausedUntilNs;
    private long rateLimitedCount;
    private boolean isPaused;
    private boolean wasPaused;
    private boolean isAsked;
    private boolean isSeedMissing;
    private long askedNs;
    private int questionCount;
    private long lastQuestionId;

    /**
     * A channel that is not open yet.
     *
     * @param shardId             of the shard.
     * @param producerId          the identity.
     * @param windowLength        greatest number of unanswered messages.
     * @param bufferLength        bytes for them.
     * @param maxInFlightCommands number of unanswered commands from which on messages gather.
     * @param isOrdered           whether a refusal holds back what follows.
     * @param deadlineNs          greatest time that a message may stay unanswered.
     * @param resendIntervalNs    first interval of resends.
     * @param ingress             of the shard.
     * @param listener            is told fates and failure.
     */
    public ProducerChannel(
            final int shardId,
            final long producerId,
            final int windowLength,
            final int bufferLength,
            final int maxInFlightCommands,
            final boolean isOrdered,
            final long deadlineNs,
            final long resendIntervalNs,
            final ShardIngress ingress,
            final ProducerListener listener) {
        this.shardId = shardId;
        this.producerId = producerId;
        this.windowLength = windowLength;
        this.maxInFlightCommands = maxInFlightCommands;
        this.isOrdered = isOrdered;
        this.deadlineNs = deadlineNs;
        this.ingress = ingress;
        this.listener = listener;
        this.window = new InFlightWindow(
                windowLength, bufferLength, isOrdered, resendIntervalNs, producerId ^ (shardId + 1L), this);
        this.sendWindow = new SendWindow(windowLength);
        this.openTimer = new ResendTimer(resendIntervalNs, producerId * 31 + shardId);
        this.bodyVector = new DirectBufferVector(window.buffer(), 0, 0);
        this.vectors = new DirectBufferVector[] {null, headVector, bodyVector};
    }

    /**
     * Begins to open the producer, where that was not done yet.
     *
     * @param nowNs time.
     */
    public void open(final long nowNs) {
        if (state == State.IDLE) {
            state = State.OPENING;
            openTimer.onProgress(nowNs);
        }
    }

    /**
     * Opens, sends, sends again, gives up.
     *
     * @param nowNs time.
     * @return amount of work.
     */
    public int doWork(final long nowNs) {
        if (state == State.OPENING) {
            final boolean isDue =
                    !isAsked || (isSeedMissing ? nowNs - askedNs >= SEED_RETRY_NS : openTimer.isDue(nowNs));
            return isDue && ingress.isConnected() ? sendOpen(nowNs) : 0;
        }
        if (state != State.OPEN || window.size() == 0) {
            return 0;
        }
        if (window.isExpired(nowNs, deadlineNs) && !isHeldUpByRate(nowNs)) {
            fail("the cluster gave no answer for " + deadlineNs / 1_000_000 + " ms to a message for shard " + shardId
                    + "; last error: " + ingress.lastError());
            return 1;
        }
        // A listener that threw interrupted the handing out of fates.
        final int fates = window.release(nowNs);
        if (isPaused(nowNs)) {
            return fates;
        }
        sendWindow.checkOverdue(nowNs);
        if (window.resendIfDue(nowNs)) {
            sendWindow.onSilence();
        }
        return fates + flush(nowNs);
    }

    /**
     * A message was added: sends at once what does not gain from waiting for the next {@link #doWork}.
     *
     * @param nowNs time.
     */
    public void onAppended(final long nowNs) {
        if (window.isSendDue(MAX_FRAME_LENGTH, maxEntries)) {
            flush(nowNs);
        }
    }

    /**
     * Sends what waits, as far as the session takes it.
     *
     * @param nowNs time.
     * @return number of frames.
     */
    public int flush(final long nowNs) {
        int frames = 0;
        while (!isPaused(nowNs)
                && window.maySend(MAX_FRAME_LENGTH, maxEntries, maxInFlightCommands)
                && sendWindow.maySend(window.sentCount())
                && ingress.isConnected()
                && window.nextFrame(frame, MAX_FRAME_LENGTH, maxEntries)) {
            encodeHead();
            bodyVector.reset(window.buffer(), frame.offset(), frame.length());
            if (ingress.offer(vectors) <= 0) {
                break;
            }
            final boolean isFirstTime = frame.firstSequence() >= window.sentEnd();
            window.onFrameSent(frame, nowNs);
            if (isFirstTime) {
                sendWindow.onSent(frame.firstSequence() + frame.entryCount() - 1, nowNs);
            }
            noteSent();
            frames++;
        }
        return frames;
    }

    /**
     * The session is new or its leader is.
     *
     * @param nowNs time.
     */
    public void onSessionRestored(final long nowNs) {
        isAsked = false;
        window.onSessionRestored(nowNs);
        sendWindow.onSentAgain();
    }

    /**
     * The answer to {@code OpenProducer}.
     *
     * @param reply valid during the call.
     */
    public void onProducerOpened(final ProducerOpenedDecoder reply) {
        if (state != State.OPENING || reply.correlationId() != lastQuestionId) {
            return;
        }
        if (reply.codeRaw() == ResultCode.NOT_SEEDED.value()) {
            isSeedMissing = true;
            return;
        }
        if (reply.codeRaw() != ResultCode.ACCEPTED.value()) {
            fail("shard " + shardId + " refused to open producer " + producerId + ": " + reply.code() + " ("
                    + reply.detail() + ")");
            return;
        }
        state = State.OPEN;
        epoch = reply.epoch();
        lastSequence = reply.lastSequence();
        lastRefusedSequence = reply.lastRefusedSequence();
        window.begin(lastSequence, lastRefusedSequence);
        sentEndSequence = lastSequence + 1;
    }

    /**
     * The answer to {@code Publish}.
     *
     * @param reply valid during the call.
     * @param nowNs time.
     */
    public void onPublishReply(final PublishReplyDecoder reply, final long nowNs) {
        if (state != State.OPEN || reply.epoch() != epoch) {
            return;
        }
        final int code = reply.codeRaw();
        if (code == ResultCode.ACCEPTED.value()) {
            sendWindow.onAnswered(reply.lastSequence(), nowNs);
            onAnswers(reply);
            if (state == State.OPEN) {
                window.release(nowNs);
                flush(nowNs);
            }
        } else {
            onWholeRefusal(reply, code, nowNs);
        }
    }

    /**
     * Gives a fate to everything and takes nothing more.
     */
    public void abandon() {
        state = State.FAILED;
        window.abandon();
    }

    /** Tells the shard that the producer will not come back. Best effort: the shard expires unused producers anyway. */
    public void sendClose() {
        if (state == State.OPEN && ingress.isConnected()) {
            final UnsafeBuffer buffer =
                    new UnsafeBuffer(new byte[MessageHeaderEncoder.ENCODED_LENGTH + CloseProducerEncoder.BLOCK_LENGTH]);
            new CloseProducerEncoder()
                    .wrapAndApplyHeader(buffer, 0, messageHeader)
                    .correlationId(0)
                    .producerId(producerId)
                    .epoch(epoch);
            ingress.offer(buffer, 0, buffer.capacity());
        }
    }

    /**
     * Sets the greatest number of entries in a command, which is a setting of the cluster.
     *
     * @param newMaxEntries at least 1.
     */
    public void maxEntries(final int newMaxEntries) {
        maxEntries = newMaxEntries;
    }

    /**
     * The window, to append to.
     *
     * @return owned by this.
     */
    public InFlightWindow window() {
        return window;
    }

    /**
     * Whether messages can be appended.
     *
     * @return true after the shard answered that the producer is open.
     */
    public boolean isOpen() {
        return state == State.OPEN;
    }

    /**
     * Whether nothing is sent because a rate is reached.
     *
     * @param nowNs time.
     * @return true until the time is over that the shard named.
     */
    public boolean isPaused(final long nowNs) {
        if (isPaused && nowNs - pausedUntilNs >= 0) {
            isPaused = false;
        }
        return isPaused;
    }

    /**
     * How long nothing is sent because a rate is reached.
     *
     * @param nowNs time.
     * @return nanoseconds, 0 where no rate is reached.
     */
    public long retryAfterNs(final long nowNs) {
        return isPaused(nowNs) ? pausedUntilNs - nowNs : 0;
    }

    /**
     * How often the shard took nothing of a command because a rate was reached.
     *
     * @return the number.
     */
    public long rateLimitedCount() {
        return rateLimitedCount;
    }

    /**
     * How many messages may be under way.
     *
     * @return owned by this.
     */
    public SendWindow sendWindow() {
        return sendWindow;
    }

    /**
     * Last sequence that the shard had consumed when the producer was opened.
     *
     * @return the sequence, or -1 before that.
     */
    public long lastSequence() {
        return lastSequence;
    }

    /**
     * Greatest sequence that the shard had refused when the producer was opened.
     *
     * @return the sequence, 0 for none, or -1 before that.
     */
    public long lastRefusedSequence() {
        return lastRefusedSequence;
    }

    /**
     * Position of the last accepted message.
     *
     * @return the position, or -1.
     */
    public long acceptedPosition() {
        return acceptedPosition;
    }

    /** {@inheritDoc} */
    @Override
    public void onFate(
            final long messageId, final long sequence, final int code, final long detail, final long position) {
        if (code == ResultCode.ACCEPTED.value()) {
            acceptedPosition = Math.max(acceptedPosition, position);
        }
        listener.onFate(shardId, messageId, code, detail, position);
    }

    // A shard that asked for patience is there; how long a message may stay unanswered counts from then on.
    private boolean isHeldUpByRate(final long nowNs) {
        return wasPaused && nowNs - pausedUntilNs < deadlineNs;
    }

    private int sendOpen(final long nowNs) {
        final int length = MessageHeaderEncoder.ENCODED_LENGTH + OpenProducerEncoder.BLOCK_LENGTH;
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[length]);
        final long correlationId = ingress.nextCorrelationId();
        openProducer
                .wrapAndApplyHeader(buffer, 0, messageHeader)
                .correlationId(correlationId)
                .producerId(producerId)
                .windowLength(windowLength)
                .ordered(isOrdered ? BooleanType.TRUE : BooleanType.FALSE);
        if (ingress.offer(buffer, 0, length) <= 0) {
            return 0;
        }
        lastQuestionId = correlationId;
        questionCount++;
        askedNs = nowNs;
        if (isAsked && !isSeedMissing) {
            openTimer.backOff(nowNs);
        } else {
            openTimer.onProgress(nowNs);
        }
        isAsked = true;
        isSeedMissing = false;
        return 1;
    }

    private void noteSent() {
        final long endSequence = frame.firstSequence() + frame.entryCount();
        if (frame.firstSequence() < sentEndSequence) {
            listener.onResent((int) (Math.min(endSequence, sentEndSequence) - frame.firstSequence()));
        }
        sentEndSequence = Math.max(sentEndSequence, endSequence);
    }

    private void encodeHead() {
        publish.wrapAndApplyHeader(headBuffer, 0, messageHeader)
                .producerId(producerId)
                .firstSequence(frame.firstSequence())
                .notedRefusal(window.notedRefusal())
                .epoch(epoch)
                .atomic(frame.isAtomic() ? BooleanType.TRUE : BooleanType.FALSE)
                .entriesCount(frame.entryCount());
    }

    private void onAnswers(final PublishReplyDecoder reply) {
        final long first = reply.firstSequence();
        final long last = reply.lastSequence();
        final long lastPosition = reply.lastPosition();
        final PublishReplyDecoder.ResultsDecoder results = reply.results();
        if (results.count() == 0) {
            window.onAccepted(first, last, lastPosition);
            return;
        }
        for (long sequence = first; results.hasNext(); sequence++) {
            results.next();
            final long position = results.position();
            final long detail = results.resultDetail();
            final int code = results.resultCodeRaw();
            if (code != ResultCode.ANSWER_FORGOTTEN.value()) {
                window.onResult(sequence, code, detail, position);
            } else if (sequence >= window.firstUnanswered()) {
                fail("shard " + shardId + " does not keep the answer to sequence " + sequence + " of producer "
                        + producerId + " any more");
                return;
            }
        }
    }

    // Nothing of the command was consumed.
    private void onWholeRefusal(final PublishReplyDecoder reply, final int code, final long nowNs) {
        final ResultCode result = ResultCode.get(code);
        switch (result) {
            case SEQUENCE_GAP -> {
                window.onGap(reply.detail());
                sendWindow.onSentAgain();
                flush(nowNs);
            }
            case RATE_LIMITED -> {
                rateLimitedCount++;
                isPaused = true;
                wasPaused = true;
                pausedUntilNs = nowNs + reply.detail();
                window.onDelayed(reply.firstSequence(), nowNs);
                sendWindow.onSentAgain();
                listener.onRateLimited();
            }
            case BATCH_TOO_LARGE -> onBatchTooLarge(reply, nowNs);
            case PRODUCER_FENCED ->
                // A question that was sent in a session before may have stayed on its way until now.
                fail("producer " + producerId + " was taken over by a newer publisher"
                        + (questionCount > 1 ? ", or by a copy of its own opening that came late" : ""));
            case PRODUCER_UNKNOWN ->
                fail("shard " + shardId + " does not know producer " + producerId
                        + " any more: it was unused for too long and made room for another one");
            default ->
                fail("shard " + shardId + " refused a command of producer " + producerId + ": " + result + " ("
                        + reply.detail() + ")");
        }
    }

    // The limit was lowered, perhaps after the shard said so and while a longer command was under way. Messages alone
    // fit
    // it always, a batch never will.
    private void onBatchTooLarge(final PublishReplyDecoder reply, final long nowNs) {
        final long limit = reply.detail();
        if (window.batchLength(reply.firstSequence()) > limit) {
            fail("shard " + shardId + " takes at most " + limit + " messages in one batch");
            return;
        }
        final boolean isLower = limit < maxEntries;
        if (isLower) {
            maxEntries = (int) limit;
        }
        if (isLower || reply.firstSequence() == window.firstUnanswered()) {
            window.onSessionRestored(nowNs);
            flush(nowNs);
        }
    }

    private void fail(final String reason) {
        state = State.FAILED;
        listener.onFailed(shardId, reason);
    }
}
