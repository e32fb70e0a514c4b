package io.lockstep.testkit.feature;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.Message;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.client.TopicState;
import io.lockstep.testkit.Await;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The messages of some topics as the journals hold them, expired ones too. No state. */
final class JournalCopy {
    /** A message. */
    record Entry(
            int shardId,
            long position,
            String topic,
            int partition,
            long topicSequence,
            long timestampNs,
            Map<String, String> headers,
            String text) {
        private Entry(final Message message) {
            this(
                    message.shardId(),
                    message.position(),
                    message.topic(),
                    message.partition(),
                    message.topicSequence(),
                    message.timestampNs(),
                    Map.copyOf(message.headers()),
                    message.payloadText());
        }
    }

    private JournalCopy() {}

    /**
     * Reads all messages of a filter, in the order of each journal. How many there are is what the engines say of their
     * topics, to which nobody may publish meanwhile.
     */
    static List<Entry> read(final LockstepClient client, final String filter) {
        final long expected = client.topics().list(filter, FeatureLoad.TIMEOUT_NS).stream()
                .mapToLong(TopicState::lastTopicSequence)
                .sum();
        final List<Entry> entries = new ArrayList<>();
        try (Subscriber subscriber = client.addSubscriber(
                new SubscriberConfig().filter(filter).deliverExpired(true).start(StartPosition.start()),
                message -> entries.add(new Entry(message)))) {
            Await.await(
                    "the journal of '" + filter + "'",
                    120,
                    () -> {
                        subscriber.poll(1_000);
                        return entries.size() >= expected && isAtEnd(client, subscriber);
                    },
                    () -> entries.size() + " of " + expected);
        }
        assertEquals(expected, entries.size(), "messages of '" + filter + "'");
        return entries;
    }

    static List<String> texts(final List<Entry> entries) {
        return entries.stream().map(Entry::text).collect(Collectors.toList());
    }

    static boolean isAtEnd(final LockstepClient client, final Subscriber subscriber) {
        for (int i = 0; i < client.shardCount(); i++) {
            if (subscriber.hasShard(i)
                    && subscriber.position(i) < client.shardState(i).journalPosition()) {
                return false;
            }
        }
        return true;
    }
}
