package io.lockstep.perf.rig;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Runs each measurement as short as it can be. What is measured means nothing; that it is measured counts. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class BenchSystemTest {
    private static final String BASE_PORT = "26300";

    @TempDir
    private Path directory;

    private final StringWriter errors = new StringWriter();
    private int status = -1;

    @Test
    void shouldMeasureLockstepAgainstTheEchoInOneRun() throws IOException {
        // One message a second: the last one may be sent a second late and the rate is still held, which is longer than
        // a busy machine stalls. At 100 a second a stall of 20 ms at the end would miss the rate of so short a run.
        final JsonNode result = execute(
                "latency", "--against", "echo", "--pairs", "1", "--rate", "1", "--seconds", "8", "--warm-up", "1");

        assertEquals("", result.path("failure").asText(), result.toString());
        assertFalse(result.path("failed").asBoolean(true), result.toString());
        assertEquals(0, status, errors.toString());
        assertEquals(1, result.path("rate").asInt());
        for (final JsonNode half : List.of(result, result.path("echo"))) {
            assertTrue(half.path("achievedRate").asDouble() >= LoadResult.MIN_RATE_SHARE, result.toString());
            assertEquals(0, half.path("lost").asInt(-1), result.toString());
            assertTrue(half.path("latencyUs").path("p50").asDouble() > 0, result.toString());
            assertTrue(half.path("latencyUs").path("p99").asDouble() > 0, result.toString());
        }
        for (final JsonNode half : List.of(result, result.path("echo"))) {
            assertTrue(half.path("latencyUs").path("p999").asDouble() > 0, result.toString());
            assertTrue(half.path("latencyUs").path("max").asDouble() > 0, result.toString());
        }
        assertTrue(result.path("ratioP50").asDouble() > 0, result.toString());
        assertTrue(result.path("ratioP99").asDouble() > 0, result.toString());
        assertTrue(fileNames().containsAll(List.of("lockstep.hlog", "lockstep.hgrm", "echo.hlog", "echo.hgrm")));
    }

    @Test
    void shouldMeasureTheGatewayWithMqttClients() throws IOException {
        final JsonNode result = execute(
                "mqtt",
                "--alone",
                "--pairs",
                "1",
                "--in-flight",
                "10",
                "--publishers",
                "2",
                "--seconds",
                "1",
                "--warm-up",
                "1");

        assertEquals(0, status, errors.toString());
        assertFalse(result.path("failed").asBoolean(true), result.toString());
        assertTrue(result.path("gateway").path("messagesPerSecond").asDouble() > 0, result.toString());
        assertTrue(result.path("gateway").path("latencyUs").path("p50").asDouble() > 0, result.toString());
        assertTrue(fileNames().contains("gateway.hlog"));
    }

    @Test
    void shouldMeasureTheGapAndLoseNothingWhenTheLeaderIsKilled() throws IOException {
        final JsonNode result = execute("failover", "--runs", "1", "--rate", "100");

        assertEquals(0, status, errors.toString());
        assertEquals(1, result.path("runs").asInt());
        assertEquals(0, result.path("refused").asInt(-1));
        assertEquals(0, result.path("lost").asInt(-1));
        assertEquals(0, result.path("duplicated").asInt(-1));
        assertEquals(0, result.path("reordered").asInt(-1));
        assertTrue(result.path("journalsIdentical").asBoolean(), result.toString());
        for (final String key : List.of("p50", "p99", "max")) {
            assertTrue(result.path("gapMs").path(key).asDouble() > 0, result.toString());
        }
    }

    @Test
    void shouldMeasureConsumersBesideSomeThatStandStill() throws IOException {
        final JsonNode result = execute(
                "fan-out",
                "--consumers",
                "6",
                "--stopped",
                "2",
                "--seconds",
                "2",
                "--warm-up",
                "1",
                "--pairs",
                "1",
                "--rate",
                "50");

        assertEquals("", result.path("failure").asText(), result.toString());
        assertEquals(0, status, errors.toString());
        assertTrue(result.path("ratioP99").asDouble() > 0, result.toString());
        assertTrue(result.path("someStopped").path(0).path("p99").asDouble() > 0, result.toString());
        assertEquals(1, result.path("catchUpMs").size(), result.toString());
    }

    @Test
    void shouldMeasureHowLateDelayedMessagesComeBesideOthersThatAreHeldBack() throws IOException {
        final JsonNode result = execute(
                "lateness",
                "--messages",
                "200",
                "--seconds",
                "2",
                "--max-delay",
                "500",
                "--outstanding",
                "1000",
                "--warm-up",
                "1");

        assertEquals("", result.path("failure").asText(), result.toString());
        assertEquals(0, status, errors.toString());
        assertEquals(200, result.path("messages").asInt());
        assertEquals(1000, result.path("outstanding").asInt());
        assertEquals(0, result.path("early").asInt(-1));
        for (final String lateness : List.of("releasedUs", "receivedUs")) {
            for (final String key : List.of("p50", "p99", "max")) {
                assertTrue(result.path(lateness).path(key).asDouble() > 0, result.toString());
            }
        }
        assertTrue(fileNames().containsAll(List.of("released.hlog", "released.hgrm", "received.hlog")));
    }

    @Test
    void shouldRunEveryHotPathThatIsMeasuredByItself() throws IOException {
        final JsonNode result = execute("jmh", "--smoke");

        assertEquals(0, status, errors.toString());
        final List<String> names = new ArrayList<>();
        result.path("benchmarks")
                .forEach(benchmark -> names.add(benchmark.path("name").asText()));
        for (final String prefix : List.of(
                "EngineBenchmark.publish",
                "JournalBenchmark.append",
                "MessageRecordBenchmark.encode",
                "PublishCodecBenchmark.decode",
                "TopicFilterBenchmark.matches")) {
            assertTrue(names.stream().anyMatch(name -> name.startsWith(prefix)), names.toString());
        }
    }

    /** Runs a command; the result is the last line of standard output, and the same as in the file. */
    private JsonNode execute(final String... arguments) throws IOException {
        final List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--out", directory.toString(), "--base-port", BASE_PORT, "--output", "json"));
        final CommandLine commandLine = new CommandLine(new BenchCommand());
        commandLine.setErr(new PrintWriter(errors, true));
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);

        final PrintStream formerOut = System.out;
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        try {
            status = commandLine.execute(all.toArray(new String[0]));
        } finally {
            System.setOut(formerOut);
        }

        final List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
        assertFalse(lines.isEmpty(), errors::toString);
        final JsonNode printed = new ObjectMapper().readTree(lines.get(lines.size() - 1));
        try (Stream<Path> files = Files.walk(directory)) {
            final Path result = files.filter(file -> file.endsWith("result.json"))
                    .findFirst()
                    .orElseThrow();
            assertEquals(new ObjectMapper().readTree(result.toFile()), printed);
            return printed;
        }
    }

    private List<String> fileNames() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
