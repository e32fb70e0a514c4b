package io.lockstep.archive.journal;

import io.aeron.Aeron;
import java.util.function.BooleanSupplier;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.IdleStrategy;

/**
 * Waits on the service thread without starving what may live on it: the Aeron client in invoker mode, the driver and
 * the archives. Used by one thread.
 */
final class Waiter {
    private final AgentInvoker clientInvoker;
    private final AgentInvoker agentInvoker;
    private final IdleStrategy idleStrategy;

    Waiter(final Aeron aeron, final AgentInvoker agentInvoker, final IdleStrategy idleStrategy) {
        this.clientInvoker = aeron.conductorAgentInvoker();
        this.agentInvoker = agentInvoker;
        this.idleStrategy = idleStrategy;
    }

    /** One turn of waiting. */
    void idle() {
        if (clientInvoker != null) {
            clientInvoker.invoke();
        }
        if (agentInvoker != null) {
            agentInvoker.invoke();
        }
        idleStrategy.idle();
    }

    /** Ends a wait, so that the next one begins short. */
    void reset() {
        idleStrategy.reset();
    }

    /** Waits for a condition; false when the time is over. */
    boolean await(final BooleanSupplier condition, final long timeoutNs) {
        final long beginNs = System.nanoTime();
        reset();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - beginNs > timeoutNs) {
                return false;
            }
            idle();
        }
        return true;
    }

    /** Lets time pass. */
    void pause(final long durationNs) {
        final long beginNs = System.nanoTime();
        await(() -> System.nanoTime() - beginNs >= durationNs, durationNs);
    }
}
