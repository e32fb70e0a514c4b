package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aeron.cluster.service.Cluster;
import io.aeron.cluster.service.ClusteredService;
import io.lockstep.config.Profile;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What an ordered stop says and does when the parts of a node do not end at the same moment. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class OrderedStopSystemTest {
    private static final int BASE_PORT = 28_500;
    private static final int RATE = 500;
    private static final int SLOW_SHARD = 1;
    private static final long SLOW_END_NS = TimeUnit.SECONDS.toNanos(1);
    // A client's connection that dies with a node, and a peer that is gone, are what these tests cause.
    private static final String[] EXPECTED_ERRORS = ExpectedErrors.ofLostNodes();

    @ParameterizedTest
    @EnumSource(
            value = Profile.class,
            names = {"SMALL", "DEFAULT"})
    void shouldReportNothingWhenOneServiceEndsLongAfterAnother(final Profile profile) {
        // given a node whose second shard takes a second to end, while the first has ended at once
        try (LocalCluster cluster =
                LocalCluster.on(BASE_PORT).shards(2).profile(profile).build()) {
            cluster.start(node -> cluster.config(), SlowEnd::new);
            final int leader = cluster.awaitLeader(0);

            // when
            cluster.stopNode(leader);

            // then
            assertEquals(List.of(), cluster.watcher(leader).failures(), cluster::log);
            assertEquals(List.of(), cluster.watcher(leader).unexpectedErrors(EXPECTED_ERRORS), cluster::log);
            assertNotEquals(leader, cluster.awaitLeader(0));
        }
    }

    @Test
    void shouldHandOverWhenStoppedWhileTheServiceIsWedged() {
        final WedgeSwitch wedge = new WedgeSwitch();
        try (LocalCluster cluster = LocalCluster.on(BASE_PORT).build()) {
            cluster.start(node -> cluster.config(), wedge::wrap);
            final int leader = cluster.awaitLeader(0);
            try (Exchange exchange = new Exchange(cluster.nodesText(), "wedged", 4, RATE, (leader + 1) % 3).start()) {
                exchange.awaitAccepted(500);
                wedge.hang(leader);
                Await.await("the service hangs", wedge::isHanging);

                // when
                cluster.stopNode(leader);

                // then
                exchange.awaitAccepted(500);
                assertEquals(
                        List.of("a service did not end within its time; the process must be halted"),
                        cluster.watcher(leader).failures(),
                        cluster::log);
                // Its journal was still being recorded when the archive ended; the service itself lost its driver.
                assertEquals(
                        List.of(),
                        cluster.unexpectedErrors("TimeoutException", "AgentTerminationException"),
                        cluster::log);
                assertTrue(sawEndOfLog(cluster, (leader + 1) % 3), cluster::log);
                assertTrue(sawEndOfLog(cluster, (leader + 2) % 3), cluster::log);
                wedge.release();
                exchange.stopAndVerify();
            }
        } finally {
            wedge.release();
        }
    }

    private static boolean sawEndOfLog(final LocalCluster cluster, final int node) {
        return cluster.watcher(node).lines().stream().anyMatch(line -> line.contains("eos=true"));
    }

    /** Ends late on one shard: the planted delay between the ends of two services. */
    private static final class SlowEnd extends DelegatingService {
        SlowEnd(final ClusteredService service) {
            super(service);
        }

        @Override
        public void onTerminate(final Cluster cluster) {
            final long beginNs = System.nanoTime();
            while (cluster.context().clusterId() == SLOW_SHARD && System.nanoTime() - beginNs < SLOW_END_NS) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            }
            super.onTerminate(cluster);
        }
    }
}
