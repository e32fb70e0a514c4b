package io.lockstep.testkit.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.config.ClusterConfig;
import io.lockstep.config.Durability;
import io.lockstep.config.Profile;
import io.lockstep.testkit.Await;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(240)
class ProcessClusterSystemTest {
    private static final int FIRST_BASE_PORT = 27_000;
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);

    @TempDir
    private Path folder;

    @Test
    void shouldLeadOnAnotherNodeWhenTheLeaderIsStoppedOrFrozenAndComeBack() {
        final ClusterConfig config = config();
        final ProcessHandle first;
        try (ProcessCluster cluster = ProcessCluster.start(config, true, TIMEOUT_NS)) {
            final int stopped = cluster.leader(0);
            assertTrue(cluster.isNodeAlive(stopped));

            assertEquals(0, cluster.stopNode(stopped, TIMEOUT_NS));
            final int next = cluster.awaitLeader(0, TIMEOUT_NS);
            assertNotEquals(stopped, next);
            cluster.startNode(stopped);
            cluster.awaitReady(TIMEOUT_NS);
            assertThrows(IllegalStateException.class, () -> cluster.startNode(stopped));

            cluster.freezeNode(next, true);
            Await.await("a leader beside the frozen node", () -> {
                final int leader = cluster.leader(0);
                return leader >= 0 && leader != next;
            });
            first = ProcessHandle.of(cluster.nodePid(next)).orElseThrow();
        }
        assertFalse(first.isAlive(), "a frozen node ends with the cluster too");
        assertFalse(Files.exists(config.baseDir()));
        assertFalse(Files.exists(config.markDir()));
    }

    @Test
    void shouldGoOnWithPublishesWhenAGatewayIsKilledAndStartedAgain() throws IOException {
        final int basePort = LocalLayout.freeBasePort(FIRST_BASE_PORT, 3, 1, 1);
        final ClusterConfig config =
                LocalLayout.config(folder.resolve("cluster"), basePort, 3, 1, 1, Profile.SMALL, Durability.REPLICATED);
        final int port = config.gateways().get(0).mqttPort();
        try (ProcessCluster cluster = ProcessCluster.start(config, true, TIMEOUT_NS);
                LockstepClient client = LockstepClient.connect(cluster.nodes())) {
            final List<String> received = new ArrayList<>();
            final Subscriber subscriber = client.addSubscriber(
                    new SubscriberConfig().filter("gate/#").start(StartPosition.start()),
                    message -> received.add(message.payloadText()));
            final List<String> acknowledged = new ArrayList<>();
            try (RawMqtt mqtt = new RawMqtt(port, "sender")) {
                publish(mqtt, acknowledged, 10);
                cluster.killGateway(0);
                assertThrows(IOException.class, () -> mqtt.publish("gate/x", "nobody is there"));
                assertThrows(IOException.class, () -> new RawMqtt(port, "sender"));
            }

            cluster.startGateway(0);
            cluster.awaitReady(TIMEOUT_NS);

            try (RawMqtt mqtt = new RawMqtt(port, "sender")) {
                publish(mqtt, acknowledged, 10);
            }
            Await.await(
                    "everything acknowledged is delivered",
                    60,
                    () -> {
                        subscriber.poll(10);
                        return received.size() >= acknowledged.size();
                    },
                    received::toString);
            assertEquals(acknowledged, received);
        }
    }

    private static void publish(final RawMqtt mqtt, final List<String> acknowledged, final int count)
            throws IOException {
        for (int i = 0; i < count; i++) {
            final String text = "message " + acknowledged.size();
            mqtt.publish("gate/x", text);
            acknowledged.add(text);
        }
    }

    @Test
    void shouldSayWhyWhenANodeCannotStart() throws Exception {
        final ClusterConfig config = config();
        try (ServerSocket taken = new ServerSocket()) {
            taken.bind(new InetSocketAddress("localhost", config.node(1).httpPort()));

            final IllegalStateException failure =
                    assertThrows(IllegalStateException.class, () -> ProcessCluster.start(config, true, TIMEOUT_NS));

            assertTrue(failure.getMessage().startsWith("node-1 ended with status 1"), failure.getMessage());
            assertTrue(failure.getMessage().contains(Integer.toString(taken.getLocalPort())), failure.getMessage());
        }
        assertFalse(Files.exists(config.baseDir()));
    }

    private ClusterConfig config() {
        final int basePort = LocalLayout.freeBasePort(FIRST_BASE_PORT, 3, 1, 0);
        return LocalLayout.config(folder.resolve("cluster"), basePort, 3, 1, 0, Profile.SMALL, Durability.REPLICATED);
    }
}
