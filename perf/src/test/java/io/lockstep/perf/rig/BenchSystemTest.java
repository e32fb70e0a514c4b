package io.lockstep.perf.rig;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
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
        final JsonNode result = execute(
                "latency", "--against", "echo", "--pairs", "1", "--rate", "100", "--seconds", "1", "--warm-up", "1");

        assertEquals(100, result.path("rate").asInt());
        assertEquals(0, result.path("lost").asInt());
        assertEquals(0, result.path("echo").path("lost").asInt(-1));
        assertTrue(fileNames().containsAll(List.of("lockstep.hlog", "lockstep.hgrm", "echo.hlog", "echo.hgrm")));
        if (result.path("failed").asBoolean()) {
            // A busy machine may not hold even this rate; then the run must say so and quote nothing.
            assertTrue(result.path("failure").asText().contains("messages a second could be sent"), result.toString());
            assertTrue(result.path("ratioP50").isMissingNode(), result.toString());
            assertEquals(1, status);
            return;
        }
        assertEquals(0, status);
        assertTrue(result.path("latencyUs").path("p50").asDouble() > 0, result.toString());
        assertTrue(result.path("echo").path("latencyUs").path("p99").asDouble() > 0, result.toString());
        assertTrue(result.path("ratioP50").asDouble() > 0, result.toString());
    }

    @Test
    void shouldMeasureTheGapAndLoseNothingWhenTheLeaderIsKilled() throws IOException {
        final JsonNode result = execute("failover", "--runs", "1", "--rate", "100");

        assertEquals(0, status, errors.toString());
        assertEquals(1, result.path("runs").asInt());
        assertEquals(0, result.path("lost").asInt());
        assertEquals(0, result.path("duplicated").asInt());
        assertEquals(0, result.path("reordered").asInt());
        assertTrue(result.path("journalsIdentical").asBoolean(), result.toString());
        assertTrue(result.path("gapMs").path("p50").asDouble() > 0, result.toString());
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

    private JsonNode execute(final String... arguments) throws IOException {
        final List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--out", directory.toString(), "--base-port", BASE_PORT));
        final CommandLine commandLine = new CommandLine(new BenchCommand());
        commandLine.setErr(new PrintWriter(errors, true));
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);

        status = commandLine.execute(all.toArray(new String[0]));

        try (Stream<Path> files = Files.walk(directory)) {
            final Path result = files.filter(file -> file.endsWith("result.json"))
                    .findFirst()
                    .orElseThrow();
            return new ObjectMapper().readTree(result.toFile());
        }
    }

    private List<String> fileNames() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
