package io.lockstep.testkit.process;

import com.fasterxml.jackson.databind.JsonNode;
import io.lockstep.config.ClusterConfig;
import io.lockstep.config.GatewayEndpoint;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.config.Profile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

/**
 * Nodes and gateways of one cluster as real processes of this machine, with their data, logs and process ids under the
 * configuration's base directory. The processes end with this object, and at the latest with this JVM, unless it was
 * {@linkplain #release() released}. Methods may be called from any thread, one at a time.
 */
public final class ProcessCluster implements AutoCloseable {
    private static final String FIELD_ORDER_CHECKS = "lockstep.field.order.checks";
    private static final String NODE_MAIN = "io.lockstep.cluster.node.NodeMain";
    private static final String GATEWAY_MAIN = "io.lockstep.gateway.GatewayMain";
    private static final long POLL_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long FREEZE_POLL_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long STOP_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(15);
    private static final int LAST_LINES = 15;
    private static final Pattern LOGGED_ERROR = Pattern.compile("^\\S+ (ERROR|FAILED) (?!.*: WARN - )");

    private final ClusterConfig config;
    private final ClusterFolder folder;
    private volatile boolean deleteOnClose;
    private final Map<String, Process> processes = new ConcurrentSkipListMap<>();
    private final Thread hook = new Thread(this::stopAndClean, "stop-cluster");
    private volatile boolean isClosed;

    private ProcessCluster(final ClusterConfig config, final boolean deleteOnClose) {
        this.config = config;
        this.folder = new ClusterFolder(config.baseDir());
        this.deleteOnClose = deleteOnClose;
    }

    /**
     * Prepares a cluster and writes its cluster file; starts nothing yet.
     *
     * @param config        of the cluster; all hosts are this machine.
     * @param deleteOnClose whether the base directory goes when the cluster is closed.
     * @return the cluster.
     */
    public static ProcessCluster create(final ClusterConfig config, final boolean deleteOnClose) {
        final ProcessCluster cluster = new ProcessCluster(config, deleteOnClose);
        cluster.folder.write(config);
        cluster.folder.writeOwner();
        cluster.folder.claimMarks(config);
        Runtime.getRuntime().addShutdownHook(cluster.hook);
        return cluster;
    }

    /**
     * Starts a whole cluster and waits until it serves.
     *
     * @param config        of the cluster; all hosts are this machine.
     * @param deleteOnClose whether the base directory goes when the cluster is closed.
     * @param timeoutNs     until it must serve.
     * @return the cluster.
     */
    public static ProcessCluster start(final ClusterConfig config, final boolean deleteOnClose, final long timeoutNs) {
        final ProcessCluster cluster = create(config, deleteOnClose);
        try {
            cluster.startAll();
            cluster.awaitReady(timeoutNs);
            return cluster;
        } catch (final RuntimeException ex) {
            cluster.close();
            throw ex;
        }
    }

    /**
     * Whether this class path holds the gateway's process.
     *
     * @return true if so.
     */
    public static boolean hasGatewayProcess() {
        return ProcessCluster.class.getClassLoader().getResource(GATEWAY_MAIN.replace('.', '/') + ".class") != null;
    }

    /** Starts all nodes, then all gateways, and waits for none of them. */
    public void startAll() {
        config.nodes().forEach(node -> startNode(node.id()));
        config.gateways().forEach(gateway -> startGateway(gateway.id()));
    }

    /**
     * Starts a node.
     *
     * @param nodeId of the node, which must not run.
     */
    public void startNode(final int nodeId) {
        config.node(nodeId);
        launch(nodeName(nodeId), NODE_MAIN, nodeId, nodeOptions());
    }

    /**
     * Starts a gateway.
     *
     * @param gatewayId of the gateway, which must not run.
     */
    public void startGateway(final int gatewayId) {
        launch(gatewayName(gatewayId), GATEWAY_MAIN, gatewayId, List.of("-Xmx256m"));
    }

    /**
     * Waits until all nodes that run are healthy, each shard has one leader among them and all its other nodes follow,
     * and all gateways are healthy.
     *
     * @param timeoutNs greatest time to wait.
     * @throws IllegalStateException where a process ended, or time is over; with the last lines of a log.
     */
    public void awaitReady(final long timeoutNs) {
        final long deadlineNs = System.nanoTime() + timeoutNs;
        while (!isReady()) {
            processes.forEach((name, process) -> {
                if (!process.isAlive()) {
                    throw new IllegalStateException(
                            name + " ended with status " + process.exitValue() + " while it should start" + tail(name));
                }
            });
            if (System.nanoTime() - deadlineNs > 0) {
                throw new IllegalStateException("the cluster was not ready within "
                        + TimeUnit.NANOSECONDS.toSeconds(timeoutNs) + " s: " + trouble());
            }
            LockSupport.parkNanos(POLL_INTERVAL_NS);
        }
    }

