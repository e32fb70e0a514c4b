package io.lockstep.testkit.cli;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.ClientConfig;
import io.lockstep.client.EmbeddedDriverMode;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.Message;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.client.SubscriberListener;
import io.lockstep.testkit.compare.MessageFile;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * Consumes everything from the start, with one node preferred, and writes it to a file. Runs on its own thread, which
 * owns the client; {@link #count()}, {@link #nodeId}, {@link #failure()} and {@link #stop()} may be called from others, and
 * the histogram be read after the thread ended.
 */
final class DemoConsumer implements Runnable {
    private static final int POLL_LIMIT = 64;
    private static final long IDLE_NS = TimeUnit.MICROSECONDS.toNanos(200);
    private static final long GREATEST_LATENCY_NS = TimeUnit.MINUTES.toNanos(5);

    private final String nodes;
    private final int preferredNodeId;
    private final Path file;
    private final SendTimes times;
    private final Histogram latency = new Histogram(GREATEST_LATENCY_NS, 3);
    private volatile boolean isStopped;
    private volatile long count;
    private final AtomicIntegerArray nodeIds;
    private volatile Throwable failure;
    private MessageFile messages;

    DemoConsumer(
            final String nodes,
            final int shardCount,
            final int preferredNodeId,
            final Path file,
            final SendTimes times) {
        this.nodeIds = new AtomicIntegerArray(shardCount);
        for (int shardId = 0; shardId < shardCount; shardId++) {
            nodeIds.set(shardId, -1);
        }
        this.nodes = nodes;
        this.preferredNodeId = preferredNodeId;
        this.file = file;
        this.times = times;
    }

    @Override
    public void run() {
        final ClientConfig clientConfig = new ClientConfig()
                .nodes(nodes)
                .clientName("demo-consumer-" + preferredNodeId)
                .embeddedDriverMode(EmbeddedDriverMode.INVOKER);
        final SubscriberConfig subscriberConfig = new SubscriberConfig()
                .filter("#")
                .start(StartPosition.start())
                .preferredNode(preferredNodeId)
                .listener(new SubscriberListener() {
                    @Override
                    public void onNodeChanged(final int shardId, final int newNodeId, final String reason) {
                        nodeIds.set(shardId, newNodeId);
                    }
                });
        try (MessageFile open = MessageFile.create(file);
                LockstepClient client = LockstepClient.connect(clientConfig);
                Subscriber subscriber = client.addSubscriber(subscriberConfig, this::onMessage)) {
            messages = open;
            while (!isStopped) {
                if (subscriber.poll(POLL_LIMIT) == 0) {
                    LockSupport.parkNanos(IDLE_NS);
                }
            }
        } catch (final RuntimeException ex) {
            failure = ex;
        }
    }

    void stop() {
        isStopped = true;
    }

    long count() {
        return count;
    }

    int preferredNodeId() {
        return preferredNodeId;
    }

    /** The node that a shard is read from now, or -1. */
    int nodeId(final int shardId) {
        return nodeIds.get(shardId);
    }

    Path file() {
        return file;
    }

    /** What ended the thread, or null. */
    Throwable failure() {
        return failure;
    }

    Histogram latency() {
        return latency;
    }

    private void onMessage(final Message message) {
        final long nowNs = System.nanoTime();
        final String text = message.headers().getOrDefault(SendTimes.SEQUENCE_HEADER, "0");
        final long sequence = Long.parseLong(text);
        messages.append(sequence, message.topic(), message.buffer(), message.payloadOffset(), message.payloadLength());
        final long latencyNs = times.sinceNs(sequence, nowNs);
        if (latencyNs >= 0) {
            latency.recordValue(Math.min(latencyNs, GREATEST_LATENCY_NS));
        }
        count = messages.count();
    }
}
