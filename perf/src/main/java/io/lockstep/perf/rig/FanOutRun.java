package io.lockstep.perf.rig;

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
import io.lockstep.testkit.process.ProcessCluster;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.agrona.CloseHelper;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

/**
 * Many consumers of one topic in one client, some of which stop for a while. Messages go out by schedule; each delivery to
 * each consumer that does not stop counts, from the scheduled time. One thread publishes and consumes.
 */
final class FanOutRun implements AutoCloseable {
    /** What one half of a pair gave. */
    record Half(Histogram histogram, long publishedCount, long deliveredCount, long catchUpNs, String failure) {}

    private static final String TOPIC = "bench/fan-out";
    private static final int POLL_LIMIT = 64;
    private static final int MAX_BURST = 16;
    private static final int WINDOW = 4096;
    private static final long HIGHEST_LATENCY_NS = TimeUnit.MINUTES.toNanos(10);
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(120);
    private static final long MIN_PARK_NS = 1_000;
    private static final long MAX_PARK_NS = 50_000;

    private final LockstepClient client;
    private final Publisher publisher;
    private final List<Consumer> consumers = new ArrayList<>();
    private final LoadPayload payload;
    private final int lengthBytes;
    private final IdleStrategy idleStrategy = new BackoffIdleStrategy(0, 0, MIN_PARK_NS, MAX_PARK_NS);
    private Histogram histogram = newHistogram();
    private long publishedCount;
    private String fault;

    FanOutRun(final ProcessCluster cluster, final int consumerCount, final int lengthBytes) {
        this.lengthBytes = lengthBytes;
        this.payload = new LoadPayload(lengthBytes, -ProcessHandle.current().pid());
        client = LockstepClient.connect(
                new ClientConfig().nodes(cluster.nodes()).clientName("fan-out").connectTimeoutNs(TIMEOUT_NS));
        try {
            for (int i = 0; i < consumerCount; i++) {
                consumers.add(new Consumer());
            }
            publisher = client.addPublisher(new PublisherConfig().window(WINDOW).deadlineNs(TIMEOUT_NS), new Fates());
            publisher.open(LockstepRig.SHARD_ID);
            final long deadlineNs = System.nanoTime() + TIMEOUT_NS;
            while (!publisher.isOpen(LockstepRig.SHARD_ID) || !areConnected()) {
                if (System.nanoTime() - deadlineNs > 0) {
                    throw new IllegalStateException("the publisher and " + consumerCount
                            + " consumers were not at work within " + TimeUnit.NANOSECONDS.toSeconds(TIMEOUT_NS)
                            + " s");
                }
                idleStrategy.idle(poll(0));
            }
        } catch (final RuntimeException ex) {
            client.close();
            throw ex;
        }
    }

    /**
     * Publishes for a while, during which the first consumers stand still; then lets them catch up.
     *
     * @param ratePerSecond of messages.
     * @param durationNs    of the load.
     * @param stoppedCount  number of consumers that are not polled meanwhile.
     * @return what the others saw.
     */
    Half run(final long ratePerSecond, final long durationNs, final int stoppedCount) {
        histogram = newHistogram();
        final long firstIndex = publishedCount;
        final long deliveredBefore = deliveredCount(stoppedCount);
        final SendSchedule schedule = new SendSchedule(System.nanoTime() + 1, ratePerSecond);
        final long total = schedule.countWithin(durationNs);
        final long giveUpNs = schedule.dueNs(total) + TIMEOUT_NS;
        long sent = 0;
        while (sent < total && fault == null && System.nanoTime() - giveUpNs < 0) {
            int workCount = 0;
            while (workCount < MAX_BURST && sent < total && schedule.dueNs(sent) - System.nanoTime() <= 0) {
                final long dueNs = schedule.dueNs(sent);
                if (publisher.offer(TOPIC, payload.of(firstIndex + sent, dueNs), 0, lengthBytes) <= 0) {
                    break;
                }
                sent++;
                workCount++;
            }
            publishedCount = firstIndex + sent;
            idleStrategy.idle(poll(stoppedCount) + workCount);
        }
        awaitAll(stoppedCount);
        final Histogram seen = histogram;
        final long delivered = deliveredCount(stoppedCount) - deliveredBefore;
        // From here on nothing counts: those that stood still catch up.
        histogram = newHistogram();
        final long catchUpBeginNs = System.nanoTime();
        awaitAll(0);
        final long catchUpNs = System.nanoTime() - catchUpBeginNs;
        return new Half(seen, sent, delivered, stoppedCount == 0 ? 0 : catchUpNs, failure(total, sent));
    }

