package io.lockstep.testkit.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lockstep.testkit.process.ClusterFolder;
import io.lockstep.testkit.process.LocalLayout;
import io.lockstep.testkit.process.RawMqtt;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Timeout(180)
class DevSystemTest {
    private static final int FIRST_BASE_PORT = 24_500;

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @AfterEach
    void stopWhatIsLeft() {
        final ClusterFolder left = new ClusterFolder(folder);
        if (Files.exists(left.clusterFile())) {
            left.stop(TimeUnit.SECONDS.toNanos(20));
        }
    }

    @Test
    void shouldOutliveTheCommandWhenDetachedAndEndWhenStopped() throws IOException {
        final int basePort = LocalLayout.freeBasePort(FIRST_BASE_PORT, 3, 2, 1);
        final String[] dev = {
            "--detach",
            "--shards",
            "2",
            "--gateways",
            "1",
            "--base-port",
            Integer.toString(basePort),
            "--base-dir",
            folder.toString(),
            "--output",
            "json"
        };

        assertEquals(0, run(dev), err.toString());

        final JsonNode result = new ObjectMapper().readTree(out.toString().strip());
        assertEquals(folder.toString(), result.path("baseDir").asText());
        final List<ProcessHandle> processes = new ArrayList<>();
        assertEquals(3, result.path("nodes").size());
        for (int id = 0; id < 3; id++) {
            final JsonNode node = result.path("nodes").path(id);
            processes.add(ProcessHandle.of(node.path("pid").asLong()).orElseThrow());
            assertEquals(id, node.path("id").asInt(-1));
            assertEquals("localhost", node.path("host").asText());
            assertEquals(basePort + 100 * id, node.path("port").asInt());
            final JsonNode nodeStatus =
                    new ObjectMapper().readTree(get(node.path("http").asInt(), "/status"));
            assertEquals(id, nodeStatus.path("id").asInt(-1));
        }
        assertEquals(1, result.path("gateways").size());
        final JsonNode gateway = result.path("gateways").path(0);
        processes.add(ProcessHandle.of(gateway.path("pid").asLong()).orElseThrow());
        assertEquals(0, gateway.path("id").asInt(-1));
        assertNotEquals(0, get(gateway.path("http").asInt(), "/health").length);
        try (RawMqtt receiver = new RawMqtt(gateway.path("mqtt").asInt(), "receiver");
                RawMqtt sender = new RawMqtt(gateway.path("mqtt").asInt(), "sender")) {
            receiver.subscribe("dev/+");
            sender.publish("dev/a", "hello");
            assertEquals("dev/a hello", receiver.awaitMessage());
        }

        assertEquals(1, run(dev), "a second cluster in the same folder");
        assertTrue(err.toString().contains("a cluster runs from " + folder + " already"), err.toString());
        assertEquals(1, run("--base-port", Integer.toString(basePort), "--base-dir", folder + "/other"));
        assertTrue(err.toString().contains("port " + basePort + " of node 0 is in use"), err.toString());

        assertEquals(0, run("stop", "--base-dir", folder.toString()));
        for (final ProcessHandle process : processes) {
            assertFalse(process.isAlive(), "process " + process.pid());
        }
        assertEquals(List.of(), new ClusterFolder(folder).running());
        assertTrue(Files.isDirectory(folder.resolve("node-0")), "the data stays");
        assertFalse(Files.exists(Path.of("/dev/shm/lockstep-local-" + basePort)));

        assertEquals(1, run("--gateways", "0", "--base-dir", folder.toString()), "another number of shards");
        assertTrue(err.toString().contains("holds the data of a cluster with 3 nodes and 2 shards"), err.toString());
    }

    @Test
    void shouldSaySoWhenThereIsNothingToStop() {
        assertEquals(1, run("stop", "--base-dir", folder.toString()));
        assertTrue(err.toString().contains("no cluster was started from " + folder), err.toString());
    }

    @Test
    void shouldRefuseAsUsageWhenAnOptionIsWrong() {
        assertEquals(2, run("--nodes", "0"));
        assertEquals(2, run("--shards", "17"));
        assertEquals(2, run("--profile", "smal"));
        assertTrue(err.toString().contains("it is one of default, small, low-latency"), err.toString());
    }

    private static byte[] get(final int port, final String path) throws IOException {
        try (InputStream body =
                URI.create("http://localhost:" + port + path).toURL().openStream()) {
            return body.readAllBytes();
        }
    }

    private int run(final String... args) {
        return new CommandLine(new DevCommand())
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(args);
    }
}
