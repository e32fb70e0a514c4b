package io.lockstep.testkit.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/** Publishes one message after the other, and goes on where it stopped when it has another connection. One thread. */
final class StepSender implements StepKiller.Client, AutoCloseable {
    private static final String CLIENT_ID = "sender";

    private final StepKiller killer;
    private final Set<Integer> sentAgain = new HashSet<>();
    private MqttTestClient client;
    private int repeated;
    private int packetId;

    StepSender(final StepKiller killer) {
        this.killer = killer;
        client = killer.connect(killer.gateway(), CLIENT_ID, null);
        killer.add(this);
    }

    /** Messages that it sent a second time. */
    int repeated() {
        return repeated;
    }

    /** Whether it sent a message with QoS 1 again, so that there may be two of it. */
    boolean isSentAgain(final int number) {
        return sentAgain.contains(number);
    }

    void send(final String topic, final int number, final int qos) throws IOException {
        packetId = packetId % 1_000 + 1;
        if (qos == 1) {
            sendAtLeastOnce(topic, number);
        } else {
            sendExactlyOnce(topic, number);
        }
    }

    @Override
    public void connectAgain() {
        client.close();
        client = killer.connect(killer.gateway(), CLIENT_ID, null);
        assertTrue(client.isSessionPresent(), "the session of the sender is gone");
    }

    @Override
    public void close() {
        client.close();
    }

    private void sendAtLeastOnce(final String topic, final int number) throws IOException {
        final String payload = Integer.toString(number);
        if (killer.isArmed(HandshakeStep.QOS1_NOT_COMMITTED) || killer.isArmed(HandshakeStep.QOS1_COMMITTED)) {
            killer.holdCommits();
        }
        client.publish(topic, 1, packetId, false, payload);
        if (killer.isArmed(HandshakeStep.QOS1_NOT_COMMITTED)) {
            killer.awaitTaken();
            assertEquals(
                    0, client.unreadBytes(), () -> "a message that is not committed was answered: " + killer.commits());
        } else if (killer.isArmed(HandshakeStep.QOS1_COMMITTED)) {
            killer.awaitCommittedUnknownToGateway();
            assertEquals(0, client.unreadBytes(), "a gateway that stood still has answered");
        }
        if (killer.isKilledAt(HandshakeStep.QOS1_PUBLISH_SENT)
                || killer.isKilledAt(HandshakeStep.QOS1_NOT_COMMITTED)
                || killer.isKilledAt(HandshakeStep.QOS1_COMMITTED)) {
            repeated++;
            sentAgain.add(number);
            client.publish(topic, 1, packetId, true, payload);
        }
        expect(MqttTestClient.PUBACK, true);
        killer.isKilledAt(HandshakeStep.PUBACK_READ);
    }

    private void sendExactlyOnce(final String topic, final int number) throws IOException {
        final String payload = Integer.toString(number);
        client.publish(topic, 2, packetId, false, payload);
        if (killer.isKilledAt(HandshakeStep.PUBLISH_SENT)) {
            repeated++;
            client.publish(topic, 2, packetId, true, payload);
        }
        expect(MqttTestClient.PUBREC, true);
        killer.isKilledAt(HandshakeStep.PUBREC_READ);
        client.answer(MqttTestClient.PUBREL, packetId);
        if (killer.isKilledAt(HandshakeStep.PUBREL_SENT)) {
            client.answer(MqttTestClient.PUBREL, packetId);
            // The cluster may have released the id before the kill.
            expect(MqttTestClient.PUBCOMP, false);
        } else {
            expect(MqttTestClient.PUBCOMP, true);
        }
        killer.isKilledAt(HandshakeStep.PUBCOMP_READ);
    }

    private void expect(final int type, final boolean isSuccess) throws IOException {
        final MqttTestClient.Packet answer = client.read(type);
        assertEquals(packetId, answer.packetId());
        if (isSuccess) {
            assertEquals(0, answer.reasonCode(), answer::toString);
        }
    }
}
