package io.lockstep.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.config.GatewayEndpoint;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.gateway.bridge.FakeClusterLink;
import io.lockstep.gateway.session.GatewayLimits;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** The gateway with real threads and sockets, on a cluster in memory. */
@Timeout(60)
@ExtendWith(LeakCheck.class)
class LockstepGatewayTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final String CONNECT_5 = "100e00044d5154540502001e00000163";
    private static final String SUBSCRIBE_A = "820700010000016101";
    private static final String PUBLISH_A = "3206000161000200";
    private static final String PUBLISH_A_QOS_0 = "30050001610078";

    private final AtomicBoolean isClusterThere = new AtomicBoolean(true);
    private final AtomicReference<FakeClusterLink> link = new AtomicReference<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    private final List<String> log = new CopyOnWriteArrayList<>();
    private GatewayLimits limits = GatewayLimits.DEFAULTS;

    @Test
    void shouldTranslateSessionsWhenClientsUseSockets() throws Exception {
        try (LockstepGateway gateway = start();
                Socket client = connect(gateway)) {
            send(client, SUBSCRIBE_A);
            assertEquals("900400010001", receive(client, 6));

            send(client, PUBLISH_A);

            // The answer and the message come from different threads' work: in any order.
            final String packets = receive(client, 4 + 8);
            assertTrue(
                    List.of("40020002" + "3206000161000300", "3206000161000300" + "40020002")
                            .contains(packets),
                    packets);
            assertEquals(1, gateway.counters().messagesAccepted().sum());
        }
        assertNull(failure.get());
    }

    @Test
    void shouldTellHealthAndStatusWhenAsked() throws Exception {
        isClusterThere.set(false);
        try (LockstepGateway gateway = start()) {
            assertEquals(503, get(gateway, "/health").statusCode());
            isClusterThere.set(true);
            await(gateway::isHealthy);

            try (Socket client = connect(gateway)) {
                assertEquals(200, get(gateway, "/health").statusCode());
                assertEquals(
                        "{\"id\":3,\"isHealthy\":true}", get(gateway, "/health").body());
                final String status = get(gateway, "/status").body();
                assertTrue(
                        status.startsWith(
                                "{\"id\":3,\"cluster\":\"test \\\"x\\\"\",\"isConnected\":true,\"isDraining\":false,"
                                        + "\"connections\":1,\"sessions\":1,"),
                        status);
                assertEquals(404, get(gateway, "/other").statusCode());
                assertTrue(client.isConnected());
            }
        }
    }

    @Test
    void shouldNotBeHealthyWhenAShardHasNoSession() throws Exception {
        try (LockstepGateway gateway = start()) {
            await(gateway::isHealthy);

            link.get().isConnected(false);

            await(() -> !gateway.isHealthy());
            final HttpResponse<String> health = get(gateway, "/health");
            assertEquals(503, health.statusCode());
            assertEquals("{\"id\":3,\"isHealthy\":false}", health.body());
            assertTrue(get(gateway, "/status").body().contains("\"isConnected\":false"));
            link.get().isConnected(true);
            await(gateway::isHealthy);
            assertEquals(200, get(gateway, "/health").statusCode());
        }
    }

    @Test
    void shouldWaitUntilTheClientsAreGoneWhenDrained() throws Exception {
        try (LockstepGateway gateway = start();
                Socket client = connect(gateway)) {
            final StringWriter out = new StringWriter();
            final int status = new CommandLine(new DrainCommand())
                    .setOut(new PrintWriter(out))
                    .setErr(new PrintWriter(new StringWriter()))
                    .execute("--http", "localhost:" + gateway.httpPort(), "--over", "1");

            assertEquals(0, status);
            assertEquals("no clients", out.toString().strip());
            assertEquals("e0029c00", receive(client, 4));
            assertEquals(503, get(gateway, "/health").statusCode());
            assertTrue(get(gateway, "/status").body().contains("\"isDraining\":true"));
        }
    }

    @ParameterizedTest
    @CsvSource({"/drain?seconds=x, 400", "/drain?seconds=-1, 400", "/drain?serverReference=a%00b, 400", "/status, 404"})
    void shouldRefuseWhenADrainIsAskedForWrongly(final String path, final int expected) throws Exception {
        try (LockstepGateway gateway = start()) {
            final HttpResponse<String> response = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://localhost:" + gateway.httpPort() + path))
                                    .POST(HttpRequest.BodyPublishers.noBody())
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());

            assertEquals(expected, response.statusCode(), response::body);
            assertTrue(get(gateway, "/status").body().contains("\"isDraining\":false"));
        }
    }

    @Test
    void shouldSayHowToCallWhenDrainIsCalledWrongly() {
        for (final String over : List.of("-1", "3601", "x")) {
            final StringWriter err = new StringWriter();
            assertEquals(
                    2,
                    new CommandLine(new DrainCommand())
                            .setErr(new PrintWriter(err))
                            .execute("--http", "localhost:1", "--over", over));
            assertTrue(err.toString().contains("--over"), err::toString);
        }
        assertEquals(
                1,
                new CommandLine(new DrainCommand())
                        .setErr(new PrintWriter(new StringWriter()))
                        .execute("--http", "localhost:1"));
    }

    @Test
    void shouldSayWhyWhenTheGatewayStops() throws Exception {
        final LockstepGateway gateway = start();
        try (Socket client = connect(gateway)) {
            final FakeClusterLink connected = link.get();

            gateway.close();
            gateway.close();

            final String packet = HEX.formatHex(client.getInputStream().readAllBytes());
            assertTrue(packet.startsWith("e0") && packet.substring(4).startsWith("8b"), packet);
            assertTrue(connected.isClosed());
        }
    }

    @Test
    void shouldNotResetAConnectionThatItEndsWhileTheClientStillSends() throws Exception {
        try (LockstepGateway gateway = start();
                Socket client = connect(gateway)) {
            send(client, "c100");
            final String packet = receive(client, 3);
            assertTrue(packet.startsWith("e0") && packet.endsWith("81"), packet);

            // To a socket that was closed, one of the next would fail.
            for (int i = 0; i < 100; i++) {
                send(client, PUBLISH_A_QOS_0);
            }

            client.getInputStream().readAllBytes();
            client.shutdownOutput();
            await(() -> gateway.counters().connectionsClosed().sum() == 1);
            assertEquals(0, gateway.counters().messagesIn().sum());
            assertEquals(0, gateway.counters().errors().sum());
        }
        assertNull(failure.get());
    }

    @Test
    void shouldNameThePortWhenItIsTaken() {
        try (LockstepGateway first = start()) {
            final IllegalStateException error =
                    assertThrows(IllegalStateException.class, () -> start(first.mqttPort()));

            assertTrue(
                    error.getMessage().contains("cannot listen for MQTT")
                            && error.getMessage().contains(Integer.toString(first.mqttPort())),
                    error.getMessage());
        }
    }

    @Test
    void shouldForgetClientsThatLeaveWhenTheQueueIsFull() throws Exception {
        limits = GatewayLimits.DEFAULTS.withQueue(4, 1 << 20);
        try (LockstepGateway gateway = start();
                Socket flood = connect(gateway)) {
            link.get().backPressuredShardId(FakeClusterLink.ALL);
            send(flood, PUBLISH_A_QOS_0.repeat(100));
            for (int i = 0; i < 20; i++) {
                try (Socket hasty = new Socket("localhost", gateway.mqttPort())) {
                    send(hasty, CONNECT_5.substring(0, CONNECT_5.length() - 2) + "6" + (4 + i % 4));
                }
            }

            link.get().backPressuredShardId(FakeClusterLink.NONE);

            await(() -> gateway.counters().messagesAccepted().sum() == 100);
            await(() -> gateway.counters().connectionsClosed().sum() == 20);
            await(() -> gateway.counters().sessionsOpened().sum()
                            - gateway.counters().sessionsClosed().sum()
                    == 1);
        }
        assertNull(failure.get());
    }

    @Test
    void shouldFailWhenTheBridgeHasABug() throws Exception {
        final CountDownLatch isTold = new CountDownLatch(1);
        final LockstepGateway gateway = LockstepGateway.start(
                config(0),
                listener -> {
                    final FakeClusterLink newLink = new FakeClusterLink(listener);
                    link.set(newLink);
                    return newLink;
                },
                log::add,
                error -> isTold.countDown());
        try (gateway;
                Socket client = connect(gateway)) {
            link.get().commitTwice();
            send(client, PUBLISH_A);
            assertTrue(isTold.await(30, TimeUnit.SECONDS));
        }
    }

    private LockstepGateway start() {
        return start(0);
    }

    private LockstepGateway start(final int mqttPort) {
        return LockstepGateway.start(
                config(mqttPort),
                listener -> {
                    if (!isClusterThere.get()) {
                        throw new IllegalStateException("no node answered");
                    }
                    link.set(new FakeClusterLink(listener));
                    return link.get();
                },
                log::add,
                failure::set);
    }

    private GatewayConfig config(final int mqttPort) {
        return new GatewayConfig(
                "test \"x\"",
                new GatewayEndpoint(3, "localhost", mqttPort, 0),
                List.of(new NodeEndpoint(0, "localhost", 25_000)),
                limits);
    }

    private static Socket connect(final LockstepGateway gateway) throws IOException {
        await(gateway::isHealthy);
        final Socket socket = new Socket("localhost", gateway.mqttPort());
        socket.setSoTimeout(30_000);
        send(socket, CONNECT_5);
        final InputStream input = socket.getInputStream();
        assertEquals("20", HEX.formatHex(input.readNBytes(1)));
        final int length = input.read();
        assertEquals("0000", HEX.formatHex(input.readNBytes(length)).substring(0, 4));
        return socket;
    }

    private static void send(final Socket socket, final String hex) throws IOException {
        socket.getOutputStream().write(HEX.parseHex(hex));
    }

    private static String receive(final Socket socket, final int length) throws IOException {
        return HEX.formatHex(socket.getInputStream().readNBytes(length));
    }

    private static HttpResponse<String> get(final LockstepGateway gateway, final String path)
            throws IOException, InterruptedException {
        final URI uri = URI.create("http://localhost:" + gateway.httpPort() + path);
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static void await(final BooleanSupplier condition) {
        final long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - deadlineNs < 0, "the condition did not come true within 30 s");
            Thread.onSpinWait();
        }
    }
}
