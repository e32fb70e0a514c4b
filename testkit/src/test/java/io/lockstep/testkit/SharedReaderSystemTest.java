package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.ClientConfig;
import io.lockstep.client.ClientCounter;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many subscribers of one client on one topic of three real nodes: some stop, one node is lost. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class SharedReaderSystemTest {
    private static final int BASE_PORT = 29_700;
    private static final String TOPIC = "shared";
    private static final int SUBSCRIBERS = 40;
    private static final int STOPPED = 8;
    private static final int LENGTH = 200;

    private final List<Reader> readers = new ArrayList<>();
    private final UnsafeBuffer payload = new UnsafeBuffer(new byte[LENGTH]);
    private long published;

    @Test
    void shouldGiveEveryMessageToEachOnceInOrderWhenSomeStopAndANodeIsLost() {
        // given
        try (LocalCluster cluster = LocalCluster.on(BASE_PORT).start();
                LockstepClient client = LockstepClient.connect(new ClientConfig()
                        .nodes(cluster.nodesText())
                        .recordWindowLength(64 << 10)
                        .maxCatchUpReaders(2)
                        .connectTimeoutNs(TimeUnit.SECONDS.toNanos(60)))) {
            final Publisher publisher = client.addPublisher(new PublisherConfig(), PublishListener.FAIL_FAST);
            publish(client, publisher, 1_000);
            for (int i = 0; i < SUBSCRIBERS; i++) {
                readers.add(new Reader(client, i % 4 == 0 ? StartPosition.start() : StartPosition.live()));
            }
            Await.await("all to be connected", () -> {
                poll(0);
                return readers.stream().allMatch(reader -> reader.subscriber.isConnected());
            });

            // when: some stop and the others go on far beyond the window
            publish(client, publisher, 1_000);
            awaitAll(STOPPED, 2_000);
            publish(client, publisher, 2_000);
            awaitAll(STOPPED, 4_000);
            final int shardId = client.shardOf(TOPIC);
            final int lost = readers.get(STOPPED).subscriber.nodeId(shardId);
            cluster.abandonNode(lost);
            publish(client, publisher, 1_000);
            awaitAll(STOPPED, 5_000);

            // and those that stopped go on
            awaitAll(0, 5_000);
            publish(client, publisher, 500);
            awaitAll(0, 5_500);
            cluster.startNode(lost);

            // then
            for (final Reader reader : readers) {
                assertTrue(reader.subscriber.nodeId(shardId) != lost);
            }
            System.out.println("overruns " + client.counters().value(ClientCounter.OVERRUNS) + ", delivered "
                    + client.counters().value(ClientCounter.DELIVERED));
            assertTrue(client.counters().value(ClientCounter.OVERRUNS) > 0);
            // One that begins again at the end, long after all others, still gets only what comes from now on.
            final Reader late = new Reader(client, StartPosition.live());
            readers.add(late);
            Await.await("it to be connected", () -> {
                poll(0);
                return late.subscriber.isConnected();
            });
            publish(client, publisher, 100);
            awaitAll(0, 5_600);
            assertEquals(5_500, late.first);
        }
    }

    private void publish(final LockstepClient client, final Publisher publisher, final int count) {
        for (int i = 0; i < count; i++) {
            payload.putLong(0, published);
            Await.await("a message to be taken", () -> {
                client.doWork();
                return Publisher.isTaken(publisher.offer(TOPIC, payload, 0, LENGTH));
            });
            published++;
        }
        assertTrue(publisher.drain(TimeUnit.SECONDS.toNanos(60)));
    }

    private void poll(final int from) {
        for (int i = from; i < readers.size(); i++) {
            readers.get(i).subscriber.poll(50);
        }
    }

    private void awaitAll(final int from, final long count) {
        Await.await("all to have " + count + " messages", () -> {
            poll(from);
            return readers.stream().skip(from).allMatch(reader -> reader.next == count);
        });
    }

    private static final class Reader {
        private final Subscriber subscriber;
        private final boolean isFromStart;
        private long first = -1;
        private long next;

        private Reader(final LockstepClient client, final StartPosition start) {
            isFromStart = start.kind() == StartPosition.Kind.START;
            subscriber =
                    client.addSubscriber(new SubscriberConfig().filter(TOPIC).start(start), message -> {
                        final long number = message.buffer().getLong(message.payloadOffset());
                        if (first < 0) {
                            first = number;
                            next = number;
                            assertTrue(isFromStart ? number == 0 : number >= 1_000, "began with " + number);
                        }
                        assertEquals(next, number);
                        next++;
                    });
        }
    }
}
