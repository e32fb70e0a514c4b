package io.lockstep.client.link;

import org.agrona.DirectBuffer;

/** Takes frames; an {@code ExclusivePublication} with a seam for tests. */
public interface FrameSink {
    /**
     * Sends a frame.
     *
     * @param buffer that holds it.
     * @param offset of its first byte.
     * @param length in bytes, at most {@link #maxFrameLength()}.
     * @return above 0 on success, else a negative code of {@link io.aeron.Publication}.
     */
    long offer(DirectBuffer buffer, int offset, int length);

    /**
     * Greatest length of a frame.
     *
     * @return in bytes.
     */
    int maxFrameLength();
}