    /**
     * Waits until some node leads a shard.
     *
     * @param shardId   of the shard.
     * @param timeoutNs greatest time to wait.
     * @return id of the node.
     */
    public int awaitLeader(final int shardId, final long timeoutNs) {
        final int[] leader = {-1};
        await("a leader of shard " + shardId, timeoutNs, () -> {
            leader[0] = leader(shardId);
            return leader[0] >= 0;
        });
        return leader[0];
    }

    /**
     * The node that says that it leads a shard; of several, the one with the newest term.
     *
     * @param shardId of the shard.
     * @return its id, or -1.
     */
    public int leader(final int shardId) {
        int leader = -1;
        long greatestTerm = -1;
        for (final NodeEndpoint node : config.nodes()) {
            final JsonNode shard = shardStatus(node.id(), shardId);
            if (shard != null
                    && "LEADER".equals(shard.path("role").asText())
                    && shard.path("term").asLong() > greatestTerm) {
                greatestTerm = shard.path("term").asLong();
                leader = node.id();
            }
        }
        return leader;
    }

    /**
     * What a node says of itself.
     *
     * @param nodeId of the node.
     * @return the answer of {@code GET /status}, or null where none came.
     */
    public JsonNode status(final int nodeId) {
        final NodeEndpoint node = config.node(nodeId);
        return isNodeAlive(nodeId) ? ProcessHttp.status(node.host(), node.httpPort()) : null;
    }

    /**
     * What a gateway says of itself.
     *
     * @param gatewayId of the gateway.
     * @return the answer of {@code GET /status}, or null where none came.
     */
    public JsonNode gatewayStatus(final int gatewayId) {
        final GatewayEndpoint gateway = config.gateways().get(gatewayId);
        return ProcessHttp.status(gateway.host(), gateway.httpPort());
    }

    /**
     * Kills a node at once, as by {@code kill -9}, and waits until it is gone.
     *
     * @param nodeId of the node.
     */
    public void killNode(final int nodeId) {
        kill(nodeName(nodeId));
    }

    /**
     * Asks a node to stop, as by SIGTERM, and waits until it is gone.
     *
     * @param nodeId    of the node.
     * @param timeoutNs greatest time to wait.
     * @return its exit status.
     * @throws IllegalStateException where it did not end in time; it still runs then.
     */
    public int stopNode(final int nodeId, final long timeoutNs) {
        final Process process = process(nodeName(nodeId));
        process.destroy();
        if (!ClusterFolder.awaitEnd(process.toHandle(), timeoutNs)) {
            throw new IllegalStateException(nodeName(nodeId) + " did not end within "
                    + TimeUnit.NANOSECONDS.toSeconds(timeoutNs) + " s" + tail(nodeName(nodeId)));
        }
        return exitStatus(process);
    }

    /**
     * Freezes a node, as by SIGSTOP, or lets it go on, as by SIGCONT. It stands still when this returns.
     *
     * @param nodeId   of the node.
     * @param isFrozen whether it shall stand still.
     */
    public void freezeNode(final int nodeId, final boolean isFrozen) {
        freeze(process(nodeName(nodeId)), isFrozen);
    }

    /**
     * Freezes a gateway, as by SIGSTOP, or lets it go on, as by SIGCONT. It stands still when this returns.
     *
     * @param gatewayId of the gateway.
     * @param isFrozen  whether it shall stand still.
     */
    public void freezeGateway(final int gatewayId, final boolean isFrozen) {
        freeze(process(gatewayName(gatewayId)), isFrozen);
    }

    /**
     * Kills a gateway at once, as by {@code kill -9}.
     *
     * @param gatewayId of the gateway.
     */
    public void killGateway(final int gatewayId) {
        kill(gatewayName(gatewayId));
    }

    /**
     * Whether a node's process runs.
     *
     * @param nodeId of the node.
     * @return true if so.
     */
    public boolean isNodeAlive(final int nodeId) {
        final Process process = processes.get(nodeName(nodeId));
        return process != null && process.isAlive();
    }

    /**
     * Process id of a node.
     *
     * @param nodeId of the node.
     * @return the id, of the last process where several were started.
     */
    public long nodePid(final int nodeId) {
        return process(nodeName(nodeId)).pid();
    }

    /**
     * Process id of a gateway.
     *
     * @param gatewayId of the gateway.
     * @return the id.
     */
    public long gatewayPid(final int gatewayId) {
        return process(gatewayName(gatewayId)).pid();
    }

    /**
     * Names and exit statuses of processes that ended.
     *
     * @return by name, as in {@code node-0}.
     */
    public Map<String, Integer> ended() {
        final Map<String, Integer> ended = new LinkedHashMap<>();
        processes.forEach((name, process) -> {
            if (!process.isAlive()) {
                ended.put(name, process.exitValue());
            }
        });
        return ended;
    }

