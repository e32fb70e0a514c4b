package io.lockstep.testkit.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.config.ClusterConfig;
import io.lockstep.config.ClusterConfigLoader;
import io.lockstep.config.Durability;
import io.lockstep.config.GatewayEndpoint;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.config.Profile;
import io.lockstep.testkit.process.ClusterFolder;
import io.lockstep.testkit.process.LocalLayout;
import io.lockstep.testkit.process.ProcessCluster;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code dev}: a local cluster of real processes until it is stopped. */
@Command(
        name = "dev",
        description = "Runs a cluster of real processes on this machine until it is stopped.",
        mixinStandardHelpOptions = true,
        subcommands = DevStopCommand.class)
final class DevCommand implements Callable<Integer> {
    static final String DEFAULT_BASE_DIR = "${sys:java.io.tmpdir}/lockstep-dev";

    private static final long READY_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(90);
    private static final long WATCH_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(200);

    @Spec
    private CommandSpec spec;

    @Option(names = "--nodes", paramLabel = "N", defaultValue = "3", description = "number of nodes, default 3")
    private int nodeCount;

    @Option(names = "--shards", paramLabel = "N", defaultValue = "1", description = "number of shards, default 1")
    private int shardCount;

    @Option(names = "--gateways", paramLabel = "N", defaultValue = "1", description = "number of gateways, default 1")
    private int gatewayCount;

    @Option(
            names = "--durability",
            paramLabel = "WORD",
            defaultValue = "replicated",
            converter = ClusterWords.DurabilityConverter.class,
            description = "replicated or fsync, default replicated")
    private Durability durability;

    @Option(
            names = "--profile",
            paramLabel = "WORD",
            defaultValue = "small",
            converter = ClusterWords.ProfileConverter.class,
            description = "default, small or low-latency, default small")
    private Profile profile;

    @Option(
            names = "--base-dir",
            paramLabel = "D",
            defaultValue = DEFAULT_BASE_DIR,
            description = "folder of data, logs and cluster file, default ${DEFAULT-VALUE}; data in it is used again")
    private Path baseDir;

    @Option(
            names = "--base-port",
            paramLabel = "P",
            defaultValue = "20000",
            description = "first port of node 0, default 20000; each node takes 100 ports, gateways come behind them")
    private int basePort;

    @Option(names = "--detach", description = "return when the cluster serves, and leave it running")
    private boolean isDetached;

    @Option(names = "--output", paramLabel = "FORMAT", defaultValue = "text", description = "text or json")
    private OutputFormat output;

    @Override
    public Integer call() {
        final ClusterConfig config = config();
        final PrintWriter err = spec.commandLine().getErr();
        final String refusal = refusal(config);
        if (refusal != null) {
            err.println("lockstep dev: " + refusal);
            return 1;
        }
        final ProcessCluster cluster = ProcessCluster.create(config, false);
        try {
            err.println("starting " + nodeCount + " nodes in " + config.baseDir() + " ...");
            cluster.startAll();
            cluster.awaitReady(READY_TIMEOUT_NS);
            if (isDetached) {
                cluster.release();
            }
            print(cluster);
            return isDetached ? 0 : watch(cluster, err);
        } catch (final IllegalStateException ex) {
            err.println("lockstep dev: " + ex.getMessage());
            return 1;
        } finally {
            cluster.close();
        }
    }

