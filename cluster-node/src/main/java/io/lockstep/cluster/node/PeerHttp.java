package io.lockstep.cluster.node;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lockstep.config.NodeEndpoint;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;

/** Asks other nodes over HTTP what they say of themselves. Any thread; waits for at most a second. */
final class PeerHttp {
    private static final int TIMEOUT_MS = 500;

    // Nodes of a newer release may say more.
    private final ObjectMapper mapper =
            new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);

    /**
     * Gets a resource of a node.
     *
     * @param peer to ask.
     * @param path such as {@code /status}.
     * @return the answer, or null where none came.
     */
    JsonNode get(final NodeEndpoint peer, final String path) {
        try {
            final HttpURLConnection connection =
                    (HttpURLConnection) URI.create("http://" + peer.endpoint(peer.httpPort()) + path)
                            .toURL()
                            .openConnection();
            connection.setConnectTimeout(TIMEOUT_MS);
            connection.setReadTimeout(TIMEOUT_MS);
            try (InputStream input = connection.getInputStream()) {
                return mapper.readTree(input);
            } finally {
                connection.disconnect();
            }
        } catch (final IOException ex) {
            // A node that is down says nothing; whoever asks knows what that means for him.
            return null;
        }
    }

    /**
     * What a node says of its copy of a shard's Raft log.
     *
     * @param peer  to ask.
     * @param shard id.
     * @return the state, or null where no answer came that can be understood.
     */
    RaftLogState raftLog(final NodeEndpoint peer, final int shard) {
        final JsonNode answer = get(peer, "/raft");
        if (answer == null) {
            return null;
        }
        try {
            for (final JsonNode state : answer) {
                if (state.path("shard").asInt(-1) == shard) {
                    return mapper.treeToValue(state, RaftLogState.class);
                }
            }
        } catch (final IOException ex) {
            return null;
        }
        return null;
    }
}
