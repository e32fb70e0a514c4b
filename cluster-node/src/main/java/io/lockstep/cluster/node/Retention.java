package io.lockstep.cluster.node;

import io.lockstep.cluster.service.ServiceStatus;

/** Keeps one shard's journal on one node within its retention. Steward thread only. */
interface Retention extends AutoCloseable {
    /**
     * Does what is due.
     *
     * @param status of the shard's service.
     * @param nowNs  monotonic time.
     * @return how much was done.
     */
    int doWork(ServiceStatus status, long nowNs);

    /**
     * Where the journal should begin.
     *
     * @param status        of the shard's service.
     * @param clusterTimeNs the newest cluster time that is known.
     * @return a position above the first readable one, or -1 where nothing is to be done.
     */
    long proposal(ServiceStatus status, long clusterTimeNs);

    @Override
    void close();
}
