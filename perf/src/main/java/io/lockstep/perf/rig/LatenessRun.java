package io.lockstep.perf.rig;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.ClientConfig;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.Message;
import io.lockstep.client.MessageOptions;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.codecs.ResultCode;
import io.lockstep.testkit.process.ProcessCluster;
import java.util.BitSet;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.agrona.CloseHelper;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.HighResolutionClock;
import org.agrona.concurrent.IdleStrategy;

/**
 * Publishes messages with random delays by schedule and sees when they come: by the timestamp of their record, which is
 * cluster time, and by the wall clock of the one who reads. One thread publishes and consumes.
 */
final class LatenessRun implements AutoCloseable {
    /**
     * What a load gave.
     *
     * @param released   from the due time to the record's timestamp, in ns.
     * @param received   from the due time to the wall clock at the reader, in ns.
     * @param earlyCount messages whose record is older than their due time, or that were there before their delay was over by
     *                   more than the cluster clock may have been slewed.
     * @param failure    why it does not count; empty where it does.
     */
    record Result(Histogram released, Histogram received, long earlyCount, String failure) {}

    private static final String TOPIC = "bench/lateness";
    private static final String BESIDE_TOPIC = "bench/beside";
    private static final int POLL_LIMIT = 64;
    private static final int MAX_BURST = 16;
    private static final int WINDOW = 4096;
    // Longer than any run: they are held back all the time.
    private static final long BESIDE_DELAY_MS = TimeUnit.DAYS.toMillis(1);
    // Nodes draw cluster time to wall time by at most 5 ms a second, and leaders may change on the way.
    private static final long SLEW_PER_SECOND_NS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long HIGHEST_NS = TimeUnit.MINUTES.toNanos(10);
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(120);
    private static final long MIN_PARK_NS = 1_000;
    private static final long MAX_PARK_NS = 50_000;

    private final LockstepClient client;
    private final Publisher publisher;
    private final Subscriber subscriber;
    private final MessageOptions messageOptions = new MessageOptions();
    private final LoadPayload payload;
    private final int lengthBytes;
    private final Random random;
    private final IdleStrategy idleStrategy = new BackoffIdleStrategy(0, 0, MIN_PARK_NS, MAX_PARK_NS);
    private final BitSet seen = new BitSet();
    private Histogram released = newHistogram();
    private Histogram received = newHistogram();
    private long publishedCount;
    private long acceptedCount;
    private long offeredCount;
    private long earlyCount;
    private long seenCount;
    private String fault;

    LatenessRun(final ProcessCluster cluster, final int lengthBytes, final long seed) {
        this.lengthBytes = lengthBytes;
        this.payload = new LoadPayload(lengthBytes, -ProcessHandle.current().pid());
        this.random = new Random(seed);
        client = LockstepClient.connect(
                new ClientConfig().nodes(cluster.nodes()).clientName("lateness").connectTimeoutNs(TIMEOUT_NS));
        try {
            subscriber = client.addSubscriber(
                    new SubscriberConfig().filter(TOPIC).start(StartPosition.start()), this::onMessage);
            publisher = client.addPublisher(new PublisherConfig().window(WINDOW).deadlineNs(TIMEOUT_NS), new Fates());
            publisher.open(LockstepRig.SHARD_ID);
            final long deadlineNs = System.nanoTime() + TIMEOUT_NS;
            while (!publisher.isOpen(LockstepRig.SHARD_ID) || !subscriber.isConnected()) {
                if (System.nanoTime() - deadlineNs > 0) {
                    throw new IllegalStateException("the publisher and the subscriber were not at work within "
                            + TimeUnit.NANOSECONDS.toSeconds(TIMEOUT_NS) + " s");
                }
                idleStrategy.idle(subscriber.poll(POLL_LIMIT));
            }
        } catch (final RuntimeException ex) {
            client.close();
            throw ex;
        }
    }

    /**
     * Publishes messages that stay held back.
     *
     * @param count of them.
     * @return why it failed, or empty.
     */
    String holdBack(final int count) {
        final long giveUpNs = System.nanoTime() + TIMEOUT_NS;
        int sent = 0;
        while ((sent < count || acceptedCount < offeredCount) && fault == null && System.nanoTime() - giveUpNs < 0) {
            messageOptions.clear().delayMs(BESIDE_DELAY_MS);
            final boolean isTaken = sent < count
                    && Publisher.isTaken(
                            publisher.offer(BESIDE_TOPIC, messageOptions, payload.of(sent, 0), 0, lengthBytes));
            if (isTaken) {
                sent++;
                offeredCount++;
            } else {
                idleStrategy.idle(subscriber.poll(POLL_LIMIT));
            }
        }
        if (fault != null) {
            return fault;
        }
        return sent < count || acceptedCount < offeredCount
                ? "only " + acceptedCount + " of " + count + " messages were held back"
                : "";
    }

