package io.lockstep.testkit.feature;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.client.LockstepClient;
import io.lockstep.client.MessageOptions;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.RateLimitPolicy;
import io.lockstep.client.ScheduledMessage;
import io.lockstep.client.TopicState;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import io.lockstep.testkit.Await;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.agrona.CloseHelper;

/**
 * Producers that have used up their quota of topics, or of messages that are held back, and try on; one that publishes as fast
 * as its rate allows, and one as fast as the rate of its topic in bytes does. The limits are those of the cluster, so they
 * hold for all other loads too, which stay far below.
 */
public final class LimitLoad implements FeatureLoad {
    private static final int RATE = 30;
    private static final int QUOTA = 40;
    // More than the load that publishes for later has at once.
    private static final int HELD = 400;
    private static final int BYTE_RATE = 32_000;
    private static final long PRODUCER_ID = 77_001;
    private static final long PATIENT_PRODUCER_ID = 77_002;
    private static final long HELD_FOR_MS = 3_600_000;
    // So long that a command of a publisher, of 8 KiB, holds few, and yet more than a slow machine commits between two.
    private static final String FILLER = "x".repeat(200);
    private static final int MESSAGES_OF_A_COMMAND = 48;
    private static final int MESSAGES_AT_ONCE = 2 * RATE;
    private static final String LONG_FILLER = "x".repeat(4_000);
    private static final int LONG_MESSAGES_AT_ONCE = 16;
    // A command, and one message that goes beyond.
    private static final int BYTES_OF_A_COMMAND = 3 * 4_096;

    private final MessageOptions later = new MessageOptions().delayMs(HELD_FOR_MS);
    private LockstepClient client;
    private Sender eager;
    private Sender patient;
    private Sender fast;
    private Sender heavy;
    private int tries;
    private long refusedByQuota;
    private long refusedByHeld;
    private long refusedByRate;
    private long refusedByByteRate;
    private int sent;

    @Override
    public String name() {
        return "limits";
    }

    @Override
    public int ratePerSecond() {
        return 5;
    }

    @Override
    public void start(final ClientSupplier clients) {
        client = clients.connect();
        client.settings().change(EngineSetting.PRODUCER_TOPICS, QUOTA, TIMEOUT_NS);
        client.settings().change(EngineSetting.PRODUCER_SCHEDULED, HELD, TIMEOUT_NS);
        patient = new Sender(client, new PublisherConfig().producerId(PATIENT_PRODUCER_ID), this::onHeldRefused);
        Await.await(
                "all messages to be held back",
                120,
                () -> {
                    tryToHold();
                    client.doWork();
                    return refusedByHeld > 0;
                },
                this::counts);
        client.settings().change(EngineSetting.PRODUCER_RATE, RATE, TIMEOUT_NS);
        client.settings().change(EngineSetting.TOPIC_BYTE_RATE, BYTE_RATE, TIMEOUT_NS);
        eager = newEager(client);
        fast = newRefusing();
        heavy = newRefusing();
        Await.await(
                "all topics of the quota",
                120,
                () -> {
                    tryNewTopic(eager);
                    client.doWork();
                    return refusedByQuota > 20 && eager.accepted().size() >= QUOTA * client.shardCount();
                },
                this::counts);
    }

    @Override
    public void turn(final boolean mayOffer) {
        client.doWork();
        if (mayOffer) {
            tryNewTopic(eager);
            tryToHold();
            refusedByRate += refusals(fast, "rate/fast", FILLER, MESSAGES_AT_ONCE);
            refusedByByteRate += refusals(heavy, "rate/heavy", LONG_FILLER, LONG_MESSAGES_AT_ONCE);
        }
    }

    // All limits must be felt again and again, so this grows only where all refuse.
    @Override
    public long doneCount() {
        return Math.min(Math.min(refusedByQuota, refusedByHeld), Math.min(refusedByRate, refusedByByteRate)) * 5;
    }

    @Override
    public boolean isSettled() {
        return Stream.of(eager, patient, fast, heavy).allMatch(sender -> sender.waitingCount() == 0);
    }

    @Override
    public void check() {
        for (final Map<EngineSetting, Long> settings : client.settings().list(TIMEOUT_NS)) {
            assertEquals(RATE, settings.get(EngineSetting.PRODUCER_RATE));
            assertEquals(QUOTA, settings.get(EngineSetting.PRODUCER_TOPICS));
            assertEquals(HELD, settings.get(EngineSetting.PRODUCER_SCHEDULED));
            assertEquals(BYTE_RATE, settings.get(EngineSetting.TOPIC_BYTE_RATE));
        }
        checkTopics();
        checkHeld();
        checkRates();
    }

    @Override
    public String counts() {
        return heavy == null
                ? "not connected, " + refusedByHeld + " refused to be held back"
                : eager.accepted().size() + " topics made, " + refusedByQuota + " refused; "
                        + patient.accepted().size() + " held back, " + refusedByHeld + " refused; "
                        + fast.accepted().size() + " published as fast as the rate allows, refused " + refusedByRate
                        + " times; " + heavy.accepted().size() + " as fast as that in bytes allows, refused "
                        + refusedByByteRate + " times";
    }

