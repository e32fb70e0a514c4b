package io.lockstep.testkit;

import io.aeron.cluster.service.ClusteredService;
import io.lockstep.cluster.node.LockstepNode;
import io.lockstep.cluster.node.NodeOptions;
import io.lockstep.cluster.node.NodeStatus;
import io.lockstep.config.AccessConfig;
import io.lockstep.config.ClusterConfig;
import io.lockstep.config.Durability;
import io.lockstep.config.EngineSetting;
import io.lockstep.config.MqttLimits;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.config.Profile;
import io.lockstep.testkit.process.LocalLayout;
import io.lockstep.topic.TopicRoute;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import org.agrona.CloseHelper;
import org.agrona.IoUtil;

/**
 * A real cluster inside this JVM: every node with its own media driver, archives and directories, on loopback. Nodes
 * can be stopped in order or abandoned, restarted, and robbed of their journal. For kills of real processes see
 * {@code io.lockstep.testkit.process}. Drive it from one thread; close it always, also after a failure.
 */
public final class LocalCluster implements AutoCloseable {
    private static final int SEGMENT_LENGTH = 16 << 20;

    private final ClusterConfig config;
    private final Path dir;
    private final LockstepNode[] nodes;
    private final LogWatcher[] watchers;
    private final List<LogWatcher> allWatchers = new ArrayList<>();
    private boolean isFolderKept;

    private LocalCluster(final ClusterConfig config, final Path dir) {
        this.config = config;
        this.dir = dir;
        this.nodes = new LockstepNode[config.nodes().size()];
        this.watchers = new LogWatcher[nodes.length];
    }

    /**
     * Begins a cluster.
     *
     * @param basePort base port of node 0; node {@code n} takes {@code basePort + 100 n}.
     * @return a builder: three nodes, one shard, profile small.
     */
    public static Builder on(final int basePort) {
        return new Builder(basePort);
    }

    /**
     * The cluster file.
     *
     * @return the configuration that all nodes have, unless one was started with another.
     */
    public ClusterConfig config() {
        return config;
    }

    /**
     * Nodes in the form that clients take.
     *
     * @return {@code host:port,host:port}.
     */
    public String nodesText() {
        final List<String> texts = new ArrayList<>();
        for (final NodeEndpoint node : config.nodes()) {
            texts.add(node.endpoint(node.basePort()));
        }
        return String.join(",", texts);
    }

    /** Starts all nodes that do not run, each on a thread of its own, and waits for leaders. */
    public void start() {
        start(nodeId -> config, UnaryOperator.identity());
    }

    /**
     * Starts all nodes that do not run, each on a thread of its own, and waits for leaders. Nodes of a new cluster wait
     * for each other, so they must not be started one after the other.
     *
     * @param nodeConfigs      configuration of a node by its id.
     * @param serviceDecorator wraps each shard's service, so that a test can make one hang or throw.
     */
    public void start(
            final IntFunction<ClusterConfig> nodeConfigs, final UnaryOperator<ClusteredService> serviceDecorator) {
        start(nodeId -> startNode(nodeId, nodeConfigs.apply(nodeId), serviceDecorator));
    }

    /**
     * Starts all nodes that do not run, each on a thread of its own, and waits for leaders.
     *
     * @param slowRecorder     can make the recorder of a node's journals slow; the profile must not be
     *                         {@link Profile#SMALL}, whose archives have no thread of their own.
     * @param serviceDecorator wraps each shard's service.
     */
    public void start(final SlowRecorder slowRecorder, final UnaryOperator<ClusteredService> serviceDecorator) {
        requireRecorderThreads();
        start(nodeId -> startNode(
                nodeId,
                config,
                new NodeOptions(
                        false,
                        serviceDecorator,
                        UnaryOperator.identity(),
                        context -> slowRecorder.wrap(nodeId, context))));
    }

    /**
     * Starts all nodes that do not run, each on a thread of its own, and waits for leaders.
     *
     * @param slowRecorder can make the recorder of a node's Raft logs slow, so that the node is late to have what is to
     *                     be committed; the profile must not be {@link Profile#SMALL}, whose archives have no thread of
     *                     their own.
     */
    public void startWithLogRecorder(final SlowRecorder slowRecorder) {
        requireRecorderThreads();
        start(nodeId -> startNode(
                nodeId,
                config,
                new NodeOptions(
                        false,
                        UnaryOperator.identity(),
                        context -> slowRecorder.wrap(nodeId, context),
                        UnaryOperator.identity())));
    }

