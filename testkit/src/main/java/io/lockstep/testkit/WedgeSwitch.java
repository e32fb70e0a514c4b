package io.lockstep.testkit;

import io.aeron.Image;
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

/**
 * Makes the service of one node of a {@link LocalCluster} hang, fail, or go another way than its peers, from outside.
 * Start the cluster with {@link #wrap} as its decorator. May be used by any thread.
 */
public final class WedgeSwitch {
    private static final int NOBODY = -1;

    private static final long SLOW_MESSAGE_NS = TimeUnit.MILLISECONDS.toNanos(5);

    private volatile int hangingNode = NOBODY;
    private volatile int slowNode = NOBODY;
    private volatile int failingNode = NOBODY;
    private volatile boolean isHanging;
    private final Set<Integer> divergingNodes = ConcurrentHashMap.newKeySet();

    /** Makes a switch with which nothing goes wrong yet. */
    public WedgeSwitch() {}

    /**
     * Puts a service under this switch.
     *
     * @param service of a shard on some node.
     * @return what the node is to run instead.
     */
    public ClusteredService wrap(final ClusteredService service) {
        return new Wrapped(service);
    }

    /**
     * Lets a node's services hang at their next message, until they are released.
     *
     * @param nodeId of the node.
     */
    public void hang(final int nodeId) {
        hangingNode = nodeId;
    }

    /**
     * Lets a node's services take 5 ms for each message, until they are released.
     *
     * @param nodeId of the node.
     */
    public void slow(final int nodeId) {
        slowNode = nodeId;
    }

    /**
     * Whether a service has met a message since it was told to hang.
     *
     * @return true if so.
     */
    public boolean isHanging() {
        return isHanging;
    }

    /**
     * Takes the journal from under a node's service at its next message, so that it throws.
     *
     * @param nodeId of the node.
     */
    public void damageJournal(final int nodeId) {
        failingNode = nodeId;
    }

    /**
     * Lets a node see another last byte in every publish from now on, and another one than any other such node.
     *
     * @param nodeId of the node.
     */
    public void diverge(final int nodeId) {
        divergingNodes.add(nodeId);
    }

    /** Lets what hangs or is slow go on. Call it also when a test has failed: a hanging service holds up the end of its node. */
    public void release() {
        hangingNode = NOBODY;
        slowNode = NOBODY;
    }

    private final class Wrapped extends DelegatingService {
        private final ExpandableArrayBuffer altered = new ExpandableArrayBuffer();
        private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
        private Cluster cluster;

        Wrapped(final ClusteredService service) {
            super(service);
        }

        @Override
        public void onStart(final Cluster startedCluster, final Image snapshotImage) {
            cluster = startedCluster;
            super.onStart(startedCluster, snapshotImage);
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
            if (slowNode == cluster.memberId()) {
                LockSupport.parkNanos(SLOW_MESSAGE_NS);
            }
            if (failingNode == cluster.memberId()) {
                // The engine meets what cannot be: its journal is gone from under it.
                onTerminate(cluster);
                failingNode = NOBODY;
            }
            if (divergingNodes.contains(cluster.memberId()) && isPublish(buffer, offset)) {
                altered.putBytes(0, buffer, offset, length);
                final byte last = altered.getByte(length - 1);
                altered.putByte(length - 1, (byte) (last ^ (1 + cluster.memberId())));
                super.onSessionMessage(session, timestamp, altered, 0, length, header);
                return;
            }
            super.onSessionMessage(session, timestamp, buffer, offset, length, header);
        }

        // The last field of a publish is the payload of its last message.
        private boolean isPublish(final DirectBuffer buffer, final int offset) {
            return headerDecoder.wrap(buffer, offset).templateId() == PublishDecoder.TEMPLATE_ID;
        }
    }
}
