package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.ClientConfig;
import io.lockstep.client.ClientCounter;
import io.lockstep.client.Consumer;
import io.lockstep.client.ConsumerConfig;
import io.lockstep.client.ConsumerListener;
import io.lockstep.client.ConsumerState;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.LockstepException;
import io.lockstep.client.MessageHandler;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Durable consumers on three real nodes: cursors survive what nodes and clients do. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class ConsumerSystemTest {
    private static final int BASE_PORT = 28_700;
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long LEASE_NS = TimeUnit.SECONDS.toNanos(2);

    private static final long RETENTION_BYTES = 8 << 20;

    @TempDir
    private static Path folder;

    @RegisterExtension
    private final ClusterExtension clusters = new ClusterExtension(ExpectedErrors.ofLostNodes());

    @Test
    void shouldKeepTheCursorWhateverNodesAreStopped() {
        final LocalCluster cluster = clusters.start(LocalCluster.on(BASE_PORT).shards(2));
        try (LockstepClient client = connect(cluster)) {
            final Seen seen = new Seen();
            final Consumer consumer = client.addConsumer(config("durable"), seen);
            Await.await("the consumer to own both shards", () -> {
                consumer.poll(10);
                return consumer.isOwner(0) && consumer.isOwner(1);
            });
            publish(client, 0, 100);
            seen.ackWith(consumer);
            pollUntil(consumer, seen, 100);

            cluster.stopNode(cluster.awaitLeader(0));
            publish(client, 100, 200);
            pollUntil(consumer, seen, 200);
            for (int node = 0; node < 3; node++) {
                if (cluster.node(node) == null) {
                    cluster.startNode(node);
                }
            }
            cluster.stopNode((cluster.awaitLeader(0) + 1) % 3);
            publish(client, 200, 300);
            pollUntil(consumer, seen, 300);

            assertTrue(consumer.flush(TIMEOUT_NS));
            assertEquals(expected(0, 300), seen.sorted());
        }
        for (int node = 0; node < 3; node++) {
            if (cluster.node(node) != null) {
                cluster.stopNode(node);
            }
        }
        cluster.start();
        try (LockstepClient client = connect(cluster)) {
            publish(client, 300, 310);
            final Seen seen = new Seen();
            final Consumer consumer = client.addConsumer(config("durable"), seen);
            seen.ackWith(consumer);
            pollUntil(consumer, seen, 10);
            assertEquals(expected(300, 310), seen.sorted());
        }
    }

    @Test
    void shouldBeginWhereItIsToldWhenItIsMade() {
        final LocalCluster cluster = clusters.start(LocalCluster.on(BASE_PORT));
        try (LockstepClient client = connect(cluster)) {
            // given
            publish(client, 0, 5);
            publish(client, 5, 10);
            final Seen old = new Seen();
            final Consumer first = client.addConsumer(config("first"), old);
            pollUntil(first, old, 10);
            final long fifthNs = old.timestampsNs.get(5);
            assertTrue(old.timestampsNs.get(4) < fifthNs, old.timestampsNs::toString);
            final long laterNs = fifthNs + TimeUnit.HOURS.toNanos(1);
            final List<Starting> all = List.of(
                    new Starting(client, StartPosition.start(), 0),
                    new Starting(client, StartPosition.live(), 10),
                    new Starting(client, StartPosition.position(old.positions.get(2)), 3),
                    new Starting(client, StartPosition.time(fifthNs), 5),
                    new Starting(client, StartPosition.time(1), 0),
                    // A time that is yet to come is where the journal ends.
                    new Starting(client, StartPosition.time(laterNs), 10));
            Await.await("all to own", () -> {
                all.forEach(starting -> starting.consumer.poll(0));
                return all.stream().allMatch(starting -> starting.consumer.isOwner(0));
            });

            // when
            publish(client, 10, 15);

            // then: the order of the journal makes the last one the proof that no other comes
            for (final Starting starting : all) {
                await(starting.consumer, starting + " to end", () -> starting.seen.payloads.contains("14"));
                assertEquals(expected(starting.firstValue, 15), starting.seen.payloads, starting::toString);
            }
        }
    }

    @Test
    void shouldTakeOverWhenTheOwnerClosesOrIsSilent() {
        final LocalCluster cluster = clusters.start(LocalCluster.on(BASE_PORT));
        try (LockstepClient first = connect(cluster);
                LockstepClient second = connect(cluster);
                LockstepClient third = connect(cluster)) {
            final Seen seenFirst = new Seen();
            final Consumer owner = first.addConsumer(config("shared"), seenFirst);
            await(owner, "the first to own", () -> owner.isOwner(0));
            final Seen seenSecond = new Seen();
            final Consumer standby = second.addConsumer(config("shared"), seenSecond);
            await(standby, "the second to stand by", standby::isJoined);
            final Seen seenThird = new Seen();
            final Consumer last = third.addConsumer(config("shared"), seenThird);
            await(last, "the third to stand by", last::isJoined);
            assertFalse(standby.isOwner(0));

            publish(first, 0, 10);
            pollUntil(owner, seenFirst, 10);
            owner.ack(0, seenFirst.positions.get(3));
            owner.ackSingle(0, seenFirst.positions.get(7));
            owner.ackSingle(0, seenFirst.positions.get(5));
            assertTrue(owner.flush(TIMEOUT_NS));
            owner.close();

            // What was acknowledged never comes again, in whatever order; all else does.
            pollUntil(standby, seenSecond, 4);
            assertEquals(List.of("4", "6", "8", "9"), seenSecond.payloads);
            standby.ackSingle(0, seenSecond.positions.get(3));
            standby.ackSingle(0, seenSecond.positions.get(0));
            assertTrue(standby.flush(TIMEOUT_NS));

            // Nobody drives the second client any more, so its lease ends.
            pollUntil(last, seenThird, 2);
            assertEquals(List.of("6", "8"), seenThird.payloads);
            last.ack(0, seenThird.positions.get(1));
            assertTrue(last.flush(TIMEOUT_NS));

            // It comes back, is a member again and gets nothing twice.
            publish(third, 10, 11);
            pollUntil(last, seenThird, 3);
            last.ack(0, seenThird.positions.get(2));
            last.close();
            await(standby, "the second to own again", () -> standby.isOwner(0));
            publish(third, 11, 12);
            pollUntil(standby, seenSecond, 5);
            assertEquals("11", seenSecond.payloads.get(4));
        }
    }

    @Test
    void shouldSayThatAcknowledgementsAreLostWhenAnotherMemberTookOverBeforeTheyWereSent() {
        final LocalCluster cluster = clusters.start(LocalCluster.on(BASE_PORT));
        try (LockstepClient first = connect(cluster);
                LockstepClient second = connect(cluster)) {
            final Seen seenFirst = new Seen();
            final Consumer owner = first.addConsumer(config("late"), seenFirst);
            await(owner, "the first to own", () -> owner.isOwner(0));
            final Seen seenSecond = new Seen();
            final Consumer standby = second.addConsumer(config("late"), seenSecond);
            await(standby, "the second to stand by", standby::isJoined);
            publish(second, 0, 3);
            pollUntil(owner, seenFirst, 3);
            owner.ack(0, seenFirst.positions.get(0));
            assertTrue(owner.flush(TIMEOUT_NS));

            // Acknowledged here, but nobody drives the client any more until the lease has ended.
            owner.ack(0, seenFirst.positions.get(2));
            pollUntil(standby, seenSecond, 2);

            assertFalse(owner.flush(TIMEOUT_NS), "the cluster does not have them");
            assertEquals(List.of("1", "2"), seenSecond.payloads);
            assertTrue(owner.flush(TIMEOUT_NS), "there is nothing left to tell");
        }
    }

    @Test
    void shouldSayThatAcknowledgementsAreLostWhenTheyCameAfterAnotherMemberTookOver() {
        final LocalCluster cluster = clusters.start(LocalCluster.on(BASE_PORT));
        try (LockstepClient first = connect(cluster);
                LockstepClient second = connect(cluster)) {
            final Seen seenFirst = new Seen();
            final Consumer owner = first.addConsumer(config("later"), seenFirst);
            await(owner, "the first to own", () -> owner.isOwner(0));
            final Seen seenSecond = new Seen();
            final Consumer standby = second.addConsumer(config("later"), seenSecond);
            await(standby, "the second to stand by", standby::isJoined);
            publish(second, 0, 3);
            pollUntil(owner, seenFirst, 3);
            owner.ack(0, seenFirst.positions.get(0));
            assertTrue(owner.flush(TIMEOUT_NS));

            // Delivered here, but nobody drives the client any more until the lease has ended.
            pollUntil(standby, seenSecond, 2);
            await(owner, "the first to know", () -> !owner.isOwner(0));

            assertTrue(owner.flush(TIMEOUT_NS), "nothing was acknowledged since");
            owner.ackSingle(0, seenFirst.positions.get(0));
            assertTrue(owner.flush(TIMEOUT_NS), "it was acknowledged before");
            owner.ackSingle(0, seenFirst.positions.get(1));
            assertFalse(owner.flush(TIMEOUT_NS), "the message is another's");
            owner.ack(0, seenFirst.positions.get(2));
            assertFalse(owner.flush(TIMEOUT_NS), "both are another's");
            assertTrue(owner.flush(TIMEOUT_NS), "there is nothing left to tell");
            assertEquals(List.of("1", "2"), seenSecond.payloads);
        }
    }

    @Test
    void shouldSpreadLanesOverTheMembersAndHandOverWithoutLosingAnything() {
        final LocalCluster cluster = clusters.start(LocalCluster.on(BASE_PORT));
        final LockstepClient first = connect(cluster);
        try (LockstepClient second = connect(cluster)) {
            final Lanes one = new Lanes(first);
            final Lanes two = new Lanes(second);
            one.open();
            Await.await("the first to own all lanes", () -> {
                one.poll();
                return one.ownedCount() == Lanes.COUNT;
            });
            publishLanes(first, 0, 40);
            Await.await("messages", () -> {
                one.poll();
                return one.payloads.size() == 40;
            });

            two.open();
            Await.await("two lanes each", () -> {
                one.poll();
                two.poll();
                return one.ownedCount() == 2 && two.ownedCount() == 2;
            });
            publishLanes(first, 40, 80);
            Await.await("messages at both", () -> {
                one.poll();
                two.poll();
                return one.payloads.size() + two.payloads.size() >= 80;
            });
            assertEquals(20, two.payloads.size());
            assertEquals(60, one.payloads.size());

            first.close();
            Await.await("the second to own all lanes", () -> {
                two.poll();
                return two.ownedCount() == Lanes.COUNT;
            });
            publishLanes(second, 80, 100);
            Await.await("the rest", () -> {
                two.poll();
                return two.payloads.size() >= 40;
            });
            final List<String> all = new ArrayList<>(one.payloads);
            all.addAll(two.payloads);
            assertEquals(expected(0, 100), sorted(all));
        } finally {
            first.close();
        }
    }

    @Test
    void shouldMoveAndForgetConsumersFromOutside() {
        final LocalCluster cluster = clusters.start(LocalCluster.on(BASE_PORT));
        try (LockstepClient client = connect(cluster)) {
            final Seen seen = new Seen();
            final long[] fifthNs = {0};
            publish(client, 0, 10);
            final Consumer consumer = client.addConsumer(config("moved"), message -> {
                fifthNs[0] = seen.payloads.size() == 5 ? message.timestampNs() : fifthNs[0];
                seen.onMessage(message);
            });
            seen.ackWith(consumer);
            pollUntil(consumer, seen, 10);
            assertTrue(consumer.flush(TIMEOUT_NS));
            assertEquals(10, client.counters().value(ClientCounter.CONSUMER_ACKED));

            final ConsumerState state =
                    client.consumers().list("moved", TIMEOUT_NS).get(0);
            assertEquals(List.of("work/#"), state.filters());
            assertEquals(1, state.memberCount());
            assertEquals(seen.positions.get(9), state.position());
            client.consumers().seek(0, state.consumerId(), StartPosition.start(), TIMEOUT_NS);
            pollUntil(consumer, seen, 20);
            assertEquals(seen.payloads.subList(0, 10), seen.payloads.subList(10, 20));
            final long found =
                    client.consumers().seek(0, state.consumerId(), StartPosition.time(fifthNs[0]), TIMEOUT_NS);
            assertTrue(found > 0 && found <= seen.positions.get(4), "position " + found);

            client.consumers().delete(0, state.consumerId(), TIMEOUT_NS);
            final LockstepException thrown =
                    assertThrows(LockstepException.class, () -> await(consumer, "the end", () -> false));
            assertTrue(thrown.getMessage().contains("deleted"), thrown.getMessage());
            assertEquals(List.of(), client.consumers().list("#", TIMEOUT_NS));
        }
    }

    @Test
    void shouldTellTheLossWhenRetentionPassedAConsumerByTwice() {
        final LocalCluster cluster =
                clusters.start(LocalCluster.on(BASE_PORT).setting(EngineSetting.RETENTION_BYTES, RETENTION_BYTES));
        try (LockstepClient client = connect(cluster)) {
            final List<Long> losses = new ArrayList<>();
            final Seen seen = new Seen();
            final Consumer consumer = client.addConsumer(
                    config("slow").listener(new ConsumerListener() {
                        @Override
                        public void onCursorLost(
                                final int shardId, final long wantedPosition, final long firstReadablePosition) {
                            losses.add(firstReadablePosition);
                        }
                    }),
                    seen);
            await(consumer, "the consumer to own", () -> consumer.isOwner(0));
            final Filler filler = new Filler(client);

            // Nothing is delivered any more. What is kept at most is passed, but not twice of it.
            final long segmentLength = cluster.config().segmentLength();
            filler.fillTo(segmentLength + RETENTION_BYTES + (2 << 20));
            filler.fillTo(segmentLength + 2 * RETENTION_BYTES - (2 << 20));
            assertEquals(0, cluster.shardStatus(cluster.awaitLeader(0), 0).firstReadablePosition());
            filler.fillTo(segmentLength + 2 * RETENTION_BYTES + (4 << 20));
            consumer.close();
            Await.await("every node deleted its first segment", () -> {
                client.doWork();
                return IntStream.range(0, 3)
                        .noneMatch(node -> Files.exists(cluster.journalDir(node).resolve("0-0.rec")));
            });

            final Consumer again = client.addConsumer(
                    config("slow").listener(new ConsumerListener() {
                        @Override
                        public void onCursorLost(
                                final int shardId, final long wantedPosition, final long firstReadablePosition) {
                            losses.add(firstReadablePosition);
                        }
                    }),
                    seen);
            await(again, "the loss", () -> !losses.isEmpty() && !seen.positions.isEmpty());
            assertTrue(losses.get(0) > 0 && seen.positions.get(0) > losses.get(0), losses::toString);
        }
    }

    @Test
    void shouldPrintOnceWhatTheCommandLineReadsAsAConsumer() {
        final LocalCluster cluster = clusters.start(LocalCluster.on(BASE_PORT));
        try (LockstepClient client = connect(cluster)) {
            publish(client, 0, 5);
        }
        final String[] sub = {"sub", "work/#", "--consumer", "shell", "--from", "start", "--idle", "1"};

        assertEquals(List.of("0", "1", "2"), run(cluster, with(sub, "--count", "3")));
        assertEquals(List.of("3", "4"), run(cluster, sub));
        final String listed =
                run(cluster, "consumers", "list", "--output", "json").get(0);
        assertTrue(listed.contains("\"consumer\":\"shell\"") && listed.contains("\"memberCount\":0"), listed);
        assertTrue(run(cluster, "consumers", "describe", "shell").get(0).contains("[work/#]"));
        run(cluster, "consumers", "seek", "shell", "--to", "start");
        final String message =
                run(cluster, with(sub, "--count", "1", "--output", "json")).get(0);
        final String position = message.replaceAll(".*\"position\":(\\d+).*", "$1");
        assertTrue(run(cluster, "consumers", "ack", "shell", position).get(0).endsWith(position));
        assertEquals(List.of("1", "2", "3", "4"), run(cluster, sub));
        assertEquals(List.of("shard 0: 'shell' is deleted"), run(cluster, "consumers", "delete", "shell"));
        assertEquals(1, run(cluster, "consumers", "list").size());
    }

    @Test
    void shouldMoveAConsumerWhereTheCommandLineSaysAndTellItInJson() {
        final LocalCluster cluster = clusters.start(LocalCluster.on(BASE_PORT).shards(2));
        try (LockstepClient client = connect(cluster)) {
            // given: all is acknowledged in both shards
            final Seen seen = new Seen();
            publish(client, 0, 20);
            publish(client, 20, 40);
            try (Consumer consumer = client.addConsumer(config("moved"), seen)) {
                seen.ackWith(consumer);
                pollUntil(consumer, seen, 40);
                assertTrue(consumer.flush(TIMEOUT_NS));
            }
            final String[] seek = {"consumers", "seek", "moved", "--output", "json", "--to"};

            // when, then: a time, in all shards
            final long timeNs = seen.timestampsNs.get(seen.payloads.indexOf("20"));
            final String time = Instant.ofEpochSecond(0, timeNs).toString();
            // The clocks of the shards need not agree to the nanosecond.
            final List<String> notOlder = IntStream.range(0, 40)
                    .filter(i -> seen.timestampsNs.get(i) >= timeNs)
                    .mapToObj(seen.payloads::get)
                    .toList();
            assertTrue(notOlder.size() > 1 && notOlder.size() < 40, notOlder::toString);
            final List<JsonNode> moved = json(run(cluster, with(seek, time)));
            assertEquals(Set.of(0, 1), intsOf(moved, "shard"), moved::toString);
            assertEquals(sorted(notOlder), comesAgain(client, notOlder.size()).sorted());

            // when, then: a position, which needs its shard
            final String known = Long.toString(seen.positions.get(seen.shardIds.indexOf(0)));
            assertRefused(2, "say which one with --shard", cluster, with(seek, known));
            assertRefused(1, "no consumer 'moved' in shard 7", cluster, with(seek, known, "--shard", "7"));
            assertRefused(2, "--to takes start, live, a position", cluster, with(seek, "yesterday"));
            run(cluster, with(seek, "live"));
            final JsonNode one =
                    json(run(cluster, with(seek, known, "--shard", "0"))).get(0);
            assertEquals("moved", one.path("consumer").asText());
            assertEquals(0, one.path("shard").asInt(-1), one::toString);
            assertEquals(known, one.path("position").asText(), one::toString);
            final List<String> ofShard = IntStream.range(0, 40)
                    .filter(i -> seen.shardIds.get(i) == 0)
                    .mapToObj(seen.payloads::get)
                    .toList();
            final int rest = ofShard.size() - 1;
            assertEquals(ofShard.subList(1, ofShard.size()), comesAgain(client, rest).payloads);

            // when, then: live
            run(cluster, with(seek, "live"));
            publish(client, 40, 60);
            final Seen live = comesAgain(client, 20);
            assertEquals(expected(40, 60), live.sorted());

            // when, then: acknowledged, looked at and deleted
            final String[] ack = {"consumers", "ack", "moved", "--output", "json"};
            final int lastLive = live.shardIds.lastIndexOf(1);
            final String done = live.positions.get(lastLive).toString();
            assertRefused(2, "say which one with --shard", cluster, with(ack, done));
            final JsonNode acked =
                    json(run(cluster, with(ack, done, "--shard", "1"))).get(0);
            assertEquals(done, acked.path("position").asText(), acked::toString);
            final JsonNode described = json(run(cluster, "consumers", "describe", "moved", "--output", "json"))
                    .get(0);
            assertEquals("moved", described.path("consumer").asText());
            assertEquals(2, described.path("shards").size(), described::toString);
            assertEquals(done, described.path("shards").get(1).path("position").asText(), described::toString);
            assertEquals(
                    "work/#",
                    described.path("shards").get(0).path("filters").get(0).asText());
            final List<JsonNode> deleted = json(run(cluster, "consumers", "delete", "moved", "--output", "json"));
            assertEquals(Set.of(0, 1), intsOf(deleted, "shard"), deleted::toString);
            assertTrue(deleted.get(0).path("deleted").asBoolean(), deleted::toString);
        }
    }

    /** What the consumer gets where it stands; nothing of it is acknowledged. */
    private static Seen comesAgain(final LockstepClient client, final int count) {
        final Seen seen = new Seen();
        try (Consumer consumer = client.addConsumer(config("moved"), seen)) {
            pollUntil(consumer, seen, count);
        }
        return seen;
    }

    private static List<JsonNode> json(final List<String> lines) {
        return lines.stream()
                .map(line -> {
                    try {
                        return new ObjectMapper().readTree(line);
                    } catch (final JsonProcessingException ex) {
                        throw new AssertionError("this is no JSON: " + line, ex);
                    }
                })
                .toList();
    }

    private static Set<Integer> intsOf(final List<JsonNode> objects, final String key) {
        return objects.stream().map(each -> each.path(key).asInt(-1)).collect(Collectors.toSet());
    }

    private static void assertRefused(
            final int status, final String words, final LocalCluster cluster, final String... args) {
        final MainProcess.Result result = result(cluster, args);
        assertEquals(status, result.status(), result::toString);
        assertTrue(result.err().contains(words), result::toString);
        assertEquals("", result.out());
    }

    private static String[] with(final String[] words, final String... more) {
        return Stream.of(words, more).flatMap(Stream::of).toArray(String[]::new);
    }

    private static List<String> run(final LocalCluster cluster, final String... args) {
        final MainProcess.Result result = result(cluster, args);
        assertEquals(0, result.status(), result::err);
        return result.out().lines().toList();
    }

    private static MainProcess.Result result(final LocalCluster cluster, final String... args) {
        try (MainProcess process = MainProcess.start(
                folder,
                "io.lockstep.cli.LockstepMain",
                new byte[0],
                "-Dlockstep.terminal=false",
                with(args, "--nodes", cluster.nodesText()))) {
            return process.await();
        }
    }

    private static ConsumerConfig config(final String name) {
        return new ConsumerConfig()
                .name(name)
                .filter("work/#")
                .start(StartPosition.start())
                .leaseNs(LEASE_NS);
    }

    private static LockstepClient connect(final LocalCluster cluster) {
        return LockstepClient.connect(new ClientConfig().nodes(cluster.nodesText()));
    }

    private static void publish(final LockstepClient client, final int from, final int to) {
        final Publisher publisher = client.addPublisher(new PublisherConfig(), PublishListener.FAIL_FAST);
        for (int i = from; i < to; i++) {
            offer(client, publisher, "work/" + i % 7, i);
        }
        assertTrue(publisher.drain(TIMEOUT_NS));
        publisher.close();
    }

    private static void publishLanes(final LockstepClient client, final int from, final int to) {
        final Publisher publisher = client.addPublisher(new PublisherConfig(), PublishListener.FAIL_FAST);
        for (int i = from; i < to; i++) {
            offer(client, publisher, "lane/" + i % Lanes.COUNT, i);
        }
        assertTrue(publisher.drain(TIMEOUT_NS));
        publisher.close();
    }

    private static void offer(
            final LockstepClient client, final Publisher publisher, final String topic, final int value) {
        final byte[] payload = Integer.toString(value).getBytes(StandardCharsets.UTF_8);
        Await.await("a message to be taken", () -> {
            client.doWork();
            return publisher.offer(topic, new UnsafeBuffer(payload), 0, payload.length) > 0;
        });
    }

    private static void pollUntil(final Consumer consumer, final Seen seen, final int count) {
        await(consumer, count + " messages", () -> seen.payloads.size() >= count);
        assertEquals(count, seen.payloads.size(), seen.payloads::toString);
    }

    private static void await(
            final Consumer consumer, final String what, final java.util.function.BooleanSupplier condition) {
        Await.await(what, () -> {
            consumer.poll(10);
            return condition.getAsBoolean();
        });
    }

    private static List<String> expected(final int from, final int to) {
        return IntStream.range(from, to).mapToObj(Integer::toString).toList();
    }

    private static List<String> sorted(final List<String> payloads) {
        return payloads.stream()
                .sorted(java.util.Comparator.comparingInt(Integer::parseInt))
                .toList();
    }

    private static final class Seen implements MessageHandler {
        private final List<String> payloads = new ArrayList<>();
        private final List<Long> positions = new ArrayList<>();
        private final List<Long> timestampsNs = new ArrayList<>();
        private final List<Integer> shardIds = new ArrayList<>();
        private Consumer acking;

        void ackWith(final Consumer consumer) {
            acking = consumer;
        }

        List<String> sorted() {
            return ConsumerSystemTest.sorted(payloads);
        }

        @Override
        public void onMessage(final io.lockstep.client.Message message) {
            payloads.add(message.payloadText());
            positions.add(message.position());
            timestampsNs.add(message.timestampNs());
            shardIds.add(message.shardId());
            if (acking != null) {
                acking.ack(message);
            }
        }
    }

    /** A new consumer, and the first value that it has to get. */
    private static final class Starting {
        private final StartPosition start;
        private final int firstValue;
        private final Seen seen = new Seen();
        private final Consumer consumer;

        private Starting(final LockstepClient client, final StartPosition start, final int firstValue) {
            this.start = start;
            this.firstValue = firstValue;
            final String name = "starting/" + start.kind() + "/" + start.value();
            consumer = client.addConsumer(config(name).start(start), seen);
        }

        @Override
        public String toString() {
            return "the consumer that begins at " + start;
        }
    }

    /** Lets a journal grow. */
    private static final class Filler implements PublishListener {
        private final Publisher publisher;
        private final UnsafeBuffer payload = new UnsafeBuffer(new byte[500_000]);
        private long journalPosition;

        private Filler(final LockstepClient client) {
            publisher = client.addPublisher(new PublisherConfig(), this);
        }

        private void fillTo(final long position) {
            while (journalPosition < position) {
                Await.await(
                        "a message to be taken",
                        () -> publisher.offer("work/large", payload, 0, payload.capacity()) > 0);
                assertTrue(publisher.drain(TIMEOUT_NS));
            }
        }

        @Override
        public void onAccepted(final long messageId, final int shardId, final long position) {
            journalPosition = position;
        }

        @Override
        public void onRefused(final long messageId, final ResultCode code, final long detail) {
            throw new AssertionError("refused: " + code);
        }

        @Override
        public void onUnknown(final long messageId, final String reason) {
            throw new AssertionError(reason);
        }
    }

    /** One member of four consumers with different lanes. */
    private static final class Lanes {
        private static final int COUNT = 4;

        private final LockstepClient client;
        private final List<Consumer> consumers = new ArrayList<>();
        private final List<String> payloads = new ArrayList<>();

        private Lanes(final LockstepClient client) {
            this.client = client;
        }

        private void open() {
            for (int lane = 0; lane < COUNT; lane++) {
                final int index = lane;
                consumers.add(client.addConsumer(
                        new ConsumerConfig()
                                .name("lanes/" + lane)
                                .filter("lane/" + lane)
                                .lane(lane)
                                .start(StartPosition.start())
                                .leaseNs(LEASE_NS),
                        message -> {
                            payloads.add(message.payloadText());
                            consumers.get(index).ack(message);
                        }));
            }
        }

        private void poll() {
            for (final Consumer consumer : consumers) {
                consumer.poll(10);
            }
        }

        private int ownedCount() {
            return (int)
                    consumers.stream().filter(consumer -> consumer.isOwner(0)).count();
        }
    }
}
