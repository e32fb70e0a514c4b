package io.lockstep.perf.rig;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.ClientConfig;
import io.lockstep.client.EmbeddedDriverMode;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.Message;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.codecs.ResultCode;
import io.lockstep.testkit.process.ProcessCluster;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

/**
 * A Lockstep client whose publisher, subscriber and media driver run on the load thread, and the cluster that it talks
 * to, which it owns.
 */
final class LockstepTarget implements LoadTarget {
    static final String TOPIC = "bench/load";

    private static final int POLL_LIMIT = 256;
    private static final long CONNECT_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long DEADLINE_NS = TimeUnit.SECONDS.toNanos(60);
    private static final int BUFFER_LENGTH = 16 << 20;
    private static final long MIN_PARK_NS = 1_000;
    private static final long MAX_PARK_NS = 50_000;

    private final ProcessCluster cluster;
    private final AckListener acks = new AckListener();
    private LockstepClient client;
    private Publisher publisher;
    private Subscriber subscriber;
    private Sink sink;
    private String fault;
    private long offeredCount;

    private LockstepTarget(final ProcessCluster cluster) {
        this.cluster = cluster;
    }

    /**
     * Connects, and waits until publisher and subscriber are at work.
     *
     * @param cluster      that is up; owned by the target from a successful return on.
     * @param readerNodeId whose journal the subscriber reads.
     * @param window       of the publisher.
     * @return the target.
     */
    static LockstepTarget connect(final ProcessCluster cluster, final int readerNodeId, final int window) {
        final LockstepTarget target = new LockstepTarget(cluster);
        try {
            target.connect(readerNodeId, window);
            return target;
        } catch (final RuntimeException ex) {
            CloseHelper.quietClose(target.client);
            throw ex;
        }
    }

    /** {@inheritDoc} */
    @Override
    public void sink(final Sink newSink) {
        sink = newSink;
    }

    /** {@inheritDoc} */
    @Override
    public boolean offer(final DirectBuffer buffer, final int offset, final int length) {
        final long result = publisher.offer(TOPIC, buffer, offset, length);
        if (result > 0) {
            offeredCount = result;
            return true;
        }
        if (result != Publisher.BACK_PRESSURED && result != Publisher.NOT_CONNECTED) {
            fault = "the publisher refused a message with code " + result + ": " + publisher.closeReason();
        }
        return false;
    }

    /** {@inheritDoc} */
    @Override
    public int poll() {
        // Drives the client too; to do that twice a turn would be twice the system calls.
        return subscriber.poll(POLL_LIMIT);
    }

    /** {@inheritDoc} */
    @Override
    public String fault() {
        return fault;
    }

    /** {@inheritDoc} */
    @Override
    public long unansweredCount() {
        // Of what the publisher gave up nobody will ever say more.
        return publisher.unansweredCount() + acks.unknownCount;
    }

    /** {@inheritDoc} */
    @Override
    public long refusedCount() {
        return acks.refusedCount;
    }

    /** {@inheritDoc} */
    @Override
    public IdleStrategy newIdleStrategy() {
        // A turn of this client is many system calls, so turns that find nothing take the cores that the nodes need.
        return new BackoffIdleStrategy(0, 0, MIN_PARK_NS, MAX_PARK_NS);
    }

    /** {@inheritDoc} */
    @Override
    public void close() {
        CloseHelper.closeAll(client, cluster);
    }

    /** Keeps sessions and the driver alive while another target is under load; delivers nothing. */
    void keepAlive() {
        client.doWork();
    }

    ProcessCluster cluster() {
        return cluster;
    }

    /** Number of messages that the publisher took; ids are dense. */
    long offeredCount() {
        return offeredCount;
    }

    AckListener acks() {
        return acks;
    }

    private void connect(final int readerNodeId, final int window) {
        client = LockstepClient.connect(new ClientConfig()
                .nodes(cluster.nodes())
                .clientName("bench")
                .embeddedDriverMode(EmbeddedDriverMode.INVOKER)
                .connectTimeoutNs(CONNECT_TIMEOUT_NS));
        subscriber = client.addSubscriber(
                new SubscriberConfig()
                        .filter(TOPIC)
                        .start(StartPosition.start())
                        .preferredNode(readerNodeId),
                this::onMessage);
        publisher = client.addPublisher(
                new PublisherConfig().window(window).bufferLength(BUFFER_LENGTH).deadlineNs(DEADLINE_NS), acks);
        publisher.open(LockstepRig.SHARD_ID);
        final long deadlineNs = System.nanoTime() + CONNECT_TIMEOUT_NS;
        while (!publisher.isOpen(LockstepRig.SHARD_ID) || !subscriber.isConnected()) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new IllegalStateException("publisher and subscriber were not at work within "
                        + TimeUnit.NANOSECONDS.toSeconds(CONNECT_TIMEOUT_NS) + " s");
            }
            if (poll() == 0) {
                Thread.onSpinWait();
            }
        }
    }

    private void onMessage(final Message message) {
        if (sink != null) {
            sink.onPayload(message.buffer(), message.payloadOffset(), message.payloadLength());
        }
    }

    /** Watches over the answers: the longest time without one, and that none is a refusal. */
    final class AckListener implements PublishListener {
        private long acceptedCount;
        private long refusedCount;
        private long unknownCount;
        private long lastAckNs = System.nanoTime();
        private long longestGapNs;
        private volatile long acceptedPosition;

        @Override
        public void onAccepted(final long messageId, final int shardId, final long position) {
            final long nowNs = System.nanoTime();
            longestGapNs = Math.max(longestGapNs, nowNs - lastAckNs);
            lastAckNs = nowNs;
            acceptedCount++;
            acceptedPosition = position;
        }

        @Override
        public void onRefused(final long messageId, final ResultCode code, final long detail) {
            refusedCount++;
            fault = "message " + messageId + " was refused with " + code + ", detail " + detail;
        }

        @Override
        public void onUnknown(final long messageId, final String reason) {
            unknownCount++;
            fault = "the fate of message " + messageId + " is unknown: " + reason;
        }

        /** Forgets gaps up to now. */
        void resetGap() {
            longestGapNs = 0;
        }

        /** The longest time between two answers since the last reset; it may have begun before. */
        long longestGapNs() {
            return longestGapNs;
        }

        /** Position of the last accepted message; for any thread. */
        long acceptedPosition() {
            return acceptedPosition;
        }

        long acceptedCount() {
            return acceptedCount;
        }
    }
}
