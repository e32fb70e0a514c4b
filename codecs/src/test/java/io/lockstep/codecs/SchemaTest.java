package io.lockstep.codecs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import uk.co.real_logic.sbe.json.JsonPrinter;

/**
 * Holds the schema to its rules. Golden bytes of a version are for ever: where this test fails after a change of the
 * schema, the change is wrong, unless the version is not released yet. {@code -Dlockstep.golden.write=DIRECTORY} writes
 * the files of new messages.
 */
class SchemaTest {
    private static final int ADDED_BYTES = 24;

    // How a reader of the next version shows the field that the writer did not have: as the SBE null.
    private static final Pattern ADDED_NULL =
            Pattern.compile("\"" + NextSchema.ADDED_FIELD + "\":\\s*" + Long.MIN_VALUE + ",?");

    private final Map<String, byte[]> samples = GoldenMessages.all();

    @Test
    void shouldHaveASampleOfEveryMessage() {
        assertEquals(new TreeSet<>(NextSchema.messageNames()), samples.keySet());
    }

    @Test
    void shouldEncodeEveryMessageToItsGoldenBytes() throws IOException {
        final String directory = System.getProperty("lockstep.golden.write", "");
        if (!directory.isEmpty()) {
            for (final Map.Entry<String, byte[]> sample : samples.entrySet()) {
                final Path file = Path.of(directory, sample.getKey() + ".hex");
                Files.writeString(file, GoldenFile.toText(sample.getValue()), StandardCharsets.UTF_8);
            }
        }
        for (final Map.Entry<String, byte[]> sample : samples.entrySet()) {
            assertEquals(
                    GoldenFile.read(PublishDecoder.SCHEMA_VERSION, sample.getKey()),
                    GoldenFile.toText(sample.getValue()),
                    "golden bytes of " + sample.getKey());
        }
    }

    @Test
    void shouldReadGoldenBytesOfEveryVersion() {
        for (int version = 1; version <= PublishDecoder.SCHEMA_VERSION; version++) {
            for (final Map.Entry<String, byte[]> sample : samples.entrySet()) {
                final byte[] golden = GoldenFile.parse(GoldenFile.read(version, sample.getKey()));
                if (golden.length > 0) {
                    assertEquals(
                            Flyweights.fieldsOf(sample.getKey(), sample.getValue()),
                            Flyweights.fieldsOf(sample.getKey(), golden),
                            sample.getKey() + " of version " + version);
                }
            }
        }
    }

    @Test
    void shouldReadWhatNewerWritersSend() {
        for (final Map.Entry<String, byte[]> sample : samples.entrySet()) {
            final byte[] newer = Flyweights.withLongerBlock(sample.getValue(), ADDED_BYTES);
            assertEquals(
                    Flyweights.fieldsOf(sample.getKey(), sample.getValue()),
                    Flyweights.fieldsOf(sample.getKey(), newer),
                    sample.getKey());
        }
    }

    @Test
    void shouldBeReadableByReadersOfTheNextVersion() {
        final JsonPrinter today = new JsonPrinter(NextSchema.today());
        final JsonPrinter next = new JsonPrinter(NextSchema.next());
        for (final Map.Entry<String, byte[]> sample : samples.entrySet()) {
            final String seenToday = print(today, sample.getValue());
            final String seenNext = print(next, sample.getValue());
            assertFalse(seenToday.contains(NextSchema.ADDED_FIELD), sample.getKey());
            assertEquals(
                    withoutSpace(seenToday),
                    withoutSpace(ADDED_NULL.matcher(seenNext).replaceAll("")),
                    sample.getKey());
        }
    }

    @Test
    void shouldKeepBlocksAsLongAsTheyWere() {
        for (final Map.Entry<String, byte[]> sample : samples.entrySet()) {
            final byte[] golden = GoldenFile.parse(GoldenFile.read(1, sample.getKey()));
            if (golden.length > 0) {
                final int blockLength = (golden[0] & 0xFF) | (golden[1] & 0xFF) << 8;
                assertTrue(Flyweights.blockLengthOf(sample.getKey()) >= blockLength, sample.getKey());
            }
        }
    }

    @Test
    void shouldReadBackTheTextOfGoldenFiles() {
        final byte[] bytes = new byte[37];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 11);
        }
        assertArrayEquals(bytes, GoldenFile.parse(GoldenFile.toText(bytes)));
    }

    private static String print(final JsonPrinter printer, final byte[] message) {
        final StringBuilder text = new StringBuilder();
        printer.print(ByteBuffer.wrap(message), text);
        return text.toString();
    }

    private static String withoutSpace(final String text) {
        return text.replaceAll("\\s", "").replace(",}", "}");
    }
}
