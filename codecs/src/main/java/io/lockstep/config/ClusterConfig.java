package io.lockstep.config;

import io.lockstep.topic.SlotTable;
import io.lockstep.topic.TopicRoute;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What the cluster file says, checked and complete. Immutable.
 *
 * @param name           of the cluster.
 * @param shardCount     number of shards; each node holds all of them.
 * @param nodes          in the order of their ids, 1 to 7, an odd number for a sensible majority.
 * @param profile        of threads and time-outs.
 * @param durability     of acknowledgements.
 * @param secret         that nodes prove to each other, at least 16 characters; empty where there is none.
 * @param baseDir        parent of all directories of a node: {@code <baseDir>/node-<id>}.
 * @param markDir        parent of mark files, on another file system than the data; and of the driver's directory.
 * @param segmentLength  of the journal's segment files in bytes, a power of two, at least the term length.
 * @param lowSpaceBytes  free bytes below which a node asks for read-only.
 * @param engineSettings values that seed the replicated settings; every setting is present.
 * @param gateways       the gateways that serve this cluster; may be empty.
 * @param routes         prefix routes that seed the slot table; may be empty.
 * @param mqttLimits     bounds of each gateway.
 * @param access         who may use the gateways.
 */
public record ClusterConfig(
        String name,
        int shardCount,
        List<NodeEndpoint> nodes,
        Profile profile,
        Durability durability,
        String secret,
        Path baseDir,
        Path markDir,
        int segmentLength,
        long lowSpaceBytes,
        Map<EngineSetting, Long> engineSettings,
        List<GatewayEndpoint> gateways,
        List<TopicRoute> routes,
        MqttLimits mqttLimits,
        AccessConfig access) {

    private static final int LEAST_SECRET_LENGTH = 16;

    /** Checks the arguments. */
    public ClusterConfig {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(profile, "profile");
        Objects.requireNonNull(durability, "durability");
        Objects.requireNonNull(secret, "secret");
        Objects.requireNonNull(baseDir, "baseDir");
        Objects.requireNonNull(markDir, "markDir");
        Objects.requireNonNull(mqttLimits, "mqttLimits");
        Objects.requireNonNull(access, "access");
        nodes = List.copyOf(nodes);
        gateways = List.copyOf(gateways);
        routes = List.copyOf(routes);
        engineSettings = Map.copyOf(engineSettings);
        if (shardCount < 1 || shardCount > NodeEndpoint.MAX_SHARDS) {
            throw new IllegalArgumentException(
                    "the number of shards is 1 to " + NodeEndpoint.MAX_SHARDS + ", but it is " + shardCount);
        }
        if (!secret.isEmpty() && secret.length() < LEAST_SECRET_LENGTH) {
            throw new IllegalArgumentException("cluster.secret has at least " + LEAST_SECRET_LENGTH
                    + " characters, but this one has " + secret.length());
        }
        if (nodes.isEmpty() || nodes.size() > 7) {
            throw new IllegalArgumentException("a cluster has 1 to 7 nodes, but this one has " + nodes.size());
        }
        if (!SlotTable.ofShards(shardCount, routes).isWithin(shardCount)) {
            throw new IllegalArgumentException(
                    "a route leads to a shard from 0 to " + (shardCount - 1) + ", but these do not: " + routes);
        }
        final Set<Integer> ids = new HashSet<>();
        for (int i = 0; i < nodes.size(); i++) {
            if (!ids.add(nodes.get(i).id())) {
                throw new IllegalArgumentException("node id " + nodes.get(i).id() + " is there twice");
            }
        }
        for (final EngineSetting setting : EngineSetting.values()) {
            final Long value = engineSettings.get(setting);
            if (value == null || !setting.isInRange(value)) {
                throw new IllegalArgumentException(setting.key() + " takes " + setting.lowest() + " to "
                        + setting.highest() + ", but it is " + value);
            }
        }
    }

    /**
     * A configuration without prefix routes and with the default bounds of gateways.
     *
     * @param name           see the record.
     * @param shardCount     see the record.
     * @param nodes          see the record.
     * @param profile        see the record.
     * @param durability     see the record.
     * @param secret         see the record.
     * @param baseDir        see the record.
     * @param markDir        see the record.
     * @param segmentLength  see the record.
     * @param lowSpaceBytes  see the record.
     * @param engineSettings see the record.
     * @param gateways       see the record.
     */
    public ClusterConfig(
            final String name,
            final int shardCount,
            final List<NodeEndpoint> nodes,
            final Profile profile,
            final Durability durability,
            final String secret,
            final Path baseDir,
            final Path markDir,
            final int segmentLength,
            final long lowSpaceBytes,
            final Map<EngineSetting, Long> engineSettings,
            final List<GatewayEndpoint> gateways) {
        this(
                name,
                shardCount,
                nodes,
                profile,
                durability,
                secret,
                baseDir,
                markDir,
                segmentLength,
                lowSpaceBytes,
                engineSettings,
                gateways,
                List.of(),
                MqttLimits.DEFAULTS,
                AccessConfig.DEFAULTS);
    }

    /**
     * The configuration for a log or an error message.
     *
     * @return without the secret.
     */
    @Override
    public String toString() {
        return "ClusterConfig{name=" + name + ", shards=" + shardCount + ", nodes=" + nodes + ", profile=" + profile
                + ", durability=" + durability + ", baseDir=" + baseDir + '}';
    }

    /**
     * Finds a node.
     *
     * @param nodeId of the node.
     * @return the node.
     * @throws IllegalArgumentException where there is none of that id.
     */
    public NodeEndpoint node(final int nodeId) {
        for (final NodeEndpoint node : nodes) {
            if (node.id() == nodeId) {
                return node;
            }
        }
        throw new IllegalArgumentException("the cluster file has no node with id " + nodeId);
    }

    /**
     * Directory of a node's data.
     *
     * @param nodeId of the node.
     * @return {@code <baseDir>/node-<id>}.
     */
    public Path nodeDir(final int nodeId) {
        return baseDir.resolve("node-" + nodeId);
    }
}
