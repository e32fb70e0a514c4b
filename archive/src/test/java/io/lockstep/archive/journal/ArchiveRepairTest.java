package io.lockstep.archive.journal;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aeron.archive.ArchiveMarkFile;
import io.aeron.archive.codecs.mark.MarkFileHeaderEncoder;
import io.aeron.archive.codecs.mark.MessageHeaderEncoder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchiveRepairTest {
    @TempDir
    Path directory;

    private final List<String> said = new ArrayList<>();

    @Test
    void shouldRemoveTheMarkFileWhenItsProcessIsDead() throws Exception {
        // given
        final Process process = new ProcessBuilder("true").start();
        process.waitFor();
        final Path file = writeMarkFile(process.pid(), System.currentTimeMillis());

        // when
        assertTrue(ArchiveRepair.removeStaleMarkFile(directory.toFile(), said::add));

        // then
        assertFalse(Files.exists(file));
        assertTrue(said.get(0).contains("dead process " + process.pid()), said.toString());
    }

    @Test
    void shouldKeepTheMarkFileWhenItsProcessLives() throws Exception {
        // given
        final Path file = writeMarkFile(ProcessHandle.current().pid(), System.currentTimeMillis());

        // when
        assertFalse(ArchiveRepair.removeStaleMarkFile(directory.toFile(), said::add));

        // then
        assertTrue(Files.exists(file));
    }

    @Test
    void shouldRemoveTheMarkFileWhenAYoungerProcessHasTheSameId() throws Exception {
        // given
        final long longAgoMs = System.currentTimeMillis() - 86_400_000L * 365;
        final Path file = writeMarkFile(ProcessHandle.current().pid(), longAgoMs);

        // when
        assertTrue(ArchiveRepair.removeStaleMarkFile(directory.toFile(), said::add));

        // then
        assertFalse(Files.exists(file));
    }

    @Test
    void shouldDoNothingWhenThereIsNoMarkFile() {
        assertTrue(ArchiveRepair.removeStaleMarkFile(directory.toFile(), said::add));
        assertTrue(said.isEmpty());
    }

    @Test
    void shouldNotCallAProcessDeadWhenNothingIsKnown() {
        assertFalse(ArchiveRepair.isProcessDead(0, 0));
        assertFalse(ArchiveRepair.isProcessDead(-1, 5));
        assertFalse(ArchiveRepair.isProcessDead(ProcessHandle.current().pid(), 0));
    }

    private Path writeMarkFile(final long pid, final long startTimestampMs) throws IOException {
        final ByteBuffer bytes = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
        final MarkFileHeaderEncoder encoder = new MarkFileHeaderEncoder();
        encoder.wrapAndApplyHeader(new UnsafeBuffer(bytes), 0, new MessageHeaderEncoder());
        encoder.version(ArchiveMarkFile.SEMANTIC_VERSION)
                .activityTimestamp(System.currentTimeMillis())
                .startTimestamp(startTimestampMs)
                .pid(pid)
                .headerLength(ArchiveMarkFile.HEADER_LENGTH)
                .errorBufferLength(bytes.capacity() - ArchiveMarkFile.HEADER_LENGTH);
        final Path file = directory.resolve(ArchiveMarkFile.FILENAME);
        Files.write(file, bytes.array());
        return file;
    }
}
