package io.lockstep.testkit.process;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;

/** Asks a process of a cluster over HTTP. No state; every wait is bounded. */
final class ProcessHttp {
    private static final int CONNECT_TIMEOUT_MS = 500;
    private static final int READ_TIMEOUT_MS = 2_000;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private ProcessHttp() {}

    static boolean isHealthy(final String host, final int port) {
        return get(host, port, "/health") != null;
    }

    /** The answer in JSON, or null where none came. */
    static JsonNode status(final String host, final int port) {
        final byte[] body = get(host, port, "/status");
        try {
            return body == null ? null : MAPPER.readTree(body);
        } catch (final IOException ex) {
            throw new IllegalStateException(
                    "the status of " + host + ':' + port + " is not JSON; another process may use its port", ex);
        }
    }

    private static byte[] get(final String host, final int port, final String path) {
        HttpURLConnection connection = null;
        try {
            connection = (HttpURLConnection)
                    URI.create("http://" + host + ':' + port + path).toURL().openConnection();
            connection.setConnectTimeout(CONNECT_TIMEOUT_MS);
            connection.setReadTimeout(READ_TIMEOUT_MS);
            if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
                return null;
            }
            try (InputStream body = connection.getInputStream()) {
                return body.readAllBytes();
            }
        } catch (final IOException ex) {
            // A process that is starting, stopping or gone does not answer: what that means is the caller's question.
            return null;
        } finally {
            if (connection != null) {
                connection.disconnect();
            }
        }
    }
}
