package io.lockstep.cluster.node;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentInvoker;

/**
 * A thread that drives consensus modules. On a small node it is the only one: driver and archives below, the modules of
 * all shards above. Elsewhere each shard's module has one. Everything that these parts do happens on this thread; others
 * hand it tasks.
 */
final class NodeAgent implements Agent {
    private final String name;
    private final AgentInvoker below;
    private final List<AgentInvoker> consensusModules = new ArrayList<>();
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();

    /**
     * Makes the agent.
     *
     * @param name  of the thread.
     * @param below what to drive beside the modules, or null where that has threads of its own.
     */
    NodeAgent(final String name, final AgentInvoker below) {
        this.name = name;
        this.below = below;
    }

    @Override
    public int doWork() {
        int workCount = 0;
        final Runnable task = tasks.poll();
        if (task != null) {
            task.run();
            workCount++;
        }
        if (below != null) {
            workCount += below.invoke();
        }
        for (int i = 0; i < consensusModules.size(); i++) {
            workCount += consensusModules.get(i).invoke();
        }
        return workCount;
    }

    @Override
    public String roleName() {
        return name;
    }

    /**
     * Adds a module to the duty cycle. This thread only.
     *
     * @param invoker of the module.
     */
    void add(final AgentInvoker invoker) {
        consensusModules.add(invoker);
    }

    /**
     * Takes a module out of the duty cycle. This thread only.
     *
     * @param invoker of the module.
     */
    void remove(final AgentInvoker invoker) {
        consensusModules.remove(invoker);
    }

    /**
     * Runs a task on this thread and waits for it.
     *
     * @param task      to run.
     * @param timeoutMs after which waiting ends; the task may still run later.
     * @param <T>       type of the result.
     * @return what the task returned.
     * @throws TimeoutException if the thread did not get to it in time.
     */
    <T> T call(final Callable<T> task, final long timeoutMs) throws TimeoutException {
        final CompletableFuture<T> result = new CompletableFuture<>();
        tasks.add(() -> {
            try {
                result.complete(task.call());
            } catch (final Throwable throwable) {
                result.completeExceptionally(throwable);
            }
        });
        try {
            return result.get(timeoutMs, TimeUnit.MILLISECONDS);
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the node's thread", ex);
        } catch (final ExecutionException ex) {
            throw ex.getCause() instanceof final RuntimeException cause
                    ? cause
                    : new IllegalStateException("a task on the node's thread failed", ex.getCause());
        }
    }
}
