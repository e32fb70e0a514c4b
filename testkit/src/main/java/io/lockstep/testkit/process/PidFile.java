package io.lockstep.testkit.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Remembers a process beyond the life of the one that started it. The time of its start is kept beside the id, because
 * the system gives ids again to strangers.
 */
final class PidFile {
    private final Path path;

    PidFile(final Path path) {
        this.path = path;
    }

    void write(final ProcessHandle process) {
        try {
            Files.createDirectories(path.getParent());
            Files.writeString(path, process.pid() + "\n" + startOf(process) + "\n");
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot write " + path, ex);
        }
    }

    /** The process, if it is still the one that was written. */
    Optional<ProcessHandle> process() {
        final List<String> lines;
        try {
            lines = Files.readAllLines(path);
        } catch (final NoSuchFileException ex) {
            return Optional.empty();
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot read " + path, ex);
        }
        if (lines.size() < 2) {
            return Optional.empty();
        }
        try {
            return ProcessHandle.of(Long.parseLong(lines.get(0)))
                    .filter(ProcessHandle::isAlive)
                    .filter(process -> startOf(process).equals(lines.get(1)));
        } catch (final NumberFormatException ex) {
            return Optional.empty();
        }
    }

    void delete() {
        try {
            Files.deleteIfExists(path);
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot delete " + path, ex);
        }
    }

    private static String startOf(final ProcessHandle process) {
        return process.info().startInstant().map(Instant::toString).orElse("unknown");
    }
}
