package io.lockstep.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.config.GatewayEndpoint;
import io.lockstep.config.GatewayTls;
import io.lockstep.config.GatewayTls.ClientAuth;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.gateway.bridge.FakeClusterLink;
import io.lockstep.gateway.mqtt.ListenerCounters;
import io.lockstep.gateway.mqtt.MqttListener;
import io.lockstep.gateway.mqtt.MqttTransport;
import io.lockstep.gateway.session.GatewayLimits;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** MQTT over TCP, TLS and WebSocket with real sockets, on a cluster in memory. */
@Timeout(120)
@ExtendWith(LeakCheck.class)
class MqttTransportTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final String CONNECT = "100d00044d5154540402001e000163";
    private static final String CONNACK = "20020000";
    private static final String SUBSCRIBE_A = "8206000100016100";
    private static final String SUBACK = "9003000100";
    private static final String PUBLISH_A = "3004000161" + "78";
    private static final String PINGREQ = "c000";
    private static final String PINGRESP = "d000";

    @TempDir
    private static Path folder;

    private static TestCertificates certificates;

    private final List<String> log = new CopyOnWriteArrayList<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final List<AutoCloseable> clients = new ArrayList<>();
    private LockstepGateway gateway;

    @BeforeAll
    static void makeCertificates() throws Exception {
        certificates =
                new TestCertificates(folder).make("gateway").make("client").make("stranger");
    }

    @AfterEach
    void close() throws Exception {
        for (final AutoCloseable client : clients) {
            client.close();
        }
        if (gateway != null) {
            gateway.close();
            assertEquals(0, gateway.counters().errors().sum(), log::toString);
        }
        assertNull(failure.get());
    }

    @ParameterizedTest
    @EnumSource(MqttTransport.class)
    void shouldServeMqttOverEachTransport(final MqttTransport transport) throws Exception {
        start(ClientAuth.NONE, GatewayLimits.DEFAULTS);
        final Client client = connect(transport, null);
        final Client other = connect(MqttTransport.TCP, null, CONNECT.substring(0, CONNECT.length() - 2) + "64");
        assertEquals(SUBACK, client.exchange(SUBSCRIBE_A, SUBACK.length() / 2));
        assertEquals(SUBACK, other.exchange(SUBSCRIBE_A, SUBACK.length() / 2));

        client.send(PUBLISH_A);

        assertEquals(PUBLISH_A, other.receive(PUBLISH_A.length() / 2));
        assertEquals(PUBLISH_A, client.receive(PUBLISH_A.length() / 2));
        final long expected = transport == MqttTransport.TCP ? 2 : 1;
        assertEquals(expected, counters(transport).connectionsOpened().sum());
        client.close();
        await(() -> counters(transport).connectionsClosed().sum() == 1);
        await(() -> gateway.counters().sessionsClosed().sum() == 1);
        assertEquals(PINGRESP, other.exchange(PINGREQ, 2));
        final String status = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://localhost:" + gateway.httpPort() + "/status"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
        assertTrue(status.contains("{\"transport\":\"" + transport.key() + "\",\"port\":" + port(transport)), status);
    }

    @ParameterizedTest
    @CsvSource({
        "NONE, , true",
        "OPTIONAL, , true",
        "OPTIONAL, client, true",
        "OPTIONAL, stranger, false",
        "REQUIRED, , false",
        "REQUIRED, client, true",
        "REQUIRED, stranger, false"
    })
    void shouldAskForCertificatesOfClientsAsItIsTold(
            final ClientAuth clientAuth, final String own, final boolean isWelcome) throws Exception {
        start(clientAuth, GatewayLimits.DEFAULTS);
        final Client bystander = connect(MqttTransport.TCP, null);

        if (isWelcome) {
            connect(MqttTransport.TLS, own, CONNECT.substring(0, CONNECT.length() - 2) + "64");
        } else {
            assertRefused(own);
            await(() -> counters(MqttTransport.TLS).handshakesFailed().sum() == 1);
            await(() -> counters(MqttTransport.TLS).connectionsClosed().sum() == 1);
        }

        assertEquals(isWelcome ? 2 : 1, gateway.counters().sessionsOpened().sum());
        assertEquals(PINGRESP, bystander.exchange(PINGREQ, 2));
    }

    @Test
    void shouldEndOnlyTheConnectionWhoseBytesAreNoTls() throws Exception {
        start(ClientAuth.NONE, GatewayLimits.DEFAULTS);
        final Client bystander = connect(MqttTransport.TLS, null);

        try (Socket plain = new Socket("localhost", port(MqttTransport.TLS))) {
            plain.setSoTimeout(30_000);
            plain.getOutputStream().write(HEX.parseHex(CONNECT));
            readToTheEnd(plain);
        }

        await(() -> counters(MqttTransport.TLS).handshakesFailed().sum() == 1);
        assertEquals(PINGRESP, bystander.exchange(PINGREQ, 2));
    }

    @ParameterizedTest
    @EnumSource(MqttTransport.class)
    void shouldEndAConnectionThatNeverComesToItsConnect(final MqttTransport transport) throws Exception {
        start(ClientAuth.NONE, GatewayLimits.DEFAULTS.withConnectTimeoutNs(TimeUnit.SECONDS.toNanos(2)));
        final Client bystander = connect(MqttTransport.TCP, null);

        try (Socket silent = new Socket("localhost", port(transport))) {
            silent.setSoTimeout(60_000);
            // The beginning of a TLS record, of a request, of a CONNECT.
            silent.getOutputStream()
                    .write(HEX.parseHex(
                            transport == MqttTransport.TCP
                                    ? "10"
                                    : transport == MqttTransport.WEB_SOCKET ? "474554202f" : "1603"));
            readToTheEnd(silent);
        }

        await(() -> counters(transport).connectionsClosed().sum() == 1);
        assertEquals(PINGRESP, bystander.exchange(PINGREQ, 2));
    }

    @Test
    void shouldTakePacketsThatSpanFramesAndFramesThatHoldSeveral() throws Exception {
        start(ClientAuth.NONE, GatewayLimits.DEFAULTS);
        final WebSocketClient client = new WebSocketClient(uri(MqttTransport.WEB_SOCKET, "/mqtt"), null, "mqtt");
        clients.add(client);

        client.sendPart(CONNECT.substring(0, 2), true);
        client.sendPart(CONNECT.substring(2, 10), false);
        client.sendPart(CONNECT.substring(10), true);
        assertEquals(CONNACK, client.receive(4));
        client.send(SUBSCRIBE_A + PINGREQ + PINGREQ + PINGREQ.substring(0, 2));
        client.send(PINGREQ.substring(2));

        final String answers = client.receive(5 + 6);
        assertTrue(answers.replaceFirst(SUBACK, "").equals(PINGRESP.repeat(3)) && answers.contains(SUBACK), answers);
        assertEquals("mqtt", client.subProtocol());
    }

    @Test
    void shouldCloseWhenAFrameIsText() throws Exception {
        start(ClientAuth.NONE, GatewayLimits.DEFAULTS);
        final WebSocketClient client = (WebSocketClient) connect(MqttTransport.WEB_SOCKET, null);

        client.sendText("text");

        client.awaitClosed();
        await(() -> gateway.counters().sessionsClosed().sum() == 1);
    }

    @ParameterizedTest
    @CsvSource({"/mqtt, other", "/mqtt, ", "/other, mqtt", "/mqttx, mqtt"})
    void shouldRefuseTheUpgradeWhenItIsNotForMqtt(final String path, final String subProtocol) throws Exception {
        start(ClientAuth.NONE, GatewayLimits.DEFAULTS);

        assertThrows(
                ExecutionException.class,
                () -> new WebSocketClient(uri(MqttTransport.WEB_SOCKET, path), null, subProtocol));

        await(() -> counters(MqttTransport.WEB_SOCKET).handshakesFailed().sum() == 1);
        await(() -> counters(MqttTransport.WEB_SOCKET).connectionsClosed().sum() == 1);
    }

    @Test
    void shouldTakeMqttAmongSeveralSubProtocols() throws Exception {
        start(ClientAuth.NONE, GatewayLimits.DEFAULTS);

        final WebSocketClient client =
                new WebSocketClient(uri(MqttTransport.WEB_SOCKET, "/mqtt?token=1"), null, "mqttv3.1", "mqtt");
        clients.add(client);

        assertEquals("mqtt", client.subProtocol());
        assertEquals(CONNACK, client.exchange(CONNECT, 4));
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /mqtt HTTP/1.1\r\nHost: x\r\n\r\n", "nonsense\r\n\r\n", "10"})
    void shouldEndAConnectionThatIsNoWebSocket(final String request) throws Exception {
        start(ClientAuth.NONE, GatewayLimits.DEFAULTS.withConnectTimeoutNs(TimeUnit.SECONDS.toNanos(2)));

        try (Socket socket = new Socket("localhost", port(MqttTransport.WEB_SOCKET))) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write(request.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            readToTheEnd(socket);
        }

        await(() -> counters(MqttTransport.WEB_SOCKET).connectionsClosed().sum() == 1);
    }

    @Test
    void shouldSayWhichFileIsOfNoUseWhenItStarts() throws Exception {
        final Path none = folder.resolve("none.pem");
        final Path garbage = Files.writeString(folder.resolve("garbage.pem"), "garbage");

        final IllegalStateException missing = assertThrows(
                IllegalStateException.class,
                () -> start(new GatewayTls(none, certificates.key("gateway"), null, ClientAuth.NONE)));
        final IllegalStateException bad = assertThrows(
                IllegalStateException.class,
                () -> start(new GatewayTls(garbage, certificates.key("gateway"), null, ClientAuth.NONE)));

        assertEquals("the file " + none + ", which TLS needs, cannot be read", missing.getMessage());
        assertTrue(bad.getMessage().startsWith("the certificate " + garbage + " and the key "), bad.getMessage());
    }

    private void start(final ClientAuth clientAuth, final GatewayLimits limits) {
        gateway = start(
                new GatewayTls(
                        certificates.certificate("gateway"),
                        certificates.key("gateway"),
                        certificates.certificate("client"),
                        clientAuth),
                limits);
        await(gateway::isHealthy);
    }

    private LockstepGateway start(final GatewayTls tls) {
        return start(tls, GatewayLimits.DEFAULTS);
    }

    private LockstepGateway start(final GatewayTls tls, final GatewayLimits limits) {
        return LockstepGateway.start(
                new GatewayConfig(
                        "test",
                        new GatewayEndpoint(3, "localhost", 0, 0, 0, 0, 0, tls),
                        List.of(new NodeEndpoint(0, "localhost", 25_000)),
                        limits),
                FakeClusterLink::new,
                log::add,
                failure::set);
    }

    private Client connect(final MqttTransport transport, final String own) throws Exception {
        return connect(transport, own, CONNECT);
    }

    private Client connect(final MqttTransport transport, final String own, final String connect) throws Exception {
        final SSLContext tls = certificates.client("gateway", own);
        final Client client = switch (transport) {
            case TCP -> new SocketClient(new Socket("localhost", port(transport)));
            case TLS -> new SocketClient(tls.getSocketFactory().createSocket("localhost", port(transport)));
            case WEB_SOCKET -> new WebSocketClient(uri(transport, "/mqtt"), null, "mqtt");
            case SECURE_WEB_SOCKET -> new WebSocketClient(uri(transport, "/mqtt"), tls, "mqtt");
        };
        clients.add(client);
        assertEquals(CONNACK, client.exchange(connect, CONNACK.length() / 2));
        return client;
    }

    // TLS 1.3 tells a client of its certificate only after the handshake, with whatever it reads first.
    private void assertRefused(final String own) {
        final Exception error = assertThrows(Exception.class, () -> connect(MqttTransport.TLS, own));
        assertTrue(error instanceof IOException || error.getCause() instanceof IOException, error::toString);
    }

    private int port(final MqttTransport transport) {
        return listener(transport).port();
    }

    private ListenerCounters counters(final MqttTransport transport) {
        return listener(transport).counters();
    }

    private MqttListener listener(final MqttTransport transport) {
        return gateway.mqttListeners().stream()
                .filter(listener -> listener.transport() == transport)
                .findAny()
                .orElseThrow();
    }

    private URI uri(final MqttTransport transport, final String path) {
        final String scheme = transport == MqttTransport.WEB_SOCKET ? "ws" : "wss";
        return URI.create(scheme + "://localhost:" + port(transport) + path);
    }

    // A reset is an end too.
    private static void readToTheEnd(final Socket socket) {
        try {
            socket.getInputStream().readAllBytes();
        } catch (final java.net.SocketTimeoutException ex) {
            throw new AssertionError("the connection is still open", ex);
        } catch (final IOException ex) {
            assertTrue(ex.getMessage().contains("reset"), ex::toString);
        }
    }

    private static void await(final BooleanSupplier condition) {
        final long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - deadlineNs < 0, "the condition did not come true within 60 s");
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    private interface Client extends AutoCloseable {
        void send(String hex) throws Exception;

        String receive(int lengthBytes) throws Exception;

        @Override
        void close() throws IOException;

        default String exchange(final String hex, final int lengthBytes) throws Exception {
            send(hex);
            return receive(lengthBytes);
        }
    }

    private record SocketClient(Socket socket) implements Client {
        SocketClient {
            try {
                socket.setSoTimeout(60_000);
                if (socket instanceof final SSLSocket secure) {
                    secure.startHandshake();
                }
            } catch (final IOException ex) {
                throw new java.io.UncheckedIOException(ex);
            }
        }

        @Override
        public void send(final String hex) throws IOException {
            socket.getOutputStream().write(HEX.parseHex(hex));
        }

        @Override
        public String receive(final int lengthBytes) throws IOException {
            final InputStream input = socket.getInputStream();
            final byte[] bytes = input.readNBytes(lengthBytes);
            if (bytes.length < lengthBytes) {
                throw new IOException("the connection ended after " + HEX.formatHex(bytes));
            }
            return HEX.formatHex(bytes);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static final class WebSocketClient implements Client, WebSocket.Listener {
        private final AtomicReference<String> received = new AtomicReference<>("");
        private final CompletableFuture<Void> closed = new CompletableFuture<>();
        private final WebSocket webSocket;
        private int takenChars;

        WebSocketClient(final URI uri, final SSLContext tls, final String... subProtocols) throws Exception {
            final HttpClient.Builder builder = HttpClient.newBuilder();
            if (tls != null) {
                builder.sslContext(tls);
            }
            final WebSocket.Builder webSockets = builder.build().newWebSocketBuilder();
            if (subProtocols[0] != null) {
                webSockets.subprotocols(
                        subProtocols[0], java.util.Arrays.copyOfRange(subProtocols, 1, subProtocols.length));
            }
            webSocket = webSockets.buildAsync(uri, this).get(60, TimeUnit.SECONDS);
        }

        String subProtocol() {
            return webSocket.getSubprotocol();
        }

        void sendPart(final String hex, final boolean isLast) throws Exception {
            webSocket.sendBinary(ByteBuffer.wrap(HEX.parseHex(hex)), isLast).get(60, TimeUnit.SECONDS);
        }

        void sendText(final String text) throws Exception {
            webSocket.sendText(text, true).get(60, TimeUnit.SECONDS);
        }

        void awaitClosed() throws Exception {
            closed.get(60, TimeUnit.SECONDS);
        }

        @Override
        public void send(final String hex) throws Exception {
            sendPart(hex, true);
        }

        @Override
        public String receive(final int lengthBytes) {
            final int end = takenChars + 2 * lengthBytes;
            await(() -> received.get().length() >= end);
            final String hex = received.get().substring(takenChars, end);
            takenChars = end;
            return hex;
        }

        @Override
        public void close() {
            webSocket.abort();
        }

        @Override
        public CompletionStage<?> onBinary(final WebSocket socket, final ByteBuffer data, final boolean isLast) {
            final byte[] bytes = new byte[data.remaining()];
            data.get(bytes);
            received.accumulateAndGet(HEX.formatHex(bytes), String::concat);
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(final WebSocket socket, final int statusCode, final String reason) {
            closed.complete(null);
            return null;
        }

        @Override
        public void onError(final WebSocket socket, final Throwable error) {
            closed.complete(null);
        }
    }
}
