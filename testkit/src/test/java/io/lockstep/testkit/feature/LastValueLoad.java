package io.lockstep.testkit.feature;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.LastValue;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.Message;
import io.lockstep.client.MessageOptions;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.codecs.ResultCode;
import io.lockstep.testkit.Await;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.agrona.CloseHelper;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Values that are set, replaced and cleared, and subscribers that begin with them: each must get the state at one place of
 * each shard's journal and then every message behind that place.
 */
public final class LastValueLoad implements FeatureLoad {
    private static final int TOPICS = 32;
    // So long that the values of a shard do not fit one page.
    private static final int PAYLOAD_LENGTH = 2_000;
    private static final int MESSAGES_BETWEEN_FOLLOWERS = 50;
    private static final int MAX_FOLLOWERS = 8;
    private static final int POLL_LIMIT = 256;

    /** A message of the journal, or a value. */
    record Seen(
            int shardId,
            long position,
            String topic,
            long topicSequence,
            long producerSequence,
            boolean isRetain,
            String payload) {
        private Seen(final Message message) {
            this(
                    message.shardId(),
                    message.position(),
                    message.topic(),
                    message.topicSequence(),
                    message.producerSequence(),
                    message.headers().containsKey("$retain"),
                    withoutFiller(message.payloadText()));
        }
    }

    private final List<Follower> followers = new ArrayList<>();
    private LockstepClient client;
    private boolean isClientOwned;
    private Changer changer;
    private long nextFollower = MESSAGES_BETWEEN_FOLLOWERS;

    @Override
    public String name() {
        return "last values";
    }

    @Override
    public int ratePerSecond() {
        return 20;
    }

    @Override
    public void start(final ClientSupplier clients) {
        isClientOwned = true;
        start(clients.connect());
    }

    /**
     * Begins with a client that somebody else closes.
     *
     * @param newClient that this thread owns.
     */
    public void start(final LockstepClient newClient) {
        client = newClient;
        changer = new Changer(newClient);
    }

    @Override
    public void turn(final boolean mayOffer) {
        client.doWork();
        for (final Follower follower : followers) {
            if (!follower.isEnded) {
                follower.subscriber.poll(POLL_LIMIT);
            }
        }
        if (mayOffer) {
            changer.turn();
            if (isClientOwned && changer.offered >= nextFollower) {
                nextFollower = changer.offered + MESSAGES_BETWEEN_FOLLOWERS;
                endOldest();
                join("subscriber " + followers.size());
            }
        }
    }

    // What it got is kept; to read on for all of them costs more than all else.
    private void endOldest() {
        if (followers.size() >= MAX_FOLLOWERS) {
            final Follower oldest = followers.get(followers.size() - MAX_FOLLOWERS);
            oldest.isEnded = true;
            oldest.subscriber.close();
        }
    }

    /**
     * Another subscriber begins now.
     *
     * @param name of it, for a fault.
     */
    public void join(final String name) {
        followers.add(new Follower(name));
    }

    /**
     * Whether each subscriber is so far that a message came behind the values of each shard.
     *
     * @return true if so.
     */
    public boolean areFollowing() {
        return followers.stream().allMatch(Follower::isFollowing);
    }

    @Override
    public long doneCount() {
        return changer.accepted;
    }

    @Override
    public boolean isSettled() {
        if (changer.problem != null) {
            throw new AssertionError(changer.problem);
        }
        return changer.accepted == changer.offered && followers.stream().allMatch(Follower::isAtEnd);
    }

    @Override
    public void check() {
        final List<List<Seen>> journal = new ArrayList<>();
        for (int i = 0; i < client.shardCount(); i++) {
            journal.add(new ArrayList<>());
        }
        final Subscriber reader = client.addSubscriber(
                new SubscriberConfig().filter("t/#").start(StartPosition.start()),
                message -> journal.get(message.shardId()).add(new Seen(message)));
        Await.await(
                "everything",
                120,
                () -> {
                    turn(false);
                    reader.poll(1_000);
                    return count(journal) == changer.accepted
                            && followers.stream().allMatch(Follower::isAtEnd);
                },
                () -> count(journal) + " of " + changer.accepted);
        for (final Follower follower : followers) {
            for (int i = 0; i < client.shardCount(); i++) {
                final String what = follower.name + ", shard " + i;
                final List<Seen> stream = follower.stream.get(i);
                if (!follower.isEnded) {
                    checkFollower(what, journal.get(i), follower.values.get(i), stream);
                } else if (!stream.isEmpty()) {
                    // All that was accepted up to where it ended.
                    final long end = stream.get(stream.size() - 1).position();
                    final List<Seen> known = journal.get(i).stream()
                            .filter(message -> message.position() <= end)
                            .toList();
                    checkFollower(what, known, follower.values.get(i), stream);
                }
            }
        }
        final List<String> expected = new ArrayList<>();
        for (final List<Seen> shard : journal) {
            stateAt(shard, Long.MAX_VALUE).values().forEach(value -> expected.add(textOf(value)));
        }
        assertEquals(
                expected.stream().sorted().toList(),
                lastValues().stream().sorted().toList());
    }