    private ClusterConfig config() {
        try {
            if (gatewayCount < 0 || gatewayCount > NodeEndpoint.PORTS_PER_NODE / 2) {
                throw new IllegalArgumentException("the number of gateways is 0 to " + NodeEndpoint.PORTS_PER_NODE / 2);
            }
            final int gateways = ProcessCluster.hasGatewayProcess() ? gatewayCount : 0;
            return LocalLayout.config(baseDir, basePort, nodeCount, shardCount, gateways, profile, durability);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage(), ex);
        }
    }

    private static String refusal(final ClusterConfig config) {
        final ClusterFolder folder = new ClusterFolder(config.baseDir());
        if (Files.exists(folder.clusterFile())) {
            final List<String> running = folder.running();
            if (!running.isEmpty()) {
                return "a cluster runs from " + config.baseDir() + " already (" + String.join(", ", running)
                        + "); stop it with: lockstep dev stop --base-dir " + config.baseDir();
            }
            final ClusterConfig former = ClusterConfigLoader.load(folder.clusterFile(), Map.of());
            if (former.nodes().size() != config.nodes().size() || former.shardCount() != config.shardCount()) {
                return config.baseDir() + " holds the data of a cluster with "
                        + former.nodes().size() + " nodes and " + former.shardCount()
                        + " shards; ask for the same, delete the folder, or name another one with --base-dir";
            }
        }
        return LocalLayout.portInUse(config);
    }

    private void print(final ProcessCluster cluster) {
        final PrintWriter out = spec.commandLine().getOut();
        if (output == OutputFormat.JSON) {
            out.println(json(cluster));
        } else {
            for (final NodeEndpoint node : cluster.config().nodes()) {
                out.println("node " + node.id() + "     pid " + cluster.nodePid(node.id()) + "   "
                        + node.endpoint(node.basePort()) + "   http://" + node.endpoint(node.httpPort()) + "/status");
            }
            for (final GatewayEndpoint gateway : cluster.config().gateways()) {
                out.println("gateway " + gateway.id() + "  pid " + cluster.gatewayPid(gateway.id()) + "   mqtt "
                        + gateway.host() + ':' + gateway.mqttPort() + "   http://" + gateway.host() + ':'
                        + gateway.httpPort() + "/health");
            }
            out.println("use it with:    --nodes " + cluster.nodes());
            out.println("logs and data:  " + cluster.config().baseDir());
            out.println("stop it with:   lockstep dev stop --base-dir "
                    + cluster.config().baseDir() + (isDetached ? "" : "   (or Ctrl-C)"));
        }
        out.flush();
    }

    private static ObjectNode json(final ProcessCluster cluster) {
        final ObjectNode result = new ObjectMapper().createObjectNode();
        result.put("baseDir", cluster.config().baseDir().toString());
        final ArrayNode nodes = result.putArray("nodes");
        for (final NodeEndpoint node : cluster.config().nodes()) {
            nodes.addObject()
                    .put("id", node.id())
                    .put("pid", cluster.nodePid(node.id()))
                    .put("host", node.host())
                    .put("port", node.basePort())
                    .put("http", node.httpPort());
        }
        final ArrayNode gateways = result.putArray("gateways");
        for (final GatewayEndpoint gateway : cluster.config().gateways()) {
            gateways.addObject()
                    .put("id", gateway.id())
                    .put("pid", cluster.gatewayPid(gateway.id()))
                    .put("mqtt", gateway.mqttPort())
                    .put("http", gateway.httpPort());
        }
        return result;
    }

    // A process that ends stays down: this is where people try what the others do then.
    private static int watch(final ProcessCluster cluster, final PrintWriter err) {
        final Set<String> told = new HashSet<>();
        while (!cluster.isClosed()) {
            final Map<String, Integer> ended = cluster.ended();
            ended.forEach((name, status) -> {
                if (told.add(name)) {
                    err.println(name + " ended with status " + status + "; its log is "
                            + cluster.folder().log(name) + "; start it again with: lockstep "
                            + name.replaceFirst("-.*", "") + " --config "
                            + cluster.folder().clusterFile() + " --id " + name.replaceFirst(".*-", ""));
                    err.flush();
                }
            });
            if (ended.keySet().stream().filter(name -> name.startsWith("node-")).count()
                    == cluster.config().nodes().size()) {
                err.println("lockstep dev: all nodes ended");
                return 1;
            }
            LockSupport.parkNanos(WATCH_INTERVAL_NS);
        }
        return 0;
    }
}
