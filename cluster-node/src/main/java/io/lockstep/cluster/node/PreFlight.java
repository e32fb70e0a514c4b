package io.lockstep.cluster.node;

import io.lockstep.config.ClusterConfig;
import io.lockstep.config.NodeEndpoint;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/**
 * Checks before a node starts. Each failure is one sentence that says what is wrong and what to do; checking touches
 * nothing that a running cluster uses.
 */
final class PreFlight {
    // 2024-01-01: a clock before it is unset, and every timestamp of the shard would be wrong for ever.
    private static final long EARLIEST_CLOCK_MS = 1_704_067_200_000L;
    // Log, journal and replay buffers of a shard take up to 48 MiB each once every term was used.
    private static final long SHARED_MEMORY_PER_SHARD = 192L << 20;
    private static final long SHARED_MEMORY_BASE = 64L << 20;
    private static final int LEAST_OPEN_FILES = 1_024;

    private PreFlight() {}

    /**
     * What is read of the machine, so that a test can have one that is in trouble.
     *
     * @param epochMs     says what the system clock says, in milliseconds.
     * @param usableBytes says how many bytes are free for this process at a path that exists.
     * @param limitsFile  where Linux writes the limits of a process; elsewhere it is missing.
     */
    record Machine(LongSupplier epochMs, ToLongFunction<Path> usableBytes, Path limitsFile) {
        static final Machine THIS =
                new Machine(System::currentTimeMillis, PreFlight::usableBytes, Path.of("/proc/self/limits"));
    }

    /**
     * Checks the clock, the hosts and the ports. To be called before anything is deleted: while another process has the
     * ports, what looks stale may be its.
     *
     * @param config of the cluster.
     * @param nodeId of the node.
     */
    static void checkPlace(final ClusterConfig config, final int nodeId) {
        checkPlace(config, nodeId, Machine.THIS);
    }

    static void checkPlace(final ClusterConfig config, final int nodeId, final Machine machine) {
        checkClock(machine.epochMs().getAsLong());
        checkHosts(config);
        checkPorts(config.node(nodeId), config.shardCount());
    }

    /**
     * Checks what the machine has to give. To be called once what a dead process left was deleted, since that takes room.
     *
     * @param config  of the cluster.
     * @param nodeDir of the node.
     */
    static void checkRoom(final ClusterConfig config, final Path nodeDir) {
        checkRoom(config, nodeDir, Machine.THIS);
    }

    static void checkRoom(final ClusterConfig config, final Path nodeDir, final Machine machine) {
        checkDisk(config, nodeDir, machine.usableBytes().applyAsLong(nodeDir));
        checkSharedMemory(config, machine.usableBytes().applyAsLong(config.markDir()));
        checkOpenFiles(machine.limitsFile());
    }

    private static void checkClock(final long nowMs) {
        if (nowMs < EARLIEST_CLOCK_MS) {
            throw new NodeStartException("the system clock says " + java.time.Instant.ofEpochMilli(nowMs)
                    + ", which is long ago; set it before starting a node");
        }
    }

    private static void checkHosts(final ClusterConfig config) {
        for (final NodeEndpoint node : config.nodes()) {
            try {
                InetAddress.getByName(node.host());
            } catch (final UnknownHostException ex) {
                throw new NodeStartException(
                        "the host '" + node.host() + "' of node " + node.id()
                                + " has no address; correct the cluster file or the name service",
                        ex);
            }
        }
    }

    private static void checkPorts(final NodeEndpoint node, final int shardCount) {
        checkTcpPort(node, node.httpPort(), "HTTP");
        checkUdpPort(node, node.raftArchivePort(), "the archive of the Raft log");
        checkUdpPort(node, node.journalArchivePort(), "the archive of the journal");
        checkUdpPort(node, node.journalResponsePort(), "journal responses");
        checkUdpPort(node, node.journalReplayPort(), "journal replays");
        for (int shard = 0; shard < shardCount; shard++) {
            checkUdpPort(node, node.ingressPort(shard), "ingress of shard " + shard);
            checkUdpPort(node, node.consensusPort(shard), "consensus of shard " + shard);
            checkUdpPort(node, node.logPort(shard), "the log of shard " + shard);
            checkUdpPort(node, node.catchupPort(shard), "catch-up of shard " + shard);
        }
    }

    private static void checkTcpPort(final NodeEndpoint node, final int port, final String use) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(node.host(), port));
        } catch (final IOException ex) {
            throw portInUse(node, port, "TCP", use, ex);
        }
    }

    private static void checkUdpPort(final NodeEndpoint node, final int port, final String use) {
        try (DatagramSocket socket = new DatagramSocket(null)) {
            socket.setReuseAddress(false);
            socket.bind(new InetSocketAddress(node.host(), port));
        } catch (final SocketException ex) {
            throw portInUse(node, port, "UDP", use, ex);
        }
    }

    private static NodeStartException portInUse(
            final NodeEndpoint node, final int port, final String kind, final String use, final IOException cause) {
        return new NodeStartException(
                "node " + node.id() + " cannot listen on " + kind + " port " + port + " of " + node.host() + " (" + use
                        + "): " + cause.getMessage()
                        + "; stop the process that uses it or change the port of the node in the cluster file",
                cause);
    }

    private static void checkDisk(final ClusterConfig config, final Path nodeDir, final long freeBytes) {
        if (freeBytes < config.lowSpaceBytes()) {
            throw new NodeStartException("only " + freeBytes + " bytes are free under " + nodeDir
                    + ", but disk.lowSpace asks for " + config.lowSpaceBytes() + "; free some space, then start again");
        }
    }

    private static void checkSharedMemory(final ClusterConfig config, final long freeBytes) {
        final long neededBytes = SHARED_MEMORY_BASE + SHARED_MEMORY_PER_SHARD * config.shardCount();
        if (freeBytes < neededBytes) {
            throw new NodeStartException("only " + freeBytes + " bytes are free under " + config.markDir() + ", but "
                    + config.shardCount() + " shard(s) need " + neededBytes
                    + "; enlarge it (a container takes --shm-size) or set dirs.marks to another file system in memory");
        }
    }

    private static void checkOpenFiles(final Path limits) {
        if (!Files.isReadable(limits)) {
            return;
        }
        try {
            for (final String line : Files.readAllLines(limits)) {
                if (line.startsWith("Max open files")) {
                    final String soft =
                            line.substring("Max open files".length()).trim().split("\\s+", -1)[0];
                    if (!soft.equals("unlimited") && Long.parseLong(soft) < LEAST_OPEN_FILES) {
                        throw new NodeStartException("this process may open only " + soft + " files, but a node needs "
                                + LEAST_OPEN_FILES + "; raise it with ulimit -n");
                    }
                }
            }
        } catch (final IOException ex) {
            throw new NodeStartException("cannot read " + limits + ": " + ex, ex);
        }
    }

    /**
     * Free bytes for this process at a path.
     *
     * @param path that exists.
     * @return bytes.
     */
    static long usableBytes(final Path path) {
        try {
            return Files.getFileStore(path).getUsableSpace();
        } catch (final IOException ex) {
            throw new NodeStartException("cannot tell the free space of " + path + ": " + ex, ex);
        }
    }
}
