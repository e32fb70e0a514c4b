package io.lockstep.cluster.node;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.config.Durability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LossGuardTest {
    @TempDir
    private Path dir;

    private Path bootId;
    private LossGuard guard;

    @BeforeEach
    void boot() throws IOException {
        bootId = dir.resolve("boot-id");
        Files.writeString(bootId, "first\n");
        guard = new LossGuard(dir, bootId);
        guard.begin(Durability.REPLICATED, false, false);
    }

    @Test
    void shouldTrustTheLogWhenTheProcessWasKilledOnTheSameBoot() {
        assertFalse(guard.begin(Durability.REPLICATED, true, false));
    }

    @Test
    void shouldNotTrustTheLogWhenTheMachineWasRestartedUnderARunningNode() throws IOException {
        Files.writeString(bootId, "second\n");

        assertTrue(guard.begin(Durability.REPLICATED, true, false));
        // A second start on the same boot does not make the log whole.
        assertTrue(guard.begin(Durability.REPLICATED, true, false));
    }

    @Test
    void shouldTrustTheLogWhenItWasFetchedAgain() throws IOException {
        Files.writeString(bootId, "second\n");
        assertTrue(guard.begin(Durability.REPLICATED, true, false));

        guard.fetched();

        assertFalse(guard.begin(Durability.REPLICATED, true, false));
    }

    @Test
    void shouldNotTrustTheLogWhenTheMarkIsGone() throws IOException {
        Files.delete(dir.resolve("last-run"));

        assertTrue(guard.begin(Durability.REPLICATED, true, false));
    }

    @Test
    void shouldHaveNothingToTrustWhenThereIsNoLog() throws IOException {
        Files.delete(dir.resolve("last-run"));

        assertFalse(guard.begin(Durability.REPLICATED, false, false));
    }

    @Test
    void shouldTrustTheLogWhenTheMachineWasRestartedAfterAForcedClose() throws IOException {
        Files.createDirectories(dir.resolve("raft-archive"));
        Files.writeString(dir.resolve("raft-archive").resolve("0-0.rec"), "data");
        guard.endClean(dir.resolve("raft-archive"), dir.resolve("missing"));
        Files.writeString(bootId, "second\n");

        assertFalse(guard.begin(Durability.REPLICATED, true, false));
    }

    @Test
    void shouldTakeTheLogAsItIsWhenTheOperatorAcceptsTheLoss() throws IOException {
        Files.writeString(bootId, "second\n");

        assertFalse(guard.begin(Durability.REPLICATED, true, true));
    }

    @Test
    void shouldTrustTheLogWhenAcknowledgedMessagesAreOnDisk() throws IOException {
        Files.writeString(bootId, "second\n");

        assertFalse(guard.begin(Durability.FSYNC, true, false));
    }
}
