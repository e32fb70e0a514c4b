package io.lockstep.cluster.node;

import java.util.concurrent.atomic.AtomicLong;
import org.agrona.concurrent.OneToOneConcurrentArrayQueue;

/**
 * Who was not let in to a shard, on the way to its audit topic: the consensus module's thread adds, the steward's takes. Those
 * that come faster than they are told are counted only.
 */
final class RefusedLogins {
    private static final int CAPACITY = 16;

    private final OneToOneConcurrentArrayQueue<Login> logins = new OneToOneConcurrentArrayQueue<>(CAPACITY);
    private final AtomicLong unsaidCount = new AtomicLong();

    /**
     * One that was refused.
     *
     * @param user     as whom it came; empty for nobody.
     * @param clientId as it calls itself; empty where even that could not be read.
     */
    record Login(String user, String clientId) {}

    void add(final Login login) {
        if (!logins.offer(login)) {
            unsaidCount.incrementAndGet();
        }
    }

    boolean isEmpty() {
        return logins.isEmpty();
    }

    /** Takes the oldest, or null where there is none. */
    Login poll() {
        return logins.poll();
    }

    /** Takes the number of those that went unsaid. */
    long takeUnsaid() {
        return unsaidCount.getAndSet(0);
    }
}