    private void requireRecorderThreads() {
        if (config.profile() == Profile.SMALL) {
            throw new IllegalStateException("a recorder can be made slow only where it has a thread, not in SMALL");
        }
    }

    private void start(final IntConsumer nodeStarter) {
        final List<Thread> starters = new ArrayList<>();
        final List<Throwable> failures = java.util.Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < nodes.length; i++) {
            if (nodes[i] == null) {
                final int nodeId = i;
                final Thread starter = new Thread(() -> nodeStarter.accept(nodeId), "start-node-" + i);
                starter.setUncaughtExceptionHandler((thread, throwable) -> failures.add(throwable));
                starters.add(starter);
                starter.start();
            }
        }
        for (final Thread starter : starters) {
            join(starter);
        }
        if (!failures.isEmpty()) {
            throw new AssertionError("a node did not start: " + failures, failures.get(0));
        }
        for (int shard = 0; shard < config.shardCount(); shard++) {
            awaitLeader(shard);
        }
    }

    /**
     * Deletes everything that a node keeps, as if its disk had been replaced; only while it is down.
     *
     * @param nodeId of the node.
     */
    public void deleteNode(final int nodeId) {
        requireDown(nodeId);
        IoUtil.delete(config.nodeDir(nodeId).toFile(), false);
    }

    /**
     * Starts one node with the cluster's configuration.
     *
     * @param nodeId of the node.
     */
    public void startNode(final int nodeId) {
        startNode(nodeId, config);
    }

    /**
     * Starts one node with a configuration of its own.
     *
     * @param nodeId     of the node.
     * @param nodeConfig its configuration.
     */
    public void startNode(final int nodeId, final ClusterConfig nodeConfig) {
        startNode(nodeId, nodeConfig, UnaryOperator.identity());
    }

    /**
     * Starts one node whose services are wrapped, so that a test can make one hang or throw.
     *
     * @param nodeId           of the node.
     * @param nodeConfig       its configuration.
     * @param serviceDecorator wraps each shard's service.
     */
    public void startNode(
            final int nodeId, final ClusterConfig nodeConfig, final UnaryOperator<ClusteredService> serviceDecorator) {
        startNode(
                nodeId,
                nodeConfig,
                new NodeOptions(false, serviceDecorator, UnaryOperator.identity(), UnaryOperator.identity()));
    }

    private void startNode(final int nodeId, final ClusterConfig nodeConfig, final NodeOptions options) {
        final LogWatcher watcher = new LogWatcher("node-" + nodeId);
        synchronized (this) {
            watchers[nodeId] = watcher;
            allWatchers.add(watcher);
        }
        final LockstepNode node = LockstepNode.launch(nodeConfig, nodeId, watcher, options);
        synchronized (this) {
            nodes[nodeId] = node;
        }
    }

    /**
     * Stops a node in order, handing leadership over.
     *
     * @param nodeId of the node.
     */
    public void stopNode(final int nodeId) {
        CloseHelper.close(nodes[nodeId]);
        nodes[nodeId] = null;
    }

    /**
     * Ends a node without handing over.
     *
     * @param nodeId of the node.
     */
    public void abandonNode(final int nodeId) {
        nodes[nodeId].abandon();
        nodes[nodeId] = null;
    }

    /**
     * A running node.
     *
     * @param nodeId of the node.
     * @return the node, or null while it is down.
     */
    public LockstepNode node(final int nodeId) {
        return nodes[nodeId];
    }

    /**
     * What a node logged since it was last started.
     *
     * @param nodeId of the node.
     * @return its watcher.
     */
    public LogWatcher watcher(final int nodeId) {
        return watchers[nodeId];
    }

    /**
     * Waits for a leader of a shard whose status shows that it was seeded.
     *
     * @param shardId of the shard.
     * @return node id of the leader.
     */
    public int awaitLeader(final int shardId) {
        final Integer leader = Await.awaitValue("a leader of shard " + shardId, () -> leaderOf(shardId));
        return leader;
    }

    /**
     * Figures of a shard on a node.
     *
     * @param nodeId  of a running node.
     * @param shardId of the shard.
     * @return the figures.
     */
    public NodeStatus.Shard shardStatus(final int nodeId, final int shardId) {
        return nodes[nodeId].status().shards().get(shardId);
    }

    /**
     * Waits until all running nodes have the same journal end, at least the given one.
     *
     * @param shardId  of the shard.
     * @param position least end of the journal.
     */
    public void awaitJournals(final int shardId, final long position) {
        Await.await("equal journals of shard " + shardId + " at " + position + " or later", () -> {
            long common = -1;
            for (int i = 0; i < nodes.length; i++) {
                if (nodes[i] != null) {
                    final long end = shardStatus(i, shardId).journalPosition();
                    if (end < position || (common >= 0 && common != end)) {
                        return false;
                    }
                    common = end;
                }
            }
            return common >= 0;
        });
    }

    /**
     * Asks the leader of a shard for a snapshot and waits until every running node has taken it.
     *
     * @param shardId of the shard.
     */
    public void takeSnapshot(final int shardId) {
        final long[] before = new long[nodes.length];
        for (int i = 0; i < nodes.length; i++) {
            before[i] = nodes[i] == null ? 0 : nodes[i].snapshotCount(shardId);
        }
        Await.await("the leader takes the request for a snapshot", () -> {
            final Integer leader = leaderOf(shardId);
            return leader != null && nodes[leader].requestSnapshot(shardId);
        });
        for (int i = 0; i < nodes.length; i++) {
            if (nodes[i] != null) {
                final int nodeId = i;
                Await.await("snapshot on node " + i, () -> nodes[nodeId].snapshotCount(shardId) > before[nodeId]);
            }
        }
    }

    /**
     * Directory of the journal's segment files of a node.
     *
     * @param nodeId of the node.
     * @return the directory.
     */
    public Path journalDir(final int nodeId) {
        return config.nodeDir(nodeId).resolve("journal-archive");
    }

    /**
     * Deletes the journal of a node that is down.
     *
     * @param nodeId of the node.
     */
    public void deleteJournal(final int nodeId) {
        requireDown(nodeId);
        IoUtil.delete(journalDir(nodeId).toFile(), false);
    }

    /**
     * Errors of all nodes, since the cluster was made, that match none of the patterns.
     *
     * @param expected regular expressions.
     * @return the unexpected errors.
     */
    public List<Throwable> unexpectedErrors(final String... expected) {
        final List<Throwable> errors = new ArrayList<>();
        for (final LogWatcher watcher : allWatchers) {
            errors.addAll(watcher.unexpectedErrors(expected));
        }
        return errors;
    }

    /**
     * Everything that all nodes logged.
     *
     * @return lines, node by node.
     */
    public String log() {
        final StringBuilder log = new StringBuilder();
        for (final LogWatcher watcher : allWatchers) {
            watcher.lines().forEach(line -> log.append(line).append('\n'));
        }
        return log.toString();
    }

    /** Leaves the cluster's directory when it is closed: what a test that failed wants. */
    public void keepFolder() {
        isFolderKept = true;
    }

    /** Ends all nodes and deletes their data, unless it {@linkplain #keepFolder() is kept}. */
    @Override
    public void close() {
        final List<Thread> closers = new ArrayList<>();
        for (final LockstepNode node : nodes) {
            if (node != null) {
                final Thread closer = new Thread(node::close, "close-node");
                closers.add(closer);
                closer.start();
            }
        }
        closers.forEach(LocalCluster::join);
        Arrays.fill(nodes, null);
        IoUtil.delete(config.markDir().toFile(), true);
        if (!isFolderKept) {
            IoUtil.delete(dir.toFile(), true);
        }
    }

    private void requireDown(final int nodeId) {
        if (nodes[nodeId] != null) {
            throw new IllegalStateException("node " + nodeId + " is running");
        }
    }

    private Integer leaderOf(final int shardId) {
        for (int i = 0; i < nodes.length; i++) {
            if (nodes[i] != null && nodes[i].isLeader(shardId)) {
                final NodeStatus.Shard status = shardStatus(i, shardId);
                if (status.isSeeded() && status.electionState().equals("CLOSED")) {
                    return i;
                }
            }
        }
        return null;
    }

    private static void join(final Thread thread) {
        try {
            thread.join();
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + thread.getName(), ex);
        }
    }

    /** Collects what a cluster shall be. */
    public static final class Builder {
        private final int basePort;
        private final Map<EngineSetting, Long> settings = new EnumMap<>(EngineSetting.class);
        private final List<TopicRoute> routes = new ArrayList<>();
        private int nodeCount = 3;
        private int shardCount = 1;
        private Profile profile = Profile.SMALL;
        private Durability durability = Durability.REPLICATED;
        private long lowSpaceBytes = 64L << 20;

        private AccessConfig access = AccessConfig.DEFAULTS;

        private Builder(final int basePort) {
            this.basePort = basePort;
            for (final EngineSetting setting : EngineSetting.values()) {
                settings.put(setting, setting.defaultValue());
            }
        }

        /**
         * Number of nodes.
         *
         * @param count 1 to 7.
         * @return this.
         */
        public Builder nodes(final int count) {
            nodeCount = count;
            return this;
        }

        /**
         * Number of shards.
         *
         * @param count from 1.
         * @return this.
         */
        public Builder shards(final int count) {
            shardCount = count;
            return this;
        }

        /**
         * Profile of threads and time-outs.
         *
         * @param value the profile.
         * @return this.
         */
        public Builder profile(final Profile value) {
            profile = value;
            return this;
        }

        /**
         * What an acknowledgement means for disks.
         *
         * @param value the durability.
         * @return this.
         */
        public Builder durability(final Durability value) {
            durability = value;
            return this;
        }

        /**
         * Free bytes below which nodes ask for read-only.
         *
         * @param bytes the threshold.
         * @return this.
         */
        public Builder lowSpaceBytes(final long bytes) {
            lowSpaceBytes = bytes;
            return this;
        }

        /**
         * A replicated setting.
         *
         * @param setting to seed.
         * @param value   in its unit.
         * @return this.
         */
        public Builder setting(final EngineSetting setting, final long value) {
            settings.put(setting, value);
            return this;
        }

        /**
         * Who may come in.
         *
         * @param value users and rules.
         * @return this.
         */
        public Builder access(final AccessConfig value) {
            access = value;
            return this;
        }

        /**
         * A prefix route.
         *
         * @param prefix  to seed.
         * @param shardId of its topics.
         * @return this.
         */
        public Builder route(final String prefix, final int shardId) {
            routes.add(new TopicRoute(prefix, shardId));
            return this;
        }

        /**
         * Makes the cluster; no node runs yet.
         *
         * @return the cluster.
         */
        public LocalCluster build() {
            try {
                final Path dir = Files.createTempDirectory("lockstep-test-");
                final List<NodeEndpoint> nodes = new ArrayList<>();
                for (int i = 0; i < nodeCount; i++) {
                    nodes.add(new NodeEndpoint(i, "localhost", basePort + NodeEndpoint.PORTS_PER_NODE * i));
                }
                final Path shm = Path.of("/dev/shm");
                // Of its own, so that what nodes leave there that could not end in order goes with the cluster.
                final Path marks = Files.isDirectory(shm)
                        ? Files.createTempDirectory(shm, "lockstep-test-")
                        : Files.createDirectory(dir.resolve("marks"));
                return new LocalCluster(
                        new ClusterConfig(
                                "test-" + ProcessHandle.current().pid(),
                                shardCount,
                                nodes,
                                profile,
                                durability,
                                LocalLayout.newSecret(),
                                dir,
                                marks,
                                SEGMENT_LENGTH,
                                lowSpaceBytes,
                                settings,
                                List.of(),
                                routes,
                                MqttLimits.DEFAULTS,
                                access),
                        dir);
            } catch (final IOException ex) {
                throw new UncheckedIOException("cannot make a directory for the cluster", ex);
            }
        }

        /**
         * Makes the cluster and starts all nodes.
         *
         * @return the running cluster.
         */
        public LocalCluster start() {
            final LocalCluster cluster = build();
            try {
                cluster.start();
                return cluster;
            } catch (final RuntimeException | AssertionError ex) {
                System.err.print(cluster.log());
                cluster.close();
                throw ex;
            }
        }
    }
}
