package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.Consumer;
import io.lockstep.client.ConsumerConfig;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.ClusterConfig;
import io.lockstep.config.Durability;
import io.lockstep.config.GatewayEndpoint;
import io.lockstep.config.Profile;
import io.lockstep.testkit.process.LocalLayout;
import io.lockstep.testkit.process.ProcessCluster;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.agrona.CloseHelper;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Native clients that know gateways only, while the gateway that serves them is killed with SIGKILL, alone and together with
 * the leader.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class GatewayKillChaosTest {
    private static final int BASE_PORT = 28_200;
    private static final int AERON_PORT = BASE_PORT + 350;
    private static final long READY_NS = TimeUnit.SECONDS.toNanos(120);
    private static final int COUNT = 6_000;
    private static final int TOPICS = 4;
    private static final int CLIENTS = 3;

    private final List<AutoCloseable> closeables = new ArrayList<>();
    private Path dir;
    private ProcessCluster cluster;

    @BeforeEach
    void startCluster() throws IOException {
        dir = Files.createTempDirectory("lockstep-gateway-kill-");
        cluster = ProcessCluster.start(config(), true, READY_NS);
    }

    @AfterEach
    void stopCluster() {
        CloseHelper.quietCloseAll(closeables);
        cluster.close();
        IoUtil.delete(dir.toFile(), true);
    }

    @Test
    void shouldLoseAndRepeatNothingWhenTheGatewayOfNativeClientsIsKilled() {
        // given
        final Published published = new Published(connect());
        final Received received = new Received(connect());
        final Consumed consumed = new Consumed(connect());
        await("it reads", () -> received.isConnected() && consumed.isConnected());

        // when
        final Runnable drive = () -> {
            published.client.doWork();
            received.subscriber.poll(100);
            consumed.consumer.poll(100);
        };
        for (int i = 0; i < COUNT; i++) {
            published.offer(i);
            drive.run();
            if (i == COUNT / 3) {
                cluster.killGateway(gatewayOfClients(drive));
            } else if (i == COUNT / 2) {
                startGateways(drive);
            } else if (i == 2 * COUNT / 3) {
                cluster.killGateway(gatewayOfClients(drive));
                cluster.killNode(cluster.awaitLeader(0, READY_NS));
            }
        }
        Await.await(
                "all are accepted and delivered",
                120,
                () -> {
                    drive.run();
                    return published.accepted == COUNT
                            && received.texts.size() >= COUNT
                            && consumed.texts.size() == COUNT;
                },
                () -> published.accepted + " accepted, " + received.texts.size() + " received, "
                        + consumed.texts.size() + " consumed; reads: " + received.subscriber.isConnected()
                        + ", consumer: joined " + consumed.consumer.isJoined() + ", owner "
                        + consumed.consumer.isOwner(0) + ", at " + consumed.consumer.readPosition(0)
                        + ", acknowledged to " + consumed.consumer.position(0));

        // then
        final List<String> stored = storedTexts();
        assertEquals(
                IntStream.range(0, COUNT)
                        .mapToObj(GatewayKillChaosTest::text)
                        .sorted()
                        .toList(),
                stored.stream().sorted().toList());
        for (int topic = 0; topic < TOPICS; topic++) {
            final int remainder = topic;
            assertEquals(
                    IntStream.range(0, COUNT)
                            .filter(i -> i % TOPICS == remainder)
                            .mapToObj(GatewayKillChaosTest::text)
                            .toList(),
                    stored.stream()
                            .filter(text -> text.endsWith(" " + remainder))
                            .toList());
        }
        assertEquals(stored, received.texts);
        // What was delivered and not acknowledged may come again, in the order of the first time.
        assertEquals(stored, List.copyOf(consumed.texts));
    }

    private ClusterConfig config() {
        final ClusterConfig plain = LocalLayout.config(dir, BASE_PORT, 3, 1, 2, Profile.SMALL, Durability.REPLICATED);
        final List<GatewayEndpoint> gateways = plain.gateways().stream()
                .map(gateway -> gateway.withAeron(AERON_PORT + 2 * gateway.id(), 100))
                .toList();
        return new ClusterConfig(
                plain.name(),
                plain.shardCount(),
                plain.nodes(),
                plain.profile(),
                plain.durability(),
                plain.secret(),
                plain.baseDir(),
                plain.markDir(),
                plain.segmentLength(),
                plain.lowSpaceBytes(),
                plain.engineSettings(),
                gateways);
    }

    // Clients that were silent for a while may be at either, or about to come back.
    private int gatewayOfClients(final Runnable drive) {
        await("all clients are at a gateway", () -> {
            drive.run();
            return Math.max(0, nativeClients(0)) + Math.max(0, nativeClients(1)) == CLIENTS;
        });
        return nativeClients(0) > nativeClients(1) ? 0 : 1;
    }

    private void startGateways(final Runnable drive) {
        final int gatewayId = nativeClients(0) < 0 ? 0 : 1;
        cluster.startGateway(gatewayId);
        await("the gateway is back", () -> {
            drive.run();
            return nativeClients(gatewayId) >= 0;
        });
    }

    // Below 0 where the gateway does not listen.
    private int nativeClients(final int gatewayId) {
        final JsonNode status = cluster.gatewayStatus(gatewayId);
        if (status == null) {
            return -1;
        }
        for (final JsonNode listener : status.path("listeners")) {
            if (listener.path("transport").asText().equals("aeron")
                    && listener.path("isListening").asBoolean()) {
                return listener.path("connections").asInt();
            }
        }
        return -1;
    }

    // All begin with gateway 0.
    private LockstepClient connect() {
        final LockstepClient client =
                LockstepClient.connect("gateway:localhost:" + AERON_PORT + ",localhost:" + (AERON_PORT + 2));
        closeables.add(client);
        return client;
    }

    private List<String> storedTexts() {
        final List<String> texts = new ArrayList<>();
        try (LockstepClient client = LockstepClient.connect(cluster.nodes())) {
            final Subscriber witness = client.addSubscriber(
                    new SubscriberConfig().filter("native/+").start(StartPosition.start()),
                    message -> texts.add(message.payloadText()));
            await("the witness has all", () -> {
                witness.poll(100);
                return texts.size() >= COUNT;
            });
        }
        return texts;
    }

    private static String text(final int number) {
        return number + " " + number % TOPICS;
    }

    private static void await(final String what, final BooleanSupplier condition) {
        Await.await(what, 120, condition, () -> "");
    }

    private static final class Published implements PublishListener {
        private final LockstepClient client;
        private final Publisher publisher;
        private int accepted;

        private Published(final LockstepClient client) {
            this.client = client;
            this.publisher = client.addPublisher(new PublisherConfig(), this);
        }

        private void offer(final int number) {
            final UnsafeBuffer buffer = new UnsafeBuffer(text(number).getBytes(StandardCharsets.US_ASCII));
            await("the message is taken", () -> {
                client.doWork();
                return Publisher.isTaken(publisher.offer("native/" + number % TOPICS, buffer, 0, buffer.capacity()));
            });
        }

        @Override
        public void onAccepted(final long messageId, final int shardId, final long position) {
            accepted++;
        }

        @Override
        public void onRefused(final long messageId, final ResultCode code, final long detail) {
            throw new IllegalStateException("message " + messageId + " is refused: " + code);
        }

        @Override
        public void onUnknown(final long messageId, final String reason) {
            throw new IllegalStateException("message " + messageId + " is unknown: " + reason);
        }
    }

    private static final class Received {
        private final List<String> texts = new ArrayList<>();
        private final Subscriber subscriber;

        private Received(final LockstepClient client) {
            subscriber = client.addSubscriber(
                    new SubscriberConfig().filter("native/+").start(StartPosition.start()),
                    message -> texts.add(message.payloadText()));
        }

        private boolean isConnected() {
            subscriber.poll(10);
            return subscriber.isConnected();
        }
    }

    private static final class Consumed {
        private final Set<String> texts = new LinkedHashSet<>();
        private final Consumer consumer;

        private Consumed(final LockstepClient client) {
            final Consumer[] own = new Consumer[1];
            own[0] = client.addConsumer(
                    new ConsumerConfig().name("native").filter("native/+").start(StartPosition.start()), message -> {
                        texts.add(message.payloadText());
                        own[0].ack(message);
                    });
            consumer = own[0];
        }

        private boolean isConnected() {
            consumer.poll(10);
            return consumer.isConnected();
        }
    }
}
