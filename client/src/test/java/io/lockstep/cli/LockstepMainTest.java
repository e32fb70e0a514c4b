package io.lockstep.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LockstepMainTest {
    private static final int UNUSED_PORT = 23_900;
    private static final int STATUS_PORT = 23_800;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pub",
                "sub",
                "status",
                "topics",
                "routes",
                "routes set",
                "routes remove",
                "consumers list",
                "consumers describe",
                "consumers seek",
                "consumers ack",
                "consumers delete",
                "sessions list",
                "sessions describe",
                "sessions delete",
                "partitions list",
                "partitions set",
                "partitions remove",
                "scheduled list",
                "scheduled cancel",
                "retained list",
                "retained get",
                "retained set",
                "retained clear",
                "groups list",
                "groups describe",
                "groups seek",
                "groups delete",
                "dead-letters list",
                "dead-letters replay",
                "dead-letters purge",
                "request"
            })
    void shouldShowHelpWhenAsked(final String command) {
        assertEquals(0, execute(words(command + " --help")));
        assertTrue(out.toString().contains("--nodes"));
        assertTrue(out.toString().contains("--output"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nonsense",
                "pub",
                "pub a b --file c",
                "pub a --rate -1",
                "pub a x --rate NaN",
                "pub a x --header =value",
                "pub a x --delay soon",
                "pub a x --delay 1s --at 2026-11-21T10:00:00Z",
                "pub a x --at yesterday",
                "pub a --name n --delay 1s",
                "pub a x --expire -1s",
                "scheduled",
                "scheduled list a+",
                "scheduled cancel",
                "scheduled cancel x",
                "scheduled cancel 32 --shard -1",
                "topics --connect-timeout 0",
                "routes set a",
                "routes set a/ 0",
                "routes set a -1",
                "routes remove #",
                "routes a",
                "partitions",
                "partitions set orders",
                "partitions set orders many",
                "partitions set orders 1025",
                "partitions set orders -1",
                "partitions set $sys 4",
                "partitions set a/$3 4",
                "partitions remove a+",
                "retained",
                "retained get a/#",
                "retained set a",
                "retained clear $dead/a",
                "consumers",
                "consumers list a+",
                "consumers seek a",
                "consumers seek a --to yesterday",
                "consumers seek a# --to live",
                "consumers ack a",
                "sessions",
                "sessions list a+",
                "sessions describe",
                "sessions delete",
                "sub a --consumer b#",
                "sub a --consumer b --retained",
                "sub a --group b --retained",
                "settings",
                "settings set limits.maxTopics",
                "settings set cluster.shards 2",
                "settings set limits.maxTopics many",
                "pub a/+ x",
                "pub $SYS/a x",
                "sub a --idle NaN",
                "pub a --output xml",
                "sub",
                "sub a/#/b",
                "sub a --from yesterday",
                "sub a --count -1",
                "topics a+",
                "journal",
                "journal nonsense",
                "journal dump --from 9 --to 3",
                "status --nodes a:b",
                "status --nodes localhost:20000 --cluster x.yaml",
                "status --cluster /does/not/exist.yaml",
                "node",
                "gateway --config x.yaml --id 0"
            })
    void shouldEndWithUsageAndOneSentenceWhenArgumentsAreWrong(final String line) {
        // when
        final int status = execute(words(line));

        // then
        assertEquals(2, status, err::toString);
        assertEquals(1, err.toString().lines().count(), err::toString);
        assertEquals("", out.toString());
    }

    @Test
    void shouldListTheProcessesOfTheLauncherBesideTheCommandsWhenAskedForHelp() {
        // when
        final int status = execute("--help");

        // then
        assertEquals(0, status);
        final List<String> lines = out.toString().lines().toList();
        final int table = lines.indexOf("Commands:");
        for (final String command : List.of(
                "pub", "sub", "status", "topics", "routes", "partitions", "settings", "journal", "node", "gateway")) {
            assertTrue(
                    lines.subList(table + 1, lines.size()).stream()
                            .anyMatch(line -> line.matches(" {2}" + command + " +\\S.*")),
                    () -> command + " is not in:\n" + out);
        }
    }

    @Test
    void shouldRefuseTopicBeforeItConnectsWhenItHoldsAWildcard() {
        // when
        final int status = execute("pub", "a/+", "x", "--nodes", "localhost:" + UNUSED_PORT, "--connect-timeout", "1");

        // then
        assertEquals(2, status, err::toString);
        assertEquals(
                "lockstep pub: 'a/+' is no topic name: 1 to 1024 bytes of UTF-8 without '+' and '#', and not one of"
                        + " Lockstep's own, such as $dead/a; 'lockstep pub --help' shows the usage",
                err.toString().strip());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pub a x",
                "sub a",
                "status",
                "topics",
                "routes",
                "routes set a 1",
                "routes remove a",
                "partitions list",
                "partitions set a 4",
                "partitions remove a",
                "journal verify",
                "journal info",
                "journal dump"
            })
    void shouldNameFileLineAndNearestKeyWhenKeyIsUnknown(final String command, @TempDir final Path dir)
            throws IOException {
        // given
        final Path file = dir.resolve("c.yaml");
        Files.writeString(file, "cluster:\n  shardz: 1\nnodes:\n  - { id: 0, port: " + UNUSED_PORT + " }\n");

        // when
        final int status = execute(words(command + " --cluster " + file));

        // then
        assertEquals(2, status, err::toString);
        assertEquals(
                "lockstep: " + file + ", line 2: there is no key 'cluster.shardz'; did you mean 'cluster.shards'?",
                err.toString().strip());
        assertEquals("", out.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"nodes: [ { id: 0", "nodes:\n\t- x", "a: @x"})
    void shouldSayInOneLineThatFileIsNoYamlWhenItIsBroken(final String text, @TempDir final Path dir)
            throws IOException {
        // given
        final Path file = dir.resolve("c.yaml");
        Files.writeString(file, text);

        // when
        final int status = execute("status", "--cluster", file.toString());

        // then
        assertEquals(2, status, err::toString);
        assertEquals(1, err.toString().lines().count(), err::toString);
        assertTrue(err.toString().startsWith("lockstep: " + file), err::toString);
        assertTrue(err.toString().contains("this is not YAML: "), err::toString);
    }

    @Test
    void shouldFailWithSentenceWhenNobodyAnswers() {
        // when
        final int status = execute("topics", "--nodes", "localhost:" + UNUSED_PORT, "--connect-timeout", "1");

        // then
        assertEquals(1, status);
        assertTrue(err.toString().contains("no leader of shard 0 answered"), err::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {"verify", "info", "dump"})
    void shouldFailWithSentenceWhenThereIsNoJournal(final String command, @TempDir final Path dir) {
        // when
        final int status = execute("journal", command, "--dir", dir.toString());

        // then
        assertEquals(1, status, err::toString);
        assertTrue(err.toString().contains(dir.toString()), err::toString);
    }

    @Test
    void shouldFailWithSentenceWhenFileIsNotReadable() {
        // when
        final int status = execute("pub", "a", "--file", "/does/not/exist");

        // then
        assertEquals(1, status);
        assertTrue(err.toString().contains("/does/not/exist"), err::toString);
    }

    @Test
    void shouldMergeStatusAndNameUnreachableNodeWhenOneIsDown() throws IOException {
        // given
        final HttpServer server = statusServer("{\"id\":0,\"host\":\"localhost\",\"port\":" + STATUS_PORT
                + ",\"shards\":[{\"shard\":0,\"role\":\"LEADER\",\"term\":3,\"commitPosition\":10,"
                + "\"journalPosition\":20,\"lagBytes\":0,\"checkpointHash\":\"00ff\"}]}");
        try {
            // when
            final int status = execute(
                    "status", "--nodes", "localhost:" + STATUS_PORT + ",localhost:" + UNUSED_PORT, "--output", "json");

            // then
            assertEquals(0, status, err::toString);
            final JsonNode nodes = new ObjectMapper().readTree(out.toString()).path("nodes");
            assertEquals(2, nodes.size());
            assertEquals(
                    "LEADER", nodes.path(0).path("shards").path(0).path("role").asText());
            assertFalse(nodes.path(1).path("reachable").asBoolean());
            assertTrue(nodes.path(1).path("error").asText().contains("not running"));
        } finally {
            server.stop(0);
        }
    }

    @Test
    void shouldFailWhenShardHasNoLeader() {
        // given
        final ObjectNode node = OutputOptions.newObject();
        node.putArray("shards").addObject().put("shard", 0).put("role", "FOLLOWER");

        // when / then
        assertThrows(CommandFailure.class, () -> StatusCommand.checkLeaders(List.of(node)));
    }

    @Test
    void shouldDeriveSameProducerWhenSourceIsSame() {
        assertEquals(StableProducerId.of("a", "file:x"), StableProducerId.of("a", "file:x"));
        assertNotEquals(StableProducerId.of("a", "file:x"), StableProducerId.of("b", "file:x"));
        assertNotEquals(StableProducerId.of("a", "file:x"), StableProducerId.of("a", "name:x"));
    }

    @Test
    void shouldDeriveAnotherProducerWhenTheSamePathIsOnAnotherHost() throws IOException {
        final Path path = Path.of("/data/in.txt");
        assertEquals(StableProducerId.ofFile("a", "h1", path), StableProducerId.ofFile("a", "h1", path));
        assertNotEquals(StableProducerId.ofFile("a", "h1", path), StableProducerId.ofFile("a", "h2", path));
        assertFalse(StableProducerId.hostName().isBlank());
    }

    @Test
    void shouldReadNodesOfClusterFileWhenGiven(@TempDir final Path dir) throws IOException {
        // given
        final Path file = dir.resolve("c.yaml");
        Files.writeString(
                file,
                "cluster: { name: x, shards: 1, profile: small, durability: replicated }\n"
                        + "nodes:\n  - { id: 0, host: localhost, port: " + UNUSED_PORT + " }\n");

        // when
        final int status = execute("status", "--cluster", file.toString());

        // then
        assertEquals(1, status, err::toString);
        assertTrue(out.toString().contains("localhost:" + UNUSED_PORT), out::toString);
    }

    private static HttpServer statusServer(final String body) throws IOException {
        final HttpServer server = HttpServer.create(new InetSocketAddress("localhost", STATUS_PORT), 0);
        server.createContext("/status", exchange -> {
            final byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        return server;
    }

    private static String[] words(final String line) {
        return line.isEmpty() ? new String[0] : line.split(" ");
    }

    private int execute(final String... args) {
        final CommandLine commandLine = LockstepMain.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(args);
    }
}
