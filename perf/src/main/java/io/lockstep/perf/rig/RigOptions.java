package io.lockstep.perf.rig;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import picocli.CommandLine.Option;

/** Options that all bench commands share, and where results go. */
final class RigOptions {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

    @Option(
            names = "--out",
            paramLabel = "DIR",
            defaultValue = "bench-results",
            description = "Parent of the run's directory with histograms and JSON (default: ${DEFAULT-VALUE}).")
    private Path out;

    @Option(
            names = "--output",
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "text, or json: one object as the last line of standard output.")
    private OutputFormat output;

    @Option(
            names = "--base-port",
            paramLabel = "PORT",
            defaultValue = "26000",
            description = "First of 600 ports for the clusters of the run (default: ${DEFAULT-VALUE}).")
    private int basePort;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Parent of the clusters' data, deleted afterwards (default: the temporary directory).")
    private Path dataDir = Path.of(System.getProperty("java.io.tmpdir"));

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Seed of the resampling for intervals (default: ${DEFAULT-VALUE}).")
    private long seed;

    RigOptions() {}

    int basePort() {
        return basePort;
    }

    /** Base port for a second cluster of the same run. */
    int secondBasePort() {
        return basePort + 300;
    }

    Path dataDir() {
        return dataDir;
    }

    long seed() {
        return seed;
    }

    /** A new directory for the files of one run. */
    HistogramFiles newFiles(final String command) {
        return new HistogramFiles(out.resolve(command + "-"
                + LocalDateTime.now(java.time.ZoneId.systemDefault()).format(TIME)));
    }

    /** Where people look: standard error while standard output is for a machine. */
    PrintStream console() {
        return output == OutputFormat.JSON ? System.err : System.out;
    }

    /** Ends a command: keeps the result as a file and prints it where asked for. */
    void finish(final HistogramFiles files, final Map<String, Object> result) {
        final String json = Json.line(result);
        files.writeJson("result", json);
        console().println("files: " + files.directory().toAbsolutePath());
        if (output == OutputFormat.JSON) {
            System.out.println(json);
        }
    }
}
