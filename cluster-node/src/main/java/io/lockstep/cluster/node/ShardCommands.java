package io.lockstep.cluster.node;

import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.ShardDescriptionDecoder;
import org.agrona.DirectBuffer;

/** A node's way to a shard for the commands that nodes send; one command is under way at a time. Steward thread only. */
interface ShardCommands extends AutoCloseable {
    /** Is told the answer to a command. */
    @FunctionalInterface
    interface ReplyHandler {
        void onReply(ResultCode code, long detail);
    }

    /** Is told what a shard says of itself. */
    @FunctionalInterface
    interface DescriptionHandler {
        void onDescription(ShardDescriptionDecoder description);
    }

    /**
     * Whether a command waits for its answer.
     *
     * @return true until it was answered.
     */
    boolean isBusy();

    /**
     * Takes a command; only when not busy. It is repeated until it is answered.
     *
     * @param buffer        that holds it from 0.
     * @param length        in bytes.
     * @param correlationId in it.
     * @param handler       told the answer.
     */
    void send(DirectBuffer buffer, int length, long correlationId, ReplyHandler handler);

    /**
     * Asks the shard what it says of itself; only when not busy.
     *
     * @param correlationId of the question.
     * @param handler       told the answer; what it is given is only valid during the call.
     */
    void describe(long correlationId, DescriptionHandler handler);

    /**
     * Connects, keeps the session alive, sends what waits and takes answers.
     *
     * @param nowNs monotonic time.
     * @return how much was done.
     */
    int poll(long nowNs);

    /** Gives the session up; the next poll begins another, and a command that waits is sent again. */
    void disconnect();

    @Override
    void close();
}
