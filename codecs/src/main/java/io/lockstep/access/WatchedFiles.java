package io.lockstep.access;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Reads files again when they change. What cannot be read leaves what was read before in force. Belongs to one thread, which
 * calls {@link #poll()} every few seconds.
 */
public final class WatchedFiles {
    private final List<Watched> watched = new ArrayList<>();
    private final Consumer<String> logger;

    /**
     * Watches nothing yet.
     *
     * @param logger is told in words what was read, and what could not be.
     */
    public WatchedFiles(final Consumer<String> logger) {
        this.logger = logger;
    }

    /**
     * The lines of a file.
     *
     * @param file to read.
     * @return its lines.
     * @throws IllegalStateException with a sentence, where it cannot be read.
     */
    public static List<String> lines(final Path file) {
        try {
            return Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (final IOException ex) {
            throw new IllegalStateException("the file " + file + " cannot be read as UTF-8 text: " + ex, ex);
        }
    }

    /**
     * Watches files that count together.
     *
     * @param files  that may change.
     * @param reader reads them; throws {@link IllegalArgumentException} or {@link IllegalStateException} with a sentence
     *               where they hold what cannot be.
     */
    public void watch(final List<Path> files, final Runnable reader) {
        watched.add(new Watched(files, reader));
    }

    /** Reads again what changed before the last call and not since: a file that is still being written waits. */
    public void poll() {
        for (final Watched one : watched) {
            final String stamp = stampOf(one.files);
            if (!stamp.equals(one.seen)) {
                one.seen = stamp;
            } else if (!stamp.equals(one.read)) {
                one.read = stamp;
                read(one);
            }
        }
    }

    private void read(final Watched one) {
        try {
            one.reader.run();
            logger.accept("read again because it changed: " + one.files);
        } catch (final IllegalArgumentException | IllegalStateException ex) {
            logger.accept(ex.getMessage() + "; what was read before stays in force");
        }
    }

    private static String stampOf(final List<Path> files) {
        final StringBuilder stamp = new StringBuilder();
        for (final Path file : files) {
            try {
                final BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                stamp.append(attributes.lastModifiedTime())
                        .append(' ')
                        .append(attributes.size())
                        .append(' ')
                        .append(Objects.toString(attributes.fileKey()))
                        .append('\n');
            } catch (final IOException ex) {
                stamp.append("not there\n");
            }
        }
        return stamp.toString();
    }

    private static final class Watched {
        private final List<Path> files;
        private final Runnable reader;
        private String seen;
        private String read;

        private Watched(final List<Path> files, final Runnable reader) {
            this.files = files;
            this.reader = reader;
            this.seen = stampOf(files);
            this.read = seen;
        }
    }
}
