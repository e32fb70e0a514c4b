package io.lockstep.perf.rig;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.ClientConfig;
import io.lockstep.client.EmbeddedDriverMode;
import io.lockstep.client.GroupConfig;
import io.lockstep.client.GroupDelivery;
import io.lockstep.client.GroupMember;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.Message;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.codecs.ResultCode;
import io.lockstep.testkit.process.ProcessCluster;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

/** A publisher and the members of a group, which acknowledge each message, all in one client on the load thread. */
final class GroupTarget implements LoadTarget {
    private static final String TOPIC = "bench/work";
    private static final String GROUP = "bench";
    private static final int POLL_LIMIT = 64;
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final int BUFFER_LENGTH = 16 << 20;
    private static final long MIN_PARK_NS = 1_000;
    private static final long MAX_PARK_NS = 50_000;

    private final LockstepClient client;
    private final Publisher publisher;
    private final List<GroupMember> members = new ArrayList<>();
    private final int window;
    private Sink sink;
    private String fault;
    private long refusedCount;
    private long unknownCount;

    GroupTarget(final ProcessCluster cluster, final int memberCount, final int credit, final int window) {
        this.window = window;
        client = LockstepClient.connect(new ClientConfig()
                .nodes(cluster.nodes())
                .clientName("bench-group")
                .embeddedDriverMode(EmbeddedDriverMode.INVOKER)
                .connectTimeoutNs(TIMEOUT_NS));
        try {
            publisher = client.addPublisher(
                    new PublisherConfig()
                            .window(this.window)
                            .bufferLength(BUFFER_LENGTH)
                            .deadlineNs(TIMEOUT_NS),
                    new Fates());
            publisher.open(LockstepRig.SHARD_ID);
            for (int i = 0; i < memberCount; i++) {
                members.add(client.addGroupMember(
                        new GroupConfig()
                                .name(GROUP)
                                .filter(TOPIC)
                                .credit(credit)
                                .start(StartPosition.live()),
                        this::onDelivery));
            }
            awaitReady();
        } catch (final RuntimeException ex) {
            client.close();
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
        int count = 0;
        for (int i = 0; i < members.size(); i++) {
            count += members.get(i).poll(POLL_LIMIT);
        }
        return count;
    }

    /** {@inheritDoc} */
    @Override
    public String fault() {
        return fault;
    }

    /** {@inheritDoc} */
    @Override
    public long unansweredCount() {
        return publisher.unansweredCount() + unknownCount;
    }

    /** {@inheritDoc} */
    @Override
    public long refusedCount() {
        return refusedCount;
    }

    /** {@inheritDoc} */
    @Override
    public boolean isOrdered() {
        return false;
    }

    /** {@inheritDoc} */
    @Override
    public IdleStrategy newIdleStrategy() {
        return new BackoffIdleStrategy(0, 0, MIN_PARK_NS, MAX_PARK_NS);
    }

    /** {@inheritDoc} */
    @Override
    public void close() {
        client.close();
    }

    /** Keeps sessions, leases and the driver alive while another target is under load; delivers nothing. */
    void keepAlive() {
        client.doWork();
    }

    private void awaitReady() {
        final long deadlineNs = System.nanoTime() + TIMEOUT_NS;
        while (!publisher.isOpen(LockstepRig.SHARD_ID) || !areJoined()) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new IllegalStateException("publisher and members were not at work within "
                        + TimeUnit.NANOSECONDS.toSeconds(TIMEOUT_NS) + " s");
            }
            if (poll() == 0) {
                Thread.onSpinWait();
            }
        }
    }

    private boolean areJoined() {
        for (final GroupMember member : members) {
            if (!member.isJoined()) {
                return false;
            }
        }
        return true;
    }

    private void onDelivery(final GroupDelivery delivery) {
        final Message message = delivery.message();
        if (delivery.attempt() > 1) {
            fault = "a message was handed out again, although every one was acknowledged";
        }
        if (sink != null) {
            sink.onPayload(message.buffer(), message.payloadOffset(), message.payloadLength());
        }
        delivery.ack();
    }

    /** Any refusal or unknown fate ends the run. */
    private final class Fates implements PublishListener {
        @Override
        public void onAccepted(final long messageId, final int shardId, final long position) {}

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
    }
}
