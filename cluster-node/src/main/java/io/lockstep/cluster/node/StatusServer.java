package io.lockstep.cluster.node;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.lockstep.config.NodeEndpoint;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * HTTP of a node: {@code GET /health} answers 200 when every shard has recovered and no election is under way, else
 * 503; {@code GET /status} tells the figures of {@link NodeStatus}; {@code GET /raft} tells the other nodes what this one
 * has of each shard's Raft log ({@link RaftLogState}). Answers from early in the start on. Runs on a thread of its own.
 */
final class StatusServer implements AutoCloseable {
    private static final int BACKLOG = 16;
    private static final int OK = 200;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int UNAVAILABLE = 503;

    private final HttpServer server;
    private final LockstepNode node;
    private final ObjectMapper mapper = new ObjectMapper();

    private StatusServer(final HttpServer server, final LockstepNode node) {
        this.server = server;
        this.node = node;
    }

    static StatusServer start(final NodeEndpoint endpoint, final LockstepNode node) {
        try {
            final HttpServer server =
                    HttpServer.create(new InetSocketAddress(endpoint.host(), endpoint.httpPort()), BACKLOG);
            final StatusServer statusServer = new StatusServer(server, node);
            server.createContext("/health", statusServer::health);
            server.createContext("/status", statusServer::status);
            server.createContext("/raft", statusServer::raft);
            server.setExecutor(null);
            server.start();
            return statusServer;
        } catch (final IOException ex) {
            throw new NodeStartException(
                    "node " + endpoint.id() + " cannot listen for HTTP on " + endpoint.endpoint(endpoint.httpPort())
                            + ": " + ex.getMessage(),
                    ex);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void health(final HttpExchange exchange) throws IOException {
        final boolean isHealthy = node.status().isHealthy();
        answer(exchange, isHealthy ? OK : UNAVAILABLE, Map.of("healthy", isHealthy));
    }

    private void status(final HttpExchange exchange) throws IOException {
        answer(exchange, OK, node.status());
    }

    private void raft(final HttpExchange exchange) throws IOException {
        answer(exchange, OK, node.raftLogs());
    }

    private void answer(final HttpExchange exchange, final int code, final Object body) throws IOException {
        try (exchange) {
            if (!exchange.getRequestMethod().equals("GET")) {
                exchange.sendResponseHeaders(METHOD_NOT_ALLOWED, -1);
                return;
            }
            final byte[] bytes = toJson(body);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(code, bytes.length);
            try (OutputStream output = exchange.getResponseBody()) {
                output.write(bytes);
            }
        }
    }

    private byte[] toJson(final Object body) throws JsonProcessingException {
        return mapper.writeValueAsString(body).getBytes(StandardCharsets.UTF_8);
    }
}
