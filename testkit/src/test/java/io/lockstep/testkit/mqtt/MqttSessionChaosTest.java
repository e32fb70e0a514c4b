package io.lockstep.testkit.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.config.ClusterConfig;
import io.lockstep.config.Durability;
import io.lockstep.config.Profile;
import io.lockstep.testkit.Await;
import io.lockstep.testkit.process.LocalLayout;
import io.lockstep.testkit.process.ProcessCluster;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.agrona.IoUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The gateway, the leader or both are killed with SIGKILL at each step of the QoS 2 handshake, from the client and to it; both
 * clients go on at the other gateway. Nothing is lost, nothing comes twice, sessions are present, and packet ids stay what they
 * were. {@code -Dlockstep.mqtt.rounds=N} kills at each step N times instead of once.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class MqttSessionChaosTest {
    private static final int BASE_PORT = 31_000;
    private static final long READY_NS = TimeUnit.SECONDS.toNanos(120);
    private static final int CONNECT_TIMEOUT_S = 60;
    private static final String TOPIC = "exact/";

    /** Where in the handshakes something is killed. */
    private enum Step {
        PUBLISH_SENT,
        PUBREC_READ,
        PUBREL_SENT,
        PUBCOMP_READ,
        PUBLISH_READ,
        PUBREC_SENT,
        PUBREL_READ,
        PUBCOMP_SENT
    }

    /** What is killed. */
    private enum Victim {
        GATEWAY,
        LEADER,
        BOTH
    }

    private final List<Integer> received = new ArrayList<>();
    private Path dir;
    private ProcessCluster cluster;
    private Sender sender;
    private Receiver receiver;
    private int gateway;
    private Step killAt;
    private Victim victim;
    private int killedNode = -1;

    @BeforeEach
    void start() throws IOException {
        dir = Files.createTempDirectory("lockstep-mqtt-session-");
        final ClusterConfig config = LocalLayout.config(dir, BASE_PORT, 3, 2, 2, Profile.SMALL, Durability.REPLICATED);
        cluster = ProcessCluster.start(config, true, READY_NS);
    }

    @AfterEach
    void stop() {
        if (sender != null) {
            sender.client.close();
            receiver.client.close();
        }
        cluster.close();
        IoUtil.delete(dir.toFile(), true);
    }

    @Test
    void shouldDeliverOnceWhenGatewayOrLeaderIsKilledAtAnyStep() throws IOException {
        // given
        final String given = System.getProperty("lockstep.seed", "");
        final long seed = given.isBlank() ? System.nanoTime() & 0xFFFF_FFFFL : Long.parseLong(given.trim());
        System.out.println("MqttSessionChaosTest: seed " + seed + ", repeat with -Dlockstep.seed=" + seed);
        final Random random = new Random(seed);
        final int rounds = Integer.getInteger("lockstep.mqtt.rounds", 0);
        receiver = new Receiver();
        receiver.client.subscribe(TOPIC + "#", 2);
        sender = new Sender();

        // when
        for (int round = 0; round < Math.max(1, rounds); round++) {
            // A normal build kills the gateway at each step, and the leader and both at one step each.
            final Set<Step> ofOthers = EnumSet.of(anyStep(random), anyStep(random));
            for (final Step step : Step.values()) {
                deliver(step, Victim.GATEWAY);
                if (rounds > 0 || ofOthers.contains(step)) {
                    deliver(step, random.nextBoolean() || rounds > 0 ? Victim.BOTH : Victim.LEADER);
                }
                if (rounds > 0) {
                    deliver(step, Victim.LEADER);
                }
            }
        }

        // then
        assertEquals(IntStream.range(0, sender.next).boxed().toList(), received);
        System.out.println(sender.next + " messages with QoS 2, " + sender.repeated + " sent again, "
                + receiver.repeated + " came again, " + receiver.releasedAgain + " released again");
    }

    private static Step anyStep(final Random random) {
        return Step.values()[random.nextInt(Step.values().length)];
    }

    // One message before, the one of the step, and one behind it.
    private void deliver(final Step step, final Victim newVictim) throws IOException {
        killAt = null;
        exchange();
        killAt = step;
        victim = newVictim;
        exchange();
        assertEquals(null, killAt, "the step was not reached");
        exchange();
        if (killedNode >= 0) {
            cluster.startNode(killedNode);
            killedNode = -1;
        }
        cluster.awaitReady(READY_NS);
    }

    private void exchange() throws IOException {
        final int number = sender.next++;
        sender.send(number);
        receiver.receive(number);
    }

    /** Kills what is to be killed at this step, if it is now; then both clients go on at the other gateway. */
    private boolean isKilledAt(final Step step) throws IOException {
        if (killAt != step) {
            return false;
        }
        killAt = null;
        killedNode = -1;
        if (victim != Victim.GATEWAY) {
            killedNode = cluster.awaitLeader(0, READY_NS);
            cluster.killNode(killedNode);
        }
        if (victim != Victim.LEADER) {
            final long pid = cluster.gatewayPid(gateway);
            cluster.killGateway(gateway);
            deleteDriver(pid);
            cluster.startGateway(gateway);
        }
        gateway = 1 - gateway;
        sender.connectAgain();
        receiver.connectAgain();
        return true;
    }

    // The next client of the machine would remove it, but there may be none.
    private static void deleteDriver(final long pid) {
        final File[] left =
                new File("/dev/shm").listFiles((dir, name) -> name.startsWith("lockstep-client-" + pid + '-'));
        for (final File directory : left == null ? new File[0] : left) {
            IoUtil.delete(directory, true);
        }
    }

    private MqttTestClient connect(final String clientId) {
        final AtomicReference<MqttTestClient> client = new AtomicReference<>();
        Await.await(
                clientId + " is connected",
                CONNECT_TIMEOUT_S,
                () -> {
                    try {
                        client.set(new MqttTestClient(
                                cluster.config().gateways().get(gateway).mqttPort(), clientId));
                        return true;
                    } catch (final IOException ex) {
                        // Refused while a shard has no leader.
                        return false;
                    }
                },
                () -> "gateway " + gateway);
        return client.get();
    }

    /** Publishes with QoS 2 and goes on where it stopped. */
    private final class Sender {
        private MqttTestClient client = connect("sender");
        private int next;
        private int repeated;
        private int packetId;

        void send(final int number) throws IOException {
            packetId = packetId % 1_000 + 1;
            final String topic = TOPIC + number % 7;
            final String payload = Integer.toString(number);
            client.publish(topic, 2, packetId, false, payload);
            if (isKilledAt(Step.PUBLISH_SENT)) {
                repeated++;
                client.publish(topic, 2, packetId, true, payload);
            }
            expect(MqttTestClient.PUBREC, true);
            isKilledAt(Step.PUBREC_READ);
            client.answer(MqttTestClient.PUBREL, packetId);
            if (isKilledAt(Step.PUBREL_SENT)) {
                client.answer(MqttTestClient.PUBREL, packetId);
                // The cluster may have released the id before the kill.
                expect(MqttTestClient.PUBCOMP, false);
            } else {
                expect(MqttTestClient.PUBCOMP, true);
            }
            isKilledAt(Step.PUBCOMP_READ);
        }

        void connectAgain() {
            client.close();
            client = connect("sender");
            assertTrue(client.isSessionPresent(), "the session of the sender is gone");
        }

        private void expect(final int type, final boolean isSuccess) throws IOException {
            final MqttTestClient.Packet answer = client.read(type);
            assertEquals(packetId, answer.packetId());
            if (isSuccess) {
                assertEquals(0, answer.reasonCode(), answer::toString);
            }
        }
    }

    /** Gets messages with QoS 2; what it has of a packet id outlives its connections. */
    private final class Receiver {
        private MqttTestClient client = connect("receiver");
        private int repeated;
        private int packetId;
        // A few hundred messages of a shard have ids of their own.
        private final Set<Integer> complete = new HashSet<>();
        private int releasedAgain;
        private boolean hasMessage;

        /** Reads until the message is there and its packet id is free. */
        void receive(final int number) throws IOException {
            hasMessage = false;
            packetId = 0;
            boolean isComplete = false;
            while (!isComplete) {
                final MqttTestClient.Packet packet = client.read();
                if (packet.type() == MqttTestClient.PUBLISH) {
                    onPublish(packet, number);
                } else if (packet.type() == MqttTestClient.PUBREL) {
                    isComplete = onPubRel(packet);
                } else {
                    throw new IOException("the receiver got " + packet);
                }
            }
        }

        private void onPublish(final MqttTestClient.Packet packet, final int number) throws IOException {
            assertEquals(Integer.toString(number), packet.payload());
            if (hasMessage) {
                assertEquals(packetId, packet.packetId(), "the message came again under another packet id");
                assertTrue(packet.isDuplicate(), "what came again is not marked");
                repeated++;
            } else {
                hasMessage = true;
                packetId = packet.packetId();
                received.add(Integer.valueOf(packet.payload()));
            }
            if (isKilledAt(Step.PUBLISH_READ)) {
                return;
            }
            client.answer(MqttTestClient.PUBREC, packetId);
            isKilledAt(Step.PUBREC_SENT);
        }

        private boolean onPubRel(final MqttTestClient.Packet packet) throws IOException {
            if (complete.contains(packet.packetId())) {
                // The gateway died before it could tell that the exchange was complete.
                client.answer(MqttTestClient.PUBCOMP, packet.packetId());
                releasedAgain++;
                return false;
            }
            assertTrue(hasMessage, "released before it came");
            assertEquals(packetId, packet.packetId());
            if (isKilledAt(Step.PUBREL_READ)) {
                return false;
            }
            client.answer(MqttTestClient.PUBCOMP, packetId);
            complete.add(packetId);
            isKilledAt(Step.PUBCOMP_SENT);
            return true;
        }

        void connectAgain() {
            client.close();
            client = connect("receiver");
            assertTrue(client.isSessionPresent(), "the session of the receiver is gone");
        }
    }
}
