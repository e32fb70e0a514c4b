package io.lockstep.cluster.node;

import io.lockstep.config.Durability;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;

/**
 * Recognises a node whose machine may have forgotten acknowledged messages. With durability {@code replicated} a message
 * counts when a majority holds it in memory; a machine that lost power comes back with an older log, and if it voted
 * with it, a majority could elect a leader that lacks what was acknowledged. The boot id of the machine tells whether it
 * was restarted, and a mark whether the node closed and forced its files before.
 */
final class LossGuard {
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
    private static final String CLEAN = "clean";
    private static final String RUNNING = "running";
    private static final String LOST = "lost";

    private final Path markFile;
    private final Path bootIdFile;

    LossGuard(final Path nodeDir) {
        this(nodeDir, BOOT_ID);
    }

    LossGuard(final Path nodeDir, final Path bootIdFile) {
        this.markFile = nodeDir.resolve("last-run");
        this.bootIdFile = bootIdFile;
    }

    /**
     * Checks what the last run left and marks this one as running.
     *
     * @param durability     of the cluster.
     * @param hasLog         whether there is anything that could lack an end.
     * @param isLossAccepted whether the operator has decided to start with what is there.
     * @return whether the node's logs may lack what it acknowledged: because the machine was restarted and the last run
     *     did not end with a forced close, or because that was so before and the logs were not fetched again since; a
     *     log without a mark counts as lost as well, since the mark may be what was lost.
     */
    boolean begin(final Durability durability, final boolean hasLog, final boolean isLossAccepted) {
        try {
            final String bootId = bootId();
            boolean isLost = false;
            if (durability == Durability.REPLICATED && hasLog && !isLossAccepted) {
                final String[] mark = Files.exists(markFile)
                        ? Files.readString(markFile).trim().split(" ", -1)
                        : new String[] {"missing"};
                final boolean isSameBoot = mark.length == 2 && mark[1].equals(bootId);
                isLost = !mark[0].equals(CLEAN) && !(mark[0].equals(RUNNING) && isSameBoot);
            }
            write((isLost ? LOST : RUNNING) + ' ' + bootId);
            return isLost;
        } catch (final IOException ex) {
            throw new NodeStartException("cannot read or write " + markFile + ": " + ex, ex);
        }
    }

    /** The logs were fetched again: nothing is missing any more. */
    void fetched() {
        try {
            write(RUNNING + ' ' + bootId());
        } catch (final IOException ex) {
            throw new NodeStartException("cannot write " + markFile + ": " + ex, ex);
        }
    }

    /**
     * Forces the files of a node that has closed, then marks the run as cleanly ended.
     *
     * @param directories whose files to force.
     * @throws IOException if a file cannot be forced; then the run is not marked.
     */
    void endClean(final Path... directories) throws IOException {
        for (final Path directory : directories) {
            force(directory);
        }
        write(CLEAN + ' ' + bootId());
    }

    private static void force(final Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (final Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    channel.force(true);
                }
            }
        }
    }

    private String bootId() throws IOException {
        // Where the system tells no boot id, every start looks like the same boot: no promise about power is kept
        // there.
        return Files.isReadable(bootIdFile) ? Files.readString(bootIdFile).trim() : "unknown";
    }

    private void write(final String mark) throws IOException {
        final Path next = markFile.resolveSibling("last-run.next");
        try (FileChannel channel = FileChannel.open(
                next, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(mark.getBytes(StandardCharsets.US_ASCII)));
            channel.force(true);
        }
        Files.move(next, markFile, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel directory = FileChannel.open(markFile.getParent(), StandardOpenOption.READ)) {
            directory.force(true);
        }
    }
}
