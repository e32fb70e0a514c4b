package io.lockstep.archive.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.archive.history.FrameWalker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;

/** Damages files and compares journals. */
final class TestFiles {
    private TestFiles() {}

    static void deleteIfExists(final Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    static byte[] read(final Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    static void write(final Path file, final long offset, final byte[] bytes) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes), offset);
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    /** Zeros from an offset to the end of the segment: what was never written back. */
    static void zero(final Path file, final long offset) {
        cut(file, offset, JournalNode.SEGMENT_LENGTH);
    }

    /** Cuts a file and lets zeros follow to a length. */
    static void cut(final Path file, final long offset, final long length) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(offset);
            if (length > offset) {
                channel.write(ByteBuffer.wrap(new byte[1]), length - 1);
            }
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    static byte[] random(final int length, final long seed) {
        final byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** Fails unless two nodes hold the same journal, byte by byte but for session ids, up to an end. */
    static void assertSameJournal(final JournalNode left, final JournalNode right, final long endPosition) {
        assertSameJournal(left, right, 0, endPosition, true);
    }

    /** As above, but what lies between frames and in padding, where nobody reads, need not be zero. */
    static void assertSameRecords(final JournalNode left, final JournalNode right, final long endPosition) {
        assertSameJournal(left, right, 0, endPosition, false);
    }

    /** As the first, from a segment's begin. */
    static void assertSameJournal(
            final JournalNode left, final JournalNode right, final long beginPosition, final long endPosition) {
        assertSameJournal(left, right, beginPosition, endPosition, true);
    }

    private static void assertSameJournal(
            final JournalNode left,
            final JournalNode right,
            final long beginPosition,
            final long endPosition,
            final boolean isStrict) {
        long frameCount = 0;
        for (long segment = beginPosition; segment < endPosition; segment += JournalNode.SEGMENT_LENGTH) {
            final UnsafeBuffer leftBuffer = new UnsafeBuffer(read(left.segmentFile(segment)));
            final UnsafeBuffer rightBuffer = new UnsafeBuffer(read(right.segmentFile(segment)));
            final FrameWalker leftFrames = new FrameWalker().wrap(leftBuffer, segment, segment, endPosition);
            while (leftFrames.next()) {
                final int offset = leftFrames.frameOffset();
                leftBuffer.putInt(offset + FrameWalker.SESSION_ID_OFFSET, 0);
                rightBuffer.putInt(offset + FrameWalker.SESSION_ID_OFFSET, 0);
                if (!isStrict) {
                    clearRest(leftBuffer, leftFrames, segment);
                    clearRest(rightBuffer, leftFrames, segment);
                }
                frameCount++;
            }
            final long segmentEnd = Math.min(endPosition, segment + JournalNode.SEGMENT_LENGTH);
            assertEquals(segmentEnd, leftFrames.nextPosition(), "the journal ends too early");
            final int length = (int) (segmentEnd - segment);
            for (int i = 0; i < length; i++) {
                if (leftBuffer.getByte(i) != rightBuffer.getByte(i)) {
                    assertEquals(rightBuffer.getByte(i), leftBuffer.getByte(i), "byte at position " + (segment + i));
                }
            }
            if (segmentEnd == endPosition) {
                for (int i = length; i < Math.min(leftBuffer.capacity(), length + 65_536); i++) {
                    assertEquals(0, leftBuffer.getByte(i), "rest behind the end");
                }
            }
        }
        assertTrue(frameCount > 0);
    }

    private static void clearRest(final UnsafeBuffer buffer, final FrameWalker frames, final long segment) {
        final int begin = frames.payloadOffset() + frames.payloadLength();
        buffer.setMemory(begin, (int) (frames.nextPosition() - segment) - begin, (byte) 0);
        if (frames.isPadding()) {
            buffer.putByte(frames.frameOffset() + FrameWalker.FLAGS_OFFSET, (byte) 0);
            buffer.putLong(frames.frameOffset() + FrameWalker.RESERVED_VALUE_OFFSET, 0);
        }
    }
}
