package io.lockstep.gateway.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.gateway.LeakCheck;
import io.lockstep.gateway.bridge.GatewayCounters;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttVersion;
import io.netty.util.ResourceLeakDetector;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Whole conversations that were spoiled, in pieces of random length, over TCP and inside WebSocket frames, several at a time under
 * a few client ids. Nothing escapes, every byte of the gateway is of the protocol, one client that is connected and one that is
 * away notice nothing, and at the end no session, no buffer and no unanswered message is left. Batches do not depend on each
 * other: {@code -Dlockstep.fuzz.batch=N} repeats one.
 */
@ExtendWith(LeakCheck.class)
class StreamFuzzTest {
    private static final int BATCH = 200;
    private static final int RECORDED_EVERY = 20;
    private static final int PUBLISH_EVERY = 10;
    private static final int OPEN = 4;
    private static final int INPUTS = Integer.getInteger("lockstep.seeds", 5_000);
    private static final int ONLY_BATCH = Integer.getInteger("lockstep.fuzz.batch", -1);
    private static final HexFormat HEX = HexFormat.of();
    private static final List<List<byte[]>> CONVERSATIONS = Conversations.all();
    private static final String TOPIC = "bystander/a";

    @Test
    @Timeout(3_600)
    void shouldLeaveNothingBehindWhateverClientsSend() {
        final long seed = Long.getLong("lockstep.seed", System.nanoTime());
        System.out.println("StreamFuzzTest seed " + seed + ", inputs " + INPUTS);
        final Set<Integer> seen = new TreeSet<>();
        // Netty has buffers of its own that are made with this class and stay.
        assertNotNull(new HttpServerCodec());
        final long beganNs = System.nanoTime();
        final int batches = (INPUTS + BATCH - 1) / BATCH;
        try {
            for (int batch = 0; batch < batches; batch++) {
                if (ONLY_BATCH < 0 || batch == ONLY_BATCH) {
                    // Where each buffer was touched is recorded for a part of the inputs only; that none is left is
                    // looked at for all.
                    ResourceLeakDetector.setLevel(
                            batch % RECORDED_EVERY == 0 || ONLY_BATCH >= 0
                                    ? ResourceLeakDetector.Level.PARANOID
                                    : ResourceLeakDetector.Level.DISABLED);
                    new Batch(seed, batch, seen).run();
                }
            }
        } finally {
            ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        }
        System.out.println("StreamFuzzTest reason codes "
                + seen.stream().map(Integer::toHexString).toList() + ", inputs a second "
                + (long) (INPUTS * 1e9 / (System.nanoTime() - beganNs)));
        if (ONLY_BATCH < 0 && INPUTS >= 5_000) {
            assertTrue(seen.containsAll(Set.of(0, 0x81, 0x82, 0x8E)), seen::toString);
        }
    }

    /** One broker and two clients that nothing may happen to. */
    private static final class Batch {
        private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
        private final ListenerCounters listener = new ListenerCounters();
        private final TestBroker broker = new TestBroker();
        private final Queue<FuzzPeer> open = new ArrayDeque<>();
        private final List<String> published = new ArrayList<>();
        private final List<String> received = new ArrayList<>();
        private final Set<Integer> seen;
        private final long seed;
        private final int batch;
        private final TestClient bystander;
        private int acknowledged;

        Batch(final long seed, final int batch, final Set<Integer> seen) {
            this.seed = seed;
            this.batch = batch;
            this.seen = seen;
            final TestClient sleeper = connect("sleeper", 600);
            sleeper.subscribe("bystander/#", 1);
            sleeper.send(MqttMessageBuilders.disconnect().build());
            broker.drop(sleeper);
            bystander = connect("bystander", 0);
            bystander.subscribe("bystander/#", 1);
        }

        void run() {
            final long usedBefore = used(UnpooledByteBufAllocator.DEFAULT);
            String what = "seed " + seed + ", batch " + batch + " (-Dlockstep.seed=" + seed + " -Dlockstep.fuzz.batch="
                    + batch + ")";
            try {
                for (int i = 0; i < BATCH; i++) {
                    final Random random = new Random((seed * 1_000_003 + batch) * 1_000_003 + i);
                    final boolean isWebSocket = random.nextInt(3) == 0;
                    final byte[] mqtt = FuzzInput.spoiled(CONVERSATIONS, random);
                    final byte[] input = isWebSocket ? FuzzInput.inWebSocket(mqtt, random) : mqtt;
                    what = "seed " + seed + ", batch " + batch + ", input " + i
                            + (isWebSocket ? " in a WebSocket: " : ": ") + HEX.formatHex(input);
                    converse(input, isWebSocket ? MqttTransport.WEB_SOCKET : MqttTransport.TCP, random);
                    if (i % PUBLISH_EVERY == 0) {
                        publish();
                    }
                    assertEquals(
                            0,
                            broker.counters().errors().sum(),
                            () -> broker.log().toString());
                }
                what = "end of batch " + batch;
                end();
            } catch (final Exception | AssertionError ex) {
                throw new AssertionError("seed " + seed + ": " + what, ex);
            }
            assertEquals(0, used(allocator), () -> "buffers are left in batch " + batch + ", seed " + seed);
            assertEquals(
                    usedBefore,
                    used(UnpooledByteBufAllocator.DEFAULT),
                    () -> "buffers are left in batch " + batch + ", seed " + seed);
        }

