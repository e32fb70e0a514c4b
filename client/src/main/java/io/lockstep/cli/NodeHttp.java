package io.lockstep.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.config.NodeEndpoint;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Asks nodes for their status by HTTP, all at the same time. */
final class NodeHttp {
    private static final Duration TIMEOUT = Duration.ofSeconds(3);
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private NodeHttp() {}

    /** Status of each node in the order of the nodes; one that does not answer has {@code error}. */
    static List<ObjectNode> statusOf(final List<NodeEndpoint> nodes) {
        final HttpClient client =
                HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
        final List<CompletableFuture<ObjectNode>> answers = new ArrayList<>();
        for (final NodeEndpoint node : nodes) {
            final URI uri = URI.create("http://" + node.endpoint(node.httpPort()) + "/status");
            final HttpRequest request =
                    HttpRequest.newBuilder(uri).timeout(TIMEOUT).build();
            answers.add(client.sendAsync(request, HttpResponse.BodyHandlers.ofString())
                    .handle((response, failure) ->
                            failure == null ? reached(node, response) : unreached(node, failure)));
        }
        final List<ObjectNode> result = new ArrayList<>();
        answers.forEach(answer -> result.add(answer.join()));
        return result;
    }

    private static ObjectNode reached(final NodeEndpoint node, final HttpResponse<String> response) {
        try {
            final JsonNode body = MAPPER.readTree(response.body());
            if (response.statusCode() == 200 && body instanceof final ObjectNode object) {
                return object.put("reachable", true);
            }
            return failed(node, "answered HTTP status " + response.statusCode());
        } catch (final JsonProcessingException ex) {
            return failed(node, "answered something that is no JSON; is another program at this port?");
        }
    }

    private static ObjectNode unreached(final NodeEndpoint node, final Throwable failure) {
        final Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        if (cause instanceof ConnectException) {
            return failed(node, "refuses connections: not running, or another address");
        }
        if (cause instanceof HttpTimeoutException) {
            return failed(node, "did not answer within " + TIMEOUT.toSeconds() + " s");
        }
        return failed(node, String.valueOf(cause));
    }

    private static ObjectNode failed(final NodeEndpoint node, final String error) {
        final ObjectNode object = OutputOptions.newObject()
                .put("id", node.id())
                .put("host", node.host())
                .put("port", node.basePort())
                .put("reachable", false)
                .put("error", error);
        object.putArray("shards");
        return object;
    }
}
