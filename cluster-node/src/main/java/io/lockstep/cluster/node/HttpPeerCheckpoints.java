package io.lockstep.cluster.node;

import com.fasterxml.jackson.databind.JsonNode;
import io.lockstep.config.NodeEndpoint;

/** Asks another node's {@code /status} for its checkpoints. Checkpoint thread only. */
final class HttpPeerCheckpoints implements CheckpointMonitor.PeerCheckpoints {
    private final NodeEndpoint peer;
    private final PeerHttp http = new PeerHttp();

    HttpPeerCheckpoints(final NodeEndpoint peer) {
        this.peer = peer;
    }

    @Override
    public void ask(final Sink sink) {
        final JsonNode status = http.get(peer, "/status");
        if (status == null) {
            // A node that is down has nothing to compare; its absence is reported by the election, not here.
            return;
        }
        for (final JsonNode shard : status.path("shards")) {
            sink.onCheckpoint(
                    peer.id(),
                    shard.path("shard").asInt(-1),
                    shard.path("checkpointPosition").asLong(-1),
                    shard.path("checkpointHash").asText());
        }
    }
}
