package io.lockstep.client;

import io.lockstep.client.internal.ShardCall;
import io.lockstep.client.internal.ShardConnection;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;

/** Asks a shard for pages of last values, over the session of a client. Belongs to the thread that owns the client. */
final class LastValueCaller implements LastValuePages.Caller {
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);

    private final LockstepClient client;
    private final ShardConnection connection;
    private ShardCall call;

    LastValueCaller(final LockstepClient client, final int shardId) {
        this.client = client;
        this.connection = client.connection(shardId);
    }

    /** {@inheritDoc} */
    @Override
    public boolean isReady() {
        final ShardState state = client.shardState(connection.shardId());
        return state != null && state.isSeeded();
    }

    /** {@inheritDoc} */
    @Override
    public long nextCorrelationId() {
        return connection.nextCorrelationId();
    }

    /** {@inheritDoc} */
    @Override
    public void call(
            final DirectBuffer command,
            final int lengthBytes,
            final long correlationId,
            final ShardCall.Listener listener) {
        call = new ShardCall(
                connection.shardId(),
                connection,
                correlationId,
                command,
                lengthBytes,
                client.nowNs() + TIMEOUT_NS,
                listener);
        client.begin(call);
    }

    /** {@inheritDoc} */
    @Override
    public void cancel() {
        if (call != null) {
            call.cancel();
        }
    }
}
