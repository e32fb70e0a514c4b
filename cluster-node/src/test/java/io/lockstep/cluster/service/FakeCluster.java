package io.lockstep.cluster.service;

import io.aeron.Aeron;
import io.aeron.DirectBufferVector;
import io.aeron.cluster.service.ClientSession;
import io.aeron.cluster.service.Cluster;
import io.aeron.cluster.service.ClusteredServiceContainer;
import io.aeron.logbuffer.BufferClaim;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.IdleStrategy;

/** A cluster that takes timers after it has refused some, and whose time goes on while somebody idles. */
final class FakeCluster implements Cluster, IdleStrategy {
    static final long IDLE_NS = TimeUnit.MILLISECONDS.toNanos(100);

    long nowNs = 1;
    long logPosition = 64;
    long timerDeadlineNs = -1;
    long timersToRefuse;
    ClientSession session;

    @Override
    public boolean scheduleTimer(final long correlationId, final long deadline) {
        if (timersToRefuse > 0) {
            timersToRefuse--;
            return false;
        }
        timerDeadlineNs = deadline;
        return true;
    }

    @Override
    public void idle() {
        nowNs += IDLE_NS;
    }

    @Override
    public void idle(final int workCount) {
        if (workCount == 0) {
            idle();
        }
    }

    @Override
    public void reset() {}

    @Override
    public IdleStrategy idleStrategy() {
        return this;
    }

    @Override
    public ClientSession getClientSession(final long clusterSessionId) {
        return session != null && session.id() == clusterSessionId ? session : null;
    }

    @Override
    public long logPosition() {
        return logPosition;
    }

    @Override
    public int memberId() {
        return 0;
    }

    @Override
    public Role role() {
        return Role.LEADER;
    }

    @Override
    public Aeron aeron() {
        throw new UnsupportedOperationException();
    }

    @Override
    public ClusteredServiceContainer.Context context() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Collection<ClientSession> clientSessions() {
        return session == null ? List.of() : List.of(session);
    }

    @Override
    public void forEachClientSession(final Consumer<? super ClientSession> action) {
        clientSessions().forEach(action);
    }

    @Override
    public boolean closeClientSession(final long clusterSessionId) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long time() {
        return nowNs;
    }

    @Override
    public TimeUnit timeUnit() {
        return TimeUnit.NANOSECONDS;
    }

    @Override
    public boolean cancelTimer(final long correlationId) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long offer(final DirectBuffer buffer, final int offset, final int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long offer(final DirectBufferVector[] vectors) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long tryClaim(final int length, final BufferClaim bufferClaim) {
        throw new UnsupportedOperationException();
    }
}
