package io.lockstep.cluster.node;

import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentInvoker;

/** Driver and archives of a small node, driven together by whatever waits on them. */
final class Below implements Agent {
    private final AgentInvoker driver;
    private final AgentInvoker raftArchive;
    private final AgentInvoker journalArchive;
    private volatile long lastBeatNs = System.nanoTime();

    Below(final AgentInvoker driver, final AgentInvoker raftArchive, final AgentInvoker journalArchive) {
        this.driver = driver;
        this.raftArchive = raftArchive;
        this.journalArchive = journalArchive;
    }

    @Override
    public int doWork() {
        lastBeatNs = System.nanoTime();
        return driver.invoke() + raftArchive.invoke() + journalArchive.invoke();
    }

    /**
     * Time since the parts below were last driven. A consensus module that waits for its service, as after a restart,
     * may keep the thread's duty cycle waiting for long; as long as it drives what is below, the thread is alive.
     *
     * @param nowNs monotonic time.
     * @return nanoseconds.
     */
    long silenceNs(final long nowNs) {
        return Math.max(0, nowNs - lastBeatNs);
    }

    @Override
    public String roleName() {
        return "lockstep-below";
    }
}
