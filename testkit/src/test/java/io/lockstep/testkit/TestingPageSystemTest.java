package io.lockstep.testkit;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The test that docs/testing.md shows: {@code ReadmeTest} compares the two. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class TestingPageSystemTest {
    // Page begin
    @RegisterExtension
    private final ClusterExtension clusters = new ClusterExtension(ExpectedErrors.ofLostNodes());

    @Test
    void shouldLoseNothingWhenTheLeaderStops() {
        LocalCluster cluster = clusters.start(LocalCluster.on(29_500));
        try (Exchange exchange = new Exchange(cluster.nodesText(), "mine", 4, 500, 0, 1, 2).start()) {
            exchange.awaitAccepted(200);
            int leader = cluster.awaitLeader(0);
            cluster.stopNode(leader);
            exchange.awaitAccepted(200);
            cluster.startNode(leader);
            exchange.stopAndVerify();
        }
        StoredJournals.assertSame(cluster);
    }
    // Page end
}
