package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.client.ClientConfig;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.agrona.CloseHelper;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * The example that processes exactly once, killed at random moments while messages come all the time. Between its kills, and
 * while it runs, the cluster loses its leader, a follower and all nodes.
 */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class ExactlyOnceChaosTest {
    private static final int BASE_PORT = 29_500;
    private static final int NODES = 3;
    private static final int KILLS = 12;
    private static final int KILL_WITHOUT_LEADER = 2;
    private static final int KILL_WITHOUT_FOLLOWER = 5;
    private static final int KILL_AFTER_ALL_NODES = 8;
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(120);
    private static final String TOPIC = "numbers";
    // More than a killed program gets through at once, and not so much that the end takes long.
    private static final int RATE = 2_000;

    @TempDir
    private Path folder;

    @RegisterExtension
    private final ClusterExtension clusters = new ClusterExtension(expectedErrors());

    private final UnsafeBuffer payload = new UnsafeBuffer(0, 0);
    private LocalCluster cluster;
    private LockstepClient client;
    private Publisher publisher;
    private Path file;
    private long published;
    private long sum;
    private long hash;
    private long beginNs;

    @BeforeEach
    void start() {
        cluster = clusters.start(LocalCluster.on(BASE_PORT).nodes(NODES));
        client = LockstepClient.connect(
                new ClientConfig().nodes(cluster.nodesText()).connectTimeoutNs(TIMEOUT_NS));
        publisher = client.addPublisher(new PublisherConfig().deadlineNs(TIMEOUT_NS), PublishListener.FAIL_FAST);
    }

    @AfterEach
    void close() {
        CloseHelper.quietClose(client);
    }

    @Test
    void shouldProcessEveryMessageOnceWhenItAndNodesAreKilledAtRandomMoments() throws IOException {
        // given
        final long seed = Long.getLong("lockstep.seed", System.nanoTime());
        System.out.println("lockstep.seed=" + seed);
        final Random random = new Random(seed);
        final ExamplePrograms programs = ExamplePrograms.compile(folder);
        file = folder.resolve("result.properties");
        int stored = 0;
        int midway = 0;
        beginNs = System.nanoTime();

        // when
        for (int kill = 0; kill < KILLS; kill++) {
            final long before = countOf(file);
            try (MainProcess process = start(programs, "run-" + kill)) {
                awaitBeyond(before, process, "after start " + kill);
                loseNodes(kill, process);
                final long untilNs = System.nanoTime() + random.nextInt(300_000_000);
                drive("a random moment", () -> System.nanoTime() - untilNs >= 0);
                process.kill();
            }
            final long after = countOf(file);
            stored += after > before ? 1 : 0;
            midway += after < published ? 1 : 0;
            // Those that are missing.
            driveDuring("nodes to start", cluster::start);
        }
        end();
        final MainProcess.Result result;
        try (MainProcess process = start(programs, "last")) {
            result = process.await();
        }

        // then
        System.out.println(KILLS + " kills, " + stored + " runs that stored something, " + midway
                + " ended before the last message; " + published + " messages");
        assertEquals(0, result.status(), result.err());
        assertEquals(
                "count " + published + ", sum " + sum + ", hash " + hash,
                result.out().strip());
        assertEquals(KILLS, stored);
        assertTrue(midway >= 10, "killed with work left only " + midway + " times");
    }

    private static String[] expectedErrors() {
        // A node that is abandoned is torn down by another thread than its own.
        return Stream.concat(
                        Stream.of(ExpectedErrors.ofLostNodes()),
                        Stream.of("Invalid concurrent access", "AgentTerminationException"))
                .toArray(String[]::new);
    }

    private MainProcess start(final ExamplePrograms programs, final String place) throws IOException {
        return programs.start("ExactlyOnce", place, cluster.nodesText(), TOPIC, file.toString());
    }

    /** The program lives through it: it gets to what was published behind the loss. */
    private void loseNodes(final int kill, final MainProcess process) {
        final List<Integer> lost = switch (kill) {
            case KILL_WITHOUT_LEADER -> List.of(cluster.awaitLeader(0));
            case KILL_WITHOUT_FOLLOWER -> List.of((cluster.awaitLeader(0) + 1) % NODES);
            case KILL_AFTER_ALL_NODES -> List.of(0, 1, 2);
            default -> List.of();
        };
        if (!lost.isEmpty()) {
            driveDuring("nodes to die", () -> lost.forEach(cluster::abandonNode));
            final long lostAt = published;
            if (lost.size() == NODES) {
                driveDuring("all nodes to start", cluster::start);
            }
            awaitBeyond(lostAt, process, "after the loss of nodes " + lost);
            System.out.println(
                    "the program got on from " + lostAt + " to " + countOf(file) + " after the loss of nodes " + lost);
        }
    }

    private void awaitBeyond(final long count, final MainProcess process, final String what) {
        drive("the program to get beyond " + count + ' ' + what, () -> {
            assertTrue(process.isAlive());
            return countOf(file) > count;
        });
    }

    // Nodes die and start on a thread of their own, so that messages come meanwhile.
    private void driveDuring(final String what, final Runnable task) {
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final Thread thread = new Thread(task, "nodes");
        thread.setUncaughtExceptionHandler((ignored, throwable) -> failure.set(throwable));
        thread.start();
        drive(what, () -> !thread.isAlive());
        if (failure.get() != null) {
            throw new AssertionError("failed while waiting for " + what, failure.get());
        }
    }

    private void drive(final String what, final BooleanSupplier condition) {
        Await.await(
                what,
                TimeUnit.NANOSECONDS.toSeconds(TIMEOUT_NS),
                () -> {
                    publish();
                    return condition.getAsBoolean();
                },
                () -> countOf(file) + " of " + published + " processed");
    }

    private void publish() {
        client.doWork();
        final long due = (System.nanoTime() - beginNs) * RATE / TimeUnit.SECONDS.toNanos(1);
        while (published < due) {
            payload.wrap(Long.toString(published + 1).getBytes(StandardCharsets.UTF_8));
            if (!Publisher.isTaken(publisher.offer(TOPIC, payload, 0, payload.capacity()))) {
                return;
            }
            published++;
            sum += published;
            hash = 31 * hash + published;
        }
    }

    private void end() {
        payload.wrap("end".getBytes(StandardCharsets.UTF_8));
        Await.await("the end to be taken", () -> {
            client.doWork();
            return Publisher.isTaken(publisher.offer(TOPIC, payload, 0, payload.capacity()));
        });
        assertTrue(publisher.drain(TIMEOUT_NS));
    }

    // The file is replaced as a whole, so that it can be read at any time.
    private static long countOf(final Path file) {
        final Properties properties = new Properties();
        if (!Files.exists(file)) {
            return 0;
        }
        try (var reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        } catch (final IOException ex) {
            throw new AssertionError("cannot read " + file, ex);
        }
        return Long.parseLong(properties.getProperty("count"));
    }
}
