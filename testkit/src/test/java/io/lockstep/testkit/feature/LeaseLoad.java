package io.lockstep.testkit.feature;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.client.Lease;
import io.lockstep.client.LeaseListener;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.MessageOptions;
import io.lockstep.client.PublisherConfig;
import io.lockstep.codecs.ResultCode;
import io.lockstep.testkit.Await;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;

/**
 * Two controllers that want the lease of one topic: the holder releases it at times, stands still for longer than it lasts
 * at others and then publishes what it had decided before, and both publish with tokens of the past. Beside that they write
 * to a topic only where the other one has not written since.
 */
public final class LeaseLoad implements FeatureLoad {
    private static final String FENCED_TOPIC = "plant/7/setpoint";
    private static final String CONDITIONAL_TOPIC = "plant/7/config";
    private static final int MESSAGES_OF_A_HOLDER = 40;
    private static final long DURATION_NS = TimeUnit.MILLISECONDS.toNanos(1_500);

    private final Random random;
    private final LeaseJudge judge = new LeaseJudge();
    private final Map<ResultCode, Integer> refusals = new EnumMap<>(ResultCode.class);
    private final MessageOptions options = new MessageOptions();
    private Controller first;
    private Controller second;
    private long nextChange = MESSAGES_OF_A_HOLDER;
    private int pauses;
    private int offered;

    /**
     * A load.
     *
     * @param random chooses how a holder ends.
     */
    public LeaseLoad(final Random random) {
        this.random = random;
    }

    @Override
    public String name() {
        return "leases";
    }

    @Override
    public int ratePerSecond() {
        return 20;
    }

    @Override
    public void start(final ClientSupplier clients) {
        first = new Controller("first", clients);
        second = new Controller("second", clients);
    }

    @Override
    public void turn(final boolean mayOffer) {
        first.work();
        second.work();
        judge.onBelief(first.lease.isHeld(), second.lease.isHeld());
        if (mayOffer) {
            first.offer();
            second.offer();
            if (fencedCount() >= nextChange) {
                endHolder();
            }
        }
    }

    @Override
    public long doneCount() {
        return Math.min(fencedCount(), conditionalCount());
    }

    @Override
    public boolean isSettled() {
        return first.isAnswered() && second.isAnswered();
    }

    @Override
    public void check() {
        refuseAnOlderToken();
        final List<String> fenced = new ArrayList<>(first.fenced.accepted());
        fenced.addAll(second.fenced.accepted());
        LeaseJudge.checkFences(JournalCopy.read(first.client, FENCED_TOPIC), fenced);
        final List<String> conditional = new ArrayList<>(first.conditional.accepted());
        conditional.addAll(second.conditional.accepted());
        LeaseJudge.checkConditions(JournalCopy.read(first.client, CONDITIONAL_TOPIC), conditional);
        assertTrue(refusals.getOrDefault(ResultCode.FENCED, 0) > 0, refusals::toString);
        assertTrue(refusals.getOrDefault(ResultCode.EXPECTED_SEQUENCE_MISMATCH, 0) > 0, refusals::toString);
    }

    @Override
    public String counts() {
        return first == null || second == null
                ? "not connected"
                : fencedCount() + " accepted under " + judge.tokenCount() + " tokens, " + conditionalCount()
                        + " under a condition, " + pauses + " pauses, refused " + refusals;
    }

    @Override
    public void close() {
        CloseHelper.quietCloseAll(first, second);
    }

    private long fencedCount() {
        return (long) first.fenced.accepted().size() + second.fenced.accepted().size();
    }

    private long conditionalCount() {
        return (long) first.conditional.accepted().size()
                + second.conditional.accepted().size();
    }

    private void endHolder() {
        final Controller holder = first.lease.isHeld() ? first : second;
        if (holder.lease.isHeld()) {
            nextChange = fencedCount() + MESSAGES_OF_A_HOLDER;
            if (random.nextBoolean()) {
                holder.release();
            } else {
                holder.pausedUntilNs = System.nanoTime() + 2 * DURATION_NS;
                holder.isPaused = true;
                pauses++;
            }
        }
    }

