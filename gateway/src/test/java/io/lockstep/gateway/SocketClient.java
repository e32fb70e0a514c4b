package io.lockstep.gateway;

import java.io.IOException;
import java.net.Socket;
import java.util.HexFormat;
import javax.net.ssl.SSLSocket;
import org.agrona.CloseHelper;

/** Over TCP or TLS; owns its socket. */
final class SocketClient implements HexClient {
    private static final int TIMEOUT_MS = 60_000;
    private static final HexFormat HEX = HexFormat.of();

    private final Socket socket;

    /** Shakes hands where the socket is one of TLS. */
    SocketClient(final Socket socket) throws IOException {
        this.socket = socket;
        try {
            socket.setSoTimeout(TIMEOUT_MS);
            if (socket instanceof final SSLSocket secure) {
                secure.startHandshake();
            }
        } catch (final IOException ex) {
            CloseHelper.quietClose(socket);
            throw ex;
        }
    }

    @Override
    public void send(final String hex) throws IOException {
        socket.getOutputStream().write(HEX.parseHex(hex));
    }

    @Override
    public String receive(final int lengthBytes) throws IOException {
        final byte[] bytes = socket.getInputStream().readNBytes(lengthBytes);
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
