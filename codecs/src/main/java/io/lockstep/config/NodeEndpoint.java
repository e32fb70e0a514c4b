package io.lockstep.config;

/**
 * Where a node listens: one host and one block of {@value #PORTS_PER_NODE} ports, laid out the same on every node, so
 * that {@code host:port} is all that anybody needs to know of it.
 *
 * @param id       of the node, from 0; the member id in each of its shards.
 * @param host     name or address, the same for all processes.
 * @param basePort first port of the block; below the ephemeral range of the host.
 */
public record NodeEndpoint(int id, String host, int basePort) {
    /** Length of a node's block of ports. */
    public static final int PORTS_PER_NODE = 100;

    /** Greatest number of shards that the block has room for. */
    public static final int MAX_SHARDS = 16;

    private static final int SHARD_PORTS_OFFSET = 10;
    private static final int PORTS_PER_SHARD = 5;

    /** Checks the arguments. */
    public NodeEndpoint {
        if (id < 0 || id > 63) {
            throw new IllegalArgumentException("a node id is a number from 0 to 63, but one is " + id);
        }
        if (host == null || host.isBlank()) {
            throw new IllegalArgumentException("node " + id + " needs a host");
        }
        if (basePort < 1024 || basePort > 65535 - PORTS_PER_NODE) {
            throw new IllegalArgumentException("node " + id + " needs a base port from 1024 to "
                    + (65535 - PORTS_PER_NODE) + ", but it is " + basePort);
        }
    }

    /**
     * HTTP: health, status, metrics. TCP.
     *
     * @return the port.
     */
    public int httpPort() {
        return basePort;
    }

    /**
     * Control of A0, the archive of Raft log and snapshots. UDP.
     *
     * @return the port.
     */
    public int raftArchivePort() {
        return basePort + 1;
    }

    /**
     * Control of A1, the archive of the journals. UDP.
     *
     * @return the port.
     */
    public int journalArchivePort() {
        return basePort + 2;
    }

    /**
     * Control responses of A1 to readers (control port of a response channel). UDP.
     *
     * @return the port.
     */
    public int journalResponsePort() {
        return basePort + 3;
    }

    /**
     * Replays of A1 to readers (control port of a response channel). UDP.
     *
     * @return the port.
     */
    public int journalReplayPort() {
        return basePort + 4;
    }

    /**
     * Ingress of a shard. UDP.
     *
     * @param shardId from 0.
     * @return the port.
     */
    public int ingressPort(final int shardId) {
        return shardPort(shardId, 0);
    }

    /**
     * Consensus traffic of a shard. UDP.
     *
     * @param shardId from 0.
     * @return the port.
     */
    public int consensusPort(final int shardId) {
        return shardPort(shardId, 1);
    }

    /**
     * Log of a shard. UDP.
     *
     * @param shardId from 0.
     * @return the port.
     */
    public int logPort(final int shardId) {
        return shardPort(shardId, 2);
    }

    /**
     * Catch-up of a shard. UDP.
     *
     * @param shardId from 0.
     * @return the port.
     */
    public int catchupPort(final int shardId) {
        return shardPort(shardId, 3);
    }

    /**
     * Host and port in one.
     *
     * @param port of this node.
     * @return {@code host:port}.
     */
    public String endpoint(final int port) {
        return host + ':' + port;
    }

    private int shardPort(final int shardId, final int offset) {
        if (shardId < 0 || shardId >= MAX_SHARDS) {
            throw new IllegalArgumentException(
                    "a shard id is a number from 0 to " + (MAX_SHARDS - 1) + ", but it is " + shardId);
        }
        return basePort + SHARD_PORTS_OFFSET + PORTS_PER_SHARD * shardId + offset;
    }
}
