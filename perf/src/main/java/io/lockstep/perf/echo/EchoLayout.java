package io.lockstep.perf.echo;

import io.lockstep.config.NodeEndpoint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Where the processes of an echo cluster listen and keep their files. Immutable.
 *
 * @param nodeCount number of nodes.
 * @param basePort  first port of node 0; each node takes a block of {@link NodeEndpoint#PORTS_PER_NODE}.
 * @param dataDir   parent of logs and archives.
 * @param driverDir parent of the drivers' directories, in memory.
 */
record EchoLayout(int nodeCount, int basePort, Path dataDir, Path driverDir) {
    private static final String HOST = "localhost";

    /** Checks the arguments. */
    EchoLayout {
        Objects.requireNonNull(dataDir, "dataDir");
        Objects.requireNonNull(driverDir, "driverDir");
        if (nodeCount < 1 || nodeCount > 7) {
            throw new IllegalArgumentException("an echo cluster has 1 to 7 nodes, but " + nodeCount + " are asked for");
        }
    }

    NodeEndpoint node(final int nodeId) {
        return new NodeEndpoint(nodeId, HOST, basePort + nodeId * NodeEndpoint.PORTS_PER_NODE);
    }

    Path nodeDir(final int nodeId) {
        return dataDir.resolve("node-" + nodeId);
    }

    Path nodeDriverDir(final int nodeId) {
        return driverDir.resolve("node-" + nodeId);
    }

    Path clientDriverDir() {
        return driverDir.resolve("client");
    }

    /** The members in Aeron's notation: id, ingress, consensus, log, catch-up, archive. */
    String clusterMembers() {
        final List<String> members = new ArrayList<>();
        for (int i = 0; i < nodeCount; i++) {
            final NodeEndpoint node = node(i);
            members.add(String.join(
                    ",",
                    Integer.toString(i),
                    node.endpoint(node.ingressPort(0)),
                    node.endpoint(node.consensusPort(0)),
                    node.endpoint(node.logPort(0)),
                    node.endpoint(node.catchupPort(0)),
                    node.endpoint(node.raftArchivePort())));
        }
        return String.join("|", members);
    }

    /** The ingress endpoints in Aeron's notation. */
    String ingressEndpoints() {
        final List<String> endpoints = new ArrayList<>();
        for (int i = 0; i < nodeCount; i++) {
            final NodeEndpoint node = node(i);
            endpoints.add(i + "=" + node.endpoint(node.ingressPort(0)));
        }
        return String.join(",", endpoints);
    }
}
