package io.lockstep.testkit.cli;

import io.lockstep.config.ClusterConfig;
import io.lockstep.config.Durability;
import io.lockstep.config.Profile;
import io.lockstep.testkit.process.LocalLayout;
import io.lockstep.testkit.process.ProcessCluster;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code demo}: the main job in one go. */
@Command(
        name = "demo",
        description =
                "Runs a cluster in a temporary folder, publishes real readings, consumes them at two nodes, kills the"
                        + " leader half-way with kill -9, starts it again and compares what was sent with what came out, and the"
                        + " journals of all nodes. Exit status 0 only if nothing was lost, duplicated or reordered and the"
                        + " journals are identical.",
        mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
    private static final int FIRST_BASE_PORT = 21_000;

    @Spec
    private CommandSpec spec;

    @Option(names = "--file", paramLabel = "F", description = "publish the lines of this file instead of the sample")
    private Path file;

    @Option(names = "--nodes", paramLabel = "N", defaultValue = "3", description = "number of nodes, default 3")
    private int nodeCount;

    @Option(names = "--shards", paramLabel = "N", defaultValue = "1", description = "number of shards, default 1")
    private int shardCount;

    @Option(names = "--rate", paramLabel = "R", defaultValue = "2500", description = "lines per second, default 2500")
    private int rate;

    @Option(
            names = "--base-port",
            paramLabel = "P",
            description = "first port of node 0; default: the first free block from " + FIRST_BASE_PORT)
    private Integer basePort;

    @Option(names = "--keep", description = "leave data, logs and message files in the temporary folder")
    private boolean isKept;

    @Option(names = "--output", paramLabel = "FORMAT", defaultValue = "text", description = "text or json")
    private OutputFormat output;

    @Override
    public Integer call() throws IOException {
        final LineSource source = source();
        final PrintWriter err = spec.commandLine().getErr();
        final Progress progress = new Progress(err);
        final long beginNs = System.nanoTime();
        final Path folder = Files.createTempDirectory("lockstep-demo-");
        final ClusterConfig config;
        try {
            config = config(folder);
        } catch (final RuntimeException ex) {
            Files.delete(folder);
            throw ex;
        }
        final String refusal = LocalLayout.portInUse(config);
        if (refusal != null) {
            Files.delete(folder);
            err.println("lockstep demo: " + refusal);
            return 1;
        }
        final Demo demo = new Demo(config, source, rate, progress);
        // Ctrl-C: the clients close, so that their drivers leave nothing in shared memory, and the processes end.
        final Thread hook = new Thread(demo::close, "stop-demo");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            return finish(demo, demo::run, progress, folder, beginNs);
        } finally {
            err.flush();
            demo.close();
            removeHook(hook);
        }
    }

    /** Runs and reports. Unless everything is good, whatever happened, the folder stays: it is the evidence. */
    int finish(
            final Demo demo,
            final Supplier<DemoReport> run,
            final Progress progress,
            final Path folder,
            final long beginNs) {
        final PrintWriter err = spec.commandLine().getErr();
        boolean isGood = false;
        try {
            final DemoReport report = run.get();
            progress.closeLine();
            print(report, TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - beginNs));
            isGood = report.isGood();
            if (!isGood) {
                err.println(
                        "lockstep demo: not everything came out as it went in; data, logs and message files stay in "
                                + folder);
            } else if (isKept) {
                err.println("data, logs and message files: " + folder);
            }
            return isGood ? 0 : 1;
        } catch (final RuntimeException ex) {
            progress.closeLine();
            if (demo.isClosed()) {
                // Nobody looks for faults in what he stopped himself.
                isGood = true;
                err.println("lockstep demo: stopped");
                return 1;
            }
            err.println("lockstep demo: " + ex.getMessage() + "; data and logs stay in " + folder);
            return 1;
        } finally {
            if (!isGood || isKept) {
                demo.keepFolder();
            }
        }
    }

    private static void removeHook(final Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (final IllegalStateException ex) {
            // The JVM ends already: the hook runs, and does the same as the caller did.
            return;
        }
    }

    private LineSource source() {
        try {
            if (rate < 1 || rate > 1_000_000) {
                throw new IllegalArgumentException("--rate is 1 to 1000000, but it is " + rate);
            }
            if (nodeCount < 3) {
                throw new IllegalArgumentException(
                        "a cluster goes on without its leader only from three nodes on, but --nodes is " + nodeCount);
            }
            return file == null ? LineSource.sample() : LineSource.file(file);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage(), ex);
        }
    }

    private ClusterConfig config(final Path folder) {
        final int gateways = ProcessCluster.hasGatewayProcess() ? 1 : 0;
        try {
            final int port = basePort == null
                    ? LocalLayout.freeBasePort(FIRST_BASE_PORT, nodeCount, shardCount, gateways)
                    : basePort;
            return LocalLayout.config(
                    folder, port, nodeCount, shardCount, gateways, Profile.SMALL, Durability.REPLICATED);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage(), ex);
        }
    }

    private void print(final DemoReport report, final long seconds) {
        final PrintWriter out = spec.commandLine().getOut();
        if (output == OutputFormat.JSON) {
            out.println(report.json());
        } else {
            report.lines().forEach(out::println);
            out.println("took             " + seconds + " s");
            out.println(report.isGood() ? "GOOD" : "NOT GOOD");
        }
        out.flush();
    }
}
