package io.lockstep.gateway.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.gateway.LeakCheck;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.mqtt.MqttVersion;
import io.netty.util.ResourceLeakDetector;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Random bytes, truncated and mutated packets against the real handlers: nothing escapes, nothing leaks, whoever is
 * disconnected is told with a code of the protocol, and a second session goes on publishing. An input depends on the seed
 * and its number alone.
 */
@ExtendWith(LeakCheck.class)
class PacketFuzzTest {
    private static final int CLIENTS = 200;
    private static final int RECORDED_EVERY = 20;
    private static final int PUBLISH_EVERY = 20;
    private static final int INPUTS = Integer.getInteger("lockstep.seeds", 20_000);
    private static final HexFormat HEX = HexFormat.of();

    private static final List<byte[]> CAPTURES = List.of(
            // CONNECT: plain, with properties, user name, will, MQTT 3.1.1.
            hex("100e00044d5154540502001e00000163"),
            hex("102900044d51545405c2001e1811000000052100042700001000220003170019012600016b000176000163000175000170"),
            hex("102300044d5154540536001e0000016309180000000501010200010001770003627965"),
            hex("100d00044d5154540402001e000163"),
            // PUBLISH: QoS 0 and 1, properties, an alias, a reserved topic, too long, QoS 2, retained.
            hex("3005000161" + "0078"),
            hex("3206000161000100"),
            hex("322800016100021f0101020000003c0300016308000172090001d126000161000162260001610001633a2303ff78"),
            hex("300a0003612f62032300017878"),
            hex("30080005246465616400"),
            hex("30ffffff7f000161"),
            hex("3406000161000100"),
            hex("3104000161" + "00"),
            // Answers and QoS 2.
            hex("40020001"),
            hex("4008000110041f000178"),
            hex("62020001"),
            hex("50020001"),
            hex("70020001"),
            // SUBSCRIBE and UNSUBSCRIBE.
            hex("82070001000001612e"),
            hex("820e0002020b7f0001610100012b0000"),
            hex("8211000300000a2473686172652f672f6100"),
            hex("a206000400000161"),
            // The rest.
            hex("c000"),
            hex("e000"),
            hex("e0070005110000000a"),
            hex("f006180415000161"));

    @Test
    @Timeout(3_600)
    void shouldTouchNothingElseWhateverAClientSends() {
        final long seed = Long.getLong("lockstep.seed", System.nanoTime());
        System.out.println("PacketFuzzTest seed " + seed + ", inputs " + INPUTS);
        final Set<Integer> seen = new TreeSet<>();
        try {
            for (int first = 0; first < INPUTS; first += CLIENTS) {
                // Where each buffer was touched is recorded for a part of the inputs only: that takes most of the time.
                final boolean isRecorded = first / CLIENTS % RECORDED_EVERY == 0;
                ResourceLeakDetector.setLevel(
                        isRecorded ? ResourceLeakDetector.Level.PARANOID : ResourceLeakDetector.Level.DISABLED);
                fuzz(seed, first, Math.min(INPUTS, first + CLIENTS), seen);
            }
        } finally {
            ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        }
        System.out.println("PacketFuzzTest reason codes "
                + seen.stream().map(Integer::toHexString).toList());
        if (INPUTS >= 20_000) {
            assertTrue(seen.containsAll(Set.of(0, 0x81, 0x82, 0x90, 0x94, 0x95)), seen::toString);
        }
    }

    private static void fuzz(final long seed, final int first, final int end, final Set<Integer> seen) {
        try (TestBroker broker = new TestBroker()) {
            final TestClient bystander = broker.client().connect(MqttVersion.MQTT_5, "bystander");
            bystander.subscribe("bystander/#", 0);
            for (int number = first; number < end; number++) {
                final byte[] input = input(new Random(seed * 1_000_003 + number));
                final String what = "seed " + seed + ", input " + number + ": " + HEX.formatHex(input);
                final TestClient client = broker.client();
                final ByteBuf bytes = Unpooled.wrappedBuffer(input);
                try {
                    final boolean isMqtt5 = prepare(client, number);
                    final int before = client.receivedBytes();
                    client.server().writeInbound(bytes);
                    broker.work();
                    seen.add(code(client, before, isMqtt5, what));
                    if (number % PUBLISH_EVERY == 0) {
                        bystander.publish("bystander/a", 1, 1 + number % 60_000, "still here");
                        bystander.expectPubAckAndPublish("bystander/a", "still here");
                    }
                } catch (final RuntimeException | AssertionError ex) {
                    throw new AssertionError(what, ex);
                }
                assertTrue(bystander.server().isOpen(), what);
                assertEquals(0, broker.counters().errors().sum(), () -> what + ' ' + broker.log());
                broker.drop(client);
                assertEquals(0, bytes.refCnt(), () -> what + " is not released");
            }
        }
    }

    /** One third of the inputs come first, others after a CONNECT of either version. */
    private static boolean prepare(final TestClient client, final int number) {
        if (number % 3 == 0) {
            return false;
        }
        client.connect(number % 3 == 1 ? MqttVersion.MQTT_5 : MqttVersion.MQTT_3_1_1, "c");
        return number % 3 == 1;
    }

    private static int code(final TestClient client, final int before, final boolean isMqtt5, final String what) {
        final String answers = client.receivedHex().substring(2 * before);
        final boolean isOpen = client.server().isOpen();
        int code = 0;
        for (int index = 0; index < answers.length(); ) {
            final int type = Integer.parseInt(answers.substring(index, index + 1), 16);
            final int length = Integer.parseInt(answers.substring(index + 2, index + 4), 16);
            assertTrue(length < 128, what);
            if (type == 14) {
                code = Integer.parseInt(answers.substring(index + 4, index + 6), 16);
                // A client of MQTT 3.1.1 has no DISCONNECT; before its CONNECT nobody has.
                assertTrue(isMqtt5 || answers.startsWith("20"), what);
                assertTrue(
                        FuzzPeer.DISCONNECT_CODES.contains(code),
                        what + " is answered with " + Integer.toHexString(code));
                assertFalse(isOpen, what);
            }
            index += 4 + 2 * length;
            assertTrue(type != 14 || index == answers.length(), what);
        }
        return code;
    }

    private static byte[] input(final Random random) {
        final byte[] input = random.nextInt(10) == 0
                ? FuzzInput.randomBytes(random, 1 + random.nextInt(40))
                : FuzzInput.mutated(CAPTURES.get(random.nextInt(CAPTURES.size())), random);
        // Often something follows that must not be taken for more than it is.
        return random.nextInt(3) == 0
                ? FuzzInput.concat(input, FuzzInput.mutated(CAPTURES.get(random.nextInt(CAPTURES.size())), random))
                : input;
    }

    private static byte[] hex(final String text) {
        return HEX.parseHex(text);
    }
}
