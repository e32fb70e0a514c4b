package io.lockstep.testkit.mqtt;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What the clients of all Java libraries share: the list of what came, texts as bytes, and how they end. */
abstract class LibraryClient implements EverydayClient {
    private final List<ClientMessage> received = new CopyOnWriteArrayList<>();
    private final String clientId;

    LibraryClient(final String clientId) {
        this.clientId = clientId;
    }

    @Override
    public final List<ClientMessage> received() {
        return received;
    }

    @Override
    public final void close() {
        try {
            disconnect();
        } catch (final Exception ex) {
            throw new IllegalStateException(clientId + " did not disconnect", ex);
        }
    }

    /** Sends a DISCONNECT, if the connection is still there, and gives back what the library holds. */
    abstract void disconnect() throws Exception;

    /** A message came; on a thread of the library. */
    final void onMessage(
            final String topic,
            final int qos,
            final boolean isRetained,
            final byte[] payload,
            final ClientMessage.Properties properties) {
        received.add(new ClientMessage(topic, qos, isRetained, text(payload), properties));
    }

    static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(final byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
