package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.config.ClusterConfigWriter;
import io.lockstep.config.EngineSetting;
import io.lockstep.topic.TopicSlots;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands in processes of their own against three real nodes with two shards: what people and scripts see. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class CommandLineSystemTest {
    private static final int BASE_PORT = 29_500;
    private static final int SHARDS = 2;
    private static final int CHECKPOINT_MESSAGES = 64;
    private static final int MAX_PRODUCERS = 4;
    private static final String COMMANDS = "io.lockstep.cli.LockstepMain";
    private static final String NODE = "io.lockstep.cluster.node.NodeMain";
    private static final String GATEWAY = "io.lockstep.gateway.GatewayMain";
    private static final String NO_TERMINAL = "-Dlockstep.terminal=false";
    private static final String[] EXPECTED_ERRORS = ExpectedErrors.ofLostNodes();

    @TempDir
    private static Path folder;

    private static LocalCluster cluster;
    private static Path clusterFile;

    private String topic;

    @BeforeAll
    static void startCluster() throws IOException {
        cluster = LocalCluster.on(BASE_PORT)
                .shards(SHARDS)
                .setting(EngineSetting.CHECKPOINT_MESSAGES, CHECKPOINT_MESSAGES)
                // Only messages shall make checkpoints, so that nothing moves between two questions.
                .setting(EngineSetting.CHECKPOINT_INTERVAL, TimeUnit.HOURS.toNanos(1))
                // Producers are forgotten soon, and no command may notice.
                .setting(EngineSetting.MAX_PRODUCERS, MAX_PRODUCERS)
                .setting(EngineSetting.PRODUCER_EXPIRY, TimeUnit.SECONDS.toNanos(1))
                .start();
        clusterFile = Files.writeString(folder.resolve("cluster.yaml"), ClusterConfigWriter.toYaml(cluster.config()));
    }

    @AfterAll
    static void stopCluster() {
        try {
            assertEquals(List.of(), cluster.unexpectedErrors(EXPECTED_ERRORS), cluster::log);
        } finally {
            cluster.close();
        }
    }

    @BeforeEach
    void nameTopic(final TestInfo test) {
        topic = "cli/" + test.getTestMethod().orElseThrow().getName();
    }

    @Test
    void shouldPublishNoLineTwiceWhenNamedStandardInputIsRunAgain() {
        // when
        final JsonNode first = published(pub("a\nb\nc\n", "--name", "sensor"));
        final JsonNode again = published(pub("a\nb\nc\nd\ne", "--name", "sensor"));

        // then
        assertCounts(3, 0, first);
        assertCounts(2, 3, again);
        assertEquals(topic, again.path("topic").asText());
        assertEquals(shardOfTopic(), again.path("shard").asInt(-1));
        assertEquals(first.path("producerId").asLong(), again.path("producerId").asLong());
        assertTrue(again.path("position").asLong() > first.path("position").asLong(), again::toString);
        assertTrue(again.path("seconds").isNumber(), again::toString);
        assertTopicHolds(List.of("a", "b", "c", "d", "e"));
    }

    @Test
    void shouldPublishAllLinesAnewWhenStandardInputHasNoName() {
        // when
        assertCounts(2, 0, published(pub("a\nb\n")));
        assertCounts(2, 0, published(pub("a\nb\n")));

        // then
        assertTopicHolds(List.of("a", "b", "a", "b"));
    }

    @Test
    void shouldPublishAllLinesAnewWhenAskedTo() throws IOException {
        // given
        final String file =
                Files.writeString(folder.resolve("again.txt"), "a\nb\n").toString();
        assertCounts(2, 0, published(pub("", "--file", file)));
        assertCounts(2, 0, published(pub("c\nd\n", "--producer-id", "77")));

        // when
        assertCounts(2, 0, published(pub("", "--file", file, "--again")));
        assertCounts(2, 0, published(pub("c\nd\n", "--producer-id", "77", "--again")));

        // then
        assertTopicHolds(List.of("a", "b", "c", "d", "a", "b", "c", "d"));
    }

    @Test
    void shouldGoOnBehindThePublishedLinesWhenAFileIsRunAgainAfterAKill() throws IOException {
        // given
        final List<String> lines =
                IntStream.range(0, 1_000).mapToObj(i -> "line " + i).toList();
        final String file = Files.write(folder.resolve("kill.txt"), lines).toString();
        final long before = messageCount();

        // when
        try (MainProcess killed = start("", NO_TERMINAL, "pub", topic, "--file", file, "--rate", "100")) {
            Await.await("50 published lines", () -> messageCount() >= before + 50);
            assertTrue(killed.isAlive(), "it was to be killed half-way");
            killed.kill();
        }
        final JsonNode again = published(pub("", "--file", file));
        final JsonNode third = published(pub("", "--file", file));

        // then
        final long skipped = again.path("skipped").asLong();
        assertTrue(skipped >= 50 && skipped < 1_000, again::toString);
        assertCounts(1_000 - skipped, skipped, again);
        assertCounts(0, 1_000, third);
        assertTopicHolds(lines);
    }

    @Test
    void shouldGoOnWithTheRefusedLineWhenItsFileIsRunAgain() throws IOException {
        // given
        final Path file = Files.writeString(folder.resolve("refused.txt"), "a\nb\n");
        assertCounts(2, 0, published(pub("", "--file", file.toString())));
        Files.writeString(file, "a\nb\nc\nd\n");
        final List<String> tooManyHeaders = new ArrayList<>(List.of("--file", file.toString()));
        for (int i = 0; i <= EngineSetting.MAX_HEADER_COUNT.defaultValue(); i++) {
            tooManyHeaders.addAll(List.of("--header", "key" + i + "=value"));
        }

        // when
        final MainProcess.Result refused = pub("", tooManyHeaders.toArray(new String[0]));
        final JsonNode again = published(pub("", "--file", file.toString()));

        // then
        assertEquals(1, refused.status(), refused::err);
        assertOneSentence("line 3 was refused: BAD_HEADERS", refused);
        assertFalse(json(refused).path("complete").asBoolean(), refused::out);
        assertTrue(json(refused).path("refused").asLong() >= 1, refused::out);
        assertCounts(2, 2, again);
        assertTopicHolds(List.of("a", "b", "c", "d"));
    }

    @Test
    void shouldRefuseAFileWhenItWasReplacedOrTruncatedSinceItWasPublished() throws IOException {
        // given
        final Path file = Files.writeString(folder.resolve("rotated.txt"), "a\nb\nc\n");
        final String name = file.toString();
        assertCounts(3, 0, published(pub("", "--file", name)));

        // when
        Files.writeString(file, "a\nB\nC\nD\n");
        final MainProcess.Result replaced = pub("", "--file", name);
        Files.writeString(file, "a\nb\n");
        final MainProcess.Result truncated = pub("", "--file", name);
        Files.writeString(file, "");
        final MainProcess.Result emptied = pub("", "--file", name);

        // then
        assertRefusedInput("line 2 of the input is not what the cluster has as that line", replaced);
        assertRefusedInput("the input ends with line 2, but the cluster has more lines of it", truncated);
        assertRefusedInput("the input ends with line 0, but the cluster has more lines of it", emptied);

        // when
        Files.writeString(file, "d\ne\n");
        assertCounts(2, 0, published(pub("", "--file", name, "--name", "rotated twice")));
        assertCounts(0, 2, published(pub("", "--file", name, "--name", "rotated twice")));
        assertCounts(2, 0, published(pub("", "--file", name, "--again")));

        // then
        assertTopicHolds(List.of("a", "b", "c", "d", "e", "d", "e"));
    }

    @Test
    void shouldRefuseStandardInputWhenItsNameStandsForOtherLines() {
        // given
        assertCounts(2, 0, published(pub("a\nb\n", "--name", "pump")));

        // when
        final MainProcess.Result other = pub("c\nd\ne\n", "--name", "pump");

        // then
        assertRefusedInput("line 1 of the input is not what the cluster has as that line", other);
        assertTopicHolds(List.of("a", "b"));
    }

    @Test
    void shouldPublishNoLineTwiceWhenTheClusterForgotItsProducer() throws IOException {
        // given
        final Path file = Files.writeString(folder.resolve("forgotten.txt"), "a\nb\n");
        assertCounts(2, 0, published(pub("", "--file", file.toString())));
        fillWithProducers();

        // when
        Files.writeString(file, "a\nb\nc\n");
        final JsonNode again = published(pub("", "--file", file.toString()));
        final JsonNode third = published(pub("", "--file", file.toString()));

        // then
        assertCounts(1, 2, again);
        assertCounts(0, 3, third);
        assertTopicHolds(List.of("a", "b", "c"));
    }

    @Test
    void shouldFailAndTellNoPositionWhenStandardOutputCannotBeWritten() {
        // given
        published(pub("a\nb\n"));
        final String[] args = {"sub", topic, "--from", "start", "--count", "2", "--nodes", cluster.nodesText()};

        // when
        final MainProcess.Result full = runInto(Redirect.to(new File("/dev/full")), args);
        final MainProcess.Result closed = runInto(Redirect.PIPE, args);

        // then
        assertEquals(1, full.status(), full::err);
        assertOneSentence("standard output cannot be written: ", full);
        assertFalse(full.err().contains("--from"), full::err);
        assertEquals(1, closed.status(), closed::err);
        assertEquals(List.of(), closed.sentences());
    }

    @Test
    void shouldPrintWhatIsNotOlderWhenSubscribedFromATime() {
        // given
        published(pub("a\nb\n"));
        published(pub("c\nd\n"));
        final List<JsonNode> messages = succeeded(
                        run("sub", topic, "--from", "start", "--count", "4", "--output", "json"))
                .out()
                .lines()
                .map(CommandLineSystemTest::json)
                .toList();
        final long thirdNs = longOf(messages, 2, "timestampNs");
        assertTrue(longOf(messages, 1, "timestampNs") < thirdNs, messages::toString);

        // when
        final MainProcess.Result later = succeeded(
                run("sub", topic, "--from", Instant.ofEpochSecond(0, thirdNs).toString(), "--count", "2"));

        // then
        assertEquals("c\nd\n", later.out());
    }

    @Test
    void shouldShowTheJournalsWhenInfoAndDumpAreAsked() {
        // given
        final String shard = Integer.toString(shardOfTopic());
        final JsonNode summary = published(pub("first\nlast\n"));
        cluster.awaitJournals(shardOfTopic(), longOf(summary, "position"));

        // when
        final JsonNode infos = json(succeeded(run("journal", "info", "--shard", shard, "--output", "json")))
                .path("journals");
        final MainProcess.Result text = succeeded(run("journal", "info"));
        final List<JsonNode> records = succeeded(
                        run("journal", "dump", "--shard", shard, "--node", "1", "--output", "json"))
                .out()
                .lines()
                .map(CommandLineSystemTest::json)
                .toList();

        // then
        assertEquals(3, infos.size(), infos::toString);
        for (final JsonNode info : infos) {
            assertEquals(shardOfTopic(), info.path("shard").asInt(-1), infos::toString);
            assertTrue(longOf(info, "endPosition") >= longOf(summary, "position"), infos::toString);
            assertTrue(info.path("damage").isNull(), infos::toString);
        }
        assertEquals(
                3 * SHARDS,
                text.out().lines().filter(line -> line.startsWith("shard ")).count(),
                text::out);
        final List<String> payloads = records.stream()
                .filter(entry -> entry.path("topic").asText().equals(topic))
                .map(entry -> entry.path("payload").asText())
                .toList();
        assertEquals(List.of("first", "last"), payloads);
        assertEquals(longOf(infos.path(1), "records"), records.size());
    }

    @Test
    void shouldNameTheFirstDifferenceWhenACopyOfAJournalHasAnotherByte() throws IOException {
        // given
        final String marker = "payload that differs in one of the copies";
        final String shard = Integer.toString(shardOfTopic());
        final JsonNode summary = published(pub("before\n" + marker + "\nbehind\n"));
        cluster.awaitJournals(shardOfTopic(), longOf(summary, "position"));
        final Path good = copyOfJournal(0);
        final Path bad = copyOfJournal(1);
        final String[] verify = {"journal", "verify", "--dir", good + "," + bad, "--shard", shard, "--output", "json"};
        Await.await("both copies to hold all", () -> {
            final JsonNode both = json(run(verify));
            return both.path("identical").asBoolean()
                    && both.path("shards").path(0).path("toPosition").asLong() >= longOf(summary, "position");
        });

        // when
        overwrite(bad, marker, "P");
        final MainProcess.Result different = run(verify);

        // then
        assertEquals(1, different.status(), different::err);
        final JsonNode result = json(different);
        assertFalse(result.path("identical").asBoolean(true), different::out);
        final String difference = result.path("firstDifference").asText();
        assertTrue(difference.startsWith("shard " + shard + ": "), difference);
        assertTrue(difference.contains(bad.getFileName().toString()), difference);
    }

    @Test
    void shouldShowProgressWhenStandardInputIsAPipeAndStandardErrorATerminal() {
        // when
        final MainProcess.Result result;
        try (MainProcess process = start("a\nb\n", "-Dlockstep.terminal=true", "pub", topic)) {
            result = process.await();
        }

        // then
        assertEquals(0, result.status(), result::err);
        assertTrue(result.err().contains("acknowledged, "), result::err);
        assertTrue(result.out().startsWith("published 2 to " + topic), result::out);
    }

    @Test
    void shouldPrintEveryFieldWhenSubscribed() {
        // given
        final long beforeMs = System.currentTimeMillis();
        final JsonNode summary = published(pub("21.5 °C\n\n", "--header", "unit=C", "--header", "site=7"));
        pub(new byte[] {(byte) 0xFF, (byte) 0xFE, '\n'});

        // when
        final MainProcess.Result text = run("sub", topic, "--from", "start", "--count", "2");
        final MainProcess.Result objects = run("sub", topic, "--from", "start", "--count", "3", "--output", "json");

        // then
        assertEquals(0, text.status(), text::err);
        assertEquals("21.5 °C\n\n", text.out());
        assertEquals(0, objects.status(), objects::err);
        final List<JsonNode> messages =
                objects.out().lines().map(CommandLineSystemTest::json).toList();
        assertEquals(3, messages.size(), objects::out);
        final JsonNode first = messages.get(0);
        assertEquals(topic, first.path("topic").asText());
        assertEquals(shardOfTopic(), first.path("shard").asInt(-1));
        assertEquals(
                summary.path("producerId").asLong(), first.path("producerId").asLong());
        assertEquals("{\"unit\":\"C\",\"site\":\"7\"}", first.path("headers").toString());
        assertEquals("21.5 °C", first.path("payload").asText());
        assertEquals("", messages.get(1).path("payload").asText("none"));
        assertEquals("{}", messages.get(2).path("headers").toString());
        assertEquals("//4=", messages.get(2).path("payloadBase64").asText());
        for (int i = 0; i < 3; i++) {
            final JsonNode message = messages.get(i);
            assertEquals(i + 1, message.path("topicSequence").asLong());
            assertEquals(i < 2 ? i + 1 : 1, message.path("producerSequence").asLong());
            assertTrue(
                    message.path("shardSequence").asLong() > (i == 0 ? 0 : longOf(messages, i - 1, "shardSequence")));
            assertTrue(message.path("position").asLong() > (i == 0 ? 0 : longOf(messages, i - 1, "position")));
            final long timestampMs = TimeUnit.NANOSECONDS.toMillis(longOf(messages, i, "timestampNs"));
            assertTrue(Math.abs(timestampMs - beforeMs) < TimeUnit.MINUTES.toMillis(5), message::toString);
        }
    }

    @Test
    void shouldGoOnBehindThePrintedMessagesWhenStartedAtThePositionThatItTold() {
        // given
        published(pub("a\nb\n"));
        final MainProcess.Result first = run("sub", topic, "--from", "start", "--count", "2", "--output", "json");
        final Matcher told = Pattern.compile("shard (\\d): go on with --from (\\d+) --shard (\\d)\\s*")
                .matcher(String.join("\n", first.sentences()));
        assertTrue(told.matches(), first::err);
        published(pub("c\n"));
        final long firstPosition = json(first.out().lines().findFirst().orElseThrow())
                .path("position")
                .asLong();

        // when
        final MainProcess.Result next =
                run("sub", topic, "--from", told.group(2), "--shard", told.group(3), "--count", "1");
        final MainProcess.Result second =
                run("sub", topic, "--from", Long.toString(firstPosition), "--shard", told.group(1), "--count", "1");

        // then
        assertEquals("c\n", next.out(), next::err);
        assertEquals("b\n", second.out(), second::err);
    }

    @Test
    void shouldListTopicsOfAllShardsWhenTheyMatch() {
        // given
        final List<String> names = new ArrayList<>();
        final TreeSet<Integer> shards = new TreeSet<>();
        for (int i = 0; names.size() < 2 || shards.size() < SHARDS; i++) {
            final String name = topic + "/" + i;
            names.add(name);
            shards.add(shardOf(name));
            published(run("pub", name, "12345", "--output", "json"));
        }

        // when
        final JsonNode topics =
                json(succeeded(run("topics", topic + "/#", "--output", "json"))).path("topics");
        final MainProcess.Result table = succeeded(run("topics", topic + "/0"));

        // then
        assertEquals(names.size(), topics.size(), topics::toString);
        for (final JsonNode listed : topics) {
            final String name = listed.path("topic").asText();
            assertTrue(names.remove(name), topics::toString);
            assertEquals(shardOf(name), listed.path("shard").asInt(-1));
            assertTrue(listed.path("topicId").asInt() > 0, listed::toString);
            assertEquals(1, listed.path("lastTopicSequence").asLong());
            assertTrue(listed.path("lastTimestampNs").asLong() > 0, listed::toString);
            assertEquals(5, listed.path("payloadBytes").asLong());
        }
        assertEquals(2, table.out().lines().count(), table::out);
        assertTrue(
                table.out().matches("(?s).*\\s+" + shardOf(topic + "/0") + "\\s+1\\s+5\\s+" + topic + "/0\\s*"),
                table::out);
    }

    @Test
    void shouldTellWhatScriptsReadWhenVerifyAndStatusPrintJson() {
        // given
        final int shardId = shardOfTopic();
        final JsonNode summary = published(pub("x\n".repeat(3 * CHECKPOINT_MESSAGES)));
        cluster.awaitJournals(shardId, summary.path("position").asLong());

        // when
        final JsonNode verified = json(succeeded(run("journal", "verify", "--output", "json")));
        final JsonNode status = json(succeeded(run("status", "--output", "json")));

        // then
        assertTrue(verified.path("identical").isBoolean()
                && verified.path("identical").asBoolean());
        assertTrue(verified.path("records").isIntegralNumber(), verified::toString);
        assertTrue(verified.path("records").asLong() >= 3 * CHECKPOINT_MESSAGES, verified::toString);
        assertTrue(
                verified.has("firstDifference")
                        && verified.path("firstDifference").isNull(),
                verified::toString);
        assertEquals(3, status.path("nodes").size(), status::toString);
        final int[] leaders = new int[SHARDS];
        final TreeSet<String> hashes = new TreeSet<>();
        for (int nodeId = 0; nodeId < 3; nodeId++) {
            final JsonNode node = status.path("nodes").path(nodeId);
            assertEquals(nodeId, node.path("id").asInt(-1), status::toString);
            assertEquals(SHARDS, node.path("shards").size(), status::toString);
            for (int i = 0; i < SHARDS; i++) {
                final JsonNode shard = node.path("shards").path(i);
                assertEquals(i, shard.path("shard").asInt(-1), shard::toString);
                leaders[i] += shard.path("role").asText().equals("LEADER") ? 1 : 0;
                assertTrue(shard.path("role").asText().matches("LEADER|FOLLOWER"), shard::toString);
                for (final String key : List.of("term", "commitPosition", "journalPosition", "lagBytes")) {
                    assertTrue(shard.path(key).isIntegralNumber(), () -> key + " of " + shard);
                }
                assertTrue(shard.path("commitPosition").asLong() > 0, shard::toString);
            }
            final JsonNode written = node.path("shards").path(shardId);
            assertTrue(written.path("journalPosition").asLong() >= longOf(summary, "position"), written::toString);
            hashes.add(written.path("checkpointHash").asText());
        }
        assertEquals("[1, 1]", Arrays.toString(leaders), status::toString);
        assertEquals(1, hashes.size(), status::toString);
        assertTrue(hashes.first().matches("[0-9a-f]{16}"), status::toString);
    }

    @Test
    void shouldSayInOneSentenceWhatIsWrongAndLeaveTheClusterAloneWhenInputIsBad() throws IOException {
        // given
        final Path unknownKey = Files.writeString(
                folder.resolve("unknown.yaml"),
                Files.readString(clusterFile).replaceFirst("(?m)^  shards:", "  shardz:"));
        final Path broken = Files.writeString(folder.resolve("broken.yaml"), "nodes: [ { id: 0\n");
        final Path tooLong =
                Files.writeString(folder.resolve("long.txt"), "fits\n" + "x".repeat((1 << 20) + 1) + "\nnever\n");
        final String noKey = "there is no key 'cluster.shardz'; did you mean 'cluster.shards'?";
        final String noYaml = "this is not YAML: ";

        // when / then
        assertRefused(2, noKey, COMMANDS, "pub", topic, "x", "--cluster", unknownKey.toString());
        assertRefused(2, noYaml, COMMANDS, "status", "--cluster", broken.toString());
        assertRefused(2, "'a/+' is no topic name", COMMANDS, "pub", "a/+", "x", "--cluster", clusterFile.toString());
        for (final String main : List.of(NODE, GATEWAY)) {
            assertRefused(2, noKey, main, "--config", unknownKey.toString(), "--id", "0");
            assertRefused(2, noYaml, main, "--config", broken.toString(), "--id", "0");
            assertRefused(2, "there is no cluster file", main, "--config", folder + "/none.yaml", "--id", "0");
            assertRefused(2, "with id 9", main, "--config", clusterFile.toString(), "--id", "9");
        }

        final MainProcess.Result oversized = pub("", "--file", tooLong.toString());
        assertEquals(1, oversized.status(), oversized::err);
        assertOneSentence("line 2 of 1048577 bytes is longer than the cluster allows", oversized);
        assertFalse(json(oversized).path("complete").asBoolean(), oversized::out);

        succeeded(run("status", "--cluster", clusterFile.toString()));
        assertCounts(1, 0, published(pub("still serving\n")));
        assertTopicHolds(List.of("fits", "still serving"));
    }

    @Test
    void shouldHoldMessagesBackListAndCancelThemWhenAsked() {
        // when
        final JsonNode held = published(pub("", "never", "--delay", "1h", "--message-key", "k7"));
        final JsonNode soon = published(pub("", "soon", "--delay", "100ms", "--expire", "1h"));
        final String shard = held.path("shard").asText();
        final String position = held.path("position").asText();
        final JsonNode list = json(succeeded(run("scheduled", "list", topic, "--output", "json")));
        final JsonNode cancelled =
                json(succeeded(run("scheduled", "cancel", position, "--shard", shard, "--output", "json")));
        final MainProcess.Result again = run("scheduled", "cancel", position, "--shard", shard);
        final MainProcess.Result table = succeeded(run("scheduled", "list", topic));
        final MainProcess.Result message =
                succeeded(run("sub", topic, "--from", "start", "--count", "1", "--output", "json"));

        // then
        assertEquals(position, list.path("scheduled").get(0).path("position").asText(), list::toString);
        assertEquals(topic, list.path("scheduled").get(0).path("topic").asText(), list::toString);
        assertEquals(SHARDS, list.path("shards").size(), list::toString);
        assertEquals(position, cancelled.path("cancelled").get(0).asText(), cancelled::toString);
        assertEquals(1, again.status(), again::out);
        assertOneSentence("does not hold back [" + position + "]", again);
        assertFalse(table.out().contains(position), table::out);
        final JsonNode stats = json(succeeded(run("scheduled", "stats", "--output", "json")))
                .path("shards")
                .get(Integer.parseInt(soon.path("shard").asText()));
        assertTrue(stats.path("releasedCount").asLong() >= 1, stats::toString);
        assertTrue(
                stats.path("greatestLatenessMs").asDouble()
                        >= stats.path("meanLatenessMs").asDouble(),
                stats::toString);
        assertTrue(succeeded(run("scheduled", "stats")).out().contains("most late ms"));
        final JsonNode released = json(message);
        assertEquals("soon", released.path("payload").asText(), released::toString);
        assertEquals("3600000", released.path("headers").path("$expiryMs").asText(), released::toString);
        assertTrue(released.path("latenessNs").asLong(-1) >= 0, released::toString);
        assertTrue(longOf(released, "position") > longOf(soon, "position"), released::toString);
    }

    @Test
    void shouldChangeASettingInAllShardsWhenToldTo() {
        // when
        final JsonNode change =
                json(succeeded(run("settings", "set", "journal.retentionAge", "8d", "--output", "json")));
        final JsonNode settings =
                json(succeeded(run("settings", "list", "--output", "json"))).path("settings");
        final String table = succeeded(run("settings", "list")).out();

        // then
        assertEquals("journal.retentionAge", change.path("key").asText());
        assertEquals("8d", change.path("value").asText());
        assertEquals(SHARDS, change.path("shards").asInt());
        final List<String> values = new ArrayList<>();
        settings.forEach(setting -> {
            if (setting.path("key").asText().equals("journal.retentionAge")) {
                values.add(setting.path("shard").asInt() + "="
                        + setting.path("value").asText());
            }
        });
        assertEquals(List.of("0=8d", "1=8d"), values);
        assertEquals(SHARDS * EngineSetting.count(), settings.size());
        assertTrue(table.lines().anyMatch(line -> line.matches("journal.retentionAge +8d")), table);
        assertRefused(2, "'limits.maxTopic' is no setting", COMMANDS, "settings", "set", "limits.maxTopic", "5");
        assertRefused(
                2,
                "limits.maxTopics takes a whole number from 1 to 1000000, but it is '0'",
                COMMANDS,
                "settings",
                "set",
                "limits.maxTopics",
                "0");
    }

    @Test
    void shouldEndWithItsMessageDeliveredWhenTheClientOfTheReadmeRuns() {
        ReadmeClient.run(cluster.nodesText());
    }

    // Opens as many producers as the shard holds, so that all who came before are forgotten.
    @Test
    void shouldListShowSetAndClearLastValues() {
        // when
        final JsonNode set = json(succeeded(run("retained", "set", topic, "21.5", "--output", "json")));
        succeeded(run("pub", topic + "/b", "no value"));
        succeeded(run("pub", "--retain", topic + "/b", "a value"));

        // then
        final JsonNode got = json(succeeded(run("retained", "get", topic, "--output", "json")));
        assertEquals("21.5", got.path("payload").asText());
        assertEquals(set.path("position").asLong(), got.path("position").asLong());
        assertEquals("1", got.path("headers").path("$retain").asText());
        assertEquals(
                "a value", succeeded(run("retained", "get", topic + "/b")).out().strip());
        final JsonNode listed = json(succeeded(run("retained", "list", topic + "/#", "--output", "json")))
                .path("values");
        assertEquals(2, listed.size(), listed::toString);
        final MainProcess.Result subscribed =
                succeeded(run("sub", "--retained", topic + "/#", "--count", "2", "--output", "json"));
        assertEquals(
                2,
                subscribed
                        .out()
                        .lines()
                        .filter(line -> line.contains("\"retained\":true"))
                        .count(),
                subscribed::out);

        // when
        final JsonNode cleared = json(succeeded(run("retained", "clear", topic, "--output", "json")));

        // then
        assertCounts(1, 0, cleared);
        assertEquals(topic, cleared.path("topic").asText(), cleared::toString);
        assertRefused(1, "no last value", COMMANDS, "retained", "get", topic, "--nodes", cluster.nodesText());
        assertEquals(
                1,
                succeeded(run("retained", "list", topic + "/#")).out().lines().count() - 1);
        assertRefused(
                2,
                "takes no other start",
                COMMANDS,
                "sub",
                "a",
                "--retained",
                "--from",
                "start",
                "--nodes",
                cluster.nodesText());
    }

    private void fillWithProducers() {
        final int shardId = shardOfTopic();
        try (LockstepClient client = LockstepClient.connect(cluster.nodesText())) {
            for (int i = 0; i < MAX_PRODUCERS; i++) {
                final long producerId = 1_000L + i;
                // As long as all others were used within the last second, there is no room.
                Await.await("producer " + producerId + " to open", () -> {
                    final Publisher publisher = client.addPublisher(
                            new PublisherConfig().producerId(producerId), PublishListener.FAIL_FAST);
                    publisher.open(shardId);
                    Await.await("an answer", () -> {
                        client.doWork();
                        return publisher.isOpen(shardId) || publisher.isClosed();
                    });
                    return publisher.isOpen(shardId);
                });
            }
        }
    }

    private static void assertRefusedInput(final String words, final MainProcess.Result result) {
        assertEquals(1, result.status(), () -> result.out() + result.err());
        assertOneSentence(words, result);
        assertTrue(result.err().contains("--again") && result.err().contains("--name"), result::err);
        assertEquals("", result.out());
    }

    private static Path copyOfJournal(final int nodeId) throws IOException {
        final Path copy = Files.createDirectory(folder.resolve("copy-of-" + nodeId));
        try (Stream<Path> files = Files.list(cluster.journalDir(nodeId))) {
            for (final Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        return copy;
    }

    private static void overwrite(final Path directory, final String marker, final String text) throws IOException {
        int found = 0;
        try (Stream<Path> files = Files.list(directory)) {
            for (final Path file :
                    files.filter(path -> path.toString().endsWith(".rec")).toList()) {
                final byte[] bytes = Files.readAllBytes(file);
                final int index = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(marker);
                if (index >= 0) {
                    bytes[index] = (byte) text.charAt(0);
                    Files.write(file, bytes);
                    found++;
                }
            }
        }
        assertEquals(1, found, "files that hold the marker");
    }

    private static MainProcess.Result runInto(final Redirect sink, final String... args) {
        try (MainProcess process = MainProcess.start(folder, COMMANDS, new byte[0], sink, NO_TERMINAL, args)) {
            return process.await();
        }
    }

    private void assertTopicHolds(final List<String> lines) {
        final MainProcess.Result result =
                succeeded(run("sub", topic, "--from", "start", "--count", Integer.toString(lines.size())));
        assertEquals(lines, result.out().lines().toList());
        // No line more: the sequence of a topic is dense.
        final JsonNode topics =
                json(succeeded(run("topics", topic, "--output", "json"))).path("topics");
        assertEquals(1, topics.size(), topics::toString);
        assertEquals(lines.size(), topics.path(0).path("lastTopicSequence").asLong());
    }

    private static void assertCounts(final long published, final long skipped, final JsonNode summary) {
        assertEquals(published, summary.path("published").asLong(-1), summary::toString);
        assertEquals(skipped, summary.path("skipped").asLong(-1), summary::toString);
        assertEquals(0, summary.path("refused").asLong(-1), summary::toString);
        assertEquals(0, summary.path("unknown").asLong(-1), summary::toString);
        assertTrue(summary.path("complete").asBoolean(), summary::toString);
    }

    private static void assertRefused(final int status, final String words, final String main, final String... args) {
        final MainProcess.Result result;
        try (MainProcess process = MainProcess.start(folder, main, new byte[0], NO_TERMINAL, args)) {
            result = process.await();
        }
        assertEquals(status, result.status(), () -> main + Arrays.toString(args) + ": " + result.err());
        assertOneSentence(words, result);
        assertEquals("", result.out(), () -> main + Arrays.toString(args));
    }

    private static void assertOneSentence(final String words, final MainProcess.Result result) {
        assertEquals(1, result.sentences().size(), result::err);
        assertTrue(result.sentences().get(0).contains(words), result::err);
    }

    private MainProcess.Result pub(final String input, final String... options) {
        return pub(input.getBytes(StandardCharsets.UTF_8), options);
    }

    private MainProcess.Result pub(final byte[] input, final String... options) {
        final List<String> args = new ArrayList<>(List.of("pub", topic, "--output", "json"));
        args.addAll(Arrays.asList(options));
        return run(input, args.toArray(new String[0]));
    }

    private static MainProcess.Result run(final String... args) {
        return run(new byte[0], args);
    }

    private static MainProcess.Result run(final byte[] input, final String... args) {
        try (MainProcess process = start(input, NO_TERMINAL, args)) {
            return process.await();
        }
    }

    private static MainProcess start(final String input, final String javaOption, final String... args) {
        return start(input.getBytes(StandardCharsets.UTF_8), javaOption, args);
    }

    private static MainProcess start(final byte[] input, final String javaOption, final String... args) {
        final List<String> all = new ArrayList<>(Arrays.asList(args));
        if (!all.contains("--cluster")) {
            all.addAll(List.of("--nodes", cluster.nodesText()));
        }
        return MainProcess.start(folder, COMMANDS, input, javaOption, all.toArray(new String[0]));
    }

    private static JsonNode published(final MainProcess.Result result) {
        return json(succeeded(result));
    }

    private static MainProcess.Result succeeded(final MainProcess.Result result) {
        assertEquals(0, result.status(), () -> result.out() + result.err());
        return result;
    }

    private static JsonNode json(final MainProcess.Result result) {
        return json(result.out().strip());
    }

    private static JsonNode json(final String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (final JsonProcessingException ex) {
            throw new AssertionError("this is no JSON: " + text, ex);
        }
    }

    private static long longOf(final List<JsonNode> objects, final int index, final String key) {
        return longOf(objects.get(index), key);
    }

    private static long longOf(final JsonNode object, final String key) {
        return object.path(key).asLong();
    }

    private static long messageCount() {
        return IntStream.range(0, SHARDS)
                .mapToLong(shardId -> cluster.shardStatus(0, shardId).messageCount())
                .sum();
    }

    private int shardOfTopic() {
        return shardOf(topic);
    }

    private static int shardOf(final String name) {
        final UnsafeBuffer bytes = new UnsafeBuffer(name.getBytes(StandardCharsets.UTF_8));
        return TopicSlots.defaultShardOf(TopicSlots.slotOf(bytes, 0, bytes.capacity()), SHARDS);
    }
}
