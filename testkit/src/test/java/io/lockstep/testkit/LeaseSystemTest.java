package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lockstep.client.ClientConfig;
import io.lockstep.client.Lease;
import io.lockstep.client.LeaseListener;
import io.lockstep.client.LeaseState;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.MessageOptions;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.codecs.ResultCode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two controllers of one topic on three real nodes: the loss of the leader, a paused holder, a restart of all nodes. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class LeaseSystemTest {
    private static final int BASE_PORT = 30_500;
    private static final long DURATION_NS = TimeUnit.SECONDS.toNanos(4);
    private static final long DRAIN_NS = TimeUnit.SECONDS.toNanos(60);
    private static final String TOPIC = "plant/7/setpoint";

    @TempDir
    private static Path folder;

    /** One process that wants to control the topic. */
    private static final class Controller implements AutoCloseable, LeaseListener, PublishListener {
        private final List<String> events = new ArrayList<>();
        private final MessageOptions options = new MessageOptions();
        private final UnsafeBuffer payload = new UnsafeBuffer("x".getBytes(StandardCharsets.UTF_8));
        private final LockstepClient client;
        private final Publisher publisher;
        private Lease lease;
        private long lastDetail;
        private String lastFate = "";

        private Controller(final LocalCluster cluster) {
            client = LockstepClient.connect(
                    new ClientConfig().nodes(cluster.nodesText()).connectTimeoutNs(TimeUnit.SECONDS.toNanos(60)));
            publisher = client.addPublisher(new PublisherConfig(), this);
        }

        private Controller begin() {
            lease = client.addLease(TOPIC, DURATION_NS, this);
            return this;
        }

        /** Publishes with the token of the last lease, held or not, and waits for the answer. */
        private String publish(final long token) {
            Await.await("a message to be taken", () -> {
                options.clear().fence(token);
                return publisher.offer(TOPIC, options, payload, 0, 1) > 0;
            });
            assertTrue(publisher.drain(DRAIN_NS));
            return lastFate;
        }

        @Override
        public void onAcquired(final Lease acquired, final long token, final int shardId, final long journalPosition) {
            events.add("acquired " + token);
        }

        @Override
        public void onLost(final Lease lost, final String reason) {
            events.add("lost " + lost.token());
        }

        @Override
        public void onAccepted(final long messageId, final int shardId, final long position) {
            lastFate = "accepted";
        }

        @Override
        public void onRefused(final long messageId, final ResultCode code, final long detail) {
            lastDetail = detail;
            lastFate = code.name();
        }

        @Override
        public void onUnknown(final long messageId, final String reason) {
            lastFate = "unknown";
        }

        @Override
        public void close() {
            client.close();
        }
    }

    @Test
    void shouldRefuseThePausedHolderWhenAnotherOneTookOverAndKeepTheLeaseWhenTheLeaderIsLost() {
        try (LocalCluster cluster = LocalCluster.on(BASE_PORT).start();
                Controller first = new Controller(cluster);
                Controller second = new Controller(cluster)) {
            first.begin();
            await("the first controller to hold the lease", first.lease::isHeld, first);
            second.begin();
            assertEquals(1, first.lease.token());
            assertEquals("accepted", first.publish(1));
            assertEquals("LEASE_NEEDED", publishUnfenced(second));

            // The leader is lost: the holder keeps the lease, and nobody takes it meanwhile.
            final int leader = cluster.awaitLeader(0);
            cluster.abandonNode(leader);
            await("a new leader", () -> cluster.awaitLeader(0) != leader, first, second);
            await("the lease to be renewed", first.lease::isHeld, first, second);
            assertEquals("accepted", first.publish(1));
            assertFalse(second.lease.isHeld());
            assertTrue(first.events.stream().allMatch(event -> event.endsWith(" 1")), first.events::toString);
            cluster.startNode(leader);

            // The first controller stops working, as a process does that is swapped out.
            await("the second controller to take over", second.lease::isHeld, second);
            assertEquals(2, second.lease.token());
            assertFalse(first.lease.isHeld(), "a holder knows by its clock that it may not go on");
            assertEquals("accepted", second.publish(2));

            // It comes back and publishes what it had decided before.
            assertEquals("FENCED", first.publish(1));
            assertEquals(2, first.lastDetail);
            assertEquals("lost 1", first.events.get(first.events.size() - 1));
            assertEquals("accepted", second.publish(2));

            // Releasing hands over at once.
            second.lease.close();
            await("the first controller to have it again", first.lease::isHeld, first, second);
            assertEquals(3, first.lease.token());
            assertEquals("FENCED", second.publish(2));
            assertEquals("accepted", first.publish(3));
        }
    }

    @Test
    void shouldKeepTheLeaseWhenAllNodesAreRestartedAndShowItOnTheCommandLine() {
        try (LocalCluster cluster = LocalCluster.on(BASE_PORT).start();
                Controller holder = new Controller(cluster).begin()) {
            await("the lease to be held", holder.lease::isHeld, holder);
            assertEquals("accepted", holder.publish(1));
            cluster.takeSnapshot(0);
            for (int node = 0; node < 3; node++) {
                cluster.stopNode(node);
            }
            cluster.start();

            await("the lease to be held again", () -> holder.client.isConnected() && holder.lease.isHeld(), holder);
            assertEquals("accepted", holder.publish(holder.lease.token()));
            assertEquals(1, holder.lease.token(), "no time counts in which nobody could renew");
            final List<LeaseState> leases = holder.client.leases().list("plant/#", DRAIN_NS);
            assertEquals(1, leases.size());
            assertEquals(holder.lease.holderId(), leases.get(0).holderId());
            assertTrue(leases.get(0).remainingNs() > 0);

            assertTrue(runDriving(holder, cluster, 0, "lease", "list").contains(TOPIC));
            assertTrue(runDriving(holder, cluster, 0, "lease", "list", "--output", "json")
                    .contains("\"token\":1"));
            assertTrue(runDriving(holder, cluster, 1, "lease", "acquire", "--once", TOPIC)
                    .contains("LEASE_HELD"));
            assertTrue(runDriving(holder, cluster, 1, "lease", "release", "--token", "9", TOPIC)
                    .contains("LEASE_LOST"));
            assertTrue(runDriving(holder, cluster, 1, "pub", TOPIC, "late").contains("LEASE_NEEDED"));
            holder.lease.close();
            assertTrue(run(cluster, 0, "lease", "acquire", "--once", "--duration", "1h", "--holder", "7", TOPIC)
                    .contains("token 2"));
            assertTrue(run(cluster, 0, "pub", "--fence", "2", TOPIC, "now").contains("published 1"));
            assertTrue(run(cluster, 1, "pub", "--fence", "2", "--if-sequence", "2", TOPIC, "not")
                    .contains("EXPECTED_SEQUENCE_MISMATCH (3)"));
            assertTrue(run(cluster, 0, "pub", "--fence", "2", "--if-sequence", "3", TOPIC, "yes")
                    .contains("published 1"));
            assertTrue(
                    run(cluster, 0, "lease", "release", "--token", "2", TOPIC).contains("released"));
            assertTrue(run(cluster, 0, "lease", "drop", TOPIC).contains("dropped"));
            assertTrue(run(cluster, 0, "pub", TOPIC, "free").contains("published 1"));

            final String[] acquire = {"lease", "acquire", "--once", "--holder", "8", "--output", "json", TOPIC};
            final JsonNode acquired = json(run(cluster, 0, acquire));
            assertEquals("acquired", acquired.path("event").asText(), acquired::toString);
            assertEquals(TOPIC, acquired.path("topic").asText(), acquired::toString);
            assertEquals(8, acquired.path("holderId").asLong(), acquired::toString);
            final String token = acquired.path("token").asText();
            final JsonNode released =
                    json(run(cluster, 0, "lease", "release", "--token", token, "--output", "json", TOPIC));
            assertEquals("released", released.path("event").asText(), released::toString);
            assertEquals(token, released.path("token").asText(), released::toString);
            final JsonNode dropped = json(run(cluster, 0, "lease", "drop", "--output", "json", TOPIC));
            assertEquals("dropped", dropped.path("event").asText(), dropped::toString);
            assertEquals(token, dropped.path("lastToken").asText(), dropped::toString);
        }
    }

    private static String publishUnfenced(final Controller controller) {
        Await.await("a message to be taken", () -> controller.publisher.offer(TOPIC, controller.payload, 0, 1) > 0);
        assertTrue(controller.publisher.drain(DRAIN_NS));
        return controller.lastFate;
    }

    private static void await(
            final String description, final BooleanSupplier condition, final Controller... controllers) {
        Await.await(description, () -> {
            for (final Controller controller : controllers) {
                controller.client.doWork();
            }
            return condition.getAsBoolean();
        });
    }

    // A holder that nobody drives loses its lease while the command starts.
    private static String runDriving(
            final Controller holder, final LocalCluster cluster, final int status, final String... args) {
        final CompletableFuture<String> output = CompletableFuture.supplyAsync(() -> run(cluster, status, args));
        await("the command to end", output::isDone, holder);
        return output.join();
    }

    // What else is said comes on standard error, behind the one object.
    private static JsonNode json(final String output) {
        try {
            return new ObjectMapper().readTree(output.lines().findFirst().orElse(""));
        } catch (final JsonProcessingException ex) {
            throw new AssertionError("this is no JSON: " + output, ex);
        }
    }

    private static String run(final LocalCluster cluster, final int status, final String... args) {
        final List<String> all = new ArrayList<>(List.of(args));
        all.add("--nodes");
        all.add(cluster.nodesText());
        try (MainProcess process = MainProcess.start(
                folder,
                "io.lockstep.cli.LockstepMain",
                new byte[0],
                "-Dlockstep.terminal=false",
                all.toArray(new String[0]))) {
            final MainProcess.Result result = process.await();
            assertEquals(status, result.status(), () -> String.join(" ", args) + ": " + result);
            return result.out() + result.err();
        }
    }
}
