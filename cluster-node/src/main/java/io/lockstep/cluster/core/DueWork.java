package io.lockstep.cluster.core;

/** Work that a feature does when its time has come, driven by the one cluster timer. */
interface DueWork {
    /** Nothing is due, ever. */
    long NEVER = Long.MAX_VALUE;

    /**
     * When the next piece of work is due.
     *
     * @return in cluster time, or {@link #NEVER}.
     */
    long dueNs();

    /**
     * Does what is due, or as much of it as one turn may take: what is left stays due.
     *
     * @param nowNs       cluster time.
     * @param logPosition of the command or timer event in the Raft log.
     */
    void run(long nowNs, long logPosition);
}
