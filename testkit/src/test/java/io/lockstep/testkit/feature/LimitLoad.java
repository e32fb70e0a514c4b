package io.lockstep.testkit.feature;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.client.LockstepClient;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.RateLimitPolicy;
import io.lockstep.client.TopicState;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import io.lockstep.testkit.Await;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.agrona.CloseHelper;

/**
 * A producer that has used up its quota of topics and tries on, and one that publishes as fast as its rate allows. The limits
 * are those of the cluster, so they hold for all other loads too, which stay far below.
 */
public final class LimitLoad implements FeatureLoad {
    private static final int RATE = 30;
    private static final int QUOTA = 40;
    private static final long PRODUCER_ID = 77_001;
    // So long that a command of a publisher, of 8 KiB, holds few, and yet more than a slow machine commits between two.
    private static final String FILLER = "x".repeat(200);
    private static final int MESSAGES_OF_A_COMMAND = 48;
    private static final int MESSAGES_AT_ONCE = 2 * RATE;

    private LockstepClient client;
    private Sender eager;
    private Sender fast;
    private int tries;
    private long refusedByQuota;
    private long refusedByRate;
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
        client.settings().change(EngineSetting.PRODUCER_RATE, RATE, TIMEOUT_NS);
        eager = newEager(client);
        fast = new Sender(
                client, new PublisherConfig().onRateLimit(RateLimitPolicy.REFUSE), Sender.RefusalHandler.NONE_EXPECTED);
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
            publishFast();
        }
    }

    // Both limits must be felt again and again, so this grows only where both refuse.
    @Override
    public long doneCount() {
        return Math.min(refusedByQuota, refusedByRate) * 5;
    }

    @Override
    public boolean isSettled() {
        return eager.waitingCount() == 0 && fast.waitingCount() == 0;
    }

    @Override
    public void check() {
        for (final Map<EngineSetting, Long> settings : client.settings().list(TIMEOUT_NS)) {
            assertEquals(RATE, settings.get(EngineSetting.PRODUCER_RATE));
            assertEquals(QUOTA, settings.get(EngineSetting.PRODUCER_TOPICS));
        }
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

        final List<JournalCopy.Entry> journal = JournalCopy.read(client, "rate/fast");
        assertEquals(fast.accepted(), JournalCopy.texts(journal));
        LimitJudge.checkRate(
                journal.stream().map(JournalCopy.Entry::timestampNs).toList(), RATE, MESSAGES_OF_A_COMMAND);
    }

    @Override
    public String counts() {
        return eager == null || fast == null
                ? "not connected"
                : eager.accepted().size() + " topics made, " + refusedByQuota + " refused; "
                        + fast.accepted().size() + " published as fast as the rate allows, refused " + refusedByRate
                        + " times";
    }

    @Override
    public void close() {
        CloseHelper.quietClose(client);
    }

    private Sender newEager(final LockstepClient owner) {
        return new Sender(owner, new PublisherConfig().producerId(PRODUCER_ID), this::onRefused);
    }

    private void onRefused(final String text, final ResultCode code, final long detail) {
        LimitJudge.checkRefusal(text, code, detail, QUOTA);
        refusedByQuota++;
    }

    // One at a time: what is offered behind a refusal is refused for that reason.
    private void tryNewTopic(final Sender sender) {
        if (sender.waitingCount() == 0 && sender.offer("quota/" + tries, "try " + tries)) {
            tries++;
        }
    }

    private void publishFast() {
        long result = 0;
        for (int i = 0; i < MESSAGES_AT_ONCE && result != Publisher.RATE_LIMITED; i++) {
            result = fast.offerRaw("rate/fast", Sender.NO_OPTIONS, sent + " " + FILLER);
            sent += result > 0 ? 1 : 0;
            client.doWork();
        }
        refusedByRate += result == Publisher.RATE_LIMITED ? 1 : 0;
    }
}
