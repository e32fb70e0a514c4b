package io.lockstep.testkit;

import io.aeron.ExclusivePublication;
import io.aeron.Image;
import io.aeron.cluster.codecs.CloseReason;
import io.aeron.cluster.service.ClientSession;
import io.aeron.cluster.service.Cluster;
import io.aeron.cluster.service.ClusteredService;
import io.aeron.logbuffer.Header;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.PublishDecoder;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

/** Makes the service of one node hang, fail, or go another way than its peers, from outside. */
final class WedgeSwitch {
    private static final int NOBODY = -1;

    private volatile int hangingNode = NOBODY;
    private volatile int failingNode = NOBODY;
    private volatile boolean isHanging;
    private final Set<Integer> divergingNodes = ConcurrentHashMap.newKeySet();

    ClusteredService wrap(final ClusteredService service) {
        return new Wrapped(service);
    }

    void hang(final int nodeId) {
        hangingNode = nodeId;
    }

    /** Whether the service has met a message since it was told to hang. */
    boolean isHanging() {
        return isHanging;
    }

    void damageJournal(final int nodeId) {
        failingNode = nodeId;
    }

    /** Lets a node see another last byte in every publish from now on, and another one than any other such node. */
    void diverge(final int nodeId) {
        divergingNodes.add(nodeId);
    }

    void release() {
        hangingNode = NOBODY;
    }

    private final class Wrapped implements ClusteredService {
        private final ClusteredService service;
        private final ExpandableArrayBuffer altered = new ExpandableArrayBuffer();
        private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
        private Cluster cluster;

        Wrapped(final ClusteredService service) {
            this.service = service;
        }

        @Override
        public void onStart(final Cluster startedCluster, final Image snapshotImage) {
            cluster = startedCluster;
            service.onStart(startedCluster, snapshotImage);
        }

        @Override
        public void onSessionOpen(final ClientSession session, final long timestamp) {
            service.onSessionOpen(session, timestamp);
        }

        @Override
        public void onSessionClose(final ClientSession session, final long timestamp, final CloseReason closeReason) {
            service.onSessionClose(session, timestamp, closeReason);
        }

        @Override
        public void onSessionMessage(
                final ClientSession session,
                final long timestamp,
                final DirectBuffer buffer,
                final int offset,
                final int length,
                final Header header) {
            while (hangingNode == cluster.memberId()) {
                isHanging = true;
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            }
            if (failingNode == cluster.memberId()) {
                // The engine meets what cannot be: its journal is gone from under it.
                service.onTerminate(cluster);
                failingNode = NOBODY;
            }
            if (divergingNodes.contains(cluster.memberId()) && isPublish(buffer, offset)) {
                altered.putBytes(0, buffer, offset, length);
                final byte last = altered.getByte(length - 1);
                altered.putByte(length - 1, (byte) (last ^ (1 + cluster.memberId())));
                service.onSessionMessage(session, timestamp, altered, 0, length, header);
                return;
            }
            service.onSessionMessage(session, timestamp, buffer, offset, length, header);
        }

        // The last field of a publish is the payload of its last message.
        private boolean isPublish(final DirectBuffer buffer, final int offset) {
            return headerDecoder.wrap(buffer, offset).templateId() == PublishDecoder.TEMPLATE_ID;
        }

        @Override
        public void onTimerEvent(final long correlationId, final long timestamp) {
            service.onTimerEvent(correlationId, timestamp);
        }

        @Override
        public void onTakeSnapshot(final ExclusivePublication snapshotPublication) {
            service.onTakeSnapshot(snapshotPublication);
        }

        @Override
        public void onRoleChange(final Cluster.Role newRole) {
            service.onRoleChange(newRole);
        }

        @Override
        public void onTerminate(final Cluster terminatedCluster) {
            service.onTerminate(terminatedCluster);
        }

        @Override
        public void onNewLeadershipTermEvent(
                final long leadershipTermId,
                final long logPosition,
                final long timestamp,
                final long termBaseLogPosition,
                final int leaderMemberId,
                final int logSessionId,
                final TimeUnit timeUnit,
                final int appVersion) {
            service.onNewLeadershipTermEvent(
                    leadershipTermId,
                    logPosition,
                    timestamp,
                    termBaseLogPosition,
                    leaderMemberId,
                    logSessionId,
                    timeUnit,
                    appVersion);
        }

        @Override
        public int doBackgroundWork(final long nowNs) {
            return service.doBackgroundWork(nowNs);
        }
    }
}
