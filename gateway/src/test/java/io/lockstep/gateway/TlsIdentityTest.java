package io.lockstep.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.config.AccessConfig;
import io.lockstep.config.GatewayEndpoint;
import io.lockstep.config.GatewayTls;
import io.lockstep.config.GatewayTls.ClientAuth;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.gateway.bridge.FakeClusterLink;
import io.lockstep.gateway.mqtt.MqttOptions;
import io.lockstep.gateway.mqtt.MqttTransport;
import io.lockstep.gateway.session.GatewayLimits;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Who gateway and client are by their certificates, over real handshakes, on a cluster in memory. */
@Timeout(120)
@ExtendWith(LeakCheck.class)
class TlsIdentityTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final String CONNECT = "100d00044d5154540402001e000163";
    private static final String CONNACK = "20020000";
    private static final String CONNACK_NOT_AUTHORIZED = "20020005";
    private static final String PINGREQ = "c000";
    private static final String PINGRESP = "d000";

    @TempDir
    private static Path folder;

    private static TestCertificates certificates;

    private final List<String> log = new CopyOnWriteArrayList<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final List<Socket> sockets = new ArrayList<>();
    private LockstepGateway gateway;

    @BeforeAll
    static void makeCertificates() throws Exception {
        certificates = new TestCertificates(folder)
                .make("old")
                .make("new")
                .make("pump")
                .make("valve");
    }

    @AfterEach
    void close() throws IOException {
        for (final Socket socket : sockets) {
            socket.close();
        }
        gateway.close();
        assertEquals(0, gateway.counters().errors().sum(), log::toString);
        assertNull(failure.get());
    }

    @Test
    void shouldShowTheNewCertificateWhenItsFilesAreExchanged() throws Exception {
        final Path certificate = folder.resolve("live.pem");
        final Path key = folder.resolve("live.key");
        Files.copy(certificates.certificate("old"), certificate);
        Files.copy(certificates.key("old"), key);
        start(new GatewayTls(certificate, key, null, ClientAuth.NONE), AccessConfig.DEFAULTS);
        final Socket before = connect("old", null);
        assertEquals(CONNACK, exchange(before, CONNECT, 4));
        assertThrows(SSLException.class, () -> connect("new", null));

        Files.copy(certificates.certificate("new"), certificate, StandardCopyOption.REPLACE_EXISTING);
        Files.copy(certificates.key("new"), key, StandardCopyOption.REPLACE_EXISTING);

        await(() -> isTrusted("new"));
        assertThrows(SSLException.class, () -> connect("old", null));
        assertEquals(PINGRESP, exchange(before, PINGREQ, 2));
    }

    @Test
    void shouldTakeTheUserFromTheCertificateThatTheClientShows() throws Exception {
        final Path rules = Files.writeString(
                folder.resolve("rules.txt"), "allow user pump subscribe a\nallow user valve subscribe b\n");
        final Path clientCa = Files.writeString(
                folder.resolve("clients.pem"),
                Files.readString(certificates.certificate("pump"))
                        + Files.readString(certificates.certificate("valve")));
        start(
                new GatewayTls(certificates.certificate("old"), certificates.key("old"), clientCa, ClientAuth.OPTIONAL),
                new AccessConfig(null, rules, AccessConfig.Anonymous.FALSE, AccessConfig.CertificateUser.CN));

        final Socket pump = connect("old", "pump");
        assertEquals(CONNACK, exchange(pump, CONNECT, 4));
        assertEquals("9003000100", exchange(pump, "8206000100016100", 5));
        assertEquals("9003000280", exchange(pump, "8206000200016200", 5));
        final Socket valve = connect("old", "valve");
        assertEquals(CONNACK, exchange(valve, CONNECT.substring(0, CONNECT.length() - 2) + "64", 4));
        assertEquals("9003000180", exchange(valve, "8206000100016100", 5));
        assertEquals("9003000200", exchange(valve, "8206000200016200", 5));
        assertEquals(CONNACK_NOT_AUTHORIZED, exchange(connect("old", null), CONNECT, 4));
    }

    private void start(final GatewayTls tls, final AccessConfig access) {
        gateway = LockstepGateway.start(
                new GatewayConfig(
                        "test",
                        new GatewayEndpoint(3, "localhost", 0, 0, 0, 0, 0, tls),
                        List.of(new NodeEndpoint(0, "localhost", 25_000)),
                        GatewayLimits.DEFAULTS,
                        MqttOptions.DEFAULTS,
                        access),
                FakeClusterLink::new,
                log::add,
                failure::set);
        await(gateway::isHealthy);
    }

    private Socket connect(final String trusted, final String own) throws Exception {
        final int port = gateway.mqttListeners().stream()
                .filter(listener -> listener.transport() == MqttTransport.TLS)
                .findAny()
                .orElseThrow()
                .port();
        final SSLSocket socket =
                (SSLSocket) certificates.client(trusted, own).getSocketFactory().createSocket("localhost", port);
        sockets.add(socket);
        socket.setSoTimeout(30_000);
        socket.startHandshake();
        return socket;
    }

    private boolean isTrusted(final String trusted) {
        try {
            connect(trusted, null);
            return true;
        } catch (final SSLException ex) {
            return false;
        } catch (final Exception ex) {
            throw new IllegalStateException(ex);
        }
    }

    private static String exchange(final Socket socket, final String hex, final int lengthBytes) throws IOException {
        socket.getOutputStream().write(HEX.parseHex(hex));
        return HEX.formatHex(socket.getInputStream().readNBytes(lengthBytes));
    }

    private static void await(final BooleanSupplier condition) {
        final long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - deadlineNs < 0, "the condition did not come true within 60 s");
            Thread.onSpinWait();
        }
    }
}
