package io.lockstep.client.internal;

import org.agrona.DirectBuffer;

/** Sees what shards answer before the client that owns the sessions does. Called from within the client's turn. */
public interface AnswerTap {
    /**
     * A session with the shard's leader is there, again or for the first time: what was sent before may be lost.
     *
     * @param shardId of the shard.
     */
    void onRestored(int shardId);

    /**
     * An answer.
     *
     * @param shardId of the shard.
     * @param buffer  that holds it, valid during the call.
     * @param offset  of its message header.
     * @param length  in bytes.
     * @return whether it is for somebody behind the tap, and not for the client.
     */
    boolean onAnswer(int shardId, DirectBuffer buffer, int offset, int length);
}
