package io.lockstep.testkit.feature;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.cli.LockstepMain;
import io.lockstep.client.ConsumerConfig;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.Message;
import io.lockstep.client.MessageOptions;
import io.lockstep.client.PartitionListener;
import io.lockstep.client.PartitionedConsumer;
import io.lockstep.topic.KeyHash;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;
import org.agrona.concurrent.UnsafeBuffer;

/** A topic with partitions in all shards and three members that share them, one of which leaves and comes back at times. */
public final class PartitionLoad implements FeatureLoad {
    private static final String TOPIC = "shared/orders";
    private static final int PARTITIONS = 6;
    private static final int KEYS = 12;
    private static final int MEMBERS = 3;
    private static final int MESSAGES_OF_A_MEMBER = 120;
    private static final int MESSAGES_TO_FLUSH = 20;
    private static final int LEFT_BEHIND = 6;
    private static final long FLUSH_NS = TimeUnit.SECONDS.toNanos(3);

    private record Place(String stream, long position) {}

    private final Random random;
    private final DeliveryJudge judge = new DeliveryJudge();
    private final List<Member> members = new ArrayList<>();
    private final MessageOptions options = new MessageOptions();
    private final int[] numbers = new int[KEYS];
    private LockstepClient client;
    private Sender sender;
    private ClientSupplier clients;
    private int offered;
    private long nextLeave = MESSAGES_OF_A_MEMBER;
    private int leaves;

    /**
     * A load.
     *
     * @param random chooses keys and who leaves.
     */
    public PartitionLoad(final Random random) {
        this.random = random;
    }

    @Override
    public String name() {
        return "partitions";
    }

    @Override
    public int ratePerSecond() {
        return 20;
    }

    @Override
    public void start(final ClientSupplier newClients) {
        clients = newClients;
        final int status = LockstepMain.execute(
                "partitions",
                "set",
                TOPIC,
                Integer.toString(PARTITIONS),
                "--nodes",
                clients.nodes(),
                "--output",
                "json");
        assertEquals(0, status, "partitions set");
        client = clients.connect();
        client.policies().list(TIMEOUT_NS);
        sender = new Sender(client);
        for (int i = 0; i < MEMBERS; i++) {
            members.add(new Member("member " + i));
        }
    }

    @Override
    public void turn(final boolean mayOffer) {
        client.doWork();
        if (mayOffer) {
            final int key = random.nextInt(KEYS);
            if (sender.offer(TOPIC, options.clear().key("key-" + key), key + ":" + (numbers[key] + 1))) {
                numbers[key]++;
                offered++;
            }
        }
        for (final Member member : members) {
            member.consumer.poll(16);
            if (member.acked.size() >= MESSAGES_TO_FLUSH) {
                member.flush();
            }
        }
        if (judge.firstCount() >= nextLeave) {
            leave();
        } else if (judge.firstCount() >= nextLeave - LEFT_BEHIND) {
            leaving().isHolding = true;
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
        if (leaving().isHolding) {
            leave();
            return false;
        }
        return members.stream().allMatch(Member::flush);
    }

    @Override
    public void check() {
        final Map<String, List<String>> published = new TreeMap<>();
        final List<JournalCopy.Entry> journal = JournalCopy.read(client, TOPIC);
        final TreeSet<Integer> shards = new TreeSet<>();
        for (final JournalCopy.Entry entry : journal) {
            final byte[] key = ("key-" + keyOf(entry.text())).getBytes(StandardCharsets.UTF_8);
            assertEquals(
                    KeyHash.partitionOf(new UnsafeBuffer(key), 0, key.length, PARTITIONS),
                    entry.partition(),
                    entry::toString);
            published
                    .computeIfAbsent(streamOf(entry.partition()), name -> new ArrayList<>())
                    .add(entry.text());
            shards.add(entry.shardId());
        }
        assertEquals(client.shardCount(), shards.size(), "the partitions are spread over the shards");
        assertEquals(
                sender.accepted().stream().sorted().toList(),
                JournalCopy.texts(journal).stream().sorted().toList());
        judge.check(published);
        final TreeSet<String> active = new TreeSet<>();
        for (final Member member : members) {
            active.add(member.name + " " + member.consumer.ownedCount());
        }
        assertTrue(
                members.stream()
                                .mapToInt(member -> member.consumer.ownedCount())
                                .sum()
                        <= PARTITIONS,
                active::toString);
    }

    @Override
    public String counts() {
        return offered + " published, " + judge.firstCount() + " delivered, " + judge.repeatedCount() + " repeated, "
                + judge.ackedCount() + " acknowledged, a member left " + leaves + " times";
    }

    @Override
    public void close() {
        members.forEach(Member::close);
        CloseHelper.quietClose(client);
    }

    private static int keyOf(final String text) {
        return Integer.parseInt(text.substring(0, text.indexOf(':')));
    }

    private static String streamOf(final int partition) {
        return "partition " + partition;
    }

    private Member leaving() {
        return members.get(0);
    }

    private void leave() {
        nextLeave = judge.firstCount() + MESSAGES_OF_A_MEMBER;
        leaves++;
        members.remove(0).close();
        members.add(new Member("member " + (MEMBERS + leaves)));
    }

    /** A member with a client of its own. */
    private final class Member {
        private final List<Place> acked = new ArrayList<>();
        private final String name;
        private final LockstepClient memberClient;
        private final PartitionedConsumer consumer;
        private boolean isHolding;

        private Member(final String name) {
            this.name = name;
            this.memberClient = clients.connect();
            final PartitionedConsumer[] own = new PartitionedConsumer[1];
            own[0] = memberClient.addPartitionedConsumer(
                    new ConsumerConfig().name("partners").filter(TOPIC).start(StartPosition.start()),
                    PartitionListener.NONE,
                    message -> onMessage(own[0], message));
            this.consumer = own[0];
        }

        private void onMessage(final PartitionedConsumer own, final Message message) {
            final String text = message.payloadText();
            final String stream = streamOf(message.partition());
            judge.onDelivered(stream, message.position(), text, name);
            judge.onNumber("key " + keyOf(text), Integer.parseInt(text.substring(text.indexOf(':') + 1)), name);
            if (!isHolding) {
                own.ackSingle(message);
                acked.add(new Place(stream, message.position()));
            }
        }

        private boolean flush() {
            final boolean areTaken = consumer.flush(FLUSH_NS);
            if (areTaken) {
                acked.forEach(place -> judge.onAcked(place.stream(), place.position()));
            }
            acked.clear();
            return areTaken;
        }

        private void close() {
            CloseHelper.closeAll(consumer, memberClient);
        }
    }
}
