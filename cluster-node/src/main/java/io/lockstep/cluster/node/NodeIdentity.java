package io.lockstep.cluster.node;

import io.lockstep.config.ClusterConfig;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Properties;

/**
 * Whose data a node's directory holds: kept in {@code node.properties} from the first start on, so that a wrong cluster
 * file cannot put other shards, or another cluster's, on top of it. A directory of a release that did not write the file
 * gets it.
 */
final class NodeIdentity {
    private static final String FILE = "node.properties";

    private NodeIdentity() {}

    /**
     * Compares the cluster file with what is stored, if anything is. The caller holds the node's lock.
     *
     * @param nodeDir of the node.
     * @param config  as the cluster file says.
     * @param nodeId  of the node.
     * @throws WrongClusterFileException if the data belongs to something else.
     */
    static void check(final Path nodeDir, final ClusterConfig config, final int nodeId) {
        final Path file = nodeDir.resolve(FILE);
        try {
            if (Files.exists(file)) {
                compareAll(file, config, nodeId);
            }
        } catch (final IOException | IllegalArgumentException ex) {
            throw new NodeStartException("cannot read whose data it is from " + file + ": " + ex, ex);
        }
    }

    /**
     * Stores whose data it is, where that is not stored yet. The caller holds the node's lock.
     *
     * @param nodeDir of the node.
     * @param config  as the cluster file says.
     * @param nodeId  of the node.
     */
    static void storeFirst(final Path nodeDir, final ClusterConfig config, final int nodeId) {
        final Path file = nodeDir.resolve(FILE);
        try {
            if (!Files.exists(file)) {
                store(file, config, nodeId);
            }
        } catch (final IOException ex) {
            throw new NodeStartException("cannot write whose data it is to " + file + ": " + ex, ex);
        }
    }

    private static void compareAll(final Path file, final ClusterConfig config, final int nodeId) throws IOException {
        final Properties stored = new Properties();
        stored.load(new StringReader(Files.readString(file)));
        compare(file, "belongs to cluster", stored.getProperty("cluster"), config.name(), "cluster.name");
        compare(file, "belongs to node", stored.getProperty("node"), Integer.toString(nodeId), "the id of the node");
        compare(
                file,
                "was made with a number of shards of",
                stored.getProperty("shards"),
                Integer.toString(config.shardCount()),
                "cluster.shards");
    }

    private static void compare(
            final Path file, final String what, final String stored, final String given, final String key) {
        if (!given.equals(stored)) {
            throw new WrongClusterFileException("the data in " + file.getParent() + ' ' + what + ' ' + stored + ", but "
                    + key + " is " + given + "; start it with the cluster file that it was made with, or set dirs.base"
                    + " to a place of its own; nothing was changed");
        }
    }

    private static void store(final Path file, final ClusterConfig config, final int nodeId) throws IOException {
        final String text = "# Whose data this directory holds; written by the node at its first start.\n" + "cluster="
                + config.name() + "\nnode=" + nodeId + "\nshards=" + config.shardCount() + '\n';
        final Path temporary = file.resolveSibling(FILE + ".tmp");
        try (FileChannel channel = FileChannel.open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            final ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
