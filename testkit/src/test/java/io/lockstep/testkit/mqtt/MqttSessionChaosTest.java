package io.lockstep.testkit.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.client.LockstepClient;
import io.lockstep.config.ClusterConfig;
import io.lockstep.config.Durability;
import io.lockstep.config.Profile;
import io.lockstep.testkit.mqtt.StepKiller.Victim;
import io.lockstep.testkit.process.LocalLayout;
import io.lockstep.testkit.process.ProcessCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.agrona.IoUtil;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The gateway, the leader or both are killed with SIGKILL at each step of the handshakes of QoS 1 and 2, from the client and to
 * it; both clients go on at the other gateway. Nothing is lost, nothing comes twice that is promised once, what comes again is
 * marked and has its packet id, and sessions are present. A build kills one of the three at each of six steps, which the seed
 * chooses; {@code -Dlockstep.mqtt.rounds=N} kills each of them at each step N times, and {@code -Dlockstep.mqtt.steps=REGEX} takes
 * only the steps of these names.
 */
@Timeout(value = 3, unit = TimeUnit.HOURS)
class MqttSessionChaosTest {
    private static final int BASE_PORT = 31_000;
    private static final long READY_NS = TimeUnit.SECONDS.toNanos(120);
    private static final int ROUNDS = Integer.getInteger("lockstep.mqtt.rounds", 0);
    // What is killed takes a build seconds to bring back.
    private static final int SAMPLE = 6;
    private static final String ALL_STEPS = ".*";
    private static final Pattern STEPS = Pattern.compile(System.getProperty("lockstep.mqtt.steps", ALL_STEPS));
    private static final List<Victim> VICTIMS = List.of(Victim.values());
    private static final int TOPICS = 7;
    private static final String TOPIC = "steps/";

    private static Path dir;
    private static ProcessCluster cluster;
    private static int[] shardOfTopic;
    private static Random random;

    private StepKiller killer;
    private int next;

    @BeforeAll
    static void start() throws IOException {
        final String given = System.getProperty("lockstep.seed", "");
        final long seed = given.isBlank() ? System.nanoTime() & 0xFFFF_FFFFL : Long.parseLong(given.trim());
        System.out.println("MqttSessionChaosTest: seed " + seed + ", repeat with -Dlockstep.seed=" + seed);
        random = new Random(seed);
        dir = Files.createTempDirectory("lockstep-mqtt-session-");
        final ClusterConfig config = LocalLayout.config(dir, BASE_PORT, 3, 2, 2, Profile.SMALL, Durability.REPLICATED);
        cluster = ProcessCluster.start(config, true, READY_NS);
        try (LockstepClient client = LockstepClient.connect(cluster.nodes())) {
            shardOfTopic = IntStream.range(0, TOPICS)
                    .map(topic -> client.shardOf(TOPIC + topic))
                    .toArray();
        }
    }

    @AfterAll
    static void stop() {
        if (cluster != null) {
            cluster.close();
        }
        IoUtil.delete(dir.toFile(), true);
    }

    // The next test is not to fail because of this one.
    @AfterEach
    void heal() {
        killer.heal();
    }

    @Test
    void shouldKeepThePromiseOfEachQosWhenGatewayOrLeaderIsKilledAtAnyStep() throws IOException {
        killer = new StepKiller(cluster);
        try (StepSender sender = new StepSender(killer);
                StepReceiver receiver = new StepReceiver(killer, TOPIC + "#", sender::isSentAgain)) {
            for (int round = 0; round < Math.max(1, ROUNDS); round++) {
                for (final HandshakeStep step : steps()) {
                    for (final Victim victim : ROUNDS > 0 ? VICTIMS : List.of(anyVictim())) {
                        deliver(sender, receiver, step, victim);
                    }
                }
            }

            assertEquals(IntStream.range(0, next).boxed().toList(), receiver.received());
            System.out.println("MqttSessionChaosTest: " + next + " messages, " + sender.repeated() + " sent again, "
                    + receiver.figures());
        }
    }

    @Test
    void shouldPublishTheWillOnceWhenGatewayAndLeaderAreKilledTogether() throws IOException {
        killer = new StepKiller(cluster);
        try (MqttTestClient watcher = killer.connect(1, "watcher", null)) {
            watcher.subscribe("wills/#", 1);
            for (int round = 0; round < Math.max(1, ROUNDS); round++) {
                die(watcher, round);
            }
        }
    }

    private static List<HandshakeStep> steps() {
        final List<HandshakeStep> steps = new ArrayList<>(Arrays.asList(HandshakeStep.values()));
        steps.removeIf(step -> !STEPS.matcher(step.name()).matches());
        if (ROUNDS == 0) {
            // How long a process that stands still is waited for is a matter of luck; whoever wants these names them.
            steps.removeIf(step -> step.holdsCommits() && STEPS.pattern().equals(ALL_STEPS));
            Collections.shuffle(steps, random);
        }
        return ROUNDS == 0 ? steps.subList(0, Math.min(SAMPLE, steps.size())) : steps;
    }

    private static Victim anyVictim() {
        return VICTIMS.get(random.nextInt(VICTIMS.size()));
    }

    // One message before, the one of the step, and one behind it.
    private void deliver(
            final StepSender sender, final StepReceiver receiver, final HandshakeStep step, final Victim victim)
            throws IOException {
        final long beganNs = System.nanoTime();
        exchange(sender, receiver, step.qos());
        killer.arm(step, victim, shardOfTopic[next % TOPICS]);
        exchange(sender, receiver, step.qos());
        assertFalse(killer.isArmed(), () -> step + " was not reached");
        exchange(sender, receiver, step.qos());
        killer.heal();
        System.out.println("MqttSessionChaosTest: " + victim + " killed at " + step + ", message " + (next - 2) + ", "
                + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNs) + " ms");
    }

    private void exchange(final StepSender sender, final StepReceiver receiver, final int qos) throws IOException {
        final int number = next++;
        sender.send(TOPIC + number % TOPICS, number, qos);
        receiver.receive(number);
    }

    private void die(final MqttTestClient watcher, final int round) throws IOException {
        // given
        final String topic = "wills/" + round;
        final String clientId = "dying-" + round;
        final int shardId;
        try (LockstepClient client = LockstepClient.connect(cluster.nodes())) {
            shardId = client.shardOf(topic);
        }
        try (MqttTestClient dying = killer.connect(0, clientId, new MqttTestClient.Will(topic, "dead"))) {
            assertFalse(dying.isSessionPresent());

            // when
            killer.killTogether(0, shardId);
        }

        // then
        assertEquals("dead", read(watcher, topic));
        killer.heal();
        try (MqttTestClient back = killer.connect(0, clientId, null)) {
            assertTrue(back.isSessionPresent(), "the session of the dead client is gone");
        }
        watcher.publish(topic, 1, 1, false, "after");
        assertEquals("after", read(watcher, topic), "the will came again");
        assertEquals(0, watcher.read(MqttTestClient.PUBACK).reasonCode());
    }

    private static String read(final MqttTestClient client, final String topic) throws IOException {
        final MqttTestClient.Packet packet = client.read(MqttTestClient.PUBLISH);
        assertEquals(topic, packet.topic());
        client.answer(MqttTestClient.PUBACK, packet.packetId());
        return packet.payload();
    }
}
