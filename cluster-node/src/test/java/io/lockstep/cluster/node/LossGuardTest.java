package io.lockstep.cluster.node;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
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
        guard.begin(Durability.REPLICATED, false);
    }

    @Test
    void shouldStartWhenTheProcessWasKilledOnTheSameBoot() {
        assertDoesNotThrow(() -> guard.begin(Durability.REPLICATED, false));
    }

    @Test
    void shouldRefuseWhenTheMachineWasRestartedUnderARunningNode() throws IOException {
        Files.writeString(bootId, "second\n");

        final NodeStartException refusal =
                assertThrows(NodeStartException.class, () -> guard.begin(Durability.REPLICATED, false));

        assertTrue(refusal.getMessage().contains("--accept-loss"), refusal.getMessage());
        // Asking again must not be taken for consent.
        assertThrows(NodeStartException.class, () -> guard.begin(Durability.REPLICATED, false));
    }

    @Test
    void shouldStartWhenTheMachineWasRestartedAfterAForcedClose() throws IOException {
        Files.createDirectories(dir.resolve("raft-archive"));
        Files.writeString(dir.resolve("raft-archive").resolve("0-0.rec"), "data");
        guard.endClean(dir.resolve("raft-archive"), dir.resolve("missing"));
        Files.writeString(bootId, "second\n");

        assertDoesNotThrow(() -> guard.begin(Durability.REPLICATED, false));
    }

    @Test
    void shouldStartWhenTheOperatorAcceptsTheLoss() throws IOException {
        Files.writeString(bootId, "second\n");

        assertDoesNotThrow(() -> guard.begin(Durability.REPLICATED, true));
    }

    @Test
    void shouldStartWhenAcknowledgedMessagesAreOnDisk() throws IOException {
        Files.writeString(bootId, "second\n");

        assertDoesNotThrow(() -> guard.begin(Durability.FSYNC, false));
    }
}
