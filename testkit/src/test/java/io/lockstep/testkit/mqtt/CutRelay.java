package io.lockstep.testkit.mqtt;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** A network between one client and a gateway, which can be cut. The test's thread owns it. */
final class CutRelay implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 1, InetAddress.getByName("localhost"));
    private final Thread thread;
    private final int gatewayPort;
    private volatile Socket client;
    private volatile Socket gateway;

    CutRelay(final int gatewayPort) throws IOException {
        this.gatewayPort = gatewayPort;
        thread = daemon(this::run, "relay");
    }

    int port() {
        return listener.getLocalPort();
    }

    /** Ends both connections; neither side said that it would. */
    @Override
    public void close() throws IOException {
        listener.close();
        closeSocket(client);
        closeSocket(gateway);
        try {
            thread.join();
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            client = listener.accept();
            gateway = new Socket("localhost", gatewayPort);
            client.setTcpNoDelay(true);
            gateway.setTcpNoDelay(true);
            final Thread back = daemon(() -> copy(gateway, client), "relay-back");
            copy(client, gateway);
            back.join();
        } catch (final IOException ex) {
            // It was cut before it was used.
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    // The end of one side is the end of the other.
    private static void copy(final Socket from, final Socket to) {
        try (InputStream input = from.getInputStream();
                OutputStream output = to.getOutputStream()) {
            final byte[] bytes = new byte[8 << 10];
            for (int length = input.read(bytes); length >= 0; length = input.read(bytes)) {
                output.write(bytes, 0, length);
            }
        } catch (final IOException ex) {
            // It was cut.
        }
    }

    private static void closeSocket(final Socket socket) throws IOException {
        if (socket != null) {
            socket.close();
        }
    }

    private static Thread daemon(final Runnable task, final String name) {
        final Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }
}
