package io.lockstep.cluster.service;

import io.aeron.DirectBufferVector;
import io.aeron.cluster.service.ClientSession;
import io.aeron.logbuffer.BufferClaim;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;

/** A session whose stream takes messages up to a length, unless it is told to refuse them all. */
final class FakeSession implements ClientSession {
    static final long ID = 7;

    final List<Integer> takenLengths = new ArrayList<>();
    int maxLength = Integer.MAX_VALUE;
    long refusal;
    Runnable onOffer = () -> {};
    int offers;

    @Override
    public long offer(final DirectBuffer buffer, final int offset, final int length) {
        offers++;
        onOffer.run();
        if (length > maxLength) {
            // As Publication does.
            throw new IllegalArgumentException(
                    "message exceeds maxMessageLength of " + maxLength + ", length=" + length);
        }
        if (refusal < 0) {
            return refusal;
        }
        takenLengths.add(length);
        return 64L * offers;
    }

    @Override
    public long id() {
        return ID;
    }

    @Override
    public int responseStreamId() {
        return 0;
    }

    @Override
    public String responseChannel() {
        return "";
    }

    @Override
    public byte[] encodedPrincipal() {
        return new byte[0];
    }

    @Override
    public void close() {}

    @Override
    public boolean isClosing() {
        return false;
    }

    @Override
    public long offer(final DirectBufferVector[] vectors) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long tryClaim(final int length, final BufferClaim bufferClaim) {
        throw new UnsupportedOperationException();
    }
}