        private void converse(final byte[] input, final MqttTransport transport, final Random random) {
            final FuzzPeer peer = new FuzzPeer(broker, transport, listener, allocator);
            broker.add(peer);
            open.add(peer);
            for (int index = 0; index < input.length && peer.isOpen(); ) {
                final int most = random.nextInt(3) == 0 ? 3 : input.length - index;
                final int end = index + 1 + random.nextInt(Math.min(most, input.length - index));
                peer.write(input, index, end);
                if (random.nextBoolean()) {
                    broker.work();
                }
                index = end;
            }
            broker.work();
            if (random.nextInt(8) == 0) {
                broker.advance(1 + random.nextInt(20));
                // It has to be heard more often than it publishes.
                bystander.send(MqttMessage.PINGREQ);
                read(bystander, received);
            }
            while (open.size() > OPEN || (!open.isEmpty() && random.nextInt(4) == 0)) {
                drop(open.remove());
            }
        }

        private void drop(final FuzzPeer peer) {
            broker.drop(peer);
            peer.check(seen);
        }

        private void publish() {
            final String payload = Integer.toString(published.size());
            published.add(payload);
            bystander.publish(TOPIC, 1, published.size(), payload);
            read(bystander, received);
            assertEquals(published, received, "what the bystander received");
            assertEquals(published.size(), acknowledged, "what the bystander published was not acknowledged");
            assertTrue(bystander.server().isOpen(), "the bystander was disconnected");
        }

        /** Everybody leaves; nothing of anybody is there any more, but for what the sleeper waits for. */
        private void end() {
            while (!open.isEmpty()) {
                drop(open.remove());
            }
            final TestClient sleeper = connect("sleeper", 600);
            final List<String> waiting = new ArrayList<>();
            read(sleeper, waiting);
            assertEquals(published, waiting, "what waited for the one who was away");
            for (final TestClient client : List.of(sleeper, bystander)) {
                client.send(MqttMessageBuilders.disconnect().build());
                client.expectClosed();
                broker.drop(client);
            }
            final GatewayCounters counters = broker.counters();
            assertEquals(
                    counters.connectionsOpened().sum(),
                    counters.connectionsClosed().sum(),
                    "connections are left");
            assertEquals(
                    counters.sessionsOpened().sum(), counters.sessionsClosed().sum(), "sessions are left");
            assertEquals(
                    listener.connectionsOpened().sum(),
                    listener.connectionsClosed().sum(),
                    "connections are left");
            assertEquals(
                    counters.messagesIn().sum(),
                    counters.messagesAccepted().sum()
                            + counters.messagesRefused().sum()
                            + counters.messagesUnknown().sum(),
                    "messages without an answer are left");
            assertEquals(List.of(), broker.link().cluster().connected(), "the cluster thinks that they are connected");
            broker.close();
        }

        // Its silence is not the point: no keep-alive.
        private TestClient connect(final String clientId, final int expirySeconds) {
            final MqttProperties properties = new MqttProperties();
            properties.add(new MqttProperties.IntegerProperty(MqttProperties.SESSION_EXPIRY_INTERVAL, expirySeconds));
            final TestClient client = broker.client();
            final MqttConnAckMessage answer = client.tryConnect(
                    MqttVersion.MQTT_5,
                    clientId,
                    builder -> builder.cleanSession(false).keepAlive(0),
                    properties);
            assertEquals(0, answer.variableHeader().connectReturnCode().byteValue());
            return client;
        }

        private void read(final TestClient client, final List<String> payloads) {
            for (MqttMessage message = client.receive(); message != null; message = client.receive()) {
                if (message.fixedHeader().messageType() == MqttMessageType.PUBACK) {
                    acknowledged++;
                    continue;
                }
                if (message.fixedHeader().messageType() == MqttMessageType.PINGRESP) {
                    continue;
                }
                final MqttPublishMessage publish = assertInstanceOf(MqttPublishMessage.class, message);
                payloads.add(publish.payload().toString(StandardCharsets.UTF_8));
                publish.release();
                client.acknowledge(publish.variableHeader().packetId());
            }
        }

        private static long used(final UnpooledByteBufAllocator allocator) {
            return allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory();
        }
    }
}
