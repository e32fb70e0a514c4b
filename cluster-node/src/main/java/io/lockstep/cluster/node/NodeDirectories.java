package io.lockstep.cluster.node;

import io.lockstep.config.ClusterConfig;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.agrona.CloseHelper;
import org.agrona.IoUtil;

/**
 * The directories of a node, and the lock that makes them belong to one process. The operating system drops the lock
 * with the process, however it ends; so whoever holds it may clear away what a dead process left: the driver's
 * directory and mark files that still look active.
 */
final class NodeDirectories implements AutoCloseable {
    private final Path nodeDir;
    private final Path aeronDir;
    private final Path marksDir;
    private FileChannel lockChannel;
    private FileLock lock;

    NodeDirectories(final ClusterConfig config, final int nodeId) {
        nodeDir = config.nodeDir(nodeId);
        final String name = "lockstep-" + config.name() + '-' + nodeId + '-'
                + config.node(nodeId).basePort();
        aeronDir = config.markDir().resolve(name);
        marksDir = config.markDir().resolve(name + "-marks");
    }

    /**
     * Takes the lock, makes the directories and clears what a dead process left.
     *
     * @throws NodeStartException if another process holds the lock or a directory cannot be made.
     */
    void acquire() {
        try {
            Files.createDirectories(nodeDir);
            Files.createDirectories(marksDir);
            final Path lockFile = nodeDir.resolve("node.lock");
            lockChannel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            lock = tryLock(lockChannel);
            if (lock == null) {
                throw new NodeStartException("another process runs this node: it holds the lock " + lockFile
                        + "; stop it first, or give this node a directory of its own");
            }
            clearStale();
        } catch (final IOException ex) {
            throw new NodeStartException("cannot prepare the directories of the node under " + nodeDir + ": " + ex, ex);
        }
    }

    Path nodeDir() {
        return nodeDir;
    }

    Path aeronDir() {
        return aeronDir;
    }

    Path raftArchiveDir() {
        return nodeDir.resolve("raft-archive");
    }

    Path journalArchiveDir() {
        return nodeDir.resolve("journal-archive");
    }

    Path clusterDir(final int shardId) {
        return nodeDir.resolve("shard-" + shardId);
    }

    Path keptAsideDir() {
        return nodeDir.resolve("kept-aside");
    }

    /**
     * A directory for the mark files of one part of the node.
     *
     * @param part such as {@code raft-archive}.
     * @return the directory, which exists.
     */
    Path marksDir(final String part) {
        final Path dir = marksDir.resolve(part);
        try {
            Files.createDirectories(dir);
        } catch (final IOException ex) {
            throw new NodeStartException("cannot make the directory of mark files " + dir + ": " + ex, ex);
        }
        return dir;
    }

    @Override
    public void close() {
        if (lock != null) {
            IoUtil.delete(aeronDir.toFile(), true);
            IoUtil.delete(marksDir.toFile(), true);
        }
        CloseHelper.quietCloseAll(lock, lockChannel);
        lock = null;
        lockChannel = null;
    }

    private void clearStale() throws IOException {
        IoUtil.delete(aeronDir.toFile(), true);
        IoUtil.delete(marksDir.toFile(), true);
        Files.createDirectories(marksDir);
        deleteMarkLinks(raftArchiveDir());
        deleteMarkLinks(journalArchiveDir());
        if (Files.isDirectory(nodeDir)) {
            try (Stream<Path> children = Files.list(nodeDir)) {
                for (final Path child : (Iterable<Path>) children::iterator) {
                    if (child.getFileName().toString().startsWith("shard-")) {
                        deleteMarkLinks(child);
                    }
                }
            }
        }
    }

    // Aeron leaves a link file beside the data that names the directory of the mark file.
    private static void deleteMarkLinks(final Path dir) throws IOException {
        if (!Files.isDirectory(dir)) {
            return;
        }
        try (Stream<Path> children = Files.list(dir)) {
            for (final Path child : (Iterable<Path>) children::iterator) {
                final String name = child.getFileName().toString();
                if (name.contains("-mark") && (name.endsWith(".lnk") || name.endsWith(".dat"))) {
                    Files.delete(child);
                }
            }
        }
    }

    private static FileLock tryLock(final FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (final OverlappingFileLockException ex) {
            return null;
        }
    }
}
