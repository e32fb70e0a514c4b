package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.config.ClusterConfig;
import io.lockstep.config.Durability;
import io.lockstep.config.Profile;
import io.lockstep.testkit.process.LocalLayout;
import io.lockstep.testkit.process.ProcessCluster;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.agrona.IoUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An MQTT client that never sends anything twice, through a gateway's process, while the leader is killed with SIGKILL. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class MqttKillChaosTest {
    private static final int BASE_PORT = 30_000;
    private static final long READY_NS = TimeUnit.SECONDS.toNanos(120);
    private static final String TOPIC = "kill/qos1";
    private static final int COUNT = 6_000;
    private static final int WINDOW = 50;

    private Path dir;
    private ProcessCluster cluster;

    @BeforeEach
    void startCluster() throws IOException {
        dir = Files.createTempDirectory("lockstep-mqtt-kill-");
        final ClusterConfig config = LocalLayout.config(dir, BASE_PORT, 3, 1, 1, Profile.SMALL, Durability.REPLICATED);
        cluster = ProcessCluster.start(config, true, READY_NS);
    }

    @AfterEach
    void stopCluster() {
        cluster.close();
        IoUtil.delete(dir.toFile(), true);
    }

    @Test
    void shouldHoldEveryAcknowledgedMessageOnceWhenTheLeaderIsKilled() throws IOException {
        // given
        final List<Integer> acknowledged = new ArrayList<>();
        try (MqttPublisher publisher =
                new MqttPublisher(cluster.config().gateways().get(0).mqttPort())) {
            int sent = 0;
            while (acknowledged.size() < COUNT) {
                while (sent < COUNT && sent - acknowledged.size() < WINDOW) {
                    publisher.publish(sent, Integer.toString(sent));
                    sent++;
                }
                acknowledged.add(publisher.receivePubAck());

                // when
                if (acknowledged.size() == COUNT / 3) {
                    cluster.killNode(cluster.awaitLeader(0, READY_NS));
                }
            }
            publisher.publish(COUNT, "end");
            assertEquals(COUNT, publisher.receivePubAck());
        }

        // then
        assertEquals(IntStream.range(0, COUNT).boxed().toList(), acknowledged);
        final List<String> expected =
                new ArrayList<>(acknowledged.stream().map(String::valueOf).toList());
        expected.add("end");
        assertEquals(expected, storedPayloads());
    }

    private List<String> storedPayloads() {
        final List<String> payloads = new ArrayList<>();
        try (LockstepClient client = LockstepClient.connect(cluster.nodes())) {
            final Subscriber subscriber = client.addSubscriber(
                    new SubscriberConfig().filter(TOPIC).start(StartPosition.start()),
                    message -> payloads.add(message.payloadText()));
            Await.await("the last message", () -> {
                subscriber.poll(100);
                return payloads.contains("end");
            });
        }
        return payloads;
    }

    /** Just enough of MQTT 5.0; packet ids are the numbers of the messages from 1. */
    private static final class MqttPublisher implements AutoCloseable {
        private static final int TIMEOUT_MS = 60_000;
        private static final int CONNACK = 0x20;
        private static final int PUBACK = 0x40;
        private static final byte[] CONNECT = {0x10, 14, 0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 60, 0, 0, 1, 'k'};

        private final Socket socket;
        private final DataInputStream input;
        private final DataOutputStream output;

        MqttPublisher(final int port) throws IOException {
            socket = new Socket("localhost", port);
            socket.setSoTimeout(TIMEOUT_MS);
            input = new DataInputStream(socket.getInputStream());
            output = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
            output.write(CONNECT);
            output.flush();
            final byte[] answer = receive(CONNACK);
            assertEquals(0, answer[1], "reason code of the CONNACK");
        }

        void publish(final int number, final String payload) throws IOException {
            final byte[] topic = TOPIC.getBytes(StandardCharsets.UTF_8);
            final byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
            output.write(0x32);
            // One byte holds it: both are short.
            output.write(2 + topic.length + 2 + 1 + bytes.length);
            output.writeShort(topic.length);
            output.write(topic);
            output.writeShort(number + 1);
            output.write(0);
            output.write(bytes);
        }

        /** Sends what waits and returns the number of the message that the next answer is for. */
        int receivePubAck() throws IOException {
            output.flush();
            final byte[] answer = receive(PUBACK);
            assertEquals(0, answer.length > 2 ? answer[2] : 0, "reason code of the PUBACK");
            return ByteBuffer.wrap(answer).getChar() - 1;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }

        private byte[] receive(final int type) throws IOException {
            assertEquals(type, input.readUnsignedByte(), "type of the packet from the gateway");
            return input.readNBytes(input.readUnsignedByte());
        }
    }
}
