package io.lockstep.client.internal;

import io.aeron.DirectBufferVector;
import io.aeron.Publication;
import io.lockstep.codecs.DescribeShardDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;

/** Keeps the correlation ids of the commands that were offered; takes none while it is not connected or has no room. */
final class FakeIngress implements ShardIngress {
    final List<Long> sent = new ArrayList<>();
    boolean isConnected = true;
    int room = Integer.MAX_VALUE;
    IllegalArgumentException failure;
    private long lastCorrelationId = 100;

    @Override
    public boolean isConnected() {
        return isConnected;
    }

    @Override
    public long offer(final DirectBuffer buffer, final int offset, final int length) {
        if (!isConnected) {
            return Publication.NOT_CONNECTED;
        }
        if (failure != null) {
            final IllegalArgumentException thrown = failure;
            failure = null;
            throw thrown;
        }
        if (room == 0) {
            return Publication.BACK_PRESSURED;
        }
        room--;
        final DescribeShardDecoder command =
                new DescribeShardDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
        if (length != MessageHeaderDecoder.ENCODED_LENGTH + DescribeShardDecoder.BLOCK_LENGTH) {
            throw new AssertionError("a command of " + length + " bytes");
        }
        sent.add(command.correlationId());
        return length;
    }

    @Override
    public long offer(final DirectBufferVector[] vectors) {
        throw new AssertionError("calls are not gathered");
    }

    @Override
    public long nextCorrelationId() {
        return ++lastCorrelationId;
    }

    @Override
    public String lastError() {
        return "";
    }
}
