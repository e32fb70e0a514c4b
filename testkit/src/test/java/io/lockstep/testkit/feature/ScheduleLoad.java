package io.lockstep.testkit.feature;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.Message;
import io.lockstep.client.MessageOptions;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.testkit.Await;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;

/** Messages that are delayed, some of which are cancelled, and messages that expire. */
public final class ScheduleLoad implements FeatureLoad {
    private static final int BATCH = 10;
    private static final int BATCHES_TO_A_CANCEL = 5;
    private static final int SHORT_MS = 200;
    private static final int LASTING_MS = 3_600_000;
    private static final int LEAST_DELAY_MS = 100;
    private static final int GREATEST_DELAY_MS = 6_000;
    private static final long NS_IN_MS = 1_000_000;

    private final ScheduleLedger ledger = new ScheduleLedger();
    private final ExpiryJudge expiries = new ExpiryJudge();
    private final MessageOptions options = new MessageOptions();
    private LockstepClient client;
    private Publisher publisher;
    private Sender sender;
    private Subscriber subscriber;
    private int batches;
    private int expiring;
    private long deliveredInTime;
    private long lastShortMs;

    @Override
    public String name() {
        return "time";
    }

    @Override
    public int ratePerSecond() {
        return 2;
    }

    @Override
    public void start(final ClientSupplier clients) {
        client = clients.connect();
        publisher = client.addPublisher(new PublisherConfig().deadlineNs(2 * TIMEOUT_NS), ledger);
        sender = new Sender(client);
        subscriber = client.addSubscriber(
                new SubscriberConfig().filter("expiring/#").start(StartPosition.start()), this::onExpiring);
    }

    @Override
    public void turn(final boolean mayOffer) {
        client.doWork();
        subscriber.poll(64);
        if (mayOffer) {
            for (int i = 0; i < 4; i++) {
                offerExpiring();
            }
            ledger.publish(client, publisher, BATCH, LEAST_DELAY_MS, GREATEST_DELAY_MS);
            batches++;
            if (batches % BATCHES_TO_A_CANCEL == 0) {
                ledger.cancelSome(client, publisher);
            }
        }
    }

    @Override
    public long doneCount() {
        return ledger.acceptedCount();
    }

    @Override
    public boolean isSettled() {
        return sender.waitingCount() == 0 && System.currentTimeMillis() > lastShortMs + 2_000;
    }

    @Override
    public void check() {
        assertEquals(expiring, JournalCopy.read(client, "expiring/#").size());
        final List<String> gotLate = new ArrayList<>();
        try (Subscriber late = client.addSubscriber(
                new SubscriberConfig().filter("expiring/#").start(StartPosition.start()),
                message -> gotLate.add(message.payloadText()))) {
            Await.await(
                    "a late subscriber to pass over what is expired",
                    60,
                    () -> {
                        late.poll(1_000);
                        return gotLate.size() + late.expiredCount() >= expiring && JournalCopy.isAtEnd(client, late);
                    },
                    () -> gotLate.size() + " came, " + late.expiredCount() + " were passed over");
            expiries.check(gotLate, late.expiredCount());
        }
        ledger.awaitAndReadAll(client);
    }

    @Override
    public String counts() {
        return ledger.acceptedCount() + " held back, " + ledger.cancelledCount() + " of them cancelled; "
                + expiries.lastingCount() + " that last and " + expiries.shortCount() + " that expire, "
                + deliveredInTime + " of all delivered in time";
    }

    @Override
    public void close() {
        CloseHelper.quietClose(client);
    }

    private void offerExpiring() {
        final String text = Integer.toString(expiring);
        final boolean isLasting = expiring % 2 == 0;
        final int expiryMs = isLasting ? LASTING_MS : SHORT_MS;
        if (sender.offer("expiring/" + expiring / 2 % 4, options.clear().expireAfterMs(expiryMs), text)) {
            expiries.onPublished(text, isLasting);
            expiring++;
            lastShortMs = System.currentTimeMillis() + SHORT_MS;
        }
    }

    // The clocks of this process and of the nodes are the same one.
    private void onExpiring(final Message message) {
        deliveredInTime++;
        expiries.onDelivered(
                message.payloadText(),
                message.timestampNs() + message.expiryMs() * NS_IN_MS,
                TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()));
    }
}
