package io.lockstep.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lockstep.config.AccessConfig;
import io.lockstep.config.GatewayTls;
import io.lockstep.config.GatewayTls.ClientAuth;
import io.lockstep.gateway.mqtt.MqttTransport;
import io.lockstep.gateway.session.GatewayLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
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
    private static final String CONNACK_NOT_AUTHORIZED = "20020005";

    @TempDir
    private static Path folder;

    private static TestCertificates certificates;

    private final TestGateway gateway = new TestGateway();
    private final List<HexClient> clients = new ArrayList<>();

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
        for (final HexClient client : clients) {
            client.close();
        }
        gateway.close();
    }

    @Test
    void shouldShowTheNewCertificateWhenItsFilesAreExchanged() throws Exception {
        final Path certificate = folder.resolve("live.pem");
        final Path key = folder.resolve("live.key");
        Files.copy(certificates.certificate("old"), certificate);
        Files.copy(certificates.key("old"), key);
        gateway.start(
                new GatewayTls(certificate, key, null, ClientAuth.NONE), GatewayLimits.DEFAULTS, AccessConfig.DEFAULTS);
        final HexClient before = connect("old", null);
        assertEquals(HexClient.CONNACK, before.exchange(HexClient.CONNECT, 4));
        assertThrows(SSLException.class, () -> connect("new", null));

        Files.copy(certificates.certificate("new"), certificate, StandardCopyOption.REPLACE_EXISTING);
        Files.copy(certificates.key("new"), key, StandardCopyOption.REPLACE_EXISTING);

        Await.until("the new certificate is shown", () -> isTrusted("new"));
        assertThrows(SSLException.class, () -> connect("old", null));
        assertEquals(HexClient.PINGRESP, before.exchange(HexClient.PINGREQ, 2));
    }

    @Test
    void shouldTakeTheUserFromTheCertificateThatTheClientShows() throws Exception {
        final Path rules = Files.writeString(
                folder.resolve("rules.txt"), "allow user pump subscribe a\nallow user valve subscribe b\n");
        final Path clientCa = Files.writeString(
                folder.resolve("clients.pem"),
                Files.readString(certificates.certificate("pump"))
                        + Files.readString(certificates.certificate("valve")));
        gateway.start(
                new GatewayTls(certificates.certificate("old"), certificates.key("old"), clientCa, ClientAuth.OPTIONAL),
                GatewayLimits.DEFAULTS,
                new AccessConfig(null, rules, AccessConfig.Anonymous.FALSE, AccessConfig.CertificateUser.CN));

        final HexClient pump = connect("old", "pump");
        assertEquals(HexClient.CONNACK, pump.exchange(HexClient.CONNECT, 4));
        assertEquals("9003000100", pump.exchange("8206000100016100", 5));
        assertEquals("9003000280", pump.exchange("8206000200016200", 5));
        final HexClient valve = connect("old", "valve");
        assertEquals(HexClient.CONNACK, valve.exchange(HexClient.CONNECT_OTHER, 4));
        assertEquals("9003000180", valve.exchange("8206000100016100", 5));
        assertEquals("9003000200", valve.exchange("8206000200016200", 5));
        assertEquals(CONNACK_NOT_AUTHORIZED, connect("old", null).exchange(HexClient.CONNECT, 4));
    }

    private HexClient connect(final String trusted, final String own) throws Exception {
        final HexClient client = new SocketClient(certificates
                .client(trusted, own)
                .getSocketFactory()
                .createSocket("localhost", gateway.port(MqttTransport.TLS)));
        clients.add(client);
        return client;
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
}
