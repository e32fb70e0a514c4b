package io.lockstep.cluster.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lockstep.cluster.service.ServiceStatus;
import io.lockstep.config.ClusterConfig;
import io.lockstep.config.NodeEndpoint;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Compares checkpoint hashes at equal positions with the other nodes. A node that finds itself in the minority stops,
 * because its copy is not the history that the others agree on; without a majority for either hash it stops as well.
 * Steward thread only.
 */
final class CheckpointMonitor {
    private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(5);
    private static final int TIMEOUT_MS = 500;
    private static final int KEPT_CHECKPOINTS = 256;

    private final ClusterConfig config;
    private final NodeEndpoint node;
    private final List<ShardReplica> shards;
    private final NodeListener listener;
    private final Consumer<String> onFailure;
    private final ObjectMapper mapper = new ObjectMapper();
    private final List<Map<Long, String>> own = new ArrayList<>();
    private final List<Map<Long, Map<Integer, String>>> peers = new ArrayList<>();
    private long nextCheckNs = System.nanoTime();
    private boolean hasFailed;

    CheckpointMonitor(
            final ClusterConfig config,
            final NodeEndpoint node,
            final List<ShardReplica> shards,
            final NodeListener listener,
            final Consumer<String> onFailure) {
        this.config = config;
        this.node = node;
        this.shards = shards;
        this.listener = listener;
        this.onFailure = onFailure;
        for (int i = 0; i < shards.size(); i++) {
            own.add(bounded());
            peers.add(bounded());
        }
    }

    void check(final long nowNs) {
        for (final ShardReplica shard : shards) {
            final ServiceStatus status = shard.health().status();
            if (status.checkpointPosition() >= 0) {
                own.get(shard.shardId())
                        .put(status.checkpointPosition(), String.format("%016x", status.checkpointHash()));
            }
        }
        if (hasFailed || nowNs - nextCheckNs < 0) {
            return;
        }
        nextCheckNs = nowNs + INTERVAL_NS;
        for (final NodeEndpoint peer : config.nodes()) {
            if (peer.id() != node.id()) {
                ask(peer);
            }
        }
        for (final ShardReplica shard : shards) {
            compare(shard.shardId());
        }
    }

    private void ask(final NodeEndpoint peer) {
        try {
            final HttpURLConnection connection =
                    (HttpURLConnection) URI.create("http://" + peer.endpoint(peer.httpPort()) + "/status")
                            .toURL()
                            .openConnection();
            connection.setConnectTimeout(TIMEOUT_MS);
            connection.setReadTimeout(TIMEOUT_MS);
            try (InputStream input = connection.getInputStream()) {
                for (final JsonNode shard : mapper.readTree(input).path("shards")) {
                    final long position = shard.path("checkpointPosition").asLong(-1);
                    final int shardId = shard.path("shard").asInt(-1);
                    if (position >= 0 && shardId >= 0 && shardId < peers.size()) {
                        peers.get(shardId)
                                .computeIfAbsent(position, key -> new HashMap<>())
                                .put(peer.id(), shard.path("checkpointHash").asText());
                    }
                }
            } finally {
                connection.disconnect();
            }
        } catch (final IOException ex) {
            // A peer that is down has nothing to compare; its absence is reported by the election, not here.
            return;
        }
    }

    private void compare(final int shardId) {
        for (final Map.Entry<Long, String> checkpoint : own.get(shardId).entrySet()) {
            final Map<Integer, String> others = peers.get(shardId).getOrDefault(checkpoint.getKey(), Map.of());
            final long differing = others.values().stream()
                    .filter(hash -> !hash.equals(checkpoint.getValue()))
                    .count();
            if (differing == 0) {
                continue;
            }
            final long agreeing = others.size() - differing + 1;
            final String sentence = "shard " + shardId + ": the checkpoint at journal position " + checkpoint.getKey()
                    + " is " + checkpoint.getValue() + " here, but other nodes say " + others;
            listener.onError(new IllegalStateException(sentence));
            if (agreeing * 2 <= config.nodes().size()) {
                hasFailed = true;
                onFailure.accept("DIVERGED: " + sentence);
                return;
            }
        }
    }

    private static <T> Map<Long, T> bounded() {
        return new java.util.LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(final Map.Entry<Long, T> eldest) {
                return size() > KEPT_CHECKPOINTS;
            }
        };
    }
}
