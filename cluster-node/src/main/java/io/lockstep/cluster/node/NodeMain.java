package io.lockstep.cluster.node;

import io.lockstep.config.ClusterConfig;
import io.lockstep.config.ClusterConfigLoader;
import io.lockstep.config.ClusterConfigWriter;
import io.lockstep.config.ConfigException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.agrona.concurrent.ShutdownSignalBarrier;

/**
 * The process of one node: {@code node --config F --id N}. SIGTERM and SIGINT hand leadership over and end with status
 * 0; a node that cannot start or cannot be trusted any more says why in one sentence and ends with status 1; wrong
 * usage, and a cluster file that does not fit the data, end with status 2.
 */
public final class NodeMain {
    private static final int EXIT_FAILURE = 1;
    private static final int EXIT_USAGE = 2;
    private static final String USAGE = """
            Usage: lockstep node --config FILE --id N [--accept-loss]

            Runs one node of a cluster until it is stopped with SIGTERM or Ctrl-C.

              --config FILE   the cluster file
              --id N          id of this node in the cluster file
              --accept-loss   start with the log that is there, or none, although this machine lost power or its disk
                              and acknowledged messages may be missing; without it such a node first fetches the
                              log from the others. For the case that a majority of machines lost theirs.
              --help          prints this text
            """;

    private NodeMain() {}

    /**
     * Runs a node.
     *
     * @param args see {@code --help}.
     */
    public static void main(final String[] args) {
        String configFile = null;
        String id = null;
        boolean isLossAccepted = false;
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--help", "-h" -> {
                    System.out.print(USAGE);
                    return;
                }
                case "--accept-loss" -> isLossAccepted = true;
                case "--config" -> configFile = ++i < args.length ? args[i] : null;
                case "--id" -> id = ++i < args.length ? args[i] : null;
                default -> usage("unknown argument '" + args[i] + "'");
            }
        }
        if (configFile == null || id == null || !id.matches("\\d{1,2}")) {
            usage("--config FILE and --id N are needed");
        }
        run(Path.of(configFile), Integer.parseInt(id), isLossAccepted);
    }

    private static void run(final Path configFile, final int nodeId, final boolean isLossAccepted) {
        final ClusterConfig config;
        try {
            config = ClusterConfigLoader.load(configFile);
            config.node(nodeId);
        } catch (final ConfigException | IllegalArgumentException ex) {
            System.err.println("lockstep node: " + ex.getMessage());
            System.exit(EXIT_USAGE);
            return;
        }
        // An Error on any of Aeron's threads leaves a process that looks alive and does nothing.
        Thread.setDefaultUncaughtExceptionHandler((thread, throwable) -> {
            log(System.err, "thread " + thread.getName() + " ended by " + throwable);
            if (throwable instanceof Error) {
                Runtime.getRuntime().halt(EXIT_FAILURE);
            }
        });
        log(
                System.err,
                "starting node " + nodeId + " of cluster " + config.name() + ", profile "
                        + config.profile().key() + ", " + config.shardCount() + " shard(s), directory "
                        + config.nodeDir(nodeId));
        ClusterConfigWriter.effective(config).forEach(line -> log(System.err, "config: " + line));
        final ShutdownSignalBarrier barrier = new ShutdownSignalBarrier();
        final AtomicBoolean isStarted = new AtomicBoolean();
        haltWhenSignalledBefore(isStarted, barrier);
        final LockstepNode node;
        try {
            node = LockstepNode.launch(
                    config,
                    nodeId,
                    new LoggingListener(),
                    new NodeOptions(
                            isLossAccepted,
                            UnaryOperator.identity(),
                            UnaryOperator.identity(),
                            UnaryOperator.identity()));
        } catch (final NodeStartException ex) {
            System.err.println("lockstep node: " + ex.getMessage());
            System.err.flush();
            Runtime.getRuntime().halt(ex instanceof WrongClusterFileException ? EXIT_USAGE : EXIT_FAILURE);
            return;
        }
        isStarted.set(true);
        System.out.println("LOCKSTEP NODE READY id=" + nodeId + " http="
                + node.endpoint().endpoint(node.endpoint().httpPort()));
        System.out.flush();
        barrier.await();
        log(System.err, "stopping");
        node.close();
        log(System.err, "stopped");
        Runtime.getRuntime().halt(0);
    }

    // A start may take long: it replays the log, or waits for other nodes. Whoever stops it shall not have to wait, and
    // a
    // node that has not taken its place has nothing to hand over.
    private static void haltWhenSignalledBefore(final AtomicBoolean isStarted, final ShutdownSignalBarrier barrier) {
        final Thread waiter = new Thread(
                () -> {
                    barrier.await();
                    if (!isStarted.get()) {
                        log(System.err, "stopped before the start was complete");
                        Runtime.getRuntime().halt(0);
                    }
                },
                "lockstep-start-stopper");
        waiter.setDaemon(true);
        waiter.start();
    }

    private static void usage(final String problem) {
        System.err.println("lockstep node: " + problem);
        System.err.print(USAGE);
        System.exit(EXIT_USAGE);
    }

    private static void log(final PrintStream stream, final String line) {
        stream.println(Instant.now() + " " + line);
        stream.flush();
    }

    private static final class LoggingListener implements NodeListener {
        @Override
        public void onEvent(final String line) {
            log(System.err, line);
        }

        @Override
        public void onError(final Throwable throwable) {
            log(System.err, "ERROR " + throwable);
            Throwable cause = throwable.getCause();
            for (int depth = 0; cause != null && depth < 4; depth++) {
                log(System.err, "  caused by " + cause);
                cause = cause.getCause();
            }
        }

        @Override
        public void onFailed(final String reason) {
            log(System.err, "FAILED " + reason);
            Runtime.getRuntime().halt(EXIT_FAILURE);
        }
    }
}
