package io.lockstep.client.internal;

import io.lockstep.codecs.MessageHeaderEncoder;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

/**
 * A command to one shard that awaits an answer. It is sent again each second, and when the session is new, with the same
 * correlation id until it is answered or its deadline is over; so it must be one that does no harm twice. Belongs to the
 * thread that owns the client.
 */
public final class ShardCall {
    /** Told how a call ended, once. */
    public interface Listener {
        /**
         * The answer came.
         *
         * @param templateId of the answer: that of {@code CommandReply} or of the command's own answer.
         * @param buffer     that holds it, valid during the call.
         * @param offset     of its message header.
         * @param length     in bytes.
         */
        void onAnswer(int templateId, DirectBuffer buffer, int offset, int length);

        /** No answer came in time: the command took effect or not. */
        void onTimeout();
    }

    private static final long SEND_AGAIN_NS = TimeUnit.SECONDS.toNanos(1);

    private final int shardId;
    private final ShardIngress ingress;
    private final long correlationId;
    private final DirectBuffer buffer;
    private final int lengthBytes;
    private final long deadlineNs;
    private final Listener listener;
    private boolean isEnded;
    private boolean isSent;
    private long sentNs;

    /**
     * Makes a call of a command that is written already; the client sends it in its turns.
     *
     * @param shardId       that is asked.
     * @param ingress       of the shard.
     * @param correlationId that the command carries, from {@link ShardIngress#nextCorrelationId()}.
     * @param buffer        that holds the command; not to be changed until the call ended.
     * @param lengthBytes   of the command, message header included.
     * @param deadlineNs    monotonic time at which to give up.
     * @param listener      is told of the end.
     */
    public ShardCall(
            final int shardId,
            final ShardIngress ingress,
            final long correlationId,
            final DirectBuffer buffer,
            final int lengthBytes,
            final long deadlineNs,
            final Listener listener) {
        this.shardId = shardId;
        this.ingress = Objects.requireNonNull(ingress, "ingress");
        this.correlationId = correlationId;
        this.buffer = Objects.requireNonNull(buffer, "buffer");
        this.lengthBytes = lengthBytes;
        this.deadlineNs = deadlineNs;
        this.listener = Objects.requireNonNull(listener, "listener");
    }

    /**
     * Makes a call; the client sends it in its turns.
     *
     * @param shardId    that is asked.
     * @param ingress    of the shard.
     * @param command    writes the command, now.
     * @param deadlineNs monotonic time at which to give up.
     * @param listener   is told of the end.
     * @return the call.
     */
    public static ShardCall of(
            final int shardId,
            final ShardIngress ingress,
            final ShardCommand command,
            final long deadlineNs,
            final Listener listener) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final long correlationId = ingress.nextCorrelationId();
        final int lengthBytes = command.encode(buffer, new MessageHeaderEncoder(), correlationId)
                        .encodedLength()
                + MessageHeaderEncoder.ENCODED_LENGTH;
        return new ShardCall(shardId, ingress, correlationId, buffer, lengthBytes, deadlineNs, listener);
    }

    /**
     * The shard that is asked.
     *
     * @return its id.
     */
    public int shardId() {
        return shardId;
    }

    /**
     * What the answer will carry.
     *
     * @return the correlation id.
     */
    public long correlationId() {
        return correlationId;
    }

    /**
     * Whether the answer came, the deadline passed or the call was given up.
     *
     * @return true if so.
     */
    public boolean isEnded() {
        return isEnded;
    }

    /** Gives up; the listener is told nothing. */
    public void cancel() {
        isEnded = true;
    }

    /**
     * Ends where the deadline passed; the listener is told so.
     *
     * @param nowNs monotonic time.
     * @return true where this ended it.
     */
    boolean expire(final long nowNs) {
        if (isEnded || nowNs - deadlineNs < 0) {
            return false;
        }
        isEnded = true;
        listener.onTimeout();
        return true;
    }

    /** What was sent may be lost. */
    void onSessionRestored() {
        isSent = false;
    }

    /** Whether it was sent so long ago that it is sent again. */
    boolean isDueAgain(final long nowNs) {
        return isSent && !isEnded && nowNs - sentNs >= SEND_AGAIN_NS;
    }

    /**
     * Sends now, whatever began before. For a command that is sent once, and of which nobody awaits the answer.
     *
     * @param nowNs monotonic time.
     * @return false where the command was not taken.
     */
    public boolean send(final long nowNs) {
        if (ingress.offer(buffer, 0, lengthBytes) > 0) {
            isSent = true;
            sentNs = nowNs;
            return true;
        }
        return false;
    }

    /**
     * Ends with an answer.
     *
     * @param templateId of the answer.
     * @param answer     that holds it.
     * @param offset     of its message header.
     * @param length     in bytes.
     */
    public void onAnswer(final int templateId, final DirectBuffer answer, final int offset, final int length) {
        if (!isEnded) {
            isEnded = true;
            listener.onAnswer(templateId, answer, offset, length);
        }
    }
}
