package io.lockstep.testkit.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.topic.TopicName;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineSourceTest {
    @TempDir
    private Path folder;

    @Test
    void shouldHoldFiftyThousandLinesOnGoodTopicsWhenItIsTheSample() {
        final LineSource sample = LineSource.sample();

        assertTrue(sample.count() >= 50_000, "lines: " + sample.count());
        for (int i = 0; i < sample.count(); i++) {
            final byte[] topic = sample.topic(i).getBytes(StandardCharsets.UTF_8);
            assertTrue(TopicName.isValid(new UnsafeBuffer(topic), 0, topic.length), sample.topic(i));
        }
        assertEquals("faa/wildlife-strikes/louisiana", sample.topic(0));
    }

    @Test
    void shouldReadLinesWhenTheFileIsPlainOrPacked() throws IOException {
        final byte[] text = "one\n\nthree".getBytes(StandardCharsets.UTF_8);
        final Path plain = Files.write(folder.resolve("lines.txt"), text);
        final Path packed = folder.resolve("lines.txt.gz");
        try (OutputStream output = new GZIPOutputStream(Files.newOutputStream(packed))) {
            output.write(text);
        }

        for (final Path file : new Path[] {plain, packed}) {
            final LineSource source = LineSource.file(file);
            assertEquals(3, source.count());
            assertArrayEquals("one".getBytes(StandardCharsets.UTF_8), source.line(0));
            assertEquals(0, source.line(1).length);
            assertArrayEquals("three".getBytes(StandardCharsets.UTF_8), source.line(2));
            assertEquals("lines/2", source.topic(2));
        }
    }

    @Test
    void shouldRefuseWhenTheFileIsMissingOrEmpty() throws IOException {
        final Path empty = Files.createFile(folder.resolve("empty"));

        assertThrows(IllegalArgumentException.class, () -> LineSource.file(folder.resolve("none")));
        assertThrows(IllegalArgumentException.class, () -> LineSource.file(empty));
    }
}
