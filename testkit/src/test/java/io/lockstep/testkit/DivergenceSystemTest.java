package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.config.EngineSetting;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nodes whose engines no longer write the same journal: who finds out and who stops. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class DivergenceSystemTest {
    private static final int BASE_PORT = 29_000;
    private static final int RATE = 200;
    private static final long AWAIT_SECONDS = 120;

    private final WedgeSwitch fault = new WedgeSwitch();

    @Test
    void shouldHandOverAndStopTheMinorityWhenTheLeaderDiverges() {
        // given
        try (LocalCluster cluster = cluster()) {
            final int leader = cluster.awaitLeader(0);
            try (Exchange exchange = new Exchange(cluster.nodesText(), "minority", 4, RATE, (leader + 1) % 3).start()) {
                exchange.awaitAccepted(200);

                // when
                fault.diverge(leader);

                // then
                awaitFailure(cluster, leader);
                exchange.awaitAccepted(200);
                assertNotEquals(leader, cluster.awaitLeader(0));
                exchange.stopAndVerify();
                final String reason = cluster.watcher(leader).failures().get(0);
                assertTrue(reason.startsWith("DIVERGED: shard 0: the checkpoint at journal position "), reason);
                assertTrue(reason.endsWith("1 of 3 nodes are known to have what this node has"), reason);
                assertEquals(List.of(), cluster.watcher((leader + 1) % 3).failures(), cluster::log);
                assertEquals(List.of(), cluster.watcher((leader + 2) % 3).failures(), cluster::log);
            }
        }
    }

    @Test
    void shouldStopAllWhenNoTwoNodesAgree() {
        // given
        try (LocalCluster cluster = cluster();
                Exchange exchange = new Exchange(cluster.nodesText(), "nobody", 4, RATE).start()) {
            exchange.awaitAccepted(200);

            // when
            fault.diverge(1);
            fault.diverge(2);

            // then
            for (int node = 0; node < 3; node++) {
                awaitFailure(cluster, node);
            }
        }
    }

    private LocalCluster cluster() {
        final LocalCluster cluster = LocalCluster.on(BASE_PORT)
                .setting(EngineSetting.CHECKPOINT_INTERVAL, TimeUnit.SECONDS.toNanos(5))
                .build();
        cluster.start(node -> cluster.config(), fault::wrap);
        return cluster;
    }

    private static void awaitFailure(final LocalCluster cluster, final int node) {
        Await.await(
                "node " + node + " stops",
                AWAIT_SECONDS,
                () -> !cluster.watcher(node).failures().isEmpty(),
                cluster::log);
        assertTrue(cluster.watcher(node).failures().get(0).startsWith("DIVERGED: "), cluster::log);
    }
}
