package io.lockstep.testkit.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.config.ClusterConfig;
import io.lockstep.config.ClusterConfigLoader;
import io.lockstep.config.ClusterConfigWriter;
import io.lockstep.config.Durability;
import io.lockstep.config.Profile;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalLayoutTest {
    private static final int FIRST_BASE_PORT = 24_100;

    @TempDir
    private Path folder;

    @Test
    void shouldSayWhichPortIsTakenWhenSomebodyUsesIt() throws IOException {
        final int basePort = LocalLayout.freeBasePort(FIRST_BASE_PORT, 3, 2, 1);
        final ClusterConfig config = config(basePort);

        assertNull(LocalLayout.portInUse(config));
        try (ServerSocket http = new ServerSocket()) {
            http.bind(new InetSocketAddress("localhost", basePort + 100));
            assertEquals(
                    "TCP port " + (basePort + 100) + " of node 1 is in use by another process; stop that one, or choose"
                            + " other ports with --base-port",
                    LocalLayout.portInUse(config));
        }
        try (DatagramSocket ingress = new DatagramSocket(
                new InetSocketAddress("localhost", config.node(2).ingressPort(1)))) {
            assertTrue(LocalLayout.portInUse(config).startsWith("UDP port " + ingress.getLocalPort() + " of node 2"));
        }
        try (ServerSocket mqtt = new ServerSocket()) {
            mqtt.bind(new InetSocketAddress("localhost", basePort + 300));
            assertTrue(LocalLayout.portInUse(config).contains("of gateway 0"));
            assertNotEquals(basePort, LocalLayout.freeBasePort(basePort, 3, 2, 1));
        }
    }

    @Test
    void shouldLoadWhenItIsWrittenAsAClusterFile() throws IOException {
        final ClusterConfig config = config(FIRST_BASE_PORT);

        final Path file = Files.writeString(folder.resolve("lockstep.yaml"), ClusterConfigWriter.toYaml(config));

        assertEquals(config, ClusterConfigLoader.load(file, Map.of()));
    }

    private ClusterConfig config(final int basePort) {
        return LocalLayout.config(folder, basePort, 3, 2, 1, Profile.SMALL, Durability.FSYNC);
    }
}
