package io.lockstep.testkit.feature;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.Consumer;
import io.lockstep.client.ConsumerConfig;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.Message;
import io.lockstep.testkit.Await;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;

/**
 * A durable consumer with two members that acknowledge out of order, and of which the owner goes again and again and leaves
 * something behind.
 */
public final class ConsumerLoad implements FeatureLoad {
    private static final int TOPICS = 4;
    private static final int MEMBERS = 2;
    private static final int OPEN_MESSAGES = 5;
    private static final int MESSAGES_OF_AN_OWNER = 100;
    private static final int LEFT_BEHIND = 6;
    private static final long FLUSH_NS = TimeUnit.SECONDS.toNanos(3);

    private record Place(int shardId, long position) {}

    private final Random random;
    private final DeliveryJudge judge = new DeliveryJudge();
    private final List<Member> members = new ArrayList<>();
    private LockstepClient client;
    private Sender sender;
    private ClientSupplier clients;
    private int offered;
    private long nextTakeOver = MESSAGES_OF_AN_OWNER;
    private int takeOvers;

    /**
     * A load.
     *
     * @param random for the order of acknowledgements.
     */
    public ConsumerLoad(final Random random) {
        this.random = random;
    }

    @Override
    public String name() {
        return "consumers";
    }

    @Override
    public int ratePerSecond() {
        return 20;
    }

    @Override
    public void start(final ClientSupplier newClients) {
        clients = newClients;
        client = clients.connect();
        sender = new Sender(client);
        for (int i = 0; i < MEMBERS; i++) {
            members.add(new Member("member " + i));
        }
    }

    @Override
    public void turn(final boolean mayOffer) {
        client.doWork();
        if (mayOffer && sender.offer("consumed/" + offered % TOPICS, Integer.toString(offered))) {
            offered++;
        }
        for (final Member member : members) {
            member.consumer.poll(16);
        }
        if (judge.firstCount() >= nextTakeOver) {
            takeOver();
        } else if (judge.firstCount() >= nextTakeOver - LEFT_BEHIND) {
            members.forEach(Member::hold);
        }
    }

    @Override
    public long doneCount() {
        return judge.firstCount();
    }

    @Override
    public boolean isSettled() {
        if (sender.waitingCount() > 0 || judge.firstCount() < sender.accepted().size()) {
            return false;
        }
        if (members.stream().anyMatch(member -> member.isHolding)) {
            takeOver();
            return false;
        }
        return members.stream().allMatch(Member::ackAll);
    }

    @Override
    public void check() {
        final Map<String, List<String>> published = new TreeMap<>();
        final List<JournalCopy.Entry> journal = JournalCopy.read(client, "consumed/#");
        for (final JournalCopy.Entry entry : journal) {
            published
                    .computeIfAbsent(streamOf(entry.shardId()), key -> new ArrayList<>())
                    .add(entry.text());
        }
        assertEquals(
                sender.accepted().stream().sorted().toList(),
                JournalCopy.texts(journal).stream().sorted().toList());
        judge.check(published);
        checkThatNothingIsLeft();
    }

    // Whoever comes last gets what is new and nothing else.
    private void checkThatNothingIsLeft() {
        members.forEach(Member::close);
        members.clear();
        final long before = judge.firstCount();
        final Member last = new Member("last member");
        members.add(last);
        for (int i = 0; i < TOPICS; i++) {
            final String topic = "consumed/" + i;
            Await.await("a message to be taken", () -> sender.offer(topic, "end"));
        }
        Await.await(
                "the last messages",
                60,
                () -> {
                    client.doWork();
                    last.consumer.poll(16);
                    return judge.firstCount() == before + TOPICS;
                },
                this::counts);
        // An acknowledgement that was lost with the ownership is all that may have come again.
        final long unconfirmed = before - judge.ackedCount();
        assertTrue(
                last.deliveredCount <= TOPICS + unconfirmed,
                () -> last.deliveredCount + " came, " + unconfirmed + " of them unconfirmed");
    }

    @Override
    public String counts() {
        return offered + " published, " + judge.firstCount() + " delivered, " + judge.repeatedCount() + " repeated, "
                + judge.ackedCount() + " acknowledged one by one, " + takeOvers + " take-overs";
    }

    @Override
    public void close() {
        members.forEach(Member::close);
        CloseHelper.quietClose(client);
    }

    private static String streamOf(final int shardId) {
        return "shard " + shardId;
    }

    private void takeOver() {
        for (int i = 0; i < members.size(); i++) {
            final Member member = members.get(i);
            if (member.isOwner()) {
                nextTakeOver = judge.firstCount() + MESSAGES_OF_AN_OWNER;
                takeOvers++;
                member.close();
                members.remove(i);
                members.add(new Member("member " + (MEMBERS + takeOvers)));
                members.forEach(other -> other.isHolding = false);
                return;
            }
        }
    }

    /** A member with a client of its own. */
    private final class Member {
        private final List<Place> open = new ArrayList<>();
        private final List<Place> acked = new ArrayList<>();
        private final String name;
        private final LockstepClient memberClient;
        private final Consumer consumer;
        private boolean isHolding;
        private int deliveredCount;

        private Member(final String name) {
            this.name = name;
            this.memberClient = clients.connect();
            this.consumer = memberClient.addConsumer(
                    new ConsumerConfig().name("exclusive").filter("consumed/#").start(StartPosition.start()),
                    this::onMessage);
        }

        private boolean isOwner() {
            return consumer.isOwner(0) || consumer.isOwner(1);
        }

        private void onMessage(final Message message) {
            deliveredCount++;
            judge.onDelivered(streamOf(message.shardId()), message.position(), message.payloadText(), name);
            if (isHolding) {
                return;
            }
            open.add(new Place(message.shardId(), message.position()));
            if (open.size() >= OPEN_MESSAGES) {
                Collections.shuffle(open, random);
                ackOpen();
            }
        }

        private void ackOpen() {
            for (final Place place : open) {
                consumer.ackSingle(place.shardId(), place.position());
            }
            acked.addAll(open);
            open.clear();
        }

        /** Acknowledges all it has, and nothing of what it gets from now on. */
        private void hold() {
            if (!isHolding) {
                ackAll();
                isHolding = true;
            }
        }

        /** Acknowledges all it has, and tells the judge what the cluster has taken. */
        private boolean ackAll() {
            ackOpen();
            final boolean areTaken = consumer.flush(FLUSH_NS);
            if (areTaken) {
                acked.forEach(place -> judge.onAcked(streamOf(place.shardId()), place.position()));
            }
            // Nobody knows of the others: what the cluster did not take comes again.
            acked.clear();
            return areTaken;
        }

        private void close() {
            CloseHelper.closeAll(consumer, memberClient);
        }
    }
}
