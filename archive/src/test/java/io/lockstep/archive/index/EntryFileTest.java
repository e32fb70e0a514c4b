package io.lockstep.archive.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EntryFileTest {
    private static final int CONTENT_LENGTH = 12;
    private static final int COUNT = 20_000;

    @TempDir
    private Path dir;

    @Test
    void shouldGiveBackWhatWasAppendedAlsoAfterReopening() {
        try (EntryFile file = open(1)) {
            append(file, COUNT);
            assertEntries(file, COUNT);
        }
        try (EntryFile file = open(1)) {
            assertEntries(file, COUNT);
            file.truncate(100);
            assertEntries(file, 100);
            file.beginEntry().putLong(100).putInt(-100);
            file.endEntry();
            assertEntries(file, 101);
            assertThrows(IndexOutOfBoundsException.class, () -> file.read(101));
        }
    }

    @Test
    void shouldKeepOnlyWhatIsInFrontOfADamagedOrTornEntry() throws IOException {
        try (EntryFile file = open(1)) {
            append(file, COUNT);
        }
        try (RandomAccessFile access = new RandomAccessFile(path().toFile(), "rw")) {
            access.setLength(access.length() - 3);
        }
        try (EntryFile file = open(1)) {
            assertEntries(file, COUNT - 1);
        }
        try (RandomAccessFile access = new RandomAccessFile(path().toFile(), "rw")) {
            access.seek(64 + 16L * 12_345 + 2);
            access.write(99);
        }
        try (EntryFile file = open(1)) {
            assertEntries(file, 12_345);
        }
    }

    @Test
    void shouldBeEmptyWhenTheFileHoldsSomethingElse() throws IOException {
        try (EntryFile file = open(1)) {
            append(file, 10);
        }
        try (EntryFile file = open(2)) {
            assertEquals(0, file.count());
            append(file, 10);
        }
        try (RandomAccessFile access = new RandomAccessFile(path().toFile(), "rw")) {
            access.setLength(5);
        }
        try (EntryFile file = open(2)) {
            assertEquals(0, file.count());
        }
    }

    private Path path() {
        return dir.resolve("sub").resolve("entries.idx");
    }

    private EntryFile open(final int contentId) {
        return new EntryFile(path(), contentId, CONTENT_LENGTH);
    }

    private static void append(final EntryFile file, final int count) {
        for (int i = 0; i < count; i++) {
            file.beginEntry().putLong(i).putInt(-i);
            file.endEntry();
        }
    }

    private static void assertEntries(final EntryFile file, final int count) {
        assertEquals(count, file.count());
        for (int i = 0; i < count; i++) {
            final ByteBuffer entry = file.read(i);
            assertEquals(i, entry.getLong(entry.position()));
            assertEquals(-i, entry.getInt(entry.position() + Long.BYTES));
        }
    }
}
