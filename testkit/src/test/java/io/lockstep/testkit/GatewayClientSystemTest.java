package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aeron.Aeron;
import io.aeron.AeronCounters;
import io.aeron.cluster.codecs.CloseReason;
import io.aeron.cluster.service.ClientSession;
import io.aeron.cluster.service.ClusteredService;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.driver.ext.DebugReceiveChannelEndpoint;
import io.aeron.driver.ext.LossGenerator;
import io.lockstep.access.PasswordHash;
import io.lockstep.archive.replay.ReaderDriver;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.ClientConfig;
import io.lockstep.client.Consumer;
import io.lockstep.client.ConsumerConfig;
import io.lockstep.client.GroupConfig;
import io.lockstep.client.GroupMember;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.LockstepException;
import io.lockstep.client.Message;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.SharedCoreIdling;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.client.internal.ShardSession;
import io.lockstep.client.internal.ShardSessionListener;
import io.lockstep.client.link.GatewayAddress;
import io.lockstep.client.link.GatewayPath;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.AccessConfig;
import io.lockstep.config.GatewayEndpoint;
import io.lockstep.gateway.GatewayConfig;
import io.lockstep.gateway.LockstepGateway;
import io.lockstep.gateway.mqtt.MqttOptions;
import io.lockstep.gateway.session.GatewayLimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersReader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Native clients that speak with gateways only, against three nodes with two shards. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class GatewayClientSystemTest {
    private static final int BASE_PORT = 21_600;
    private static final int GATEWAY_PORT = 22_000;
    private static final String HOST = "localhost";
    private static final int SHARDS = 2;
    private static final int MESSAGES = 2_000;
    private static final int CUT_MESSAGES = 100;
    private static final int RULED_GATEWAY = 2;
    // All of them in one process with three nodes and three gateways on two cores.
    private static final int MANY_SESSIONS = Integer.getInteger("lockstep.native.sessions", 200);
    private static final int SESSIONS_AT_ONCE = 10;
    private static final int SESSIONS_OF_A_DRIVER = 100;

    private static final String[] EXPECTED_ERRORS = ExpectedErrors.ofLostNodes();
    private static final List<String> LOG = new CopyOnWriteArrayList<>();
    private static final AtomicReference<Throwable> FAILURE = new AtomicReference<>();
    private static final Map<Integer, LockstepGateway> GATEWAYS = new ConcurrentHashMap<>();
    // Each replica sees the same sessions; the greatest count over all is asked for.
    private static final AtomicInteger GREATEST_SESSION_COUNT = new AtomicInteger();
    private static LocalCluster cluster;

    @TempDir
    private static Path dir;

    private final List<AutoCloseable> closeables = new ArrayList<>();

    @BeforeAll
    static void start() throws IOException {
        Files.writeString(
                dir.resolve("users"),
                "anna:" + PasswordHash.of("secret".getBytes(StandardCharsets.UTF_8), 1_000) + '\n');
        Files.writeString(dir.resolve("rules"), """
                allow user anna publish plant/#
                allow user anna subscribe plant/#
                deny user anna read plant/hidden/#
                allow user anna read plant/#
                """);
        cluster = LocalCluster.on(BASE_PORT).shards(SHARDS).build();
        cluster.start(nodeId -> cluster.config(), CountingService::new);
        startGateway(0, AccessConfig.DEFAULTS, 1_000);
        startGateway(1, AccessConfig.DEFAULTS, MANY_SESSIONS + 100);
        startGateway(
                RULED_GATEWAY,
                new AccessConfig(
                        dir.resolve("users"),
                        dir.resolve("rules"),
                        AccessConfig.Anonymous.FALSE,
                        AccessConfig.CertificateUser.NONE),
                2);
        awaitGateways();
    }

    @AfterAll
    static void stop() {
        try {
            CloseHelper.closeAll(GATEWAYS.values());
            assertNull(FAILURE.get(), LOG::toString);
            assertEquals(List.of(), cluster.unexpectedErrors(EXPECTED_ERRORS), cluster::log);
        } finally {
            cluster.close();
        }
    }

    @AfterEach
    void close() {
        CloseHelper.closeAll(closeables);
    }

    @Test
    void shouldDeliverInOneOrderWhenSomeGoThroughAGatewayAndSomeDoNot() {
        // given
        final LockstepClient through = connect("gateway:" + address(0));
        final LockstepClient straight = connect(cluster.nodesText());
        final Received first = subscribe(through, "order/+");
        final Received second = subscribe(straight, "order/+");
        await("one reads through a gateway", first::isConnected);
        await("one reads straight", second::isConnected);
        final Published throughPublished = new Published(through);
        final Published straightPublished = new Published(straight);

        // when
        for (int i = 0; i < MESSAGES; i++) {
            throughPublished.offer("order/" + i % 7, i % 500 == 0 ? "x".repeat(300_000) : "through " + i);
            straightPublished.offer("order/" + i % 7, "straight " + i);
            first.poll();
            second.poll();
        }
        await("all are accepted", () -> {
            first.poll();
            second.poll();
            return throughPublished.accepted() == MESSAGES && straightPublished.accepted() == MESSAGES;
        });
        await("all are delivered", () -> {
            first.poll();
            second.poll();
            return first.count() >= 2 * MESSAGES && second.count() >= 2 * MESSAGES;
        });

        // then
        assertEquals(second.byShard(), first.byShard());
        assertEquals(2 * MESSAGES, first.count());
        final Received again = subscribe(through, "order/3", StartPosition.start());
        final int expected = (int) first.byShard().values().stream()
                .flatMap(List::stream)
                .filter(line -> line.contains("order/3 "))
                .count();
        await("one topic is read from the start", () -> {
            again.poll();
            return again.count() >= expected;
        });
        assertEquals(expected, again.count());
    }

    @Test
    void shouldConsumeWhenConsumersAndGroupMembersGoThroughAGateway() {
        // given
        final LockstepClient client = connect("gateway:" + address(0));
        final List<String> consumed = new ArrayList<>();
        final AtomicReference<Consumer> consumer = new AtomicReference<>();
        consumer.set(client.addConsumer(new ConsumerConfig().name("books").filter("work/+"), message -> {
            consumed.add(message.fullTopic() + ' ' + text(message));
            consumer.get().ack(message);
        }));
        final List<String> worked = new ArrayList<>();
        final GroupMember member =
                client.addGroupMember(new GroupConfig().name("workers").filter("work/+"), delivery -> {
                    worked.add(delivery.message().fullTopic() + ' ' + text(delivery.message()));
                    delivery.ack();
                });
        await("both are joined", () -> {
            consumer.get().poll(10);
            member.poll(10);
            return consumer.get().isJoined() && consumer.get().isConnected() && member.isJoined();
        });

        // when
        final Published published = new Published(client);
        for (int i = 0; i < 300; i++) {
            published.offer("work/" + i % 5, Integer.toString(i));
        }
        await("both have all", () -> {
            consumer.get().poll(10);
            member.poll(10);
            return consumed.size() >= 300 && worked.size() >= 300;
        });

        // then
        assertEquals(300, consumed.stream().distinct().count());
        assertEquals(300, worked.stream().distinct().count());
        assertTrue(consumer.get().flush(TimeUnit.SECONDS.toNanos(10)));
        consumer.get().close();
        final List<String> late = new ArrayList<>();
        final Consumer next = connect("gateway:" + address(1))
                .addConsumer(new ConsumerConfig().name("books").filter("work/+"), message -> late.add(text(message)));
        published.offer("work/1", "after");
        await("the next owner goes on where the first stopped", () -> {
            client.doWork();
            next.poll(10);
            return !late.isEmpty();
        });
        assertEquals(List.of("after"), late);
    }

    @Test
    void shouldLoseAndRepeatNothingWhenTheGatewayStopsInTheMiddle() {
        // given
        final LockstepClient client = connect("gateway:" + address(0) + ',' + address(1));
        final Received received = subscribe(client, "move/+");
        await("it reads", received::isConnected);
        final Published published = new Published(client);

        // when
        for (int i = 0; i < MESSAGES; i++) {
            published.offer("move/" + i % 4, Integer.toString(i));
            received.poll();
            if (i == MESSAGES / 2) {
                GATEWAYS.remove(0).close();
            }
        }
        await("all are accepted and delivered", () -> {
            received.poll();
            return published.accepted() == MESSAGES && received.count() >= MESSAGES;
        });

        // then
        final Received witness = subscribe(connect(cluster.nodesText()), "move/+", StartPosition.start());
        await("the witness has all", () -> {
            witness.poll();
            return witness.count() >= MESSAGES;
        });
        assertEquals(MESSAGES, witness.count());
        assertEquals(witness.byShard(), received.byShard());
        for (int topic = 0; topic < 4; topic++) {
            final String name = "move/" + topic + ' ';
            final int first = topic;
            assertEquals(
                    IntStream.range(0, MESSAGES / 4)
                            .mapToObj(i -> name + (4 * i + first))
                            .toList(),
                    received.byShard().values().stream()
                            .flatMap(List::stream)
                            .map(line -> line.substring(line.indexOf(' ') + 1))
                            .filter(line -> line.startsWith(name))
                            .toList());
        }
        startGateway(0, AccessConfig.DEFAULTS, 1_000);
        awaitGateways();
    }

    @Test
    void shouldLoseNothingWhenTheStreamFromTheGatewayBreaksOffUnseen() {
        // given
        final AtomicBoolean isCut = new AtomicBoolean();
        final LossGenerator loss = (address, buffer, length) -> isCut.get();
        final MediaDriver driver = launchDriver(new MediaDriver.Context()
                .receiveChannelEndpointSupplier((channel, dispatcher, indicator, context) ->
                        new DebugReceiveChannelEndpoint(channel, dispatcher, indicator, context, loss, loss)));
        final LockstepClient client = LockstepClient.connect(
                new ClientConfig().nodes("gateway:" + address(0)).aeronDirectoryName(driver.aeronDirectoryName()));
        // Before its driver.
        closeables.add(0, client);
        final CountersReader counters = driver.context().countersManager();
        final Received received = subscribe(client, "cut/+");
        final Published published = new Published(connect(cluster.nodesText()));
        await("it reads", received::isConnected);
        published.offer("cut/0", "first");
        await("one is delivered", () -> {
            published.client.doWork();
            received.poll();
            return received.count() == 1;
        });

        // when nobody looks while one image goes and the next one comes
        isCut.set(true);
        for (int i = 0; i < CUT_MESSAGES; i++) {
            published.offer("cut/" + i % 4, Integer.toString(i));
        }
        await("all are accepted and the image is gone", () -> {
            published.client.doWork();
            return published.accepted() == CUT_MESSAGES + 1 && imageCount(counters) == 0;
        });
        isCut.set(false);
        await("there is an image again", () -> imageCount(counters) == 1);
        published.offer("cut/0", "last");

        // then
        Await.await(
                "all are delivered",
                40,
                () -> {
                    published.client.doWork();
                    received.poll();
                    return received.count() >= CUT_MESSAGES + 2;
                },
                () -> received.count() + " of " + (CUT_MESSAGES + 2) + " are");
        final Received witness = subscribe(connect(cluster.nodesText()), "cut/+", StartPosition.start());
        await("the witness has all", () -> {
            witness.poll();
            return witness.count() >= CUT_MESSAGES + 2;
        });
        assertEquals(witness.byShard(), received.byShard());
    }

    @Test
    void shouldRefuseWhenRulesDoNotAllow() {
        // given
        final String ruled = "gateway:" + address(RULED_GATEWAY);
        final LockstepException bad = assertThrows(
                LockstepException.class,
                () -> LockstepClient.connect(new ClientConfig()
                        .nodes(ruled)
                        .credentials("anna", "wrong".getBytes(StandardCharsets.UTF_8))
                        .connectTimeoutNs(20_000_000_000L)));
        final LockstepException nameless =
                assertThrows(LockstepException.class, () -> LockstepClient.connect(new ClientConfig().nodes(ruled)));
        final LockstepClient anna = LockstepClient.connect(
                new ClientConfig().nodes(ruled).credentials("anna", "secret".getBytes(StandardCharsets.UTF_8)));
        closeables.add(anna);
        final Received allowed = subscribe(anna, "plant/#");
        final Received forbidden = subscribe(anna, "secret/#");
        await("what is allowed is read", allowed::isConnected);

        // when
        final Published straight = new Published(connect(cluster.nodesText()));
        straight.offer("plant/hidden/1", "no");
        straight.offer("plant/1", "yes");
        final Published published = new Published(anna);
        published.offer("plant/2", "one");
        published.offer("secret/1", "two");
        published.offer("plant/2", "three");
        await("all have a fate", () -> {
            allowed.poll();
            straight.client.doWork();
            return published.accepted() == 2 && published.refused.size() == 1 && straight.accepted() == 2;
        });
        await("what may be read is", () -> {
            allowed.poll();
            return allowed.count() >= 3;
        });

        // then
        assertTrue(bad.getMessage().contains("BAD_CREDENTIALS"), bad::getMessage);
        assertTrue(nameless.getMessage().contains("NOT_ALLOWED"), nameless::getMessage);
        assertEquals(List.of(ResultCode.BAD_TOPIC), published.refused);
        assertEquals(
                List.of("plant/1 yes", "plant/2 one", "plant/2 three"),
                allowed.byShard().values().stream()
                        .flatMap(List::stream)
                        .map(line -> line.substring(line.indexOf(' ') + 1))
                        .sorted()
                        .toList());
        final LockstepException refused = assertThrows(LockstepException.class, () -> {
            while (true) {
                forbidden.poll();
            }
        });
        assertTrue(refused.getMessage().contains("NOT_ALLOWED"), refused::getMessage);
        final ClientConfig config =
                new ClientConfig().nodes(ruled).credentials("anna", "secret".getBytes(StandardCharsets.UTF_8));
        closeables.add(LockstepClient.connect(config));
        final LockstepException full = assertThrows(
                LockstepException.class, () -> LockstepClient.connect(config.connectTimeoutNs(3_000_000_000L)));
        assertTrue(full.getMessage().contains("TOO_MANY_SESSIONS"), full::getMessage);
    }

    @Test
    void shouldKeepTheClusterSmallWhenManySessionsCome() {
        // given
        Aeron aeron = null;
        final int sessionsBefore = GREATEST_SESSION_COUNT.get();
        final List<GatewayPath> paths = new ArrayList<>();
        final List<ShardSession> sessions = new ArrayList<>();

        // when
        final long begunNs = System.nanoTime();
        for (int i = 0; i < MANY_SESSIONS; i++) {
            aeron = i % SESSIONS_OF_A_DRIVER == 0 ? launchAeron() : aeron;
            final GatewayPath path = new GatewayPath(
                    aeron,
                    GatewayAddress.parse("gateway:" + address(1)),
                    "many-" + i,
                    "",
                    new byte[0],
                    TimeUnit.SECONDS.toNanos(20),
                    error -> {},
                    System.nanoTime());
            paths.add(path);
            sessions.add(path.openSession(SHARDS - 1, new Ignoring(), System.nanoTime()));
            if (i % SESSIONS_AT_ONCE == SESSIONS_AT_ONCE - 1) {
                Await.await(
                        "all sessions are open",
                        40,
                        () -> {
                            paths.forEach(each -> each.doWork(System.nanoTime()));
                            return sessions.stream().allMatch(ShardSession::isConnected);
                        },
                        () -> sessions.stream()
                                .collect(Collectors.groupingBy(
                                        session -> session.isConnected() ? "open" : session.lastError(),
                                        Collectors.counting()))
                                .toString());
            }
        }
        System.out.println(MANY_SESSIONS + " sessions were open after "
                + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begunNs) + " ms");

        // then
        assertEquals(sessionsBefore, GREATEST_SESSION_COUNT.get());
        paths.forEach(GatewayPath::close);
    }

    private Aeron launchAeron() {
        final MediaDriver driver = launchDriver(new MediaDriver.Context());
        final Aeron aeron = Aeron.connect(new Aeron.Context().aeronDirectoryName(driver.aeronDirectoryName()));
        closeables.add(0, aeron);
        return aeron;
    }

    private MediaDriver launchDriver(final MediaDriver.Context context) {
        final MediaDriver driver =
                MediaDriver.launch(ReaderDriver.configure(context, new ClientConfig().imageLivenessTimeoutNs())
                        .aeronDirectoryName(Aeron.Context.generateRandomDirName())
                        .threadingMode(ThreadingMode.SHARED)
                        .sharedIdleStrategy(SharedCoreIdling.newIdleStrategy())
                        .dirDeleteOnShutdown(true));
        closeables.add(0, driver);
        return driver;
    }

    private static int imageCount(final CountersReader counters) {
        final AtomicInteger count = new AtomicInteger();
        counters.forEach((counterId, typeId, key, label) ->
                count.addAndGet(typeId == AeronCounters.DRIVER_RECEIVER_POS_TYPE_ID ? 1 : 0));
        return count.get();
    }

    private static void startGateway(final int id, final AccessConfig access, final int maxSessions) {
        final int port = GATEWAY_PORT + 10 * id;
        GATEWAYS.put(
                id,
                LockstepGateway.start(
                        new GatewayConfig(
                                "test",
                                new GatewayEndpoint(id, HOST, port, port + 1).withAeron(port + 2, maxSessions),
                                cluster.config().nodes(),
                                GatewayLimits.DEFAULTS,
                                MqttOptions.DEFAULTS,
                                access),
                        LOG::add,
                        FAILURE::set));
    }

    private static void awaitGateways() {
        Await.await(
                "all gateways are healthy",
                60,
                () -> GATEWAYS.values().stream().allMatch(LockstepGateway::isHealthy),
                LOG::toString);
    }

    private static String address(final int gatewayId) {
        return HOST + ':' + (GATEWAY_PORT + 10 * gatewayId + 2);
    }

    private static String text(final Message message) {
        final int length = Math.min(message.payloadLength(), 20);
        return message.buffer().getStringWithoutLengthAscii(message.payloadOffset(), length);
    }

    private static void await(final String description, final BooleanSupplier condition) {
        Await.await(description, 40, condition, LOG::toString);
    }

    private LockstepClient connect(final String where) {
        final LockstepClient client = LockstepClient.connect(where);
        closeables.add(client);
        return client;
    }

    private static Received subscribe(final LockstepClient client, final String filter) {
        return subscribe(client, filter, StartPosition.live());
    }

    private static Received subscribe(final LockstepClient client, final String filter, final StartPosition start) {
        return new Received(client, filter, start);
    }

    private static final class Received {
        private final Map<Integer, List<String>> byShard = new TreeMap<>();
        private final Subscriber subscriber;
        private int count;

        private Received(final LockstepClient client, final String filter, final StartPosition start) {
            subscriber =
                    client.addSubscriber(new SubscriberConfig().filter(filter).start(start), message -> {
                        count++;
                        byShard.computeIfAbsent(message.shardId(), shardId -> new ArrayList<>())
                                .add(message.position() + " " + message.fullTopic() + ' ' + text(message));
                    });
        }

        private boolean isConnected() {
            subscriber.poll(10);
            return subscriber.isConnected();
        }

        private void poll() {
            subscriber.poll(100);
        }

        private int count() {
            return count;
        }

        private Map<Integer, List<String>> byShard() {
            return byShard;
        }
    }

    private static final class Published implements PublishListener {
        private final LockstepClient client;
        private final Publisher publisher;
        private final List<ResultCode> refused = new ArrayList<>();
        private int accepted;

        private Published(final LockstepClient client) {
            this.client = client;
            this.publisher = client.addPublisher(new PublisherConfig().ordered(false), this);
        }

        private void offer(final String topic, final String payload) {
            final UnsafeBuffer buffer = new UnsafeBuffer(payload.getBytes(StandardCharsets.US_ASCII));
            while (!Publisher.isTaken(publisher.offer(topic, buffer, 0, buffer.capacity()))) {
                client.doWork();
            }
            client.doWork();
        }

        private int accepted() {
            return accepted;
        }

        @Override
        public void onAccepted(final long messageId, final int shardId, final long position) {
            accepted++;
        }

        @Override
        public void onRefused(final long messageId, final ResultCode code, final long detail) {
            refused.add(code);
        }

        @Override
        public void onUnknown(final long messageId, final String reason) {
            throw new IllegalStateException("message " + messageId + " is unknown: " + reason);
        }
    }

    private static final class Ignoring implements ShardSessionListener {
        @Override
        public void onRestored() {
            // Only whether it is connected counts.
        }

        @Override
        public void onAnswer(final DirectBuffer buffer, final int offset, final int length) {
            throw new IllegalStateException("nobody asked");
        }
    }

    private static final class CountingService extends DelegatingService {
        private int sessionCount;

        private CountingService(final ClusteredService service) {
            super(service);
        }

        @Override
        public void onSessionOpen(final ClientSession session, final long timestamp) {
            sessionCount++;
            GREATEST_SESSION_COUNT.accumulateAndGet(sessionCount, Math::max);
            super.onSessionOpen(session, timestamp);
        }

        @Override
        public void onSessionClose(final ClientSession session, final long timestamp, final CloseReason closeReason) {
            sessionCount--;
            super.onSessionClose(session, timestamp, closeReason);
        }
    }
}
