package io.lockstep.client.link;

import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import org.agrona.DirectBuffer;

/**
 * Sends frames with an Aeron publication.
 *
 * @param publication whose owner closes it.
 */
public record PublicationSink(ExclusivePublication publication) implements FrameSink {
    @Override
    public long offer(final DirectBuffer buffer, final int offset, final int length) {
        final long result = publication.offer(buffer, offset, length);
        // The end of a term: the next attempt is in the next one.
        return result == Publication.ADMIN_ACTION ? publication.offer(buffer, offset, length) : result;
    }

    @Override
    public int maxFrameLength() {
        return publication.maxPayloadLength();
    }
}
