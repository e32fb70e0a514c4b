package io.lockstep.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Standard output as bytes, without the filters of {@code System.out}; remembers why it could not be written, of which a
 * print stream keeps no more than that it happened.
 */
final class StandardOutput extends OutputStream {
    private final OutputStream out = new FileOutputStream(FileDescriptor.out);
    private IOException failure;

    StandardOutput() {}

    @Override
    public void write(final int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(final byte[] bytes, final int offset, final int length) throws IOException {
        try {
            out.write(bytes, offset, length);
        } catch (final IOException ex) {
            failure = failure == null ? ex : failure;
            throw ex;
        }
    }

    /** What the system said of the first write that failed, or null. */
    String problem() {
        return failure == null ? null : failure.getMessage();
    }

    /** Whether it is a pipe that nobody reads any more. */
    boolean isReaderGone() {
        return failure != null && String.valueOf(failure.getMessage()).contains("Broken pipe");
    }
}