    /**
     * Whether the processes were stopped, are being stopped, or were released.
     *
     * @return true if so.
     */
    public boolean isClosed() {
        return isClosed;
    }

    /**
     * Configuration of the cluster.
     *
     * @return the configuration.
     */
    public ClusterConfig config() {
        return config;
    }

    /**
     * Cluster file, logs and process ids.
     *
     * @return the folder.
     */
    public ClusterFolder folder() {
        return folder;
    }

    /**
     * The nodes as a client wants them.
     *
     * @return {@code host:basePort,…} in the order of their ids.
     */
    public String nodes() {
        return String.join(
                ",",
                config.nodes().stream()
                        .map(node -> node.endpoint(node.basePort()))
                        .toList());
    }

    /** Asks every process that runs to write where its threads are into its log, as by SIGQUIT. */
    public void dumpThreads() {
        for (final Process process : processes.values()) {
            if (process.isAlive()) {
                signal(process, "QUIT");
            }
        }
    }

    /**
     * Errors and failures in the logs of all nodes that match none of the patterns. Warnings of Aeron are part of
     * elections and do not count.
     *
     * @param expected regular expressions searched in the line.
     * @return the lines, each behind the name of its process.
     */
    public List<String> unexpectedErrors(final String... expected) {
        final List<Pattern> patterns =
                Arrays.stream(expected).map(Pattern::compile).toList();
        final List<String> errors = new ArrayList<>();
        for (final String name : processes.keySet()) {
            try {
                for (final String line : Files.readAllLines(folder.log(name))) {
                    if (LOGGED_ERROR.matcher(line).find()
                            && patterns.stream()
                                    .noneMatch(pattern -> pattern.matcher(line).find())) {
                        errors.add(name + ": " + line);
                    }
                }
            } catch (final IOException ex) {
                throw new UncheckedIOException("cannot read the log of " + name, ex);
            }
        }
        return errors;
    }

    /** Leaves the base directory when the cluster is closed. */
    public void keepFolder() {
        deleteOnClose = false;
    }

    /** Leaves the processes alone from now on: they outlive this object and this JVM. */
    public void release() {
        Runtime.getRuntime().removeShutdownHook(hook);
        folder.deleteOwner();
        isClosed = true;
    }

