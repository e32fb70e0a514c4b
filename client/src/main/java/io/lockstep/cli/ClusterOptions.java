package io.lockstep.cli;

import io.lockstep.client.ClientConfig;
import io.lockstep.client.LockstepClient;
import io.lockstep.config.ClusterConfigLoader;
import io.lockstep.config.NodeEndpoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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
            names = "--connect-timeout",
            paramLabel = "SECONDS",
            defaultValue = "15",
            description = "How long to wait for the cluster. Default: ${DEFAULT-VALUE}.")
    private int connectTimeoutSeconds = 15;

    @Option(
            names = "--user",
            paramLabel = "NAME",
            description = {
                "User, for a cluster or a gateway that asks who comes. Default: $LOCKSTEP_USER.",
                "Without one, a --cluster file that holds the secret of the cluster opens the door."
            })
    private String user;

    @Option(
            names = "--password-file",
            paramLabel = "FILE",
            description =
                    "File whose first line is the password of the user. Default: $LOCKSTEP_PASSWORD_FILE, or the password itself"
                            + " in $" + PASSWORD_VARIABLE + ".")
    private Path passwordFile;

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
                identify(withCluster(new ClientConfig()).clientName(name).connectTimeoutNs(connectTimeoutNs())));
    }

    private ClientConfig withCluster(final ClientConfig config) {
        if (which.nodes == null || !which.nodes.startsWith(GATEWAYS)) {
            return config.nodes(nodes());
        }
        try {
            return config.nodes(which.nodes);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(mixee.commandLine(), ex.getMessage(), ex);
        }
    }

    /**
     * Says who the client is, as the options do.
     *
     * @param config to change.
     * @return the same.
     */
    public ClientConfig identify(final ClientConfig config) {
        final String name = user == null ? System.getenv("LOCKSTEP_USER") : user;
        if (name != null && !name.isEmpty()) {
            try {
                return config.credentials(name, password());
            } catch (final IllegalArgumentException ex) {
                throw new ParameterException(mixee.commandLine(), ex.getMessage(), ex);
            }
        }
        return which.clusterFile == null
                ? config
                : config.clusterSecret(
                        ClusterConfigLoader.load(which.clusterFile).secret());
    }

    private byte[] password() {
        final String file = System.getenv("LOCKSTEP_PASSWORD_FILE");
        final Path path = passwordFile == null && file != null && !file.isEmpty() ? Path.of(file) : passwordFile;
        final String text = System.getenv(PASSWORD_VARIABLE);
        if (path != null) {
            return firstLine(path);
        }
        if (text == null) {
            throw new ParameterException(
                    mixee.commandLine(), "--user needs --password-file, or the password in " + PASSWORD_VARIABLE);
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private byte[] firstLine(final Path path) {
        try {
            final List<String> lines = Files.readAllLines(path, StandardCharsets.UTF_8);
            return (lines.isEmpty() ? "" : lines.get(0)).getBytes(StandardCharsets.UTF_8);
        } catch (final IOException ex) {
            throw new ParameterException(
                    mixee.commandLine(), "the file " + path + " cannot be read as UTF-8 text: " + ex, ex);
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
