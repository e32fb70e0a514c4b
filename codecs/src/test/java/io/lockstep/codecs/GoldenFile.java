package io.lockstep.codecs;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Golden bytes of a message: 16 bytes to a line, in hexadecimal, so that a difference is easy to read. */
final class GoldenFile {
    private static final int BYTES_PER_LINE = 16;

    private GoldenFile() {}

    static String toText(final byte[] bytes) {
        final StringBuilder text = new StringBuilder();
        for (int line = 0; line < bytes.length; line += BYTES_PER_LINE) {
            final int end = Math.min(bytes.length, line + BYTES_PER_LINE);
            text.append(HexFormat.ofDelimiter(" ").formatHex(bytes, line, end)).append('\n');
        }
        return text.toString();
    }

    /** The text of a golden file, or an empty one where there is no such file. */
    static String read(final int version, final String message) {
        final String name = "/golden/v" + version + "/" + message + ".hex";
        try (InputStream input = GoldenFile.class.getResourceAsStream(name)) {
            return input == null ? "" : new String(input.readAllBytes(), StandardCharsets.UTF_8);
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    static byte[] parse(final String text) {
        return HexFormat.of().parseHex(text.replaceAll("\\s", ""));
    }
}
