package io.lockstep.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.config.AccessConfig;
import io.lockstep.config.GatewayTls;
import io.lockstep.config.GatewayTls.ClientAuth;
import io.lockstep.gateway.mqtt.ListenerCounters;
import io.lockstep.gateway.mqtt.MqttTransport;
import io.lockstep.gateway.session.GatewayLimits;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
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
    private static final String SUBSCRIBE_A = "8206000100016100";
    private static final String SUBACK = "9003000100";
    private static final String PUBLISH_A = "3004000161" + "78";

    @TempDir
    private static Path folder;

    private static TestCertificates certificates;

    private final TestGateway gateway = new TestGateway();
    private final List<HexClient> clients = new ArrayList<>();

    @BeforeAll
    static void makeCertificates() throws Exception {
        certificates =
                new TestCertificates(folder).make("gateway").make("client").make("stranger");
    }

    @AfterEach
    void close() throws IOException {
        for (final HexClient client : clients) {
            client.close();
        }
        gateway.close();
    }

    @ParameterizedTest
    @EnumSource(MqttTransport.class)
    void shouldServeMqttOverEachTransport(final MqttTransport transport) throws Exception {
        start(ClientAuth.NONE, GatewayLimits.DEFAULTS);
        final HexClient client = connect(transport, null);
        final HexClient other = connect(MqttTransport.TCP, null, HexClient.CONNECT_OTHER);
        assertEquals(SUBACK, client.exchange(SUBSCRIBE_A, SUBACK.length() / 2));
        assertEquals(SUBACK, other.exchange(SUBSCRIBE_A, SUBACK.length() / 2));

        client.send(PUBLISH_A);

        assertEquals(PUBLISH_A, other.receive(PUBLISH_A.length() / 2));
        assertEquals(PUBLISH_A, client.receive(PUBLISH_A.length() / 2));
        final long expected = transport == MqttTransport.TCP ? 2 : 1;
        assertEquals(expected, counters(transport).connectionsOpened().sum());
        client.close();
        awaitClosed(transport);
        awaitSessionClosed();
        assertEquals(HexClient.PINGRESP, other.exchange(HexClient.PINGREQ, 2));
        final String status = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://localhost:" + gateway.httpPort() + "/status"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
        assertTrue(
                status.contains("{\"transport\":\"" + transport.key() + "\",\"port\":" + gateway.port(transport)),
                status);
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
        final HexClient bystander = connect(MqttTransport.TCP, null);

        if (isWelcome) {
            connect(MqttTransport.TLS, own, HexClient.CONNECT_OTHER);
        } else {
            assertRefused(own);
            awaitHandshakeFailed(MqttTransport.TLS);
            awaitClosed(MqttTransport.TLS);
        }

        assertEquals(isWelcome ? 2 : 1, gateway.counters().sessionsOpened().sum());
        assertEquals(HexClient.PINGRESP, bystander.exchange(HexClient.PINGREQ, 2));
    }

    @Test
    void shouldEndOnlyTheConnectionWhoseBytesAreNoTls() throws Exception {
        start(ClientAuth.NONE, GatewayLimits.DEFAULTS);
        final HexClient bystander = connect(MqttTransport.TLS, null);

        try (Socket plain = new Socket("localhost", gateway.port(MqttTransport.TLS))) {
            plain.setSoTimeout(30_000);
            plain.getOutputStream().write(HEX.parseHex(HexClient.CONNECT));
            readToTheEnd(plain);
        }

        awaitHandshakeFailed(MqttTransport.TLS);
        assertEquals(HexClient.PINGRESP, bystander.exchange(HexClient.PINGREQ, 2));
    }

    @ParameterizedTest
    @EnumSource(MqttTransport.class)
    void shouldEndAConnectionThatNeverComesToItsConnect(final MqttTransport transport) throws Exception {
        start(ClientAuth.NONE, GatewayLimits.DEFAULTS.withConnectTimeoutNs(TimeUnit.SECONDS.toNanos(2)));
        final HexClient bystander = connect(MqttTransport.TCP, null);

        try (Socket silent = new Socket("localhost", gateway.port(transport))) {
            silent.setSoTimeout(60_000);
            // The beginning of a TLS record, of a request, of a CONNECT.
            silent.getOutputStream()
                    .write(HEX.parseHex(
                            transport == MqttTransport.TCP
                                    ? "10"
                                    : transport == MqttTransport.WEB_SOCKET ? "474554202f" : "1603"));
            readToTheEnd(silent);
        }

        awaitClosed(transport);
        assertEquals(HexClient.PINGRESP, bystander.exchange(HexClient.PINGREQ, 2));
    }

    @Test
    void shouldTakePacketsThatSpanFramesAndFramesThatHoldSeveral() throws Exception {
        start(ClientAuth.NONE, GatewayLimits.DEFAULTS);
        final WebSocketClient client = new WebSocketClient(uri(MqttTransport.WEB_SOCKET, "/mqtt"), null, "mqtt");
        clients.add(client);

        client.sendPart(HexClient.CONNECT.substring(0, 2), true);
        client.sendPart(HexClient.CONNECT.substring(2, 10), false);
        client.sendPart(HexClient.CONNECT.substring(10), true);
        assertEquals(HexClient.CONNACK, client.receive(4));
        client.send(SUBSCRIBE_A + HexClient.PINGREQ + HexClient.PINGREQ + HexClient.PINGREQ.substring(0, 2));
        client.send(HexClient.PINGREQ.substring(2));

        final String answers = client.receive(5 + 6);
        assertTrue(
                answers.replaceFirst(SUBACK, "").equals(HexClient.PINGRESP.repeat(3)) && answers.contains(SUBACK),
                answers);
        assertEquals("mqtt", client.subProtocol());
    }

    @Test
    void shouldCloseWhenAFrameIsText() throws Exception {
        start(ClientAuth.NONE, GatewayLimits.DEFAULTS);
        final WebSocketClient client = (WebSocketClient) connect(MqttTransport.WEB_SOCKET, null);

        client.sendText("text");

        client.awaitClosed();
        awaitSessionClosed();
    }

    @ParameterizedTest
    @CsvSource({"/mqtt, other", "/mqtt, ", "/other, mqtt", "/mqttx, mqtt"})
    void shouldRefuseTheUpgradeWhenItIsNotForMqtt(final String path, final String subProtocol) throws Exception {
        start(ClientAuth.NONE, GatewayLimits.DEFAULTS);

        assertThrows(
                ExecutionException.class,
                () -> new WebSocketClient(uri(MqttTransport.WEB_SOCKET, path), null, subProtocol));

        awaitHandshakeFailed(MqttTransport.WEB_SOCKET);
        awaitClosed(MqttTransport.WEB_SOCKET);
    }

    @Test
    void shouldTakeMqttAmongSeveralSubProtocols() throws Exception {
        start(ClientAuth.NONE, GatewayLimits.DEFAULTS);

        final WebSocketClient client =
                new WebSocketClient(uri(MqttTransport.WEB_SOCKET, "/mqtt?token=1"), null, "mqttv3.1", "mqtt");
        clients.add(client);

        assertEquals("mqtt", client.subProtocol());
        assertEquals(HexClient.CONNACK, client.exchange(HexClient.CONNECT, 4));
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /mqtt HTTP/1.1\r\nHost: x\r\n\r\n", "nonsense\r\n\r\n", "10"})
    void shouldEndAConnectionThatIsNoWebSocket(final String request) throws Exception {
        start(ClientAuth.NONE, GatewayLimits.DEFAULTS.withConnectTimeoutNs(TimeUnit.SECONDS.toNanos(2)));

        try (Socket socket = new Socket("localhost", gateway.port(MqttTransport.WEB_SOCKET))) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write(request.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            readToTheEnd(socket);
        }

        awaitClosed(MqttTransport.WEB_SOCKET);
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
        gateway.start(
                new GatewayTls(
                        certificates.certificate("gateway"),
                        certificates.key("gateway"),
                        certificates.certificate("client"),
                        clientAuth),
                limits,
                AccessConfig.DEFAULTS);
    }

    private void start(final GatewayTls tls) {
        gateway.start(tls, GatewayLimits.DEFAULTS, AccessConfig.DEFAULTS);
    }

    private HexClient connect(final MqttTransport transport, final String own) throws Exception {
        return connect(transport, own, HexClient.CONNECT);
    }

    private HexClient connect(final MqttTransport transport, final String own, final String connect) throws Exception {
        final SSLContext tls = certificates.client("gateway", own);
        final HexClient client = switch (transport) {
            case TCP -> new SocketClient(new Socket("localhost", gateway.port(transport)));
            case TLS -> new SocketClient(tls.getSocketFactory().createSocket("localhost", gateway.port(transport)));
            case WEB_SOCKET -> new WebSocketClient(uri(transport, "/mqtt"), null, "mqtt");
            case SECURE_WEB_SOCKET -> new WebSocketClient(uri(transport, "/mqtt"), tls, "mqtt");
        };
        clients.add(client);
        assertEquals(HexClient.CONNACK, client.exchange(connect, HexClient.CONNACK.length() / 2));
        return client;
    }

    // TLS 1.3 tells a client of its certificate only after the handshake, with whatever it reads first.
    private void assertRefused(final String own) {
        final Exception error = assertThrows(Exception.class, () -> connect(MqttTransport.TLS, own));
        assertTrue(error instanceof IOException || error.getCause() instanceof IOException, error::toString);
    }

    private ListenerCounters counters(final MqttTransport transport) {
        return gateway.listener(transport).counters();
    }

    private void awaitClosed(final MqttTransport transport) {
        Await.until(
                "the connection is closed",
                () -> counters(transport).connectionsClosed().sum() == 1);
    }

    private void awaitHandshakeFailed(final MqttTransport transport) {
        Await.until(
                "the handshake failed",
                () -> counters(transport).handshakesFailed().sum() == 1);
    }

    private void awaitSessionClosed() {
        Await.until(
                "the session is closed",
                () -> gateway.counters().sessionsClosed().sum() == 1);
    }

    private URI uri(final MqttTransport transport, final String path) {
        final String scheme = transport == MqttTransport.WEB_SOCKET ? "ws" : "wss";
        return URI.create(scheme + "://localhost:" + gateway.port(transport) + path);
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
}
