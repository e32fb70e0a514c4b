package io.lockstep.testkit;

import io.lockstep.client.LockstepClient;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.config.Durability;
import io.lockstep.config.Profile;
import io.lockstep.testkit.feature.ScheduleLedger;
import io.lockstep.testkit.process.LocalLayout;
import io.lockstep.testkit.process.ProcessCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Three real processes that hold messages back, killed with SIGKILL one by one and all at once. */
@Timeout(value = 6, unit = TimeUnit.MINUTES)
class ScheduleChaosTest {
    private static final int BASE_PORT = 31_900;
    private static final int NODES = 3;
    private static final long READY_NS = TimeUnit.SECONDS.toNanos(120);

    @RegisterExtension
    private final ClusterExtension clusters = new ClusterExtension(ExpectedErrors.ofLostNodes());

    private final ScheduleLedger ledger = new ScheduleLedger();

    @Test
    void shouldReleaseEachOnceAndNeverEarlyWhenNodesAreKilled() throws IOException {
        final ProcessCluster cluster = clusters.start(
                LocalLayout.config(
                        Files.createTempDirectory("lockstep-schedule-"),
                        BASE_PORT,
                        NODES,
                        1,
                        0,
                        Profile.SMALL,
                        Durability.REPLICATED),
                READY_NS);
        try (LockstepClient client = LockstepClient.connect(cluster.nodes());
                Publisher publisher = client.addPublisher(new PublisherConfig(), ledger)) {
            ledger.publish(client, publisher, 1_000, 100, 8_000);
            final int leader = cluster.awaitLeader(0, READY_NS);
            cluster.killNode(leader);
            ledger.publish(client, publisher, 500, 0, 4_000);
            ledger.cancelSome(client, publisher);
            cluster.startNode(leader);
            cluster.awaitReady(READY_NS);

            ledger.publish(client, publisher, 1_000, 100, 8_000);
            final int follower = (cluster.awaitLeader(0, READY_NS) + 1) % NODES;
            cluster.killNode(follower);
            ledger.publish(client, publisher, 500, 0, 4_000);
            cluster.startNode(follower);
            cluster.awaitReady(READY_NS);

            ledger.publish(client, publisher, 1_000, 100, 15_000);
            ledger.cancelSome(client, publisher);
        }
        for (int node = 0; node < NODES; node++) {
            cluster.killNode(node);
        }
        cluster.startAll();
        cluster.awaitReady(READY_NS);

        try (LockstepClient client = LockstepClient.connect(cluster.nodes())) {
            ledger.awaitAndReadAll(client);
        }
        ledger.printLateness("ScheduleChaosTest", "nodes killed one by one and all at once");
        StoredJournals.assertSame(cluster);
    }
}