    /** Stops gateways, then nodes, and deletes what was asked. Closing twice is harmless. */
    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (final IllegalStateException ex) {
            // The JVM ends already, and the hook does the work.
            return;
        }
        stopAndClean();
    }

    private synchronized void stopAndClean() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        stopAll("gateway-");
        stopAll("node-");
        processes.keySet().forEach(name -> folder.pidFile(name).delete());
        folder.deleteOwner();
        folder.deleteMarks(config);
        if (deleteOnClose) {
            ClusterFolder.deleteTree(config.baseDir());
        }
    }

    private void stopAll(final String prefix) {
        final List<Process> all = new ArrayList<>();
        processes.forEach((name, process) -> {
            if (name.startsWith(prefix) && process.isAlive()) {
                // A frozen process ends only after it was let go.
                signal(process, "CONT");
                process.destroy();
                all.add(process);
            }
        });
        for (final Process process : all) {
            if (!ClusterFolder.awaitEnd(process.toHandle(), STOP_TIMEOUT_NS)) {
                process.destroyForcibly();
                ClusterFolder.awaitEnd(process.toHandle(), STOP_TIMEOUT_NS);
            }
        }
    }

    private void kill(final String name) {
        final Process process = process(name);
        process.destroyForcibly();
        exitStatus(process);
    }

    private static int exitStatus(final Process process) {
        try {
            return process.waitFor();
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a process ended", ex);
        }
    }

    private static void freeze(final Process process, final boolean isFrozen) {
        signal(process, isFrozen ? "STOP" : "CONT");
        final long beganNs = System.nanoTime();
        while (isFrozen && !ProcessThreads.areStopped(process.pid())) {
            if (!process.isAlive() || System.nanoTime() - beganNs > STOP_TIMEOUT_NS) {
                throw new IllegalStateException("process " + process.pid() + " does not stand still");
            }
            LockSupport.parkNanos(FREEZE_POLL_INTERVAL_NS);
        }
    }

    private static void signal(final Process process, final String name) {
        try {
            exitStatus(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start());
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot run kill", ex);
        }
    }

    private synchronized void launch(final String name, final String main, final int id, final List<String> options) {
        if (isClosed) {
            throw new IllegalStateException("the cluster is closed, so " + name + " is not started");
        }
        final Process running = processes.get(name);
        if (running != null && running.isAlive()) {
            throw new IllegalStateException(name + " runs already, with process id " + running.pid());
        }
        final List<String> command = new ArrayList<>();
        if (Files.isExecutable(Path.of("/usr/bin/setsid"))) {
            // Its own session: Ctrl-C in the terminal reaches only us, so that we can stop the others in order.
            command.add("/usr/bin/setsid");
        }
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-opens",
                "java.base/jdk.internal.misc=ALL-UNNAMED",
                "--add-opens",
                "java.base/java.util.zip=ALL-UNNAMED",
                "-Djava.net.preferIPv4Stack=true",
                // Off in production, on in tests: as in the process that starts them.
                "-D" + FIELD_ORDER_CHECKS + "=" + System.getProperty(FIELD_ORDER_CHECKS, "true"),
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
        command.addAll(List.of("--config", folder.clusterFile().toString(), "--id", Integer.toString(id)));
        final ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(folder.log(name).toFile()));
        // Everything that counts stands in the cluster file; what the user set for other clusters must not leak in.
        builder.environment().keySet().removeIf(variable -> variable.startsWith("LOCKSTEP_"));
        try {
            final Process process = builder.start();
            processes.put(name, process);
            folder.pidFile(name).write(process.toHandle());
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot start " + name, ex);
        }
    }

    private List<String> nodeOptions() {
        final List<String> options = new ArrayList<>(List.of(
                "-XX:+PerfDisableSharedMem",
                "-XX:+UnlockDiagnosticVMOptions",
                "-XX:GuaranteedSafepointInterval=300000",
                "-XX:MetaspaceSize=64m"));
        options.addAll(config.profile() == Profile.SMALL ? List.of("-Xms64m", "-Xmx384m") : List.of("-Xmx1g"));
        return options;
    }

    private boolean isReady() {
        final int[] leaders = new int[config.shardCount()];
        for (final NodeEndpoint node : config.nodes()) {
            if (isNodeAlive(node.id()) && !isServing(node, leaders)) {
                return false;
            }
        }
        for (final int count : leaders) {
            if (count != 1) {
                return false;
            }
        }
        for (final GatewayEndpoint gateway : config.gateways()) {
            if (processes.containsKey(gatewayName(gateway.id()))
                    && !ProcessHttp.isHealthy(gateway.host(), gateway.httpPort())) {
                return false;
            }
        }
        return true;
    }

    private boolean isServing(final NodeEndpoint node, final int[] leaders) {
        final JsonNode status = status(node.id());
        if (status == null || status.path("shards").size() != leaders.length) {
            return false;
        }
        for (final JsonNode shard : status.path("shards")) {
            final String role = shard.path("role").asText();
            if ("LEADER".equals(role)) {
                leaders[shard.path("shard").asInt()]++;
            } else if (!"FOLLOWER".equals(role)) {
                return false;
            }
        }
        return ProcessHttp.isHealthy(node.host(), node.httpPort());
    }

    private JsonNode shardStatus(final int nodeId, final int shardId) {
        final JsonNode status = status(nodeId);
        if (status != null) {
            for (final JsonNode shard : status.path("shards")) {
                if (shard.path("shard").asInt() == shardId) {
                    return shard;
                }
            }
        }
        return null;
    }

    private String trouble() {
        for (final NodeEndpoint node : config.nodes()) {
            if (isNodeAlive(node.id()) && !ProcessHttp.isHealthy(node.host(), node.httpPort())) {
                return "node " + node.id() + " is not healthy, its status is " + status(node.id())
                        + tail(nodeName(node.id()));
            }
        }
        for (final GatewayEndpoint gateway : config.gateways()) {
            if (!ProcessHttp.isHealthy(gateway.host(), gateway.httpPort())) {
                return "gateway " + gateway.id() + " is not healthy" + tail(gatewayName(gateway.id()));
            }
        }
        return "a shard has no leader, or a node does not follow";
    }

    private String tail(final String name) {
        final Path log = folder.log(name);
        try {
            final List<String> lines = Files.readAllLines(log);
            return "; the end of " + log + ":\n"
                    + String.join("\n", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
        } catch (final IOException ex) {
            return "; its log " + log + " cannot be read: " + ex;
        }
    }

    private Process process(final String name) {
        final Process process = processes.get(name);
        if (process == null) {
            throw new IllegalArgumentException(name + " was never started");
        }
        return process;
    }

    private static void await(final String what, final long timeoutNs, final BooleanSupplier condition) {
        final long deadlineNs = System.nanoTime() + timeoutNs;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new IllegalStateException(
                        "there was not " + what + " within " + TimeUnit.NANOSECONDS.toSeconds(timeoutNs) + " s");
            }
            LockSupport.parkNanos(POLL_INTERVAL_NS);
        }
    }

    private static String nodeName(final int nodeId) {
        return "node-" + nodeId;
    }

    private static String gatewayName(final int gatewayId) {
        return "gateway-" + gatewayId;
    }
}