    @Override
    public void close() {
        CloseHelper.close(client);
    }

    private String failure(final long wanted, final long sent) {
        if (fault != null) {
            return fault;
        }
        if (sent < wanted) {
            return "only " + sent + " of " + wanted + " messages could be sent";
        }
        for (final Consumer consumer : consumers) {
            if (consumer.disorderCount > 0) {
                return "a consumer saw " + consumer.disorderCount + " messages missing, twice or out of order";
            }
            if (consumer.nextIndex != publishedCount) {
                return "a consumer saw " + consumer.nextIndex + " of " + publishedCount + " messages";
            }
        }
        return "";
    }

    private long deliveredCount(final int skipped) {
        long count = 0;
        for (int i = skipped; i < consumers.size(); i++) {
            count += consumers.get(i).nextIndex;
        }
        return count;
    }

    private int poll(final int skipped) {
        int workCount = skipped == consumers.size() ? client.doWork() : 0;
        for (int i = skipped; i < consumers.size(); i++) {
            workCount += consumers.get(i).subscriber.poll(POLL_LIMIT);
        }
        return workCount;
    }

    private void awaitAll(final int skipped) {
        final long deadlineNs = System.nanoTime() + TIMEOUT_NS;
        while (!haveAll(skipped) && fault == null && System.nanoTime() - deadlineNs < 0) {
            idleStrategy.idle(poll(skipped));
        }
    }

    private boolean haveAll(final int skipped) {
        for (int i = skipped; i < consumers.size(); i++) {
            if (consumers.get(i).nextIndex < publishedCount) {
                return false;
            }
        }
        return true;
    }

    private boolean areConnected() {
        for (final Consumer consumer : consumers) {
            if (!consumer.subscriber.isConnected()) {
                return false;
            }
        }
        return true;
    }

    private static Histogram newHistogram() {
        return new Histogram(1, HIGHEST_LATENCY_NS, 3);
    }

    /** One consumer, which knows what comes next. */
    private final class Consumer {
        private final Subscriber subscriber;
        private long nextIndex;
        private long disorderCount;

        private Consumer() {
            subscriber = client.addSubscriber(
                    new SubscriberConfig().filter(TOPIC).start(StartPosition.start()), this::onMessage);
        }

        private void onMessage(final Message message) {
            final long index = LoadPayload.index(message.buffer(), message.payloadOffset());
            if (index != nextIndex) {
                disorderCount++;
            }
            nextIndex = index + 1;
            final long latencyNs = System.nanoTime() - LoadPayload.dueNs(message.buffer(), message.payloadOffset());
            histogram.recordValue(Math.min(Math.max(latencyNs, 1), HIGHEST_LATENCY_NS));
        }
    }

    /** Any refusal or unknown fate ends the run. */
    private final class Fates implements PublishListener {
        @Override
        public void onAccepted(final long messageId, final int shardId, final long position) {}

        @Override
        public void onRefused(final long messageId, final ResultCode code, final long detail) {
            fault = "message " + messageId + " was refused with " + code;
        }

        @Override
        public void onUnknown(final long messageId, final String reason) {
            fault = "the fate of message " + messageId + " is unknown: " + reason;
        }
    }
}
