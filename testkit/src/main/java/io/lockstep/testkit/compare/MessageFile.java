package io.lockstep.testkit.compare;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.agrona.DirectBuffer;

/**
 * Writes one line for each message that was sent, or that one consumer received, in that order: sequence, topic and hash
 * of the payload with tabs between them. The sequence is given by the sender, dense from 1 over all topics, and travels
 * with the message. One thread; owns its file.
 */
public final class MessageFile implements AutoCloseable {
    private static final int BUFFER_LENGTH = 1 << 16;
    private static final int HASH_DIGITS = 16;

    private final Path path;
    private final OutputStream output;
    private final StringBuilder line = new StringBuilder(128);
    private long count;

    private MessageFile(final Path path, final OutputStream output) {
        this.path = path;
        this.output = output;
    }

    /**
     * Makes the file, or empties it.
     *
     * @param path of the file.
     * @return the file, open.
     */
    public static MessageFile create(final Path path) {
        try {
            return new MessageFile(path, new BufferedOutputStream(Files.newOutputStream(path), BUFFER_LENGTH));
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot write " + path, ex);
        }
    }

    /**
     * Adds a message.
     *
     * @param sequence that the sender gave.
     * @param topic    without tabs and line ends.
     * @param buffer   that holds the payload.
     * @param offset   of its first byte.
     * @param length   in bytes.
     */
    public void append(
            final long sequence, final String topic, final DirectBuffer buffer, final int offset, final int length) {
        line.setLength(0);
        line.append(sequence).append('\t').append(topic).append('\t');
        final String digits = Long.toHexString(PayloadHash.of(buffer, offset, length));
        for (int i = digits.length(); i < HASH_DIGITS; i++) {
            line.append('0');
        }
        line.append(digits).append('\n');
        try {
            output.write(line.toString().getBytes(StandardCharsets.UTF_8));
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot write " + path, ex);
        }
        count++;
    }

    /**
     * Number of messages that were added.
     *
     * @return from 0.
     */
    public long count() {
        return count;
    }

    /**
     * Where the file is.
     *
     * @return its path.
     */
    public Path path() {
        return path;
    }

    @Override
    public void close() {
        try {
            output.close();
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot write " + path, ex);
        }
    }
}