    // Whatever chance did before: here one who had the lease publishes after another one got it.
    private void refuseAnOlderToken() {
        first.isPaused = false;
        second.isPaused = false;
        awaitHolding(first);
        final long older = first.lease.token();
        first.release();
        awaitHolding(second);
        assertTrue(second.lease.token() > older);
        final int before = refusals.getOrDefault(ResultCode.FENCED, 0);
        final int acceptedBefore = first.fenced.accepted().size();
        Await.await("a message to be taken", () -> first.publishFenced(older));
        Await.await("an answer", () -> {
            first.client.doWork();
            second.client.doWork();
            return first.isAnswered();
        });
        assertEquals(before + 1, refusals.get(ResultCode.FENCED));
        assertEquals(acceptedBefore, first.fenced.accepted().size());
    }

    private void awaitHolding(final Controller wanted) {
        final Controller other = wanted == first ? second : first;
        Await.await(
                "a controller to hold the lease",
                60,
                () -> {
                    first.client.doWork();
                    second.client.doWork();
                    if (other.lease.isHeld()) {
                        other.release();
                    }
                    return wanted.lease.isHeld();
                },
                this::counts);
    }

    /** One of those who want to control the topic. */
    private final class Controller implements LeaseListener, AutoCloseable {
        private final String name;
        private final LockstepClient client;
        private final Sender fenced;
        private final Sender conditional;
        private Lease lease;
        private long lastToken;
        private long pausedUntilNs;
        private boolean isPaused;
        private long knownSequence;

        private Controller(final String name, final ClientSupplier clients) {
            this.name = name;
            client = clients.connect();
            fenced = new Sender(client, new PublisherConfig(), this::onFenceRefused);
            conditional = new Sender(client, new PublisherConfig(), this::onConditionRefused);
            lease = client.addLease(FENCED_TOPIC, DURATION_NS, this);
        }

        private void work() {
            if (isPaused && System.nanoTime() - pausedUntilNs >= 0) {
                isPaused = false;
                // It goes on where it was, before it hears of anything.
                publishFenced(lease.token());
            }
            if (!isPaused) {
                client.doWork();
            }
        }

        private void offer() {
            if (isPaused) {
                return;
            }
            if (lease.isHeld()) {
                publishFenced(lease.token());
            } else if (lastToken > 0 && offered % 10 == 0) {
                publishFenced(lastToken);
            }
            if (conditional.waitingCount() == 0
                    && conditional.offerIfSequence(
                            CONDITIONAL_TOPIC,
                            knownSequence,
                            options.clear(),
                            name + " " + offered + " " + knownSequence)) {
                offered++;
            }
        }

        private boolean publishFenced(final long token) {
            if (fenced.offer(FENCED_TOPIC, options.clear().fence(token), name + " " + offered + " " + token)) {
                offered++;
                return true;
            }
            return false;
        }

        private void release() {
            lease.close();
            lease = client.addLease(FENCED_TOPIC, DURATION_NS, this);
        }

        private boolean isAnswered() {
            return !isPaused && fenced.waitingCount() == 0 && conditional.waitingCount() == 0;
        }

        private void onFenceRefused(final String text, final ResultCode code, final long detail) {
            assertTrue(code == ResultCode.FENCED || code == ResultCode.AFTER_REFUSAL, () -> text + ": " + code);
            refusals.merge(code, 1, Integer::sum);
        }

        private void onConditionRefused(final String text, final ResultCode code, final long detail) {
            assertEquals(ResultCode.EXPECTED_SEQUENCE_MISMATCH, code, text);
            refusals.merge(code, 1, Integer::sum);
            knownSequence = detail;
        }

        @Override
        public void onAcquired(final Lease acquired, final long token, final int shardId, final long journalPosition) {
            judge.onAcquired(token, acquired);
            lastToken = token;
        }

        @Override
        public void onLost(final Lease lost, final String reason) {
            // It asks again by itself.
        }

        @Override
        public void close() {
            client.close();
        }
    }
}
