package io.lockstep.cli;

import io.lockstep.client.ClientConfig;
import io.lockstep.client.LockstepClient;
import io.lockstep.config.ClusterConfigLoader;
import io.lockstep.config.NodeEndpoint;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say which cluster a command speaks with. A picocli mixin. */
public final class ClusterOptions {
    private static final String DEFAULT_NODES = "localhost:20000,localhost:20100,localhost:20200";

    private static final String GATEWAYS = "gateway:";
    private static final String PASSWORD_VARIABLE = "LOCKSTEP_PASSWORD";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec mixee;

    @ArgGroup(exclusive = true)
    private Which which = new Which();

    @Option(
            names = "--user",
            paramLabel = "NAME",
            defaultValue = "",
            description =
                    "Name at a gateway; the password is taken from the environment variable " + PASSWORD_VARIABLE + ".")
    private String user = "";

    @Option(
            names = "--connect-timeout",
            paramLabel = "SECONDS",
            defaultValue = "15",
            description = "How long to wait for the cluster. Default: ${DEFAULT-VALUE}.")
    private int connectTimeoutSeconds = 15;

    private static final class Which {
        @Option(names = "--cluster", paramLabel = "FILE", description = "The cluster file.")
        private Path clusterFile;

        @Option(
                names = "--nodes",
                paramLabel = "HOST:PORT,...",
                description =
                        "Base ports of the nodes, in the order of their ids; or gateway:HOST:PORT,... to go through"
                                + " gateways. Default: " + DEFAULT_NODES + ".")
        private String nodes;
    }

    /** For picocli. */
    public ClusterOptions() {}

    /**
     * The nodes of the cluster.
     *
     * @return in the order of their ids.
     */
    public List<NodeEndpoint> nodes() {
        if (which.clusterFile != null) {
            return ClusterConfigLoader.load(which.clusterFile).nodes();
        }
        try {
            return ClientConfig.parseNodes(which.nodes == null ? DEFAULT_NODES : which.nodes);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(mixee.commandLine(), ex.getMessage(), ex);
        }
    }

    /**
     * Connects with the cluster.
     *
     * @param name of the client in counters and logs.
     * @return the client, to be closed by the caller.
     */
    public LockstepClient connect(final String name) {
        return LockstepClient.connect(
                withCluster(new ClientConfig()).clientName(name).connectTimeoutNs(connectTimeoutNs()));
    }

    private ClientConfig withCluster(final ClientConfig config) {
        if (which.nodes == null || !which.nodes.startsWith(GATEWAYS)) {
            return config.nodes(nodes());
        }
        try {
            return config.nodes(which.nodes)
                    .gatewayCredentials(user, System.getenv().getOrDefault(PASSWORD_VARIABLE, ""));
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(mixee.commandLine(), ex.getMessage(), ex);
        }
    }

    /**
     * How long to wait for the cluster.
     *
     * @return in nanoseconds.
     */
    public long connectTimeoutNs() {
        if (connectTimeoutSeconds < 1) {
            throw new ParameterException(mixee.commandLine(), "--connect-timeout takes at least 1 second");
        }
        return TimeUnit.SECONDS.toNanos(connectTimeoutSeconds);
    }
}
