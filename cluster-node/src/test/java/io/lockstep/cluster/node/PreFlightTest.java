package io.lockstep.cluster.node;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lockstep.config.ClusterConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Machines on which a node must not start, and what it says there. */
class PreFlightTest {
    private static final int BASE_PORT = 27_900;
    private static final long GOOD_CLOCK_MS =
            Instant.parse("2024-01-01T00:00:00Z").toEpochMilli();
    private static final long ONE_SHARD_BYTES = 256L << 20;

    @TempDir
    private Path dir;

    private ClusterConfig config;

    @BeforeEach
    void setUp() {
        config = TestConfigs.oneNode(dir, BASE_PORT);
    }

    @Test
    void shouldSayWhatTheClockSaysWhenItIsUnset() throws IOException {
        // given
        final PreFlight.Machine machine = machine(GOOD_CLOCK_MS - 1, ONE_SHARD_BYTES, limits("1024"));

        // when
        final String sentence = refusal(machine);

        // then
        assertEquals(
                "the system clock says 2023-12-31T23:59:59.999Z, which is long ago; set it before starting a node",
                sentence);
    }

    @Test
    void shouldSayHowMuchIsMissingWhenTheSharedMemoryIsTooSmall() throws IOException {
        // given
        final PreFlight.Machine machine = machine(GOOD_CLOCK_MS, ONE_SHARD_BYTES - 1, limits("1024"));

        // when
        final String sentence = refusal(machine);

        // then
        assertEquals(
                "only 268435455 bytes are free under " + config.markDir()
                        + ", but 1 shard(s) need 268435456; enlarge it"
                        + " (a container takes --shm-size) or set dirs.marks to another file system in memory",
                sentence);
    }

    @Test
    void shouldSayHowManyFilesAreMissingWhenTheirLimitIsTooLow() throws IOException {
        // given
        final PreFlight.Machine machine = machine(GOOD_CLOCK_MS, ONE_SHARD_BYTES, limits("1023"));

        // when
        final String sentence = refusal(machine);

        // then
        assertEquals("this process may open only 1023 files, but a node needs 1024; raise it with ulimit -n", sentence);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1024", "unlimited"})
    void shouldLetTheNodeStartWhenTheMachineHasJustEnough(final String openFiles) throws IOException {
        // given
        final PreFlight.Machine machine = machine(GOOD_CLOCK_MS, ONE_SHARD_BYTES, limits(openFiles));

        // when, then
        assertDoesNotThrow(() -> check(machine));
    }

    @Test
    void shouldLetTheNodeStartWhenTheSystemWritesNoLimits() {
        // given
        final PreFlight.Machine machine = machine(GOOD_CLOCK_MS, ONE_SHARD_BYTES, dir.resolve("no-such-file"));

        // when, then
        assertDoesNotThrow(() -> check(machine));
    }

    private void check(final PreFlight.Machine machine) {
        PreFlight.checkPlace(config, 0, machine);
        PreFlight.checkRoom(config, config.nodeDir(0), machine);
    }

    private String refusal(final PreFlight.Machine machine) {
        return assertThrows(NodeStartException.class, () -> check(machine)).getMessage();
    }

    /** Only the file system of the marks is small: the disk has room. */
    private PreFlight.Machine machine(final long nowMs, final long marksBytes, final Path limitsFile) {
        return new PreFlight.Machine(
                () -> nowMs, path -> path.equals(config.markDir()) ? marksBytes : Long.MAX_VALUE, limitsFile);
    }

    /** As Linux writes it: a soft limit, which counts, and a hard one. */
    private Path limits(final String openFiles) throws IOException {
        return Files.writeString(
                dir.resolve("limits"),
                String.format("%-26s%-21s%-21s%-10s%n", "Limit", "Soft Limit", "Hard Limit", "Units")
                        + String.format("%-26s%-21s%-21s%-10s%n", "Max processes", "63", "63", "processes")
                        + String.format("%-26s%-21s%-21s%-10s%n", "Max open files", openFiles, "1048576", "files"));
    }
}
