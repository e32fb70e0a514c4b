package io.lockstep.perf.rig;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;

/**
 * Keeps histograms as files: {@code <name>.hlog}, which HdrHistogram's tools read, with one line for each run, and
 * {@code <name>.hgrm} with the percentiles of all runs together, in microseconds. One thread.
 */
final class HistogramFiles {
    private static final int TICKS_PER_HALF_DISTANCE = 5;
    private static final double NS_PER_US = 1_000.0;

    private final Path directory;

    HistogramFiles(final Path directory) {
        this.directory = Objects.requireNonNull(directory, "directory");
        try {
            Files.createDirectories(directory);
        } catch (final IOException ex) {
            throw new UncheckedIOException("the directory for results cannot be made: " + directory, ex);
        }
    }

    /** Writes the files of one series of runs of a load. */
    void write(final String name, final Iterable<Histogram> histograms) {
        write(name, "latency in ns from the scheduled send time to the arrival", histograms);
    }

    /** Writes the files of one series of runs, and what its values are. */
    void write(final String name, final String meaning, final Iterable<Histogram> histograms) {
        final Histogram sum = new Histogram(3);
        try (PrintStream stream = open(name + ".hlog")) {
            final HistogramLogWriter writer = new HistogramLogWriter(stream);
            writer.outputLogFormatVersion();
            writer.outputComment(meaning + "; one line for each run");
            writer.outputLegend();
            for (final Histogram histogram : histograms) {
                writer.outputIntervalHistogram(histogram);
                sum.add(histogram);
            }
        }
        try (PrintStream stream = open(name + ".hgrm")) {
            sum.outputPercentileDistribution(stream, TICKS_PER_HALF_DISTANCE, NS_PER_US);
        }
    }

    /** Writes a result as one line of JSON. */
    void writeJson(final String name, final String json) {
        try (PrintStream stream = open(name + ".json")) {
            stream.println(json);
        }
    }

    Path directory() {
        return directory;
    }

    private PrintStream open(final String name) {
        final Path file = directory.resolve(name);
        try {
            return new PrintStream(file.toFile(), StandardCharsets.UTF_8);
        } catch (final IOException ex) {
            throw new UncheckedIOException("the result cannot be written: " + file, ex);
        }
    }
}
