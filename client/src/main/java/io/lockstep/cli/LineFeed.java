package io.lockstep.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.CloseHelper;
import org.agrona.concurrent.OneToOneConcurrentArrayQueue;

/**
 * Reads lines on a thread of its own, so that waiting for input does not keep the client from its sessions. A line ends
 * with LF or CR LF; the last one may have no end. The queue is bounded: reading waits while it is full.
 */
final class LineFeed implements AutoCloseable {
    private static final int QUEUE_LENGTH = 4096;
    private static final int MAX_LINE_LENGTH = 2 << 20;
    private static final long FULL_WAIT_NS = TimeUnit.MICROSECONDS.toNanos(100);

    private final OneToOneConcurrentArrayQueue<byte[]> queue = new OneToOneConcurrentArrayQueue<>(QUEUE_LENGTH);
    private final InputStream input;
    private volatile boolean isEnded;
    private volatile boolean isClosed;
    private volatile String failure;

    LineFeed(final InputStream input) {
        this.input = new BufferedInputStream(input, 1 << 16);
        final Thread thread = new Thread(this::run, "lockstep-lines");
        // Reading standard input cannot be interrupted; the process must be able to end all the same.
        thread.setDaemon(true);
        thread.start();
    }

    /** One line, which may hold ends of lines itself. */
    LineFeed(final byte[] line) {
        this.input = InputStream.nullInputStream();
        this.queue.offer(line);
        this.isEnded = true;
    }

    /** The next line, or null where there is none now. */
    byte[] poll() {
        return queue.poll();
    }

    /** Whether all lines were taken and no more will come. */
    boolean isExhausted() {
        return isEnded && queue.isEmpty();
    }

    /** Why reading ended early, or null. */
    String failure() {
        return failure;
    }

    @Override
    public void close() {
        isClosed = true;
    }

    private void run() {
        final ByteArrayOutputStream line = new ByteArrayOutputStream();
        try {
            int next = input.read();
            while (next >= 0 && !isClosed) {
                if (next == '\n') {
                    put(line);
                } else {
                    line.write(next);
                    if (line.size() > MAX_LINE_LENGTH) {
                        throw new IOException("a line is longer than " + MAX_LINE_LENGTH + " bytes");
                    }
                }
                next = input.read();
            }
            if (line.size() > 0) {
                put(line);
            }
        } catch (final IOException ex) {
            failure = ex.getMessage();
        } finally {
            CloseHelper.quietClose(input);
            isEnded = true;
        }
    }

    private void put(final ByteArrayOutputStream line) {
        byte[] bytes = line.toByteArray();
        if (bytes.length > 0 && bytes[bytes.length - 1] == '\r') {
            bytes = Arrays.copyOf(bytes, bytes.length - 1);
        }
        line.reset();
        while (!queue.offer(bytes) && !isClosed) {
            LockSupport.parkNanos(FULL_WAIT_NS);
        }
    }
}
