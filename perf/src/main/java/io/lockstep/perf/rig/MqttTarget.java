package io.lockstep.perf.rig;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

/**
 * An MQTT broker under a load with QoS 1: one connection publishes or several in turn, one subscribes, all on the load
 * thread. Owns the broker.
 */
final class MqttTarget implements LoadTarget {
    static final String TOPIC = "bench/load";

    private static final byte[] TOPIC_NAME = TOPIC.getBytes(StandardCharsets.US_ASCII);
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);
    private static final long MIN_PARK_NS = 1_000;
    private static final long MAX_PARK_NS = 50_000;

    private final AutoCloseable broker;
    private final PublishingLink[] publishers;
    private MqttLink subscriber;
    private Sink sink;
    private int nextPublisher;
    private long unansweredCount;
    private long refusedCount;
    private String fault;

    private MqttTarget(final AutoCloseable broker, final int publisherCount) {
        this.broker = broker;
        this.publishers = new PublishingLink[publisherCount];
    }

    /**
     * Connects and subscribes.
     *
     * @param broker         that is up; owned by the target from a successful return on.
     * @param address        where it listens.
     * @param publisherCount number of connections that publish.
     * @return the target.
     */
    static MqttTarget connect(final AutoCloseable broker, final InetSocketAddress address, final int publisherCount) {
        final MqttTarget target = new MqttTarget(broker, publisherCount);
        try {
            target.subscriber =
                    MqttLink.connect(address, "bench-subscriber", target.new SubscriberListener(), TIMEOUT_NS);
            target.subscriber.subscribe(TOPIC, TIMEOUT_NS);
            for (int i = 0; i < publisherCount; i++) {
                target.publishers[i] = target.new PublishingLink(address, "bench-publisher-" + i);
            }
            return target;
        } catch (final RuntimeException ex) {
            target.closeLinks();
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
        for (int i = 0; i < publishers.length; i++) {
            final PublishingLink publisher = publishers[nextPublisher];
            nextPublisher = nextPublisher + 1 == publishers.length ? 0 : nextPublisher + 1;
            if (publisher.offer(buffer, offset, length)) {
                unansweredCount++;
                return true;
            }
        }
        return false;
    }

    /** {@inheritDoc} */
    @Override
    public int poll() {
        int workCount = 0;
        for (final PublishingLink publisher : publishers) {
            workCount += poll(publisher.link);
        }
        return workCount + poll(subscriber);
    }

    private int poll(final MqttLink link) {
        final int workCount = link.poll();
        if (link.fault() != null) {
            fault = link.fault();
        }
        return workCount;
    }

    /** {@inheritDoc} */
    @Override
    public String fault() {
        return fault;
    }

    /** {@inheritDoc} */
    @Override
    public long unansweredCount() {
        return unansweredCount;
    }

    /** {@inheritDoc} */
    @Override
    public long refusedCount() {
        return refusedCount;
    }

    /** {@inheritDoc} */
    @Override
    public boolean isOrdered() {
        return publishers.length == 1;
    }

    /** {@inheritDoc} */
    @Override
    public IdleStrategy newIdleStrategy() {
        // As for a native client, with which it is compared.
        return new BackoffIdleStrategy(0, 0, MIN_PARK_NS, MAX_PARK_NS);
    }

    /** {@inheritDoc} */
    @Override
    public void close() {
        closeLinks();
        CloseHelper.close(broker);
    }

    private void closeLinks() {
        CloseHelper.quietClose(subscriber);
        CloseHelper.quietCloseAll(publishers);
    }

    private final class SubscriberListener implements MqttLink.Listener {
        @Override
        public void onPublish(final DirectBuffer buffer, final int offset, final int length) {
            if (sink != null) {
                sink.onPayload(buffer, offset, length);
            }
        }

        @Override
        public void onPubAck(final int packetId, final int reasonCode) {
            fault = "the broker acknowledged a message that nobody sent";
        }
    }

    /** A connection and the ids of its unanswered messages, which are answered in their order (section 4.6). */
    private final class PublishingLink implements MqttLink.Listener, AutoCloseable {
        private static final int MAX_PACKET_ID = 65_535;

        private final MqttLink link;
        private int nextPacketId = 1;
        private int oldestPacketId = 1;
        private int inFlight;

        PublishingLink(final InetSocketAddress address, final String clientId) {
            link = MqttLink.connect(address, clientId, this, TIMEOUT_NS);
        }

        boolean offer(final DirectBuffer buffer, final int offset, final int length) {
            if (inFlight >= link.receiveMaximum() || !link.publish(TOPIC_NAME, nextPacketId, buffer, offset, length)) {
                return false;
            }
            nextPacketId = after(nextPacketId);
            inFlight++;
            return true;
        }

        @Override
        public void onPublish(final DirectBuffer buffer, final int offset, final int length) {
            fault = "the broker sent a message to a connection that has no subscription";
        }

        @Override
        public void onPubAck(final int packetId, final int reasonCode) {
            if (inFlight == 0 || packetId != oldestPacketId) {
                fault = "the broker answered message " + packetId + " where " + oldestPacketId + " was due";
                return;
            }
            oldestPacketId = after(oldestPacketId);
            inFlight--;
            unansweredCount--;
            if (reasonCode >= 0x80) {
                refusedCount++;
                fault = "the broker refused a message with reason code 0x" + Integer.toHexString(reasonCode);
            }
        }

        @Override
        public void close() {
            link.close();
        }

        private static int after(final int packetId) {
            return packetId == MAX_PACKET_ID ? 1 : packetId + 1;
        }
    }
}