    /**
     * Publishes for a while and waits until everything came.
     *
     * @param ratePerSecond of messages.
     * @param durationNs    of the load.
     * @param minDelayMs    shortest delay.
     * @param maxDelayMs    longest delay.
     * @return what was seen.
     */
    Result run(final long ratePerSecond, final long durationNs, final int minDelayMs, final int maxDelayMs) {
        released = newHistogram();
        received = newHistogram();
        earlyCount = 0;
        final SendSchedule schedule = new SendSchedule(System.nanoTime() + 1, ratePerSecond);
        final long total = schedule.countWithin(durationNs);
        final long giveUpNs = schedule.dueNs(total) + TimeUnit.MILLISECONDS.toNanos(maxDelayMs) + TIMEOUT_NS;
        final long wanted = publishedCount + total;
        long sent = 0;
        while ((sent < total || seenCount < wanted) && fault == null && System.nanoTime() - giveUpNs < 0) {
            int workCount = 0;
            while (workCount < MAX_BURST && sent < total && schedule.dueNs(sent) - System.nanoTime() <= 0) {
                final int delayMs = minDelayMs + random.nextInt(maxDelayMs - minDelayMs + 1);
                if (!offer(delayMs)) {
                    break;
                }
                sent++;
                workCount++;
            }
            idleStrategy.idle(subscriber.poll(POLL_LIMIT) + workCount);
        }
        return new Result(released, received, earlyCount, failure(wanted));
    }

    @Override
    public void close() {
        CloseHelper.close(client);
    }

    private boolean offer(final int delayMs) {
        messageOptions.clear().delayMs(delayMs);
        final long soonestNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(delayMs) - slewNs(delayMs);
        if (!Publisher.isTaken(
                publisher.offer(TOPIC, messageOptions, payload.of(publishedCount, soonestNs), 0, lengthBytes))) {
            return false;
        }
        publishedCount++;
        offeredCount++;
        return true;
    }

    private void onMessage(final Message message) {
        final long dueNs = TimeUnit.MILLISECONDS.toNanos(message.dueMs());
        final long releasedNs = message.timestampNs() - dueNs;
        final long receivedNs = HighResolutionClock.epochNanos() - dueNs;
        final long soonestNs = LoadPayload.dueNs(message.buffer(), message.payloadOffset());
        if (releasedNs < 0 || System.nanoTime() - soonestNs < 0) {
            earlyCount++;
        }
        released.recordValue(inRange(releasedNs));
        received.recordValue(inRange(receivedNs));
        final int index = Math.toIntExact(LoadPayload.index(message.buffer(), message.payloadOffset()));
        if (seen.get(index)) {
            fault = "message " + index + " came twice";
        }
        seen.set(index);
        seenCount++;
    }

    private String failure(final long wanted) {
        if (fault != null) {
            return fault;
        }
        if (publishedCount < wanted) {
            return "only " + publishedCount + " of " + wanted + " messages could be sent";
        }
        if (seenCount < wanted) {
            return "only " + seenCount + " of " + wanted + " messages came";
        }
        return earlyCount > 0 ? earlyCount + " messages came early" : "";
    }

    private static long slewNs(final int delayMs) {
        return SLEW_PER_SECOND_NS * (2 + TimeUnit.MILLISECONDS.toSeconds(delayMs));
    }

    private static long inRange(final long valueNs) {
        return Math.min(Math.max(valueNs, 0), HIGHEST_NS);
    }

    private static Histogram newHistogram() {
        return new Histogram(1, HIGHEST_NS, 3);
    }

    /** Any refusal or unknown fate ends the run. */
    private final class Fates implements PublishListener {
        @Override
        public void onAccepted(final long messageId, final int shardId, final long position) {
            acceptedCount++;
        }

        @Override
        public void onRefused(final long messageId, final ResultCode code, final long detail) {
            fault = "message " + messageId + " was refused with " + code + ", detail " + detail;
        }

        @Override
        public void onUnknown(final long messageId, final String reason) {
            fault = "the fate of message " + messageId + " is unknown: " + reason;
        }
    }
}
