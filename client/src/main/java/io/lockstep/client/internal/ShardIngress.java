package io.lockstep.client.internal;

import io.aeron.DirectBufferVector;
import org.agrona.DirectBuffer;

/** Where commands to one shard go. Owned by the thread that owns the client. */
public interface ShardIngress {
    /**
     * Whether commands can be offered now.
     *
     * @return false also while a new leader is awaited.
     */
    boolean isConnected();

    /**
     * Sends a command.
     *
     * @param buffer that holds it.
     * @param offset of its first byte.
     * @param length in bytes.
     * @return above 0 on success, else a negative code of {@link io.aeron.Publication}.
     */
    long offer(DirectBuffer buffer, int offset, int length);

    /**
     * Sends a command that is gathered from vectors.
     *
     * @param vectors the first one is left free for the session header.
     * @return above 0 on success, else a negative code of {@link io.aeron.Publication}.
     */
    long offer(DirectBufferVector[] vectors);

    /**
     * A number for a question that was not used before by this media driver's clients.
     *
     * @return the number.
     */
    long nextCorrelationId();

    /**
     * Why the last attempt to connect failed.
     *
     * @return one sentence.
     */
    String lastError();
}
