package io.lockstep.client;

import io.lockstep.client.internal.ShardCall;
import io.lockstep.client.internal.ShardCommand;
import java.util.List;

/** Asks over the sessions of a client. Belongs to the thread that owns the client. */
final class ClientAsker implements ShardAsker {
    private final LockstepClient client;

    ClientAsker(final LockstepClient client) {
        this.client = client;
    }

    /** {@inheritDoc} */
    @Override
    public int shardCount() {
        return client.shardCount();
    }

    /** {@inheritDoc} */
    @Override
    public long nowNs() {
        return client.nowNs();
    }

    /** {@inheritDoc} */
    @Override
    public ShardCall ask(
            final int shardId, final ShardCommand command, final long deadlineNs, final ShardCall.Listener listener) {
        return client.ask(shardId, command, deadlineNs, listener);
    }

    /** {@inheritDoc} */
    @Override
    public boolean awaitEnds(final List<ShardCall> awaited, final long timeoutNs) {
        return client.awaitEnds(awaited, timeoutNs);
    }

    /** {@inheritDoc} */
    @Override
    public void add(final ClientDuty duty) {
        client.add(duty);
    }

    /** {@inheritDoc} */
    @Override
    public void remove(final ClientDuty duty) {
        client.remove(duty);
    }
}
