package io.lockstep.client.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.client.ClientConfig;
import java.util.List;
import org.junit.jupiter.api.Test;

class GatewayAddressTest {
    @Test
    void shouldNameGatewaysInOrderWhenTheTextIsWellFormed() {
        assertEquals(
                List.of(new GatewayAddress("a", 1_000), new GatewayAddress("b", GatewayAddress.DEFAULT_PORT)),
                GatewayAddress.parse("gateway:a:1000, b"));
    }

    @Test
    void shouldSayTheShapeWhenTheTextIsNot() {
        for (final String text : List.of("a:1000", "gateway:", "gateway:a:x", "gateway:a:1000,", "gateway:a:65535")) {
            final IllegalArgumentException refusal =
                    assertThrows(IllegalArgumentException.class, () -> GatewayAddress.parse(text), text);
            assertTrue(refusal.getMessage().contains("gateway:host:port,host:port"), refusal::getMessage);
        }
    }

    @Test
    void shouldReplaceNodesWhenAConfigurationNamesGateways() {
        final ClientConfig config = new ClientConfig().nodes("a:20000").nodes("gateway:b:1000");

        assertEquals(List.of(), config.nodes());
        assertEquals(List.of(new GatewayAddress("b", 1_000)), config.gateways());
        assertEquals(List.of(), config.nodes("a:20000").gateways());
    }

    @Test
    void shouldRefuseGatewaysWhenNodesAreNeeded() {
        assertThrows(IllegalArgumentException.class, () -> ClientConfig.parseNodes("gateway:a:1000"));
    }
}
