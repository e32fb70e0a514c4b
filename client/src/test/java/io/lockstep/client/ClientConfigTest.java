package io.lockstep.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.archive.idle.DriverSockets;
import io.lockstep.config.NodeEndpoint;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientConfigTest {
    @Test
    void shouldNumberNodesInOrderWhenParsing() {
        // when
        final List<NodeEndpoint> nodes = ClientConfig.parseNodes("a:20000, b:21000,c");

        // then
        assertEquals(
                List.of(
                        new NodeEndpoint(0, "a", 20_000),
                        new NodeEndpoint(1, "b", 21_000),
                        new NodeEndpoint(2, "c", ClientConfig.DEFAULT_BASE_PORT)),
                nodes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",", "a:x", "a:20000,", ":20000", "a:1", "a:99999"})
    void shouldRefuseWithSentenceWhenTextIsNoListOfNodes(final String text) {
        // when
        final var exception = assertThrows(IllegalArgumentException.class, () -> ClientConfig.parseNodes(text));

        // then
        assertTrue(exception.getMessage().length() > 20, exception::getMessage);
    }

    @Test
    void shouldRefuseToConnectWhenThereAreNoNodes() {
        // given
        final ClientConfig config = new ClientConfig();

        // when / then
        assertThrows(IllegalArgumentException.class, () -> LockstepClient.connect(config));
    }

    @Test
    void shouldRefuseToWatchSocketsWhenTheDriverIsNotRunByTheClient() {
        try (DriverSockets sockets = new DriverSockets()) {
            // given
            final ClientConfig ofItsOwnThread =
                    new ClientConfig().nodes("localhost").driverSockets(sockets);
            final ClientConfig ofAnother = new ClientConfig()
                    .nodes("localhost")
                    .driverSockets(sockets)
                    .embeddedDriverMode(EmbeddedDriverMode.INVOKER)
                    .aeronDirectoryName("nowhere");

            // when / then
            assertThrows(IllegalArgumentException.class, () -> LockstepClient.connect(ofItsOwnThread));
            assertThrows(IllegalArgumentException.class, () -> LockstepClient.connect(ofAnother));
        }
    }

    @Test
    void shouldRefuseWindowWhenItIsNoPowerOfTwo() {
        // given
        final PublisherConfig config = new PublisherConfig();

        // when / then
        assertThrows(IllegalArgumentException.class, () -> config.window(1000));
        assertThrows(IllegalArgumentException.class, () -> config.bufferLength(100_000));
    }

    @Test
    void shouldRefuseCommandsInFlightWhenThereWouldBeNone() {
        // given
        final PublisherConfig config = new PublisherConfig();

        // when / then
        assertThrows(IllegalArgumentException.class, () -> config.maxInFlightCommands(0));
        assertEquals(7, config.maxInFlightCommands(7).copy().maxInFlightCommands());
    }
}
