package io.lockstep.cluster.node;

import io.lockstep.config.ClusterConfig;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.agrona.CloseHelper;
import org.agrona.IoUtil;

/**
 * The directories of a node, and the two locks that make them belong to one process: one lies with the data, the other
 * beside the driver's directory, which is named after cluster, node and port and which a node with another data directory
 * would share. The operating system drops the locks with the process, however it ends; so whoever holds both may clear
 * away what a dead process left: the driver's directory and mark files that still look active.
 */
final class NodeDirectories implements AutoCloseable {
    private final Path nodeDir;
    private final Path aeronDir;
    private final Path marksDir;
    private final Path marksLockFile;
    private final List<AutoCloseable> locks = new ArrayList<>();
    private boolean isCleared;

    NodeDirectories(final ClusterConfig config, final int nodeId) {
        nodeDir = config.nodeDir(nodeId);
        final String name = "lockstep-" + config.name() + '-' + nodeId + '-'
                + config.node(nodeId).basePort();
        aeronDir = config.markDir().resolve(name);
        marksDir = config.markDir().resolve(name + "-marks");
        marksLockFile = config.markDir().resolve(name + ".lock");
    }

    /**
     * Takes the locks and makes the node's directory. Deletes nothing.
     *
     * @throws NodeStartException if another process holds a lock or a directory cannot be made.
     */
    void acquire() {
        try {
            Files.createDirectories(nodeDir);
            Files.createDirectories(marksLockFile.getParent());
            lock(nodeDir.resolve("node.lock"), "stop it first, or give this node a directory of its own");
            lock(
                    marksLockFile,
                    "stop it first, or give this node another cluster.name, port or dirs.marks in its cluster file");
        } catch (final IOException ex) {
            throw cannotPrepare(ex);
        }
    }

    /**
     * Clears what a dead process left. Only with the locks, and once the ports are known to be free.
     *
     * @throws NodeStartException if something cannot be deleted or made.
     */
    void clearStale() {
        if (locks.size() != 2) {
            throw new IllegalStateException("only the holder of both locks may clear " + aeronDir);
        }
        isCleared = true;
        try {
            deleteStale();
        } catch (final IOException ex) {
            throw cannotPrepare(ex);
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
        if (isCleared) {
            isCleared = false;
            IoUtil.delete(aeronDir.toFile(), true);
            IoUtil.delete(marksDir.toFile(), true);
        }
        // The lock files stay: whoever has opened one and waits would else lock a file that no longer has a name.
        CloseHelper.quietCloseAll(locks);
        locks.clear();
    }

    private void lock(final Path file, final String whatToDo) throws IOException {
        // Without CREATE where it exists: Linux forbids that, even to root, for a file of another user in /dev/shm.
        final FileChannel channel = Files.exists(file)
                ? FileChannel.open(file, StandardOpenOption.WRITE)
                : FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = null;
        try {
            lock = tryLock(channel);
        } finally {
            if (lock == null) {
                CloseHelper.quietClose(channel);
            }
        }
        if (lock == null) {
            throw new NodeStartException("another process runs this node: it holds the lock " + file + "; " + whatToDo);
        }
        // Closing the channel frees the lock.
        locks.add(channel);
    }

    private NodeStartException cannotPrepare(final IOException cause) {
        return new NodeStartException(
                "cannot prepare the directories of the node under " + nodeDir + ": " + cause, cause);
    }

    private void deleteStale() throws IOException {
        IoUtil.delete(aeronDir.toFile(), true);
        IoUtil.delete(marksDir.toFile(), true);
        Files.createDirectories(marksDir);
        deleteMarkLinks(raftArchiveDir());
        deleteMarkLinks(journalArchiveDir());
        try (Stream<Path> children = Files.list(nodeDir)) {
            for (final Path child : (Iterable<Path>) children::iterator) {
                if (child.getFileName().toString().startsWith("shard-")) {
                    deleteMarkLinks(child);
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
