package io.lockstep.gateway;

import io.lockstep.config.ClusterConfigLoader;
import io.lockstep.config.ConfigException;
import io.lockstep.config.GatewayEndpoint;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.agrona.concurrent.ShutdownSignalBarrier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The gateway process: {@code --config F --id N}. Prints one line on standard output when it listens, logs to standard
 * error, and drains on SIGTERM. Ends with 0 after a signal, 1 after a failure, 2 where it was called wrongly.
 */
@Command(
        name = "gateway",
        mixinStandardHelpOptions = true,
        subcommands = DrainCommand.class,
        description = "Runs one gateway: clients speak MQTT with it, and it speaks with the cluster.")
public final class GatewayMain implements Callable<Integer> {
    private static final int FAILURE = 1;

    @Option(names = "--config", paramLabel = "FILE", description = "The cluster file.")
    private Path configFile;

    @Option(names = "--id", paramLabel = "N", description = "Id of the gateway in the cluster file.")
    private Integer gatewayId;

    @Spec
    private CommandSpec spec;

    /** Made by the command line. */
    public GatewayMain() {}

    /**
     * Runs the process.
     *
     * @param args see the class.
     */
    public static void main(final String[] args) {
        final int status = new CommandLine(new GatewayMain()).execute(args);
        System.out.flush();
        System.err.flush();
        // Not exit: after a signal the virtual machine would end with the signal's status.
        Runtime.getRuntime().halt(status);
    }

    @Override
    public Integer call() {
        // Not required by the command line, because a subcommand does without.
        if (configFile == null || gatewayId == null) {
            throw new ParameterException(spec.commandLine(), "Missing required options: '--config=FILE', '--id=N'");
        }
        final GatewayConfig config;
        try {
            config = GatewayConfig.of(ClusterConfigLoader.load(configFile), gatewayId);
        } catch (final ConfigException | IllegalArgumentException ex) {
            log(ex.getMessage());
            return CommandLine.ExitCode.USAGE;
        }
        return run(config);
    }

    private static int run(final GatewayConfig config) {
        // An Error on any of Aeron's threads leaves a process that looks alive and does nothing.
        Thread.setDefaultUncaughtExceptionHandler((thread, throwable) -> {
            log("thread " + thread.getName() + " ended by " + throwable);
            if (throwable instanceof Error) {
                Runtime.getRuntime().halt(FAILURE);
            }
        });
        log("starting gateway " + config.endpoint().id() + " of cluster " + config.clusterName() + " with nodes "
                + config.nodes() + " and " + config.limits());
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final ShutdownSignalBarrier barrier = new ShutdownSignalBarrier();
        final LockstepGateway gateway;
        try {
            gateway = LockstepGateway.start(config, GatewayMain::log, error -> {
                failure.compareAndSet(null, error);
                barrier.signal();
            });
        } catch (final IllegalStateException ex) {
            log(ex.getMessage());
            return FAILURE;
        }
        final StringBuilder ready = new StringBuilder("LOCKSTEP GATEWAY READY id=");
        ready.append(config.endpoint().id());
        gateway.mqttListeners()
                .forEach(listener -> ready.append(' ')
                        .append(listener.transport().key())
                        .append('=')
                        .append(listener.port()));
        if (gateway.aeronPort() != GatewayEndpoint.NO_PORT) {
            ready.append(" aeron=").append(gateway.aeronPort());
        }
        System.out.println(ready.append(" http=").append(gateway.httpPort()));
        System.out.flush();
        barrier.await();
        log("stopping");
        gateway.close();
        final Throwable error = failure.get();
        if (error != null) {
            log("stopped because of an error: " + error);
            for (final StackTraceElement element : error.getStackTrace()) {
                log("  at " + element);
            }
            return FAILURE;
        }
        log("stopped");
        return CommandLine.ExitCode.OK;
    }

    private static void log(final String line) {
        System.err.println(Instant.now().truncatedTo(ChronoUnit.MILLIS) + " gateway: " + line);
    }
}
