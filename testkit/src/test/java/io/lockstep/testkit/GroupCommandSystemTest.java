package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.GroupConfig;
import io.lockstep.client.GroupDelivery;
import io.lockstep.client.GroupMember;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.wire.MessageHeaders;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Groups and dead letters from the command line, against three real nodes. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class GroupCommandSystemTest {
    private static final int BASE_PORT = 32_100;
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);

    @TempDir
    private static Path folder;

    private LocalCluster cluster;
    private LockstepClient client;
    private Publisher publisher;

    @BeforeEach
    void start() {
        cluster = LocalCluster.on(BASE_PORT).start();
        client = LockstepClient.connect(cluster.nodesText());
        publisher = client.addPublisher(new PublisherConfig(), PublishListener.FAIL_FAST);
    }

    @AfterEach
    void stop() {
        client.close();
        cluster.close();
    }

    @Test
    void shouldShareMoveAndDeleteWhenItIsToldSo() {
        // given
        for (int i = 0; i < 5; i++) {
            publish("jobs/" + i, "m" + i);
        }

        // when, then: what was printed is done
        final String[] member = {"sub", "--group", "cli", "--from", "start", "jobs/#"};
        assertEquals("m0 m1 m2 m3 m4", words(run(with(member, "--count", "5"))));
        assertEquals("", words(run(with(member, "--idle", "1"))));
        final JsonNode listed = json(run("groups", "list", "--output", "json")).path("groups");
        assertEquals(1, listed.size());
        assertEquals("cli", listed.get(0).path("group").asText());
        assertEquals(0, listed.get(0).path("ready").asInt(), listed::toString);

        // when, then: what is only looked at comes again
        final JsonNode moved = json(run("groups", "seek", "cli", "--to", "start", "--output", "json"));
        assertEquals("cli", moved.path("group").asText(), moved::toString);
        assertEquals(0, moved.path("shards").get(0).path("position").asInt(-1), moved::toString);
        assertEquals("m0 m1 m2 m3 m4", words(run(with(member, "--ack", "none", "--count", "5"))));
        assertEquals("m0 m1 m2 m3 m4", words(run(with(member, "--count", "5"))));
        final JsonNode shard = json(run("groups", "describe", "cli", "--output", "json"))
                .path("shards")
                .get(0);
        assertEquals(10, shard.path("doneTotal").asInt(), shard::toString);
        assertEquals("jobs/#", shard.path("filters").get(0).asText());

        // when, then: from a time on
        final long fourthNs = json(run("sub", "jobs/3", "--from", "start", "--count", "1", "--output", "json"))
                .path("timestampNs")
                .asLong();
        final String time = Instant.ofEpochSecond(0, fourthNs).toString();
        assertTrue(words(run("groups", "seek", "cli", "--to", time)).contains("shard 0: group cli goes on at"));
        assertEquals("m3 m4", words(run(with(member, "--count", "2"))));

        assertEquals(2, run("groups", "seek", "cli", "--to", "yesterday").status());
        assertEquals(
                "{\"group\":\"cli\",\"shards\":1}",
                run("groups", "delete", "cli", "--output", "json").out().strip());
        final MainProcess.Result unknown = run("groups", "describe", "cli");
        assertEquals(1, unknown.status());
        assertTrue(unknown.err().contains("'lockstep groups list' shows all"), unknown::err);
    }

    @Test
    void shouldListReplayAndPurgeWhenMessagesWereGivenUp() {
        // given
        final GroupMember member =
                client.addGroupMember(new GroupConfig().name("strict").filter("jobs/#"), GroupDelivery::deadLetter);
        Await.await("the member joins", () -> {
            member.poll(10);
            return member.isJoined();
        });
        publish("jobs/a", "one");
        publish("jobs/b", "two");
        publish("jobs/b", "three");
        final List<String> letters = new ArrayList<>();
        final List<String> again = new ArrayList<>();
        final Subscriber dead = client.addSubscriber(
                new SubscriberConfig().filter("$dead/#").start(StartPosition.start()),
                message -> letters.add(message.payloadText()));
        Await.await("the dead letters", () -> {
            member.poll(10);
            dead.poll(10);
            return letters.size() == 3;
        });
        member.close();
        dead.close();
        final Subscriber replayed = client.addSubscriber(
                new SubscriberConfig().filter("jobs/#"),
                message -> again.add(message.topic() + " " + message.payloadText() + " " + message.headers()));
        Await.await("the subscriber", () -> {
            replayed.poll(1);
            return replayed.isConnected();
        });

        // when, then
        final MainProcess.Result listed = run("dead-letters", "list", "--output", "json");
        final List<String> lines = listed.out().strip().lines().toList();
        assertEquals(3, lines.size(), listed::toString);
        final JsonNode first = parse(lines.get(0));
        assertEquals("jobs/a", first.path("topic").asText());
        assertEquals("strict", first.path("group").asText());
        assertEquals("rejected", first.path("reason").asText());
        assertEquals(1, first.path("attempts").asInt());
        assertEquals("{\"unit\":\"m\"}", first.path("headers").toString());
        assertEquals("one", first.path("payload").asText());

        assertEquals(
                "{\"replayed\":1,\"refused\":0}",
                run("dead-letters", "replay", "jobs/b", "--count", "1", "--output", "json")
                        .out()
                        .strip());
        Await.await("the replayed message", () -> {
            replayed.poll(10);
            return !again.isEmpty();
        });
        assertEquals(List.of("jobs/b two {unit=m}"), again);
        assertEquals(2, run("dead-letters", "list").out().lines().count());
        assertEquals(1, run("dead-letters", "list", "jobs/b").out().lines().count());
        assertEquals(
                "{\"purged\":2}",
                run("dead-letters", "purge", "--output", "json").out().strip());
        assertEquals("", run("dead-letters", "list").out());
        assertEquals(2, run("dead-letters", "list", "a#").status());
    }

    @Test
    void shouldListAllDeadLettersWhenThereAreMoreThanOneConsumerMayHold() {
        // given
        final GroupMember member = client.addGroupMember(
                new GroupConfig().name("strict").filter("jobs/#").credit(GroupConfig.MAX_CREDIT),
                GroupDelivery::deadLetter);
        Await.await("the member joins", () -> {
            member.poll(10);
            return member.isJoined();
        });
        final int count = 1_003;
        final UnsafeBuffer payload = new UnsafeBuffer(new byte[1]);
        for (int i = 0; i < count; i++) {
            Await.await("an offer", () -> {
                client.doWork();
                return Publisher.isTaken(publisher.offer("jobs/a", payload, 0, 1));
            });
        }
        final int[] letters = {0};
        final Subscriber dead = client.addSubscriber(
                new SubscriberConfig().filter("$dead/#").start(StartPosition.start()), message -> letters[0]++);
        Await.await("the dead letters", () -> {
            member.poll(100);
            dead.poll(100);
            return letters[0] == count;
        });
        member.close();
        dead.close();

        // when, then
        assertEquals(count, run("dead-letters", "list").out().lines().distinct().count());
        assertEquals(
                1_002,
                run("dead-letters", "list", "--limit", "1002").out().lines().count());
        assertEquals(2, run("dead-letters", "list", "--limit", "0").status());
    }

    @Test
    void shouldChangeTheCreditOfAMemberAndTellTheFeatureLevelWhenItIsToldSo() {
        // given
        final GroupMember member = client.addGroupMember(
                new GroupConfig().name("fed").filter("jobs/#").credit(7), delivery -> {});
        Await.await("the member joins", () -> {
            member.poll(10);
            return member.isJoined();
        });

        // when, then
        final JsonNode changed = json(runDriving(member, "groups", "credit", "fed", "0", "--output", "json"));
        assertEquals(7, changed.path("members").get(0).path("creditBefore").asInt(-1), changed::toString);
        final long memberId = changed.path("members").get(0).path("memberId").asLong();
        assertEquals(
                0,
                client.groups()
                        .describe("fed", TIMEOUT_NS)
                        .get(0)
                        .members()
                        .get(0)
                        .credit());
        assertEquals(
                1,
                runDriving(member, "groups", "credit", "fed", "1", "--member", Long.toString(memberId + 1))
                        .status());
        assertEquals(
                0,
                runDriving(member, "groups", "credit", "fed", "9", "--member", Long.toString(memberId))
                        .status());
        assertEquals(
                9,
                client.groups()
                        .describe("fed", TIMEOUT_NS)
                        .get(0)
                        .members()
                        .get(0)
                        .credit());
        assertEquals(2, run("groups", "credit", "fed", "1025").status());

        assertEquals(
                "{\"shards\":[{\"shard\":0,\"featureLevel\":5}]}",
                run("feature-level", "--set", "5", "--output", "json").out().strip());
        final MainProcess.Result lower = run("feature-level", "--set", "1");
        assertEquals(1, lower.status());
        assertTrue(lower.err().contains("it is at 5"), lower::err);
    }

    // A member that nobody drives loses its lease while the command starts.
    private MainProcess.Result runDriving(final GroupMember member, final String... args) {
        final CompletableFuture<MainProcess.Result> result = CompletableFuture.supplyAsync(() -> run(args));
        Await.await("the command to end", () -> {
            member.poll(1);
            return result.isDone();
        });
        return result.join();
    }

    private void publish(final String topic, final String payload) {
        final UnsafeBuffer bytes = new UnsafeBuffer(payload.getBytes(StandardCharsets.UTF_8));
        final UnsafeBuffer headers = new UnsafeBuffer(MessageHeaders.encode(Map.of("unit", "m")));
        Await.await(
                "an offer",
                () -> Publisher.isTaken(
                        publisher.offer(topic, headers, 0, headers.capacity(), bytes, 0, bytes.capacity())));
        assertTrue(publisher.drain(TIMEOUT_NS));
    }

    private static String[] with(final String[] args, final String... more) {
        final List<String> all = new ArrayList<>(Arrays.asList(args));
        all.addAll(Arrays.asList(more));
        return all.toArray(new String[0]);
    }

    private static String words(final MainProcess.Result result) {
        assertEquals(0, result.status(), () -> result.out() + result.err());
        return String.join(" ", result.out().strip().lines().toList());
    }

    private MainProcess.Result run(final String... args) {
        try (MainProcess process = MainProcess.start(
                folder,
                "io.lockstep.cli.LockstepMain",
                new byte[0],
                "-Dlockstep.terminal=false",
                with(args, "--nodes", cluster.nodesText()))) {
            return process.await();
        }
    }

    private static JsonNode json(final MainProcess.Result result) {
        assertEquals(0, result.status(), () -> result.out() + result.err());
        return parse(result.out().strip());
    }

    private static JsonNode parse(final String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (final JsonProcessingException ex) {
            throw new AssertionError("this is no JSON: " + text, ex);
        }
    }
}
