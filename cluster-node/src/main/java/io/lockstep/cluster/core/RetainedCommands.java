package io.lockstep.cluster.core;

import io.lockstep.codecs.ListRetainedDecoder;
import org.agrona.DirectBuffer;

/** The commands of last values. */
final class RetainedCommands implements CommandFamily {
    private final ListRetainedDecoder listRetained = new ListRetainedDecoder();
    private final RetainedHandler handler;

    RetainedCommands(final RetainedHandler handler) {
        this.handler = handler;
    }

    /** {@inheritDoc} */
    @Override
    public boolean isOwnerOf(final int templateId) {
        return templateId == ListRetainedDecoder.TEMPLATE_ID;
    }

    /** {@inheritDoc} */
    @Override
    public boolean onCommand(
            final long clusterSessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (!WireShape.wrapWithText(listRetained, buffer, offset, length)) {
            return false;
        }
        final byte[] filterText = WireShape.textBehindBlock(buffer, offset);
        handler.onListRetained(
                clusterSessionId,
                listRetained.correlationId(),
                listRetained.afterTopicId(),
                listRetained.upToPosition(),
                filterText);
        return true;
    }
}
