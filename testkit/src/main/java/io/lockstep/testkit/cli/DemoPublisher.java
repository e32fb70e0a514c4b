package io.lockstep.testkit.cli;

import io.lockstep.client.ClientConfig;
import io.lockstep.client.EmbeddedDriverMode;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.codecs.ResultCode;
import io.lockstep.testkit.compare.MessageFile;
import io.lockstep.wire.MessageHeaders;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Publishes all lines on a schedule and writes what it published to a file. Runs on its own thread, which owns the
 * client; counts may be read from others.
 */
final class DemoPublisher implements Runnable {
    private static final int WINDOW = 4_096;
    private static final long IDLE_NS = TimeUnit.MICROSECONDS.toNanos(100);

    private final String nodes;
    private final LineSource source;
    private final long intervalNs;
    private final Path file;
    private final SendTimes times;
    private final AckGaps gaps;
    private volatile long accepted;
    private volatile boolean isStopped;
    private volatile boolean isComplete;
    private volatile Throwable failure;

    DemoPublisher(
            final String nodes,
            final LineSource source,
            final int rate,
            final Path file,
            final SendTimes times,
            final AckGaps gaps) {
        this.nodes = nodes;
        this.source = source;
        this.intervalNs = TimeUnit.SECONDS.toNanos(1) / rate;
        this.file = file;
        this.times = times;
        this.gaps = gaps;
    }

    @Override
    public void run() {
        final ClientConfig config = new ClientConfig()
                .nodes(nodes)
                .clientName("demo-publisher")
                .embeddedDriverMode(EmbeddedDriverMode.INVOKER);
        try (MessageFile sent = MessageFile.create(file);
                LockstepClient client = LockstepClient.connect(config);
                Publisher publisher = client.addPublisher(new PublisherConfig().window(WINDOW), new Answers())) {
            publishAll(client, publisher, sent);
        } catch (final RuntimeException ex) {
            failure = ex;
        }
    }

    void stop() {
        isStopped = true;
    }

    long accepted() {
        return accepted;
    }

    /** Whether all lines are accepted and the file is closed. */
    boolean isComplete() {
        return isComplete;
    }

    /** What ended the thread, or null. */
    Throwable failure() {
        return failure;
    }

    private void publishAll(final LockstepClient client, final Publisher publisher, final MessageFile sent) {
        // Shards connect and the producer opens before the clock starts, so that this is no part of the latency.
        for (int shardId = 0; shardId < client.shardCount(); shardId++) {
            publisher.open(shardId);
        }
        while (!isStopped && !isOpen(client, publisher)) {
            idle(client.doWork());
        }
        final long startNs = System.nanoTime();
        final UnsafeBuffer payload = new UnsafeBuffer(0, 0);
        int index = 0;
        while (!isStopped && accepted < source.count()) {
            int work = client.doWork();
            while (index < source.count() && System.nanoTime() - (startNs + index * intervalNs) >= 0) {
                final long sequence = index + 1L;
                times.onSend(sequence, startNs + index * intervalNs);
                payload.wrap(source.line(index));
                if (!offer(publisher, source.topic(index), sequence, payload)) {
                    break;
                }
                sent.append(sequence, source.topic(index), payload, 0, payload.capacity());
                index++;
                work++;
            }
            if (publisher.isClosed()) {
                throw new IllegalStateException("the publisher closed: " + publisher.closeReason());
            }
            idle(work);
        }
        isComplete = accepted == source.count();
    }

    private static boolean offer(
            final Publisher publisher, final String topic, final long sequence, final DirectBuffer payload) {
        final byte[] headers = MessageHeaders.encode(Map.of(SendTimes.SEQUENCE_HEADER, Long.toString(sequence)));
        final long result =
                publisher.offer(topic, MessageHeaders.wrap(headers), 0, headers.length, payload, 0, payload.capacity());
        if (result == Publisher.BAD_TOPIC || result == Publisher.TOO_LARGE) {
            throw new IllegalStateException("line " + sequence + " cannot be published on " + topic + ": "
                    + (result == Publisher.TOO_LARGE ? "it is too long" : "this is no topic"));
        }
        return result > 0;
    }

    private static boolean isOpen(final LockstepClient client, final Publisher publisher) {
        for (int shardId = 0; shardId < client.shardCount(); shardId++) {
            if (!publisher.isOpen(shardId)) {
                return false;
            }
        }
        return true;
    }

    private static void idle(final int work) {
        if (work == 0) {
            LockSupport.parkNanos(IDLE_NS);
        }
    }

    private final class Answers implements PublishListener {
        private long count;

        @Override
        public void onAccepted(final long messageId, final int shardId, final long position) {
            gaps.onAck(shardId, System.nanoTime());
            accepted = ++count;
        }

        @Override
        public void onRefused(final long messageId, final ResultCode code, final long detail) {
            throw new IllegalStateException("line " + messageId + " was refused: " + code + ", detail " + detail);
        }

        @Override
        public void onUnknown(final long messageId, final String reason) {
            if (failure == null) {
                failure = new IllegalStateException("the fate of line " + messageId + " is unknown: " + reason);
            }
        }
    }
}
