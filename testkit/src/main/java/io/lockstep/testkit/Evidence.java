package io.lockstep.testkit;

import io.aeron.CncFileDescriptor;
import io.lockstep.config.ClusterConfig;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersReader;

/**
 * What a failed test wants to know of a cluster that is still there, as files beside its data. It is taken while something
 * is wrong, so what cannot be taken is told on standard error and does not hide the failure itself. One thread.
 */
final class Evidence {
    private final Path directory;

    Evidence(final ClusterConfig config) {
        directory = config.baseDir().resolve("evidence");
    }

    void log(final String text) {
        write("log.txt", List.of(text));
    }

    /** Where every thread of this JVM is. */
    void threads() {
        final List<String> lines = new ArrayList<>();
        for (final Map.Entry<Thread, StackTraceElement[]> entry :
                Thread.getAllStackTraces().entrySet()) {
            lines.add('"' + entry.getKey().getName() + "\" " + entry.getKey().getState());
            for (final StackTraceElement element : entry.getValue()) {
                lines.add("    at " + element);
            }
        }
        write("threads.txt", lines);
    }

    /** Counters of all media drivers of the cluster, also of those that died. */
    void counters(final ClusterConfig config) {
        final String prefix = "lockstep-" + config.name() + '-';
        try (Stream<Path> drivers = Files.list(config.markDir())) {
            for (final Path driver : drivers.sorted().toList()) {
                final Path file = driver.resolve(CncFileDescriptor.CNC_FILE);
                final String name = driver.getFileName().toString();
                if (name.startsWith(prefix) && Files.exists(file)) {
                    write("counters-" + name.substring(prefix.length()) + ".txt", counters(file));
                }
            }
        } catch (final IOException | RuntimeException ex) {
            System.err.println("the counters of " + config.name() + " cannot be kept: " + ex);
        }
    }

    private static List<String> counters(final Path file) throws IOException {
        final List<String> lines = new ArrayList<>();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            final MappedByteBuffer mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
            try {
                final UnsafeBuffer metaData = CncFileDescriptor.createMetaDataBuffer(mapped);
                CncFileDescriptor.checkVersion(metaData.getInt(CncFileDescriptor.cncVersionOffset(0)));
                final CountersReader counters = new CountersReader(
                        CncFileDescriptor.createCountersMetaDataBuffer(mapped, metaData),
                        CncFileDescriptor.createCountersValuesBuffer(mapped, metaData));
                counters.forEach((final int id, final String label) ->
                        lines.add(id + " " + counters.getCounterValue(id) + " " + label));
            } finally {
                IoUtil.unmap(mapped);
            }
        }
        return lines;
    }

    private void write(final String name, final List<String> lines) {
        try {
            Files.createDirectories(directory);
            Files.write(directory.resolve(name), lines);
        } catch (final IOException ex) {
            System.err.println("cannot keep " + directory.resolve(name) + ": " + ex);
        }
    }
}
