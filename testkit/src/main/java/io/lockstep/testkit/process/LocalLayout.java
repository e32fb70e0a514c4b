package io.lockstep.testkit.process;

import io.lockstep.config.ClusterConfig;
import io.lockstep.config.ClusterConfigLoader;
import io.lockstep.config.Durability;
import io.lockstep.config.GatewayEndpoint;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.config.Profile;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Lays a whole cluster out on this machine, and looks whether its ports are free. No state. */
public final class LocalLayout {
    static final String MARK_DIR_PREFIX = "lockstep-local-";

    private static final String HOST = "localhost";
    private static final int PORTS_PER_GATEWAY = 2;

    /** Ports from here on are handed out by the system to others. */
    private static final int FIRST_EPHEMERAL_PORT = 32_768;

    private LocalLayout() {}

    /**
     * A configuration for this machine: nodes side by side from a base port, gateways behind them.
     *
     * @param baseDir      of all data; mark files lie in a folder of {@code /dev/shm} that is named after the ports.
     * @param basePort     first port of node 0.
     * @param nodeCount    number of nodes.
     * @param shardCount   number of shards.
     * @param gatewayCount number of gateways.
     * @param profile      of the nodes.
     * @param durability   of acknowledgements.
     * @return the configuration.
     */
    public static ClusterConfig config(
            final Path baseDir,
            final int basePort,
            final int nodeCount,
            final int shardCount,
            final int gatewayCount,
            final Profile profile,
            final Durability durability) {
        final List<NodeEndpoint> nodes = new ArrayList<>();
        for (int id = 0; id < nodeCount; id++) {
            nodes.add(new NodeEndpoint(id, HOST, basePort + id * NodeEndpoint.PORTS_PER_NODE));
        }
        final int gatewayPort = basePort + nodeCount * NodeEndpoint.PORTS_PER_NODE;
        final List<GatewayEndpoint> gateways = new ArrayList<>();
        for (int id = 0; id < gatewayCount; id++) {
            final int port = gatewayPort + id * PORTS_PER_GATEWAY;
            gateways.add(new GatewayEndpoint(id, HOST, port, port + 1));
        }
        return new ClusterConfig(
                "local-" + basePort,
                shardCount,
                nodes,
                profile,
                durability,
                newSecret(),
                baseDir.toAbsolutePath().normalize(),
                Path.of("/dev/shm", MARK_DIR_PREFIX + basePort),
                64 << 20,
                256L << 20,
                ClusterConfigLoader.defaultSettings(),
                gateways);
    }

    /**
     * Draws a secret for the nodes of a cluster.
     *
     * @return 32 hexadecimal digits.
     */
    public static String newSecret() {
        final byte[] bytes = new byte[16];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /**
     * Finds a base port at which all ports are free now.
     *
     * @param firstBasePort where the search begins; it goes on in steps of a cluster's size.
     * @param nodeCount     number of nodes.
     * @param shardCount    number of shards.
     * @param gatewayCount  number of gateways.
     * @return the base port.
     * @throws IllegalStateException where none is free.
     */
    public static int freeBasePort(
            final int firstBasePort, final int nodeCount, final int shardCount, final int gatewayCount) {
        final int size = nodeCount * NodeEndpoint.PORTS_PER_NODE + NodeEndpoint.PORTS_PER_NODE;
        for (int basePort = firstBasePort; basePort + size < FIRST_EPHEMERAL_PORT; basePort += size) {
            final ClusterConfig config = config(
                    Path.of("."), basePort, nodeCount, shardCount, gatewayCount, Profile.SMALL, Durability.REPLICATED);
            if (portInUse(config) == null) {
                return basePort;
            }
        }
        throw new IllegalStateException(
                "no block of " + size + " free ports between " + firstBasePort + " and " + FIRST_EPHEMERAL_PORT);
    }

    /**
     * Looks for a port of this cluster that somebody uses.
     *
     * @param config of a cluster on this machine.
     * @return one sentence, or null where all ports are free.
     */
    public static String portInUse(final ClusterConfig config) {
        for (final NodeEndpoint node : config.nodes()) {
            final String owner = "node " + node.id();
            if (isTcpInUse(node.host(), node.httpPort())) {
                return sentence("TCP", node.httpPort(), owner);
            }
            final List<Integer> ports = new ArrayList<>(List.of(
                    node.raftArchivePort(),
                    node.journalArchivePort(),
                    node.journalResponsePort(),
                    node.journalReplayPort()));
            for (int shardId = 0; shardId < config.shardCount(); shardId++) {
                ports.addAll(List.of(
                        node.ingressPort(shardId),
                        node.consensusPort(shardId),
                        node.logPort(shardId),
                        node.catchupPort(shardId)));
            }
            for (final int port : ports) {
                if (isUdpInUse(node.host(), port)) {
                    return sentence("UDP", port, owner);
                }
            }
        }
        for (final GatewayEndpoint gateway : config.gateways()) {
            for (final int port : new int[] {gateway.mqttPort(), gateway.httpPort()}) {
                if (isTcpInUse(gateway.host(), port)) {
                    return sentence("TCP", port, "gateway " + gateway.id());
                }
            }
        }
        return null;
    }

    private static String sentence(final String protocol, final int port, final String owner) {
        return protocol + " port " + port + " of " + owner
                + " is in use by another process; stop that one, or choose other ports with --base-port";
    }

    private static boolean isTcpInUse(final String host, final int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(host, port));
            return false;
        } catch (final BindException ex) {
            return true;
        } catch (final java.io.IOException ex) {
            throw new java.io.UncheckedIOException("cannot look at port " + port, ex);
        }
    }

    private static boolean isUdpInUse(final String host, final int port) {
        try (DatagramSocket socket = new DatagramSocket(null)) {
            socket.setReuseAddress(false);
            socket.bind(new InetSocketAddress(host, port));
            return false;
        } catch (final BindException ex) {
            return true;
        } catch (final java.net.SocketException ex) {
            throw new java.io.UncheckedIOException("cannot look at port " + port, ex);
        }
    }
}
