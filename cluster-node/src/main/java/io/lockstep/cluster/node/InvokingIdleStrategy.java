package io.lockstep.cluster.node;

import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.IdleStrategy;

/** Idles by driving what the waiter waits for; only when that has nothing to do either, it idles for real. */
final class InvokingIdleStrategy implements IdleStrategy {
    private final AgentInvoker below;
    private final IdleStrategy idleStrategy;

    InvokingIdleStrategy(final AgentInvoker below, final IdleStrategy idleStrategy) {
        this.below = below;
        this.idleStrategy = idleStrategy;
    }

    @Override
    public void idle(final int workCount) {
        if (workCount > 0) {
            idleStrategy.reset();
        } else {
            idle();
        }
    }

    @Override
    public void idle() {
        idleStrategy.idle(below.invoke());
    }

    @Override
    public void reset() {
        idleStrategy.reset();
    }
}
