package io.lockstep.gateway.bridge;

import io.lockstep.access.rules.Principal;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

/**
 * What gateway and cluster tell each other about access: the cluster its rules, the gateway what it refused. Nobody waits: a
 * refusal that finds the queue full is counted and not told. Any thread may refuse; the bridge's takes.
 */
public final class ClusterAccess {
    private static final int CAPACITY = 64;

    private final ManyToOneConcurrentArrayQueue<Refused> refusals = new ManyToOneConcurrentArrayQueue<>(CAPACITY);
    private final AtomicLong unsaidCount = new AtomicLong();
    private volatile RulesListener rulesListener = rules -> true;
    private volatile boolean isDecided;

    /**
     * Something that was refused.
     *
     * @param principal who asked.
     * @param action    what for.
     * @param topic     name or filter; null where the action has none.
     */
    public record Refused(Principal principal, String action, String topic) {}

    /** Is told the rules of the cluster. */
    @FunctionalInterface
    public interface RulesListener {
        /**
         * The cluster has rules, others than before; on the bridge thread.
         *
         * @param rules the lines.
         * @return whether they were understood and are in force.
         */
        boolean onRules(String rules);
    }

    /** Nothing was refused yet. */
    public ClusterAccess() {}

    /**
     * Sets who is told the rules of the cluster.
     *
     * @param listener to tell.
     */
    public void rulesListener(final RulesListener listener) {
        rulesListener = listener;
    }

    /**
     * Takes note of a refusal; never waits.
     *
     * @param principal who asked.
     * @param action    what for.
     * @param topic     name or filter; null where the action has none.
     */
    public void onRefused(final Principal principal, final String action, final String topic) {
        if (!refusals.offer(new Refused(principal, action, topic))) {
            unsaidCount.incrementAndGet();
        }
    }

    /**
     * Whether the cluster has said which rules count: its own, or those of the gateway where it has none. Before, nobody is
     * let in, because what is forbidden is not known.
     *
     * @return true from its first answer on.
     */
    public boolean isDecided() {
        return isDecided;
    }

    void onRules(final String rules) {
        if (rulesListener.onRules(rules)) {
            isDecided = true;
        }
    }

    /** The cluster has no rules. */
    void onNoRules() {
        isDecided = true;
    }

    /** The next refusal to tell, or null. */
    Refused poll() {
        return refusals.poll();
    }

    /** How many refusals were not told since the last call. */
    long takeUnsaid() {
        return unsaidCount.getAndSet(0);
    }
}
