package io.lockstep.archive.journal;

import io.aeron.archive.Archive;
import io.aeron.archive.ArchiveMarkFile;
import io.aeron.archive.ArchiveTool;
import io.aeron.archive.client.ArchiveException;
import io.lockstep.wire.JournalFormat;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.agrona.CloseHelper;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.SystemEpochClock;

/**
 * Starts an archive after a process was killed or a disk was full: removes the mark file of a process that is proven
 * dead, cuts a last frame that may be incomplete, and reads in larger blocks where Aeron fails to
 * find the end of a recording. Stateless; may be called by any thread, for
 * an archive that nobody runs.
 */
public final class ArchiveRepair {
    /** Aeron's words for a last frame that may be incomplete. */
    private static final String STRADDLING_FRAME = "potentially incomplete last fragment straddling page boundary";

    private static final Pattern SEGMENT_FILE = Pattern.compile("in file: (\\S.*\\.rec)");
    private static final String ACTIVE_MARK_FILE = "active mark file detected";
    private static final String EXISTING_ARCHIVE = "found existing archive";
    private static final String PORT_IN_USE = "Address already in use";

    /** A driver lets go of a closed socket a moment later; a port that is not free by then belongs to somebody else. */
    private static final long PORT_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(3);

    private static final long FIRST_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long LONGEST_PAUSE_NS = TimeUnit.SECONDS.toNanos(1);
    /** A process and its mark file read the same clock, one in ticks of 10 ms; and the clock may be slewed a little. */
    private static final long START_TOLERANCE_MS = 2_000;

    private ArchiveRepair() {}

    /**
     * Launches an archive and repairs what can be repaired, until the deadline.
     *
     * @param contextSupplier makes a new context for each try, because a context cannot be used twice.
     * @param timeoutNs       how long to go on trying.
     * @param listener        is told each step in a sentence.
     * @return the archive.
     * @throws ArchiveException if it does not start.
     */
    public static Archive launch(
            final Supplier<Archive.Context> contextSupplier, final long timeoutNs, final Consumer<String> listener) {
        final long beginNs = System.nanoTime();
        long pauseNs = FIRST_PAUSE_NS;
        int blockLength = 0;
        while (true) {
            final Archive.Context context = contextSupplier.get();
            if (blockLength > context.fileIoMaxLength()) {
                context.fileIoMaxLength(blockLength);
            }
            removeStaleMarkFile(markFileDirectory(context), listener);
            try {
                return Archive.launch(context);
            } catch (final RuntimeException ex) {
                CloseHelper.quietClose(context::close);
                if (ex instanceof IndexOutOfBoundsException
                        && context.fileIoMaxLength() < context.segmentFileLength()) {
                    // While it looks for the end of a recording, Aeron 1.51 (Catalog.recoverStopOffset) reads the last
                    // file block by block and can fail if the last frame begins in an earlier block than it ends in.
                    // Another block length moves the border; one block for the whole file has none.
                    blockLength = (int) Math.min(16L * context.fileIoMaxLength(), context.segmentFileLength());
                    listener.accept("the archive in " + context.archiveDir() + " cannot find the end of a recording in"
                            + " blocks of " + context.fileIoMaxLength() + " bytes, trying " + blockLength);
                } else if (!repair(ex, context.archiveDir(), System.nanoTime() - beginNs, listener)
                        || System.nanoTime() - beginNs > timeoutNs) {
                    throw ex;
                }
            }
            // Counters of the failed try are freed a moment later, and are "an existing archive" until then.
            pause(context.mediaDriverAgentInvoker(), pauseNs);
            pauseNs = Math.min(2 * pauseNs, LONGEST_PAUSE_NS);
        }
    }

    /**
     * Lets Aeron's tool check the archive and cut last frames that may be incomplete. Recordings that are beyond repair
     * are marked invalid by it; a journal then counts as lost and is copied from a peer.
     *
     * @param archiveDirectory of an archive that does not run.
     * @param listener         is told what the tool says.
     * @return true if the tool found nothing that it could not repair.
     */
    public static boolean cutStraddlingFrames(final File archiveDirectory, final Consumer<String> listener) {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        final boolean isSound = ArchiveTool.verify(
                new PrintStream(bytes, true, StandardCharsets.UTF_8),
                archiveDirectory,
                EnumSet.noneOf(ArchiveTool.VerifyOption.class),
                null,
                file -> true);
        listener.accept("verified the archive in " + archiveDirectory + (isSound ? ", sound" : ", with errors") + ": "
                + bytes.toString(StandardCharsets.UTF_8).strip());
        return isSound;
    }

