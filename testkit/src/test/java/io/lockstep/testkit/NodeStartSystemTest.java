package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.client.LockstepClient;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.cluster.node.NodeStartException;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.ClusterConfig;
import io.lockstep.config.ClusterConfigWriter;
import io.lockstep.config.NodeEndpoint;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Starts that must not succeed, or that take long, and what they may do to data and to nodes that run. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class NodeStartSystemTest {
    private static final int BASE_PORT = 23_000;
    private static final String NODE = "io.lockstep.cluster.node.NodeMain";
    private static final long DRAIN_NS = TimeUnit.SECONDS.toNanos(30);

    @TempDir
    private Path dir;

    @Test
    void shouldLeaveTheRunningNodeAloneWhenItsFileIsStartedWithAnotherDataDirectory() throws IOException {
        try (LocalCluster cluster = LocalCluster.on(BASE_PORT).nodes(1).start()) {
            // given
            final ClusterConfig config = cluster.config();
            publish(cluster, 1);
            final List<Path> driverFiles = driverFiles(config);
            assertTrue(driverFiles.stream().anyMatch(file -> file.endsWith("cnc.dat")), driverFiles::toString);

            // when
            final MainProcess.Result result = startNode(with(config, config.name(), 1, dir.resolve("copy")));

            // then
            assertEquals(1, result.status(), result::err);
            assertTrue(lastSentence(result).contains("another process runs this node"), result::err);
            assertEquals(driverFiles, driverFiles(config));
            publish(cluster, 100);
            awaitMessages(cluster, 101);
            assertEquals(List.of(), cluster.unexpectedErrors(), cluster::log);
        }
    }

    @Test
    void shouldRefuseTheClusterFileWhenTheDataWasMadeWithAnother() throws IOException {
        try (LocalCluster cluster = LocalCluster.on(BASE_PORT).nodes(1).start()) {
            // given
            final ClusterConfig config = cluster.config();
            publish(cluster, 10);
            cluster.stopNode(0);
            final List<String> before = filesOf(config.nodeDir(0));

            // when
            final MainProcess.Result shards = startNode(with(config, config.name(), 2, config.baseDir()));
            final MainProcess.Result name = startNode(with(config, "another", 1, config.baseDir()));

            // then
            assertEquals(2, shards.status(), shards::err);
            assertTrue(lastSentence(shards).contains("number of shards of 1, but cluster.shards is 2"), shards::err);
            assertEquals(2, name.status(), name::err);
            assertTrue(
                    lastSentence(name)
                            .contains("belongs to cluster " + config.name() + ", but cluster.name is another"),
                    name::err);
            assertEquals(before, filesOf(config.nodeDir(0)));
            cluster.startNode(0);
            cluster.awaitLeader(0);
            publish(cluster, 1);
            awaitMessages(cluster, 11);
        }
    }

    @Test
    void shouldGiveTheNodeUpWhenAServiceIsWedgedWhileAnotherShardWaitsForItsLog() {
        // given two of three nodes that lead and follow shard 0 while shard 1 waits for the third node's answer
        final WedgeSwitch[] wedges = {new WedgeSwitch(), new WedgeSwitch()};
        final List<Thread> starters = new ArrayList<>();
        final List<Throwable> ends = new CopyOnWriteArrayList<>();
        try (LocalCluster cluster = LocalCluster.on(BASE_PORT).shards(2).start()) {
            for (int node = 0; node < 3; node++) {
                cluster.stopNode(node);
            }
            for (int node = 0; node < 2; node++) {
                final int nodeId = node;
                IoUtil.delete(cluster.config().nodeDir(node).resolve("shard-1").toFile(), false);
                final Thread starter =
                        new Thread(() -> cluster.startNode(nodeId, cluster.config(), wedges[nodeId]::wrap));
                starter.setUncaughtExceptionHandler((thread, throwable) -> ends.add(throwable));
                starters.add(starter);
                starter.start();
            }
            final NodeEndpoint first = cluster.config().node(0);
            final NodeEndpoint second = cluster.config().node(1);
            Await.await(
                    "shard 0 has a leader while shard 1 waits",
                    () -> Stream.of(first, second).allMatch(node -> status(node).contains("\"waitsFor\":\"shard 1: "))
                            && Stream.of(first, second)
                                    .anyMatch(node -> status(node).contains("\"LEADER\"")));

            try (LockstepClient client = LockstepClient.connect(cluster.nodesText())) {
                // when
                final Publisher publisher = client.addPublisher(new PublisherConfig(), new Outcomes());
                IntStream.range(0, 2).forEach(node -> wedges[node].hang(node));
                final String topic = IntStream.range(0, 1_000)
                        .mapToObj(i -> "start/" + i)
                        .filter(name -> client.shardOf(name) == 0)
                        .findFirst()
                        .orElseThrow();
                publisher.offer(topic, new UnsafeBuffer(new byte[1]), 0, 1);

                // then
                Await.await("both nodes give up", () -> {
                    client.doWork();
                    return IntStream.range(0, 2)
                            .noneMatch(node -> cluster.watcher(node).failures().isEmpty());
                });
            }
            for (int node = 0; node < 2; node++) {
                final String failure = cluster.watcher(node).failures().get(0);
                assertTrue(failure.contains("the service of shard 0 has not moved"), failure);
                wedges[node].release();
            }
            Await.await("the starts end", () -> starters.stream().noneMatch(Thread::isAlive));
            assertEquals(2, ends.size(), ends::toString);
            assertTrue(ends.stream().allMatch(NodeStartException.class::isInstance), ends::toString);
        }
    }

    private MainProcess.Result startNode(final ClusterConfig config) throws IOException {
        final Path file = Files.writeString(dir.resolve("cluster.yaml"), ClusterConfigWriter.toYaml(config));
        try (MainProcess process = MainProcess.start(
                dir, NODE, new byte[0], "-Dlockstep.terminal=false", "--config", file.toString(), "--id", "0")) {
            return process.await();
        }
    }

    private static String lastSentence(final MainProcess.Result result) {
        return result.sentences().get(result.sentences().size() - 1);
    }

    private static List<Path> driverFiles(final ClusterConfig config) throws IOException {
        final Path driver = config.markDir().resolve("lockstep-" + config.name() + "-0-" + BASE_PORT);
        try (Stream<Path> files = Files.list(driver)) {
            return files.sorted().toList();
        }
    }

    private static List<String> filesOf(final Path nodeDir) throws IOException {
        try (Stream<Path> files = Files.walk(nodeDir)) {
            final List<String> texts = new ArrayList<>();
            for (final Path file : (Iterable<Path>) files.sorted()::iterator) {
                texts.add(file + " " + Files.getLastModifiedTime(file));
            }
            return texts;
        }
    }

    private static void publish(final LocalCluster cluster, final int count) {
        final UnsafeBuffer payload = new UnsafeBuffer(new byte[100]);
        try (LockstepClient client = LockstepClient.connect(cluster.nodesText())) {
            final Publisher publisher = client.addPublisher(new PublisherConfig(), new Outcomes());
            for (int i = 0; i < count; i++) {
                Await.await("the publisher takes a message", () -> publisher.offer("start/a", payload, 0, 100) > 0);
            }
            assertTrue(publisher.drain(DRAIN_NS), "every message has an outcome");
        }
    }

    private static void awaitMessages(final LocalCluster cluster, final long count) {
        Await.await(count + " messages", () -> cluster.shardStatus(0, 0).messageCount() == count);
    }

    private static String status(final NodeEndpoint node) {
        try (InputStream input = URI.create("http://" + node.endpoint(node.httpPort()) + "/status")
                .toURL()
                .openStream()) {
            return new String(input.readAllBytes(), StandardCharsets.UTF_8);
        } catch (final IOException ex) {
            return "";
        }
    }

    private static ClusterConfig with(
            final ClusterConfig config, final String name, final int shardCount, final Path baseDir) {
        return new ClusterConfig(
                name,
                shardCount,
                config.nodes(),
                config.profile(),
                config.durability(),
                config.secret(),
                baseDir,
                config.markDir(),
                config.segmentLength(),
                config.lowSpaceBytes(),
                config.engineSettings(),
                config.gateways());
    }

    private static final class Outcomes implements PublishListener {
        @Override
        public void onAccepted(final long messageId, final int shardId, final long position) {}

        @Override
        public void onRefused(final long messageId, final ResultCode code, final long detail) {
            throw new AssertionError("message " + messageId + " was refused: " + code);
        }

        @Override
        public void onUnknown(final long messageId, final String reason) {}
    }
}
