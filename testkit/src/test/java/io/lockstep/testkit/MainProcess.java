package io.lockstep.testkit;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One of our main classes in a process of its own, as the launcher starts it. Closing kills it where it still runs. */
final class MainProcess implements AutoCloseable {
    /** How it ended and what it said. */
    record Result(int status, String out, String err) {
        /** Lines of standard error without those with which newer Java versions comment on libraries. */
        List<String> sentences() {
            return err.lines().filter(line -> !line.startsWith("WARNING: ")).toList();
        }
    }

    private static final long TIMEOUT_SECONDS = 120;

    private final Process process;
    private final Path out;
    private final Path err;

    private MainProcess(final Process process, final Path out, final Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /** Starts a process; standard input is a pipe that holds the text and ends behind it. */
    static MainProcess start(
            final Path folder, final String main, final byte[] input, final String javaOption, final String... args) {
        return start(folder, main, input, null, javaOption, args);
    }

    /** Starts a process whose standard output nobody reads: it goes to the sink, or is a pipe that is closed at once. */
    static MainProcess start(
            final Path folder,
            final String main,
            final byte[] input,
            final Redirect sink,
            final String javaOption,
            final String... args) {
        return launch(folder, main, input, sink, javaOption, System.getProperty("java.class.path"), args);
    }

    /** Starts a program whose classes are not on the class path of the tests. */
    static MainProcess startCompiled(final Path folder, final String main, final Path classes, final String... args) {
        final String classPath = classes + File.pathSeparator + System.getProperty("java.class.path");
        return launch(folder, main, new byte[0], null, "-Dfile.encoding=UTF-8", classPath, args);
    }

    private static MainProcess launch(
            final Path folder,
            final String main,
            final byte[] input,
            final Redirect sink,
            final String javaOption,
            final String classPath,
            final String... args) {
        try {
            final Path out = Files.createTempFile(folder, "out-", ".txt");
            final Path err = Files.createTempFile(folder, "err-", ".txt");
            final List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--add-opens",
                    "java.base/jdk.internal.misc=ALL-UNNAMED",
                    "--add-opens",
                    "java.base/java.util.zip=ALL-UNNAMED",
                    "-Djava.net.preferIPv4Stack=true",
                    "-XX:+UseSerialGC",
                    "-Xmx256m",
                    "-Xshare:auto",
                    "-XX:TieredStopAtLevel=1",
                    javaOption,
                    "-cp",
                    classPath,
                    main));
            command.addAll(Arrays.asList(args));
            final ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectOutput(sink == null ? Redirect.to(out.toFile()) : sink)
                    .redirectError(err.toFile());
            // Everything that counts is said here; what the user set for other clusters must not leak in.
            builder.environment().keySet().removeIf(variable -> variable.startsWith("LOCKSTEP_"));
            final Process process = builder.start();
            process.getInputStream().close();
            try (OutputStream stream = process.getOutputStream()) {
                stream.write(input);
            }
            return new MainProcess(process, out, err);
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot start " + main, ex);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Kills the process, as {@code kill -9} does, and waits until it is gone. */
    void kill() {
        process.destroyForcibly();
        await();
    }

    /** Waits for the end. */
    Result await() {
        try {
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("the process did not end within " + TIMEOUT_SECONDS + " s; it said: "
                        + Files.readString(out) + Files.readString(err));
            }
            return new Result(
                    process.exitValue(),
                    new String(Files.readAllBytes(out), StandardCharsets.UTF_8),
                    new String(Files.readAllBytes(err), StandardCharsets.UTF_8));
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while a process ran", ex);
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot read what a process said", ex);
        }
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            kill();
        }
    }
}
