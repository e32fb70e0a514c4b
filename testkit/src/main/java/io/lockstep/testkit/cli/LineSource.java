package io.lockstep.testkit.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/** Lines to publish, with the topic of each. Immutable; holds everything in memory. */
final class LineSource {
    private static final String SAMPLE = "/io/lockstep/testkit/sample/readings.txt.gz";
    private static final int FILE_TOPICS = 16;

    /** Beyond this a file is work for {@code pub}, which does not hold it in memory. */
    private static final long GREATEST_FILE_LENGTH = 256L << 20;

    private final String name;
    private final List<byte[]> lines;
    private final List<String> topics;

    private LineSource(final String name, final List<byte[]> lines, final List<String> topics) {
        this.name = name;
        this.lines = lines;
        this.topics = topics;
    }

    /** The sample that comes with this module: a line is a time, a series and a value; the series is the topic. */
    static LineSource sample() {
        try (InputStream input = new GZIPInputStream(LineSource.class.getResourceAsStream(SAMPLE))) {
            final List<byte[]> lines = read(input);
            final List<String> topics = new ArrayList<>(lines.size());
            for (final byte[] line : lines) {
                final String text = new String(line, StandardCharsets.UTF_8);
                final int begin = text.indexOf(' ') + 1;
                topics.add(text.substring(begin, text.indexOf(' ', begin)).intern());
            }
            return new LineSource("the sample", lines, topics);
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot read the sample", ex);
        }
    }

    /** Lines of a file, unpacked where its name ends in {@code .gz}, in turn on 16 topics. */
    static LineSource file(final Path file) {
        try (InputStream raw = new BufferedInputStream(Files.newInputStream(file));
                InputStream input = file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw) {
            if (Files.size(file) > GREATEST_FILE_LENGTH) {
                throw new IllegalArgumentException(
                        file + " is longer than 256 MiB, which is more than 'demo' takes; publish it with 'pub'");
            }
            final List<byte[]> lines = read(input);
            if (lines.size() < 2) {
                throw new IllegalArgumentException(
                        file + " has " + lines.size() + " lines, but 'demo' needs some more");
            }
            final List<String> topics = new ArrayList<>(lines.size());
            for (int i = 0; i < lines.size(); i++) {
                topics.add("lines/" + i % FILE_TOPICS);
            }
            return new LineSource(file.toString(), lines, topics);
        } catch (final IOException ex) {
            throw new IllegalArgumentException("cannot read " + file + ": " + ex, ex);
        }
    }

    String name() {
        return name;
    }

    int count() {
        return lines.size();
    }

    byte[] line(final int index) {
        return lines.get(index);
    }

    String topic(final int index) {
        return topics.get(index);
    }

    private static List<byte[]> read(final InputStream input) throws IOException {
        final List<byte[]> lines = new ArrayList<>();
        final ByteArrayOutputStream line = new ByteArrayOutputStream();
        final InputStream buffered = new BufferedInputStream(input, 1 << 16);
        for (int next = buffered.read(); next >= 0; next = buffered.read()) {
            if (next == '\n') {
                lines.add(line.toByteArray());
                line.reset();
            } else {
                line.write(next);
            }
        }
        if (line.size() > 0) {
            lines.add(line.toByteArray());
        }
        return lines;
    }
}
