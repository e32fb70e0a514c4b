package io.lockstep.cli;

import io.lockstep.access.UserTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import picocli.CommandLine.Option;

/** The file of users, and how it is exchanged as a whole: a gateway never reads half of it. */
final class UserFile {
    @Option(
            names = "--file",
            paramLabel = "FILE",
            defaultValue = "users.txt",
            description = "The file of users. Default: users.txt.")
    private Path file;

    UserFile() {}

    UserFile(final Path file) {
        this.file = file;
    }

    Path path() {
        return file;
    }

    /** The users; those of a file that is not there are none. */
    UserTable read() {
        try {
            return UserTable.parse(file.toString(), readLines());
        } catch (final IllegalArgumentException ex) {
            throw new CommandFailure(ex.getMessage(), ex);
        }
    }

    private List<String> readLines() {
        try {
            return Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (final NoSuchFileException ex) {
            return List.of();
        } catch (final IOException ex) {
            throw new CommandFailure("the file " + file + " cannot be read as UTF-8 text: " + ex, ex);
        }
    }

    /** Exchanges the file; comments and the order of the lines stay. */
    void write(final UserTable users) {
        final List<String> lines = users.linesLike(readLines());
        final Path target = file.toAbsolutePath();
        try {
            final Path draft = Files.createTempFile(
                    target.getParent(),
                    ".users",
                    ".tmp",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            try {
                Files.write(draft, lines, StandardCharsets.UTF_8);
                if (Files.exists(target)) {
                    Files.setPosixFilePermissions(draft, Files.getPosixFilePermissions(target));
                }
                move(draft, target);
            } finally {
                Files.deleteIfExists(draft);
            }
        } catch (final IOException ex) {
            throw new CommandFailure("the file " + file + " cannot be written: " + ex, ex);
        }
    }

    private static void move(final Path draft, final Path target) throws IOException {
        try {
            Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (final AtomicMoveNotSupportedException ex) {
            Files.move(draft, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
