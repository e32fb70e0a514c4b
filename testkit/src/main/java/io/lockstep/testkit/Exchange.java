package io.lockstep.testkit;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.ClientConfig;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.Message;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.codecs.ResultCode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.CloseHelper;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A publisher and some subscribers on a thread of their own, which check each other: messages carry a dense number, and
 * every subscriber must get every accepted one exactly once and in the order of its topic. Start it, break the cluster,
 * then {@link #stopAndVerify}. Public methods may be called from any one thread.
 */
public final class Exchange implements AutoCloseable {
    // Longer than any cluster is without a leader while its nodes start again on busy cores.
    private static final long DEADLINE_NS = TimeUnit.MINUTES.toNanos(3);
    private static final int DEFAULT_PAYLOAD_LENGTH = 100;
    private static final long STOP_TIMEOUT_SECONDS = 120;
    private static final int POLL_LIMIT = 100;

    private final String nodes;
    private final String topicPrefix;
    private final int topicCount;
    private final int ratePerSecond;
    private final int[] readerNodes;
    private final Thread thread;
    private final List<Reader> readers = new ArrayList<>();
    private final UnsafeBuffer payload;
    private final String[] topics;
    private volatile boolean isPublishing = true;
    private volatile boolean isRunning = true;
    private volatile long offeredCount;
    private volatile long acceptedCount;
    private volatile long leastDelivered;
    private volatile boolean isSettled;
    private volatile long longestAckGapNs;
    private volatile String problem;
    private volatile Throwable failure;
    private long lastAckNs;
    private int offeredMarkers;

    /**
     * Makes an exchange that does not run yet.
     *
     * @param nodes         in the form that clients take.
     * @param topicPrefix   of the topics; unique for each exchange on a cluster.
     * @param topicCount    number of topics that messages are dealt out to.
     * @param ratePerSecond messages offered.
     * @param readerNodes   preferred node of each subscriber.
     */
    public Exchange(
            final String nodes,
            final String topicPrefix,
            final int topicCount,
            final int ratePerSecond,
            final int... readerNodes) {
        this(nodes, topicPrefix, topicCount, ratePerSecond, DEFAULT_PAYLOAD_LENGTH, readerNodes);
    }

    /**
     * Makes an exchange with payloads of a length, that does not run yet.
     *
     * @param nodes         in the form that clients take.
     * @param topicPrefix   of the topics; unique for each exchange on a cluster.
     * @param topicCount    number of topics that messages are dealt out to.
     * @param ratePerSecond messages offered.
     * @param payloadLength in bytes, at least 8.
     * @param readerNodes   preferred node of each subscriber.
     */
    public Exchange(
            final String nodes,
            final String topicPrefix,
            final int topicCount,
            final int ratePerSecond,
            final int payloadLength,
            final int[] readerNodes) {
        this.nodes = nodes;
        this.payload = new UnsafeBuffer(new byte[payloadLength]);
        this.topicPrefix = topicPrefix;
        this.topicCount = topicCount;
        this.ratePerSecond = ratePerSecond;
        this.readerNodes = readerNodes.clone();
        this.topics = new String[topicCount];
        for (int i = 0; i < topicCount; i++) {
            topics[i] = topicPrefix + "/" + i;
        }
        this.thread = new Thread(this::run, "lockstep-exchange");
    }

    /**
     * Connects and begins to publish.
     *
     * @return this.
     */
    public Exchange start() {
        thread.start();
        return this;
    }

    /**
     * Messages accepted so far.
     *
     * @return the count.
     */
    public long acceptedCount() {
        return acceptedCount;
    }

    /**
     * Longest time between two accepted messages so far.
     *
     * @return nanoseconds.
     */
    public long longestAckGapNs() {
        return longestAckGapNs;
    }

    /** Forgets the longest gap, so that the next fault is measured alone. */
    public void resetLongestAckGap() {
        longestAckGapNs = 0;
    }

    /**
     * Waits until more messages were accepted.
     *
     * @param count how many more.
     */
    public void awaitAccepted(final long count) {
        final long target = acceptedCount + count;
        Await.await(
                count + " more accepted messages",
                STOP_TIMEOUT_SECONDS,
                () -> acceptedCount >= target || failure != null,
                this::toString);
        check();
    }

    /**
     * Stops publishing, waits until everything accepted was delivered to every subscriber, and checks. Then a marker is
     * published on every topic and awaited by every subscriber: what should not come at all would come before it.
     *
     * @return number of messages that every subscriber got.
     */
    public long stopAndVerify() {
        isPublishing = false;
        Await.await(
                "all messages answered and delivered",
                STOP_TIMEOUT_SECONDS,
                () -> failure != null || problem != null || isSettled,
                this::toString);
        check();
        return leastDelivered;
    }

    @Override
    public void close() {
        isRunning = false;
        try {
            thread.join();
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String toString() {
        final StringBuilder text = new StringBuilder("offered " + offeredCount + ", accepted " + acceptedCount
                + ", least delivered " + leastDelivered + ", problem " + problem + ", failure " + failure);
        for (final Reader reader : readers) {
            text.append("; reader at node ")
                    .append(reader.preferredNode)
                    .append(" got ")
                    .append(reader.deliveredCount);
        }
        return text.toString();
    }

    private void check() {
        if (failure != null) {
            throw new AssertionError("the exchange failed: " + this, failure);
        }
        if (problem != null) {
            throw new AssertionError("the exchange found a fault: " + this);
        }
    }

    private void run() {
        try (LockstepClient client = LockstepClient.connect(new ClientConfig().nodes(nodes))) {
            for (final int node : readerNodes) {
                final Reader reader = new Reader(node);
                reader.subscriber = client.addSubscriber(
                        new SubscriberConfig()
                                .filter(topicPrefix + "/#")
                                .start(StartPosition.start())
                                .preferredNode(node),
                        reader::onMessage);
                readers.add(reader);
            }
            final Publisher publisher =
                    client.addPublisher(new PublisherConfig().deadlineNs(DEADLINE_NS), new Listener());
            loop(client, publisher);
            CloseHelper.quietClose(publisher);
        } catch (final Throwable throwable) {
            failure = throwable;
        }
    }

    private void loop(final LockstepClient client, final Publisher publisher) {
        final long intervalNs = TimeUnit.SECONDS.toNanos(1) / ratePerSecond;
        long nextOfferNs = System.nanoTime();
        lastAckNs = 0;
        while (isRunning) {
            int workCount = client.doWork();
            final long nowNs = System.nanoTime();
            if (isPublishing && nowNs - nextOfferNs >= 0) {
                if (offer(publisher)) {
                    nextOfferNs += intervalNs;
                    workCount++;
                }
            }
            if (!isPublishing && isDelivered() && offeredMarkers < topicCount && offerMarker(publisher)) {
                offeredMarkers++;
                workCount++;
            }
            for (final Reader reader : readers) {
                workCount += reader.subscriber.poll(POLL_LIMIT);
            }
            if (workCount == 0) {
                LockSupport.parkNanos(50_000);
            }
        }
    }

    private boolean isDelivered() {
        return acceptedCount >= offeredCount && leastDelivered >= offeredCount;
    }

    // One for each topic, so that there is one at the end of every shard. Its number is below zero.
    private boolean offerMarker(final Publisher publisher) {
        payload.putLong(0, -1 - offeredMarkers);
        return publisher.offer(topics[offeredMarkers], payload, 0, payload.capacity()) > 0;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // Written by this thread only.
    private boolean offer(final Publisher publisher) {
        final long number = offeredCount + 1;
        payload.putLong(0, number);
        final long result = publisher.offer(topics[(int) (number % topicCount)], payload, 0, payload.capacity());
        if (result > 0) {
            offeredCount = number;
            return true;
        }
        if (result == Publisher.CLOSED) {
            throw new IllegalStateException("the publisher closed: " + publisher.closeReason());
        }
        return false;
    }

    private final class Listener implements PublishListener {
        @Override
        @SuppressWarnings("NonAtomicVolatileUpdate") // Written by this thread only.
        public void onAccepted(final long messageId, final int shardId, final long position) {
            if (offeredMarkers > 0) {
                return;
            }
            final long nowNs = System.nanoTime();
            if (lastAckNs != 0) {
                longestAckGapNs = Math.max(longestAckGapNs, nowNs - lastAckNs);
            }
            lastAckNs = nowNs;
            acceptedCount++;
        }

        @Override
        public void onRefused(final long messageId, final ResultCode code, final long detail) {
            problem = "message " + messageId + " was refused with " + code + ", detail " + detail;
        }

        @Override
        public void onUnknown(final long messageId, final String reason) {
            problem = "the fate of message " + messageId + " is unknown: " + reason;
        }
    }

    private final class Reader {
        private final int preferredNode;
        private final long[] lastNumbers = new long[topicCount];
        private Subscriber subscriber;
        private volatile long deliveredCount;
        private int markerCount;

        Reader(final int preferredNode) {
            this.preferredNode = preferredNode;
        }

        @SuppressWarnings("NonAtomicVolatileUpdate") // Written by the exchange's thread only.
        void onMessage(final Message message) {
            final long number = message.buffer().getLong(message.payloadOffset());
            if (number < 0) {
                onMarker();
                return;
            }
            final int topic = (int) (number % topicCount);
            final long expected =
                    lastNumbers[topic] == 0 ? (topic == 0 ? topicCount : topic) : lastNumbers[topic] + topicCount;
            if (number != expected) {
                problem = "reader at node " + preferredNode + " got number " + number + " of topic " + topic + " where "
                        + expected + " was due (" + (number < expected ? "duplicate" : "loss") + ")";
            }
            lastNumbers[topic] = number;
            deliveredCount++;
            long least = Long.MAX_VALUE;
            for (final Reader reader : readers) {
                least = Math.min(least, reader.deliveredCount);
            }
            leastDelivered = least;
        }

        private void onMarker() {
            markerCount++;
            if (markerCount > topicCount) {
                problem = "reader at node " + preferredNode + " got more markers than there are topics";
            }
            isSettled = readers.stream().allMatch(reader -> reader.markerCount == topicCount);
        }
    }
}
