package io.lockstep.archive.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ForcedPositionTest {
    @TempDir
    Path directory;

    @Test
    void shouldRememberWhenWritten() {
        final ForcedPosition position = new ForcedPosition(directory.resolve("below/forced"));
        position.write(1_234_560);
        assertEquals(1_234_560, new ForcedPosition(directory.resolve("below/forced")).read());
    }

    @Test
    void shouldBeUnknownWhenTheFileIsMissingOrDamaged() throws IOException {
        // given
        final Path file = directory.resolve("forced");
        final ForcedPosition position = new ForcedPosition(file);
        assertEquals(ForcedPosition.UNKNOWN, position.read());
        position.write(64);
        final byte[] good = Files.readAllBytes(file);

        for (int i = 0; i < good.length; i++) {
            // when
            final byte[] bad = good.clone();
            bad[i] ^= 1;
            Files.write(file, bad);

            // then
            assertEquals(ForcedPosition.UNKNOWN, position.read());
        }
        Files.write(file, new byte[3]);
        assertEquals(ForcedPosition.UNKNOWN, position.read());
    }

    @Test
    void shouldOnlyGoDownWhenLowered() {
        final Path file = directory.resolve("forced");
        final ForcedPosition position = new ForcedPosition(file);
        position.lower(32);
        assertFalse(Files.exists(file));
        position.write(96);
        position.lower(128);
        assertEquals(96, position.read());
        position.lower(64);
        assertEquals(64, position.read());
    }
}
