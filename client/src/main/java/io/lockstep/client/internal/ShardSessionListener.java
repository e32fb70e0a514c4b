package io.lockstep.client.internal;

import org.agrona.DirectBuffer;

/** Is told what becomes of a {@link ShardSession}, from within its {@code doWork}. Must not throw. */
public interface ShardSessionListener {
    /** The session is there, again or for the first time, or has another leader: what was sent before may be lost. */
    void onRestored();

    /**
     * An answer of the engine.
     *
     * @param buffer that holds it, valid during the call.
     * @param offset of its message header.
     * @param length in bytes.
     */
    void onAnswer(DirectBuffer buffer, int offset, int length);
}
