package io.lockstep.testkit.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lockstep.testkit.process.LocalLayout;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Timeout(300)
class DemoSystemTest {
    private static final int LINES = 4_000;
    private static final int FIRST_BASE_PORT = 26_000;

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void shouldLoseNothingWhenTheLeaderIsKilled() throws IOException {
        final List<String> lines =
                IntStream.range(0, LINES).mapToObj(i -> "line " + i % 100).toList();
        final Path file = Files.write(folder.resolve("lines.txt"), lines);

        final int status = run(
                "--file",
                file.toString(),
                "--rate",
                "1000",
                "--shards",
                "2",
                "--base-port",
                Integer.toString(LocalLayout.freeBasePort(FIRST_BASE_PORT, 3, 2, 1)),
                "--output",
                "json");

        assertEquals(0, status, err.toString());
        final Matcher nodes = Pattern.compile(
                        "consumers read from nodes (\\d) and (\\d), nodes (\\d) and (\\d) in shard 1\\R")
                .matcher(err.toString());
        assertTrue(nodes.find(), err.toString());
        assertNotEquals(nodes.group(1), nodes.group(2));
        assertNotEquals(nodes.group(3), nodes.group(4));
        final JsonNode result = new ObjectMapper().readTree(out.toString().strip());
        assertEquals(LINES, result.path("published").asLong());
        assertEquals(LINES, result.path("delivered").asLong());
        assertEquals(0, result.path("lost").asLong(-1));
        assertEquals(0, result.path("duplicated").asLong(-1));
        assertEquals(0, result.path("reordered").asLong(-1));
        assertTrue(result.path("journalsIdentical").asBoolean());
        assertTrue(result.path("failoverMs").asDouble() > 0, out.toString());
        assertTrue(result.path("latencyUs").path("p50").asDouble() > 0, out.toString());
    }

    @Test
    void shouldRefuseAsUsageWhenAnOptionIsWrong() {
        assertEquals(2, run("--file", folder.resolve("none").toString()));
        assertEquals(2, run("--rate", "0"));
        assertEquals(2, run("--nodes", "2"));
        assertTrue(err.toString().contains("only from three nodes on"), err.toString());
    }

    private int run(final String... args) {
        return new CommandLine(new DemoCommand())
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(args);
    }
}
