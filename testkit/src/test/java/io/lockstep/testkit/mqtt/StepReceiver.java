package io.lockstep.testkit.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * Gets messages with QoS 1 and 2, in the order of their numbers; what it has of a packet id outlives its connections. Judges
 * whatever comes again. One thread.
 */
final class StepReceiver implements StepKiller.Client, AutoCloseable {
    private static final String CLIENT_ID = "receiver";

    private final StepKiller killer;
    private final IntPredicate isSentAgain;
    private final List<Integer> received = new ArrayList<>();
    // With QoS 2: a few hundred messages of a shard have ids of their own.
    private final Set<Integer> complete = new HashSet<>();
    // With QoS 1: who came under a packet id, and on which connection.
    private final Map<Integer, Arrival> arrivals = new HashMap<>();
    private final Set<Integer> copied = new HashSet<>();
    private MqttTestClient client;
    private int connection;
    private int repeated;
    private int releasedAgain;
    private int packetId;
    private boolean hasMessage;

    private record Arrival(int number, int connection) {}

    /** Of messages with QoS 1 that were sent again there may be two. */
    StepReceiver(final StepKiller killer, final String filter, final IntPredicate isSentAgain) throws IOException {
        this.killer = killer;
        this.isSentAgain = isSentAgain;
        client = killer.connect(killer.gateway(), CLIENT_ID, null);
        client.subscribe(filter, 2);
        killer.add(this);
    }

    /** Numbers as they came, without those that came again. */
    List<Integer> received() {
        return received;
    }

    String figures() {
        return repeated + " came again marked, " + copied.size() + " twice as they were sent twice, " + releasedAgain
                + " were released again";
    }

    /** Reads until a message is there and its exchange is complete. */
    void receive(final int number) throws IOException {
        hasMessage = false;
        packetId = 0;
        boolean isComplete = false;
        while (!isComplete) {
            final MqttTestClient.Packet packet = client.read();
            if (packet.type() == MqttTestClient.PUBLISH && packet.qos() == 1) {
                isComplete = onAtLeastOnce(packet, number);
            } else if (packet.type() == MqttTestClient.PUBLISH) {
                onExactlyOnce(packet, number);
            } else if (packet.type() == MqttTestClient.PUBREL) {
                isComplete = onPubRel(packet);
            } else {
                throw new IOException("the receiver got " + packet);
            }
        }
    }

    @Override
    public void connectAgain() {
        client.close();
        connection++;
        client = killer.connect(killer.gateway(), CLIENT_ID, null);
        assertTrue(client.isSessionPresent(), "the session of the receiver is gone");
    }

    @Override
    public void close() {
        client.close();
    }

    private boolean onAtLeastOnce(final MqttTestClient.Packet packet, final int number) throws IOException {
        final int came = Integer.parseInt(packet.payload());
        final Arrival before = arrivals.put(packet.packetId(), new Arrival(came, connection));
        if (before != null) {
            // There are more ids than messages in the test.
            assertEquals(before.number, came, () -> packet + " has the packet id of another message");
            assertTrue(packet.isDuplicate(), () -> packet + " came again and is not marked");
            assertTrue(before.connection < connection, () -> packet + " came again on the same connection");
            repeated++;
        } else if (received.contains(came)) {
            assertTrue(isSentAgain.test(came), () -> packet + " came again under another packet id");
            assertTrue(copied.add(came), () -> packet + " came a third time");
        } else {
            assertEquals(number, came);
            assertTrue(
                    !packet.isDuplicate() || connection > 0, () -> packet + " is marked, but cannot have come before");
            received.add(came);
        }
        if (came == number && killer.isKilledAt(HandshakeStep.QOS1_PUBLISH_READ)) {
            return false;
        }
        final boolean isHeld = came == number && killer.isArmed(HandshakeStep.PUBACK_SENT);
        if (isHeld) {
            killer.holdCommits();
        }
        client.answer(MqttTestClient.PUBACK, packet.packetId());
        if (isHeld) {
            // Packets of a connection are read in their order.
            client.ping();
            killer.isKilledAt(HandshakeStep.PUBACK_SENT);
        }
        return came == number;
    }

    private void onExactlyOnce(final MqttTestClient.Packet packet, final int number) throws IOException {
        assertEquals(Integer.toString(number), packet.payload());
        if (hasMessage) {
            assertEquals(packetId, packet.packetId(), "the message came again under another packet id");
            assertTrue(packet.isDuplicate(), "what came again is not marked");
            repeated++;
        } else {
            hasMessage = true;
            packetId = packet.packetId();
            received.add(number);
        }
        if (killer.isKilledAt(HandshakeStep.PUBLISH_READ)) {
            return;
        }
        client.answer(MqttTestClient.PUBREC, packetId);
        killer.isKilledAt(HandshakeStep.PUBREC_SENT);
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
        assertFalse(arrivals.containsKey(packetId), "released, but it came with QoS 1");
        if (killer.isKilledAt(HandshakeStep.PUBREL_READ)) {
            return false;
        }
        client.answer(MqttTestClient.PUBCOMP, packetId);
        complete.add(packetId);
        killer.isKilledAt(HandshakeStep.PUBCOMP_SENT);
        return true;
    }
}
