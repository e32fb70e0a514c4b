package io.lockstep.client.link;

import io.aeron.Aeron;
import io.aeron.DirectBufferVector;
import io.aeron.Publication;
import io.lockstep.client.internal.ShardSession;
import io.lockstep.client.internal.ShardSessionListener;
import io.lockstep.codecs.GatewayCommandEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

/**
 * One shard as a gateway shows it: the gateway's session with the shard carries the commands of all its clients. Owned by
 * the thread that owns the client.
 */
final class GatewayShardSession implements ShardSession {
    private final int shardId;
    private final GatewayPath path;
    private final GatewayLink link;
    private final ShardSessionListener listener;
    private final GatewayCommandEncoder command = new GatewayCommandEncoder();
    private boolean isConnected;
    private boolean isRestoredUntold;
    private boolean isClosed;
    private int leaderNodeId = Aeron.NULL_VALUE;

    GatewayShardSession(final int shardId, final GatewayPath path, final ShardSessionListener listener) {
        this.shardId = shardId;
        this.path = path;
        this.link = path.link();
        this.listener = listener;
    }

    /** What was known before the session was made. */
    void begin(final boolean wasConnected, final int lastLeaderNodeId) {
        isConnected = wasConnected;
        leaderNodeId = lastLeaderNodeId;
        // Who makes the session is not ready to be told.
        isRestoredUntold = wasConnected;
    }

    void onShardState(final boolean nowConnected, final int newLeaderNodeId) {
        isConnected = nowConnected;
        leaderNodeId = newLeaderNodeId;
        isRestoredUntold = false;
        if (nowConnected && !isClosed) {
            listener.onRestored();
        }
    }

    void onAnswer(final DirectBuffer buffer, final int offset, final int length) {
        if (!isClosed) {
            listener.onAnswer(buffer, offset, length);
        }
    }

    @Override
    public int doWork(final long nowNs) {
        if (isRestoredUntold) {
            isRestoredUntold = false;
            listener.onRestored();
            return 1;
        }
        return 0;
    }

    @Override
    public boolean isConnected() {
        return isConnected && !isClosed && link.isOpen();
    }

    @Override
    public int leaderNodeId() {
        return isConnected() ? leaderNodeId : Aeron.NULL_VALUE;
    }

    @Override
    public long offer(final DirectBuffer buffer, final int offset, final int length) {
        if (!isConnected()) {
            return Publication.NOT_CONNECTED;
        }
        final ExpandableArrayBuffer scratch = link.scratch();
        command.wrapAndApplyHeader(scratch, 0, link.header()).shardId(shardId).putCommand(buffer, offset, length);
        return link.offerScratch(MessageHeaderEncoder.ENCODED_LENGTH + command.encodedLength());
    }

    @Override
    public long offer(final DirectBufferVector[] vectors) {
        if (!isConnected()) {
            return Publication.NOT_CONNECTED;
        }
        final ExpandableArrayBuffer scratch = link.scratch();
        command.wrapAndApplyHeader(scratch, 0, link.header()).shardId(shardId);
        final int lengthOffset = command.limit();
        int end = lengthOffset + GatewayCommandEncoder.commandHeaderLength();
        // The first one is for the header of a cluster session, which there is none of here.
        for (int i = 1; i < vectors.length; i++) {
            final DirectBufferVector vector = vectors[i];
            scratch.putBytes(end, vector.buffer(), vector.offset(), vector.length());
            end += vector.length();
        }
        scratch.putInt(
                lengthOffset,
                end - lengthOffset - GatewayCommandEncoder.commandHeaderLength(),
                GatewayCommandEncoder.BYTE_ORDER);
        return link.offerScratch(end);
    }

    @Override
    public long nextCorrelationId() {
        return path.nextCorrelationId();
    }

    @Override
    public String lastError() {
        return link.lastError();
    }

    @Override
    public void close() {
        isClosed = true;
    }
}
