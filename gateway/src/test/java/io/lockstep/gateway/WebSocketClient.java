package io.lockstep.gateway;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;

/** Over WebSocket, with TLS where a context is given. */
final class WebSocketClient implements HexClient, WebSocket.Listener {
    private static final HexFormat HEX = HexFormat.of();

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
            webSockets.subprotocols(subProtocols[0], Arrays.copyOfRange(subProtocols, 1, subProtocols.length));
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
        Await.until(lengthBytes + " bytes came", () -> received.get().length() >= end);
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