    /**
     * Removes the mark file of an archive if the process that wrote it is dead. Where that is not proven the file
     * stays, and so it does if the process is this one.
     *
     * @param markFileDirectory directory of the mark file.
     * @param listener          is told what was done.
     * @return true if no mark file is left.
     */
    public static boolean removeStaleMarkFile(final File markFileDirectory, final Consumer<String> listener) {
        final Path file = markFileDirectory.toPath().resolve(ArchiveMarkFile.FILENAME);
        if (!Files.exists(file)) {
            return true;
        }
        final long pid;
        final long startTimestampMs;
        try (ArchiveMarkFile markFile = new ArchiveMarkFile(
                markFileDirectory, ArchiveMarkFile.FILENAME, SystemEpochClock.INSTANCE, 1, ignore -> {})) {
            pid = markFile.decoder().pid();
            startTimestampMs = markFile.decoder().startTimestamp();
        } catch (final RuntimeException ex) {
            listener.accept("cannot read " + file + ", it stays: " + ex.getMessage());
            return false;
        }
        if (!isProcessDead(pid, startTimestampMs)) {
            return false;
        }
        try {
            Files.delete(file);
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot delete " + file, ex);
        }
        listener.accept("removed " + file + " of dead process " + pid);
        return true;
    }

    /**
     * Whether a process that wrote its id into a file is dead. Ids are used again, so a living process of that id is
     * another one if it was started after the file was written; in a container every process has the same id.
     *
     * @param pid         id of the process.
     * @param writtenAtMs when the process wrote it, in epoch milliseconds.
     * @return true only if it is proven.
     */
    public static boolean isProcessDead(final long pid, final long writtenAtMs) {
        if (pid <= 0) {
            return false;
        }
        final Optional<ProcessHandle> handle = ProcessHandle.of(pid);
        if (handle.isEmpty() || !handle.get().isAlive()) {
            return true;
        }
        final Optional<Instant> started = handle.get().info().startInstant();
        return writtenAtMs > 0
                && started.isPresent()
                && started.get().toEpochMilli() > writtenAtMs + START_TOLERANCE_MS;
    }

    private static boolean repair(
            final RuntimeException failure,
            final File archiveDirectory,
            final long triedNs,
            final Consumer<String> listener) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            final String message = String.valueOf(cause.getMessage());
            if (message.contains(STRADDLING_FRAME)) {
                listener.accept("the archive in " + archiveDirectory + " does not start: " + message);
                if (!cutLastFrame(message, listener)) {
                    cutStraddlingFrames(archiveDirectory, listener);
                }
                return true;
            }
            final boolean isPortFreedSoon = message.contains(PORT_IN_USE) && triedNs < PORT_TIMEOUT_NS;
            if (message.contains(ACTIVE_MARK_FILE) || message.contains(EXISTING_ARCHIVE) || isPortFreedSoon) {
                listener.accept("the archive in " + archiveDirectory + " does not start yet: " + message);
                return true;
            }
        }
        return false;
    }

    // What Aeron's tool does, for the one file that the failure names. The tool itself reads in blocks of a fixed
    // length, and marks a sound recording invalid where it cannot find the end in them.
    private static boolean cutLastFrame(final String message, final Consumer<String> listener) {
        final Matcher matcher = SEGMENT_FILE.matcher(message);
        if (!matcher.find()) {
            return false;
        }
        final Path file = Path.of(matcher.group(1));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            final ByteBuffer frameLength = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            final long size = channel.size();
            long lastOffset = -1;
            long offset = 0;
            while (offset + Integer.BYTES <= size) {
                channel.read(frameLength.clear(), offset);
                final int length = frameLength.getInt(0);
                if (length <= 0) {
                    break;
                }
                lastOffset = offset;
                offset += (length + (JournalFormat.FRAME_ALIGNMENT - 1L)) & -JournalFormat.FRAME_ALIGNMENT;
            }
            if (lastOffset < 0) {
                return false;
            }
            channel.truncate(lastOffset);
            channel.write(ByteBuffer.allocate(1), size - 1);
            listener.accept("cut the last frame of " + file + " at offset " + lastOffset);
            return true;
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot cut the last frame of " + file, ex);
        }
    }

    private static void pause(final AgentInvoker driverInvoker, final long durationNs) {
        final long beginNs = System.nanoTime();
        while (System.nanoTime() - beginNs < durationNs) {
            // A driver that nobody drives would keep the counters of the failed try for ever.
            if (driverInvoker != null) {
                driverInvoker.invoke();
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    private static File markFileDirectory(final Archive.Context context) {
        if (context.markFileDir() != null) {
            return context.markFileDir();
        }
        return context.archiveDir() != null ? context.archiveDir() : new File(context.archiveDirectoryName());
    }
}
