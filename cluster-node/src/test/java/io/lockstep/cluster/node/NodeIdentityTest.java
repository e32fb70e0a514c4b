package io.lockstep.cluster.node;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lockstep.config.ClusterConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeIdentityTest {
    @TempDir
    private Path dir;

    private ClusterConfig config;

    @BeforeEach
    void setUp() {
        config = TestConfigs.oneNode(dir, 27_900);
    }

    @Test
    void shouldPassWhenNothingIsStoredYet() {
        assertDoesNotThrow(() -> NodeIdentity.check(dir, config, 0));
    }

    @Test
    void shouldPassWhenTheSameFileComesAgain() throws IOException {
        // given
        NodeIdentity.storeFirst(dir, config, 0);
        final String stored = Files.readString(dir.resolve("node.properties"));

        // when, then
        assertDoesNotThrow(() -> NodeIdentity.check(dir, config, 0));
        NodeIdentity.storeFirst(dir, TestConfigs.withShards(config, "other", 4), 0);
        assertEquals(stored, Files.readString(dir.resolve("node.properties")));
    }

    @Test
    void shouldNameBothValuesWhenTheFileIsAnothers() {
        // given
        NodeIdentity.storeFirst(dir, config, 0);

        // when, then
        assertRefused("belongs to cluster test, but cluster.name is other", "other", 1, 0);
        assertRefused("was made with a number of shards of 1, but cluster.shards is 2", "test", 2, 0);
        assertRefused("belongs to node 0, but the id of the node is 3", "test", 1, 3);
    }

    private void assertRefused(final String words, final String name, final int shardCount, final int nodeId) {
        final ClusterConfig wrong = TestConfigs.withShards(config, name, shardCount);

        final WrongClusterFileException refusal =
                assertThrows(WrongClusterFileException.class, () -> NodeIdentity.check(dir, wrong, nodeId));

        assertEquals(
                "the data in " + dir + ' ' + words + "; start it with the cluster file that it was made with, or set"
                        + " dirs.base to a place of its own; nothing was changed",
                refusal.getMessage());
    }
}
