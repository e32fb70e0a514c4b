package io.lockstep.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lockstep.config.ClusterConfigLoader;
import io.lockstep.config.ConfigException;
import io.lockstep.gateway.session.GatewayLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GatewayConfigTest {
    private static final String ENDPOINTS = "nodes: [{ id: 0, port: 20000 }]\ngateways: [{ id: 3 }]\n";

    @TempDir
    private Path folder;

    @Test
    void shouldUseTheDefaultsWhenTheFileSaysNothing() throws IOException {
        assertEquals(GatewayLimits.DEFAULTS, limits(ENDPOINTS, Map.of()));
    }

    @Test
    void shouldUseTheOperatorsBoundsWhenFileOrEnvironmentSayThem() throws IOException {
        final GatewayLimits limits = limits(
                ENDPOINTS + "mqtt: { maxSessions: 7, maxPacket: 64k, receiveMaximum: 10 }\n",
                Map.of("LOCKSTEP_MQTT_RECEIVE_MAXIMUM", "1000"));

        assertEquals(7, limits.maxSessions());
        assertEquals(64 << 10, limits.maxPacketBytes());
        assertEquals(1_000, limits.receiveMaximum());
        assertEquals(1_000, limits.maxUnsettledMessages());
        assertEquals(GatewayLimits.DEFAULTS.maxSubscriptions(), limits.maxSubscriptions());
    }

    @Test
    void shouldNameTheKeyWhenItIsMisspelt() {
        final ConfigException error =
                assertThrows(ConfigException.class, () -> limits(ENDPOINTS + "mqtt: { maxSesions: 7 }\n", Map.of()));

        assertEquals(
                folder.resolve("cluster.yaml")
                        + ", line 3: there is no key 'mqtt.maxSesions'; did you mean 'mqtt.maxSessions'?",
                error.getMessage());
    }

    private GatewayLimits limits(final String yaml, final Map<String, String> environment) throws IOException {
        final Path file = Files.writeString(folder.resolve("cluster.yaml"), yaml);
        return GatewayConfig.of(ClusterConfigLoader.load(file, environment), 3).limits();
    }
}
