package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lockstep.client.ClientConfig;
import io.lockstep.client.CommandAnswer;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.codecs.ResultCode;
import io.lockstep.topic.SlotTable;
import io.lockstep.topic.TopicRoute;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three real nodes with two shards: prefix routes that are seeded, changed by the command line, and kept. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class SlotTableSystemTest {
    private static final int BASE_PORT = 30_000;
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);
    private static final SlotTable BY_HASH = SlotTable.ofShards(2, List.of());
    private static final String[] EXPECTED_ERRORS = ExpectedErrors.ofLostNodes();

    @TempDir
    private static Path folder;

    private static final class Fates implements PublishListener {
        private int acceptedShardId = -1;
        private boolean isAnswered;
        private final List<ResultCode> refusals = new ArrayList<>();

        @Override
        public void onAccepted(final long messageId, final int shardId, final long position) {
            acceptedShardId = shardId;
            isAnswered = true;
        }

        @Override
        public void onRefused(final long messageId, final ResultCode code, final long detail) {
            refusals.add(code);
            isAnswered = true;
        }

        @Override
        public void onUnknown(final long messageId, final String reason) {
            throw new AssertionError("message " + messageId + ": " + reason);
        }
    }

    @Test
    void shouldRouteByPrefixWhenRoutesAreSeededChangedAndRestarted() {
        // The hash puts this one into shard 0, so that its route to shard 1 is what counts.
        final String seeded = ofShard("plant/", 0);
        final String created = ofShard("line/", 0);
        final String awaited = ofShard("line/next/", 0);
        try (LocalCluster cluster =
                LocalCluster.on(BASE_PORT).shards(2).route("plant", 1).start()) {
            try (LockstepClient client = LockstepClient.connect(cluster.nodesText())) {
                final List<String> received = new ArrayList<>();
                final Subscriber subscriber = client.addSubscriber(
                        new SubscriberConfig().filter(awaited),
                        message -> received.add(message.shardId() + " " + message.topic()));
                final Fates fates = new Fates();
                final Publisher publisher = client.addPublisher(new PublisherConfig(), fates);
                assertEquals(1, publish(client, publisher, fates, seeded));
                assertEquals(0, publish(client, publisher, fates, created));
                assertTrue(subscriber.hasShard(0) && !subscriber.hasShard(1));
                assertEquals(List.of(), fates.refusals);

                // A topic that exists does not move, and nothing is changed by the attempt.
                final MainProcess.Result moved = run(cluster, "routes", "set", "line", "1");
                assertEquals(1, moved.status(), moved::out);
                assertTrue(moved.err().contains("'" + created + "', which would belong to shard 1"), moved::err);
                assertTrue(moved.err().contains("no shard was changed"), moved::err);

                final JsonNode changed = json(run(cluster, "routes", "set", "line/next", "1", "--output", "json"));
                assertEquals(2, changed.path("version").asInt(), changed::toString);
                assertTrue(changed.path("changed").asBoolean(), changed::toString);

                Await.await("the new table", () -> {
                    client.doWork();
                    return client.shardOf(awaited) == 1;
                });
                assertEquals(1, publish(client, publisher, fates, awaited));
                assertEquals(0, publish(client, publisher, fates, created));
                assertEquals(1, publish(client, publisher, fates, seeded));
                Await.await("the message of the shard that was added", () -> {
                    subscriber.poll(10);
                    return !received.isEmpty();
                });
                assertEquals(List.of("1 " + awaited), received);
                assertEquals(List.of(), fates.refusals);
            }
            final MainProcess.Result repeated = run(cluster, "routes", "set", "line/next", "1");
            assertEquals(0, repeated.status(), repeated::err);
            assertTrue(repeated.out().contains("version 2 was in effect already"), repeated::out);
            assertEquals(2, run(cluster, "routes", "set", "line/next/", "1").status());
            assertEquals(2, run(cluster, "routes", "set", "line/next", "2").status());
            assertEquals(1, run(cluster, "routes", "remove", "line/none").status());

            cluster.takeSnapshot(0);
            cluster.takeSnapshot(1);
            for (int node = 0; node < 3; node++) {
                cluster.stopNode(node);
            }
            cluster.start();

            final JsonNode kept = json(run(cluster, "routes", "--output", "json"));
            assertEquals(2, kept.path("version").asInt(), kept::toString);
            assertTrue(kept.path("identical").asBoolean(), kept::toString);
            assertEquals(
                    "[{\"prefix\":\"line/next\",\"shard\":1},{\"prefix\":\"plant\",\"shard\":1}]",
                    kept.path("routes").toString());
            try (LockstepClient client = LockstepClient.connect(cluster.nodesText())) {
                final Fates fates = new Fates();
                final Publisher publisher = client.addPublisher(new PublisherConfig(), fates);
                assertEquals(1, publish(client, publisher, fates, awaited));
                assertEquals(1, publish(client, publisher, fates, ofShard("plant/other/", 0)));
                assertEquals(List.of(), fates.refusals);
            }
            StoredJournals.assertSame(cluster);
            assertEquals(List.of(), cluster.unexpectedErrors(EXPECTED_ERRORS), cluster::log);
        }
    }

    @Test
    void shouldGoRightAfterWrongShardWhenTheClientHadNotHeardOfTheChange() {
        final List<String> names = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            names.add(ofShard("next/" + i + '/', 0));
        }
        // Descriptions are so rare that only a refusal can tell the client; the test is over before its session ends.
        final long rarelyNs = TimeUnit.SECONDS.toNanos(60);
        try (LocalCluster cluster = LocalCluster.on(BASE_PORT).shards(2).start();
                LockstepClient client = LockstepClient.connect(
                        new ClientConfig().nodes(cluster.nodesText()).describeIntervalNs(rarelyNs));
                LockstepClient operator = LockstepClient.connect(cluster.nodesText())) {
            final List<String> received = new ArrayList<>();
            final Subscriber subscriber = client.addSubscriber(
                    new SubscriberConfig().filter(names.get(0)),
                    message -> received.add(message.shardId() + " " + message.payloadText()));
            final Fates fates = new Fates();
            final Publisher publisher = client.addPublisher(new PublisherConfig(), fates);
            Await.await("descriptions", () -> {
                client.doWork();
                return client.shardState(0) != null && client.shardState(1) != null;
            });
            publish(client, publisher, fates, ofShard("warm/", 0));
            publish(client, publisher, fates, ofShard("warm/", 1));

            final SlotTable table =
                    operator.routes().list(TIMEOUT_NS).get(0).table().with(new TopicRoute("next", 1));
            for (int shardId = 0; shardId < 2; shardId++) {
                assertEquals(
                        new CommandAnswer(ResultCode.ACCEPTED, 2),
                        operator.routes().apply(shardId, 2, table, false, TIMEOUT_NS));
            }
            final UnsafeBuffer payload = new UnsafeBuffer(new byte[] {'1'});
            for (final String name : names) {
                Await.await("an offer", () -> publisher.offer(name, payload, 0, 1) > 0);
                if (fates.refusals.size() > 0) {
                    break;
                }
            }
            assertTrue(publisher.drain(TIMEOUT_NS));

            assertEquals(ResultCode.WRONG_SHARD, fates.refusals.get(0));
            final int refusals = fates.refusals.size();
            for (final String name : names) {
                assertEquals(1, publish(client, publisher, fates, name));
            }
            assertEquals(refusals, fates.refusals.size(), fates.refusals::toString);
            Await.await("the message of the shard that was added", () -> {
                subscriber.poll(10);
                return !received.isEmpty();
            });
            assertEquals(List.of("1 x"), received);
        }
    }

    // Publishes until it is accepted, as a program does that offers anew what was refused.
    private static int publish(
            final LockstepClient client, final Publisher publisher, final Fates fates, final String topic) {
        final UnsafeBuffer payload = new UnsafeBuffer("x".getBytes(StandardCharsets.UTF_8));
        fates.acceptedShardId = -1;
        fates.isAnswered = true;
        Await.await("a message to " + topic, () -> {
            if (fates.acceptedShardId < 0 && fates.isAnswered && publisher.offer(topic, payload, 0, 1) > 0) {
                fates.isAnswered = false;
            }
            client.doWork();
            return fates.acceptedShardId >= 0;
        });
        return fates.acceptedShardId;
    }

    private static String ofShard(final String start, final int shardId) {
        int number = 0;
        while (BY_HASH.shardOf(start + number) != shardId) {
            number++;
        }
        return start + number;
    }

    private static MainProcess.Result run(final LocalCluster cluster, final String... args) {
        final List<String> all = new ArrayList<>(Arrays.asList(args));
        all.addAll(List.of("--nodes", cluster.nodesText()));
        try (MainProcess process = MainProcess.start(
                folder,
                "io.lockstep.cli.LockstepMain",
                new byte[0],
                "-Dlockstep.terminal=false",
                all.toArray(new String[0]))) {
            return process.await();
        }
    }

    private static JsonNode json(final MainProcess.Result result) {
        assertEquals(0, result.status(), () -> result.out() + result.err());
        try {
            return new ObjectMapper().readTree(result.out().strip());
        } catch (final JsonProcessingException ex) {
            throw new AssertionError("this is no JSON: " + result.out(), ex);
        }
    }
}