    /**
     * The stream is the end of the journal, and the values are the state where it begins: a newer one would be an overlap, and
     * an older or missing one a gap.
     */
    static void checkFollower(
            final String what, final List<Seen> journal, final List<Seen> values, final List<Seen> stream) {
        assertEquals(journal.subList(Math.max(0, journal.size() - stream.size()), journal.size()), stream, what);
        final long begin = stream.isEmpty() ? Long.MAX_VALUE : stream.get(0).position();
        final Map<String, Seen> expected = stateAt(journal, begin);
        for (final Seen value : values) {
            assertTrue(value.isRetain() && !value.payload().isEmpty(), what);
            assertEquals(textOf(expected.remove(value.topic())), textOf(value), what);
        }
        // What was replaced before its page was asked for is told by the stream only.
        for (final Seen missing : expected.values()) {
            assertTrue(
                    stream.stream()
                            .anyMatch(message ->
                                    message.isRetain() && message.topic().equals(missing.topic())),
                    () -> what + " misses " + missing);
        }
    }

    /**
     * The last values as the cluster tells them now.
     *
     * @return a line for each.
     */
    public List<String> lastValues() {
        return textOf(client.lastValues().list("t/#", TIMEOUT_NS));
    }

    @Override
    public String counts() {
        return changer == null
                ? "not connected"
                : changer.accepted + " values set, cleared or passed over, "
                        + followers.stream()
                                .mapToInt(follower -> count(follower.values))
                                .sum()
                        + " values and "
                        + followers.stream()
                                .mapToInt(follower -> count(follower.stream))
                                .sum()
                        + " messages behind them to " + followers.size() + " late subscribers";
    }

    @Override
    public void close() {
        if (isClientOwned) {
            CloseHelper.quietClose(client);
        }
    }

    /**
     * A line for each value.
     *
     * @param values as a client got them.
     * @return topic, sequences, position and payload.
     */
    public static List<String> textOf(final List<LastValue> values) {
        return values.stream()
                .map(value -> value.topic() + " " + value.topicSequence() + " " + value.producerSequence() + " @"
                        + value.position() + " " + withoutFiller(value.payloadText()))
                .toList();
    }

    // The last values by topic, as the messages before a position make them.
    private static Map<String, Seen> stateAt(final List<Seen> journal, final long position) {
        final Map<String, Seen> state = new TreeMap<>();
        for (final Seen message : journal) {
            if (message.isRetain() && message.position() < position) {
                if (message.payload().isEmpty()) {
                    state.remove(message.topic());
                } else {
                    state.put(message.topic(), message);
                }
            }
        }
        return state;
    }

    private static String withoutFiller(final String payload) {
        return payload.replace("x", "");
    }

    private static int count(final List<List<Seen>> byShard) {
        return byShard.stream().mapToInt(List::size).sum();
    }

    private static String textOf(final Seen value) {
        if (value == null) {
            return "none";
        }
        return value.topic() + " " + value.topicSequence() + " " + value.producerSequence() + " @" + value.position()
                + " " + value.payload();
    }

    /** A subscriber with last values and what it got. */
    private final class Follower {
        private final String name;
        private final List<List<Seen>> values = new ArrayList<>();
        private final List<List<Seen>> stream = new ArrayList<>();
        private final Subscriber subscriber;
        private boolean isEnded;

        private Follower(final String name) {
            this.name = name;
            for (int i = 0; i < client.shardCount(); i++) {
                values.add(new ArrayList<>());
                stream.add(new ArrayList<>());
            }
            subscriber =
                    client.addSubscriber(new SubscriberConfig().filter("t/#").withLastValues(), this::onMessage);
        }

        private boolean isFollowing() {
            return stream.stream().noneMatch(List::isEmpty);
        }

        private boolean isAtEnd() {
            return isEnded || JournalCopy.isAtEnd(client, subscriber);
        }

        private void onMessage(final Message message) {
            final int shardId = message.shardId();
            if (message.isRetained()) {
                assertTrue(stream.get(shardId).isEmpty(), "values come before the stream");
                values.get(shardId).add(new Seen(message));
            } else {
                stream.get(shardId).add(new Seen(message));
            }
        }
    }

    /** Changes values for as long as it is driven: sets, clears, and publishes what is no last value. */
    private static final class Changer implements PublishListener {
        private final UnsafeBuffer payload = new UnsafeBuffer(new byte[PAYLOAD_LENGTH]);
        private final MessageOptions retain = new MessageOptions().retain();
        private final MessageOptions plain = new MessageOptions();
        private final Publisher publisher;
        private long offered;
        private long accepted;
        private String problem;

        private Changer(final LockstepClient client) {
            publisher = client.addPublisher(new PublisherConfig().deadlineNs(2 * TIMEOUT_NS), this);
        }

        private void turn() {
            final long number = offered;
            final boolean isClear = number % 11 == 10;
            final boolean isPlain = number % 7 == 6;
            final byte[] text = Long.toString(number).getBytes(StandardCharsets.UTF_8);
            payload.setMemory(0, PAYLOAD_LENGTH, (byte) 'x');
            payload.putBytes(0, text);
            final String topic = "t/" + (number * 7 + number / TOPICS) % TOPICS;
            final int length = isClear && !isPlain ? 0 : PAYLOAD_LENGTH;
            if (Publisher.isTaken(publisher.offer(topic, isPlain ? plain : retain, payload, 0, length))) {
                offered++;
            }
        }

        @Override
        public void onAccepted(final long messageId, final int shardId, final long position) {
            accepted++;
        }

        @Override
        public void onRefused(final long messageId, final ResultCode code, final long detail) {
            throw new AssertionError("message " + messageId + " was refused: " + code + " " + detail);
        }

        @Override
        public void onUnknown(final long messageId, final String reason) {
            // It is never accepted, so the load never settles.
            problem = "message " + messageId + ": " + reason;
        }
    }
}
