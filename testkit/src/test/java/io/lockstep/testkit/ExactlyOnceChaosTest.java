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
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example that processes exactly once, killed at random moments while messages come all the time. */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class ExactlyOnceChaosTest {
    private static final int BASE_PORT = 29_500;
    private static final int KILLS = 12;
    private static final String TOPIC = "numbers";
    // More than a killed program gets through at once, and not so much that the end takes long.
    private static final int RATE = 2_000;

    @TempDir
    private Path folder;

    private final UnsafeBuffer payload = new UnsafeBuffer(0, 0);
    private long published;
    private long sum;
    private long hash;
    private long beginNs;

    @Test
    void shouldProcessEveryMessageOnceWhenItIsKilledAtRandomMoments() throws IOException {
        // given
        final long seed = Long.getLong("lockstep.seed", System.nanoTime());
        System.out.println("lockstep.seed=" + seed);
        final Random random = new Random(seed);
        final ExamplePrograms programs = ExamplePrograms.compile(folder);
        final Path file = folder.resolve("result.properties");
        int stored = 0;
        int midway = 0;
        try (LocalCluster cluster = LocalCluster.on(BASE_PORT).start();
                LockstepClient client = LockstepClient.connect(
                        new ClientConfig().nodes(cluster.nodesText()).connectTimeoutNs(TimeUnit.SECONDS.toNanos(60)))) {
            final Publisher publisher = client.addPublisher(new PublisherConfig(), PublishListener.FAIL_FAST);
            beginNs = System.nanoTime();

            // when
            for (int kill = 0; kill < KILLS; kill++) {
                final long before = countOf(file);
                try (MainProcess process = start(programs, "run-" + kill, cluster, file)) {
                    Await.await("the program to get on from " + before, () -> {
                        publish(client, publisher);
                        assertTrue(process.isAlive());
                        return countOf(file) > before;
                    });
                    final long untilNs = System.nanoTime() + random.nextInt(300_000_000);
                    Await.await("a random moment", () -> {
                        publish(client, publisher);
                        return System.nanoTime() - untilNs >= 0;
                    });
                    process.kill();
                }
                final long after = countOf(file);
                stored += after > before ? 1 : 0;
                midway += after < published ? 1 : 0;
            }
            end(client, publisher);
            final MainProcess.Result result;
            try (MainProcess process = start(programs, "last", cluster, file)) {
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
    }

    private static MainProcess start(
            final ExamplePrograms programs, final String place, final LocalCluster cluster, final Path file)
            throws IOException {
        return programs.start("ExactlyOnce", place, cluster.nodesText(), TOPIC, file.toString());
    }

    private void publish(final LockstepClient client, final Publisher publisher) {
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

    private void end(final LockstepClient client, final Publisher publisher) {
        payload.wrap("end".getBytes(StandardCharsets.UTF_8));
        Await.await("the end to be taken", () -> {
            client.doWork();
            return Publisher.isTaken(publisher.offer(TOPIC, payload, 0, payload.capacity()));
        });
        assertTrue(publisher.drain(TimeUnit.SECONDS.toNanos(60)));
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