    @Override
    public void close() {
        CloseHelper.quietClose(client);
    }

    private void checkTopics() {
        // The quota belongs to the producer, not to its connection.
        eager.publisher().close();
        final long before = refusedByQuota;
        final Sender again = newEager(client);
        Await.await(
                "a refusal",
                60,
                () -> {
                    tryNewTopic(again);
                    client.doWork();
                    return refusedByQuota >= before + 2L * client.shardCount() && again.waitingCount() == 0;
                },
                this::counts);
        assertEquals(List.of(), again.accepted());
        final List<TopicState> made = client.topics().list("quota/#", TIMEOUT_NS);
        LimitJudge.checkTopics(
                IntStream.range(0, client.shardCount())
                        .mapToObj(shardId -> made.stream()
                                .filter(topic -> topic.shardId() == shardId)
                                .count())
                        .toList(),
                QUOTA);
        final Sender other = new Sender(client);
        Await.await("a message to be taken", () -> other.offer("quota/of another", "x"));
        assertTrue(other.publisher().drain(TIMEOUT_NS));
        assertEquals(1, other.accepted().size());
    }

    /** What is held back is exactly the quota, and one that is cancelled makes room for one more. */
    private void checkHeld() {
        final List<ScheduledMessage> held = client.schedules().list("held/#", TIMEOUT_NS);
        LimitJudge.checkHeld(held.size(), patient.accepted().size(), HELD);
        final ScheduledMessage first = held.get(0);
        assertEquals(
                ResultCode.ACCEPTED,
                client.schedules()
                        .cancel(first.shardId(), first.position(), TIMEOUT_NS)
                        .code());
        final long before = refusedByHeld;
        Await.await(
                "one more to be held back, and no other",
                60,
                () -> {
                    tryToHold();
                    client.doWork();
                    return refusedByHeld > before && patient.waitingCount() == 0;
                },
                this::counts);
        assertEquals(HELD + 1, patient.accepted().size());
        assertEquals(HELD, client.schedules().list("held/#", TIMEOUT_NS).size());
    }

    private void checkRates() {
        final List<JournalCopy.Entry> journal = JournalCopy.read(client, "rate/fast");
        assertEquals(fast.accepted(), JournalCopy.texts(journal));
        LimitJudge.checkRate(
                journal.stream().map(JournalCopy.Entry::timestampNs).toList(), RATE, MESSAGES_OF_A_COMMAND);
        final List<JournalCopy.Entry> longOnes = JournalCopy.read(client, "rate/heavy");
        assertEquals(heavy.accepted(), JournalCopy.texts(longOnes));
        LimitJudge.checkByteRate(
                longOnes.stream().map(JournalCopy.Entry::timestampNs).toList(),
                longOnes.stream().map(entry -> entry.text().length()).toList(),
                BYTE_RATE,
                BYTES_OF_A_COMMAND);
    }

    private Sender newRefusing() {
        return new Sender(
                client, new PublisherConfig().onRateLimit(RateLimitPolicy.REFUSE), Sender.RefusalHandler.NONE_EXPECTED);
    }

    private Sender newEager(final LockstepClient owner) {
        return new Sender(owner, new PublisherConfig().producerId(PRODUCER_ID), this::onRefused);
    }

    private void onRefused(final String text, final ResultCode code, final long detail) {
        LimitJudge.checkRefusal(text, ResultCode.TOO_MANY_TOPICS_OF_PRODUCER, code, detail, QUOTA);
        refusedByQuota++;
    }

    private void onHeldRefused(final String text, final ResultCode code, final long detail) {
        LimitJudge.checkRefusal(text, ResultCode.TOO_MANY_SCHEDULED_OF_PRODUCER, code, detail, HELD);
        refusedByHeld++;
    }

    private void tryToHold() {
        // Until the first refusal as many as may be, then one at a time: what is offered behind one is refused for it.
        final boolean mayOffer =
                patient.accepted().size() + patient.waitingCount() < HELD || patient.waitingCount() == 0;
        if (mayOffer && patient.offer("held/for later", later, "later " + tries)) {
            tries++;
        }
    }

    // One at a time: what is offered behind a refusal is refused for that reason.
    private void tryNewTopic(final Sender sender) {
        if (sender.waitingCount() == 0 && sender.offer("quota/" + tries, "try " + tries)) {
            tries++;
        }
    }

    /** Publishes until the rate is used up. */
    private int refusals(final Sender sender, final String topic, final String filler, final int messagesAtOnce) {
        long result = 0;
        for (int i = 0; i < messagesAtOnce && result != Publisher.RATE_LIMITED; i++) {
            result = sender.offerRaw(topic, Sender.NO_OPTIONS, sent + " " + filler);
            sent += result > 0 ? 1 : 0;
            client.doWork();
        }
        return result == Publisher.RATE_LIMITED ? 1 : 0;
    }
}
