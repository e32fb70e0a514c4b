package io.lockstep.client;

import io.aeron.exceptions.AeronException;
import io.aeron.security.CredentialsSupplier;
import io.lockstep.access.IngressCredentials;
import io.lockstep.access.UserTable;
import io.lockstep.archive.idle.DriverSockets;
import io.lockstep.archive.replay.JournalReaderContext;
import io.lockstep.client.link.GatewayAddress;
import io.lockstep.config.NodeEndpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.agrona.ErrorHandler;

/**
 * How a client reaches its cluster. A builder: set what differs from the defaults and hand it to
 * {@link LockstepClient#connect(ClientConfig)}, which takes a copy. Not thread-safe.
 */
public final class ClientConfig {
    /** Base port that is assumed for a node of which only the host is given. */
    public static final int DEFAULT_BASE_PORT = 20_000;

    private List<NodeEndpoint> nodes = List.of();
    private List<GatewayAddress> gateways = List.of();
    private String aeronDirectoryName;
    private EmbeddedDriverMode embeddedDriverMode = EmbeddedDriverMode.OWN_THREAD;
    private DriverSockets driverSockets;
    private String clientHost;
    private String clientName = "lockstep-client";
    private long connectTimeoutNs = TimeUnit.SECONDS.toNanos(15);
    private long messageTimeoutNs = TimeUnit.SECONDS.toNanos(3);
    private long newLeaderTimeoutNs = TimeUnit.SECONDS.toNanos(10);
    private long imageLivenessTimeoutNs = JournalReaderContext.DEFAULT_SILENCE_TIMEOUT_NS;
    private ErrorHandler errorHandler = ClientConfig::printError;
    private long describeIntervalNs = TimeUnit.SECONDS.toNanos(1);
    private int recordWindowLength = 4 << 20;
    private int maxCatchUpReaders = 8;
    private String user;
    private byte[] password;
    private String clusterSecret;

    /** All defaults; {@link #nodes(String)} is still to be set. */
    public ClientConfig() {}

    /**
     * Parses the short form of a list of nodes.
     *
     * @param text {@code host:basePort,host:basePort,…}; the first has node id 0, the next 1, and so on. A missing port
     *             is {@value #DEFAULT_BASE_PORT}.
     * @return the nodes.
     * @throws IllegalArgumentException with a sentence where the text has another form.
     */
    public static List<NodeEndpoint> parseNodes(final String text) {
        Objects.requireNonNull(text, "text");
        if (GatewayAddress.isGateways(text)) {
            throw new IllegalArgumentException(
                    "the addresses of the nodes themselves are needed here, but '" + text + "' names gateways");
        }
        final List<NodeEndpoint> nodes = new ArrayList<>();
        for (final String part : text.split(",", -1)) {
            final String trimmed = part.trim();
            final int colon = trimmed.lastIndexOf(':');
            final String host = colon < 0 ? trimmed : trimmed.substring(0, colon);
            int basePort = DEFAULT_BASE_PORT;
            if (colon >= 0) {
                try {
                    basePort = Integer.parseInt(trimmed.substring(colon + 1));
                } catch (final NumberFormatException ex) {
                    throw new IllegalArgumentException(
                            "a list of nodes reads host:port,host:port,… but this one is '" + text + "'", ex);
                }
            }
            if (host.isBlank()) {
                throw new IllegalArgumentException(
                        "a list of nodes reads host:port,host:port,… but this one is '" + text + "'");
            }
            nodes.add(new NodeEndpoint(nodes.size(), host, basePort));
        }
        return nodes;
    }

    ClientConfig copy() {
        final ClientConfig copy = new ClientConfig();
        copy.nodes = nodes;
        copy.gateways = gateways;
        copy.aeronDirectoryName = aeronDirectoryName;
        copy.embeddedDriverMode = embeddedDriverMode;
        copy.driverSockets = driverSockets;
        copy.clientHost = clientHost;
        copy.clientName = clientName;
        copy.connectTimeoutNs = connectTimeoutNs;
        copy.messageTimeoutNs = messageTimeoutNs;
        copy.newLeaderTimeoutNs = newLeaderTimeoutNs;
        copy.imageLivenessTimeoutNs = imageLivenessTimeoutNs;
        copy.errorHandler = errorHandler;
        copy.describeIntervalNs = describeIntervalNs;
        copy.recordWindowLength = recordWindowLength;
        copy.maxCatchUpReaders = maxCatchUpReaders;
        copy.user = user;
        copy.password = password;
        copy.clusterSecret = clusterSecret;
        return copy;
    }

    /**
     * Sets who the client is, for a cluster or a gateway that asks. The name of the client is its client id in access rules.
     *
     * @param newUser     name.
     * @param newPassword as bytes; copied. It is sent as it is: use it where nobody listens.
     * @return this.
     */
    public ClientConfig credentials(final String newUser, final byte[] newPassword) {
        UserTable.checkName(newUser);
        user = newUser;
        password = newPassword.clone();
        clusterSecret = null;
        return this;
    }

    /**
     * Sets the secret of the cluster, for a client that the cluster trusts with everything, as gateways and nodes: it proves
     * that it knows the secret, which is not sent.
     *
     * @param secret that of the cluster file; empty or null for none.
     * @return this.
     */
    public ClientConfig clusterSecret(final String secret) {
        clusterSecret = secret == null || secret.isEmpty() ? null : secret;
        if (clusterSecret != null) {
            user = null;
            password = null;
        }
        return this;
    }

    /**
     * What the client shows to the cluster.
     *
     * @return never null.
     */
    public CredentialsSupplier credentialsSupplier() {
        final String clientId = clientName;
        final IngressCredentials credentials = user != null
                ? new IngressCredentials(IngressCredentials.Kind.PASSWORD, clientId, user, password)
                : clusterSecret != null ? IngressCredentials.secret(clientId) : IngressCredentials.anonymous(clientId);
        return new IngressIdentity(credentials, clusterSecret);
    }

    /**
     * Sets where the cluster is: the short form of its nodes, see {@link #parseNodes}, or {@code gateway:host:port,…}, the
     * gateways through which the client is to reach it, in the order in which they are tried. Through a gateway the client
     * speaks with nothing else; a missing port is {@value GatewayAddress#DEFAULT_PORT}.
     *
     * @param text the connection string.
     * @return this.
     */
    public ClientConfig nodes(final String text) {
        if (GatewayAddress.isGateways(Objects.requireNonNull(text, "text"))) {
            gateways = List.copyOf(GatewayAddress.parse(text));
            nodes = List.of();
            return this;
        }
        return nodes(parseNodes(text));
    }

    /**
     * Sets the nodes.
     *
     * @param newNodes at least one; not all need to be up.
     * @return this.
     */
    public ClientConfig nodes(final List<NodeEndpoint> newNodes) {
        if (newNodes.isEmpty()) {
            throw new IllegalArgumentException("a client needs at least one node to connect to");
        }
        nodes = List.copyOf(newNodes);
        gateways = List.of();
        return this;
    }

    /**
     * The gateways through which the client reaches its cluster.
     *
     * @return in the order in which they are tried; empty where it speaks with the nodes.
     */
    public List<GatewayAddress> gateways() {
        return gateways;
    }

    /** The user, for a gateway; empty for nobody. */
    String gatewayUser() {
        return user == null ? "" : user;
    }

    /** The password, for a gateway; empty for nobody. */
    byte[] gatewayPassword() {
        return password == null ? new byte[0] : password;
    }

    /**
     * The nodes.
     *
     * @return in the order of their ids; empty where none was set.
     */
    public List<NodeEndpoint> nodes() {
        return nodes;
    }

    /**
     * Names the directory of a running media driver to use instead of an embedded one. How soon a subscriber leaves a node
     * that fell silent is then up to that driver: it needs {@code imageLivenessTimeoutNs}, {@code timerIntervalNs} and
     * {@code statusMessageTimeoutNs} as {@link io.lockstep.archive.replay.ReaderDriver#configure} sets them. With Aeron's
     * own values it takes ten seconds and more; a client cannot ask a driver for them, so it cannot warn.
     *
     * @param name of the directory, or null for an embedded driver, the default.
     * @return this.
     */
    public ClientConfig aeronDirectoryName(final String name) {
        aeronDirectoryName = name;
        return this;
    }

    /**
     * Directory of a running media driver.
     *
     * @return the name, or null for an embedded driver.
     */
    public String aeronDirectoryName() {
        return aeronDirectoryName;
    }

    /**
     * Sets who runs the embedded driver.
     *
     * @param mode {@link EmbeddedDriverMode#OWN_THREAD} by default.
     * @return this.
     */
    public ClientConfig embeddedDriverMode(final EmbeddedDriverMode mode) {
        embeddedDriverMode = Objects.requireNonNull(mode, "mode");
        return this;
    }

    /**
     * Who runs the embedded driver.
     *
     * @return the mode.
     */
    public EmbeddedDriverMode embeddedDriverMode() {
        return embeddedDriverMode;
    }

    /**
     * Sets what watches the sockets of the embedded driver, so that the thread that runs it can sleep until a datagram comes
     * (see {@link io.lockstep.archive.idle.SocketIdleStrategy}) and is not late by the time that it sleeps. Needs
     * {@link EmbeddedDriverMode#INVOKER}.
     *
     * @param sockets closed by the caller, after the client; or null, the default.
     * @return this.
     */
    public ClientConfig driverSockets(final DriverSockets sockets) {
        driverSockets = sockets;
        return this;
    }

    /**
     * What watches the sockets of the embedded driver.
     *
     * @return the watcher, or null.
     */
    public DriverSockets driverSockets() {
        return driverSockets;
    }

    /**
     * Sets the address of this machine on which nodes reach the client.
     *
     * @param host name or address, or null to take the address that the system uses towards the first node.
     * @return this.
     */
    public ClientConfig clientHost(final String host) {
        clientHost = host;
        return this;
    }

    /**
     * Address of this machine on which nodes reach the client.
     *
     * @return name or address, or null for the one that the system uses towards the first node.
     */
    public String clientHost() {
        return clientHost;
    }

    /**
     * Names the client in the cluster's counters and logs.
     *
     * @param name a few characters.
     * @return this.
     */
    public ClientConfig clientName(final String name) {
        clientName = Objects.requireNonNull(name, "name");
        return this;
    }

    /**
     * Name in the cluster's counters and logs.
     *
     * @return the name.
     */
    public String clientName() {
        return clientName;
    }

    /**
     * Sets how long {@link LockstepClient#connect(ClientConfig)} waits.
     *
     * @param timeoutNs above 0.
     * @return this.
     */
    public ClientConfig connectTimeoutNs(final long timeoutNs) {
        connectTimeoutNs = positive("connectTimeoutNs", timeoutNs);
        return this;
    }

    /**
     * How long {@link LockstepClient#connect(ClientConfig)} waits.
     *
     * @return in nanoseconds.
     */
    public long connectTimeoutNs() {
        return connectTimeoutNs;
    }

    /**
     * Sets how long one attempt to connect to a shard may take before the next one begins.
     *
     * @param timeoutNs above 0.
     * @return this.
     */
    public ClientConfig messageTimeoutNs(final long timeoutNs) {
        messageTimeoutNs = positive("messageTimeoutNs", timeoutNs);
        return this;
    }

    /**
     * How long one attempt to connect to a shard may take.
     *
     * @return in nanoseconds.
     */
    public long messageTimeoutNs() {
        return messageTimeoutNs;
    }

    /**
     * Sets how long a session waits to hear of a new leader before it is given up for a new session. It must outlast two
     * elections in a row, so 5 to 10 seconds.
     *
     * @param timeoutNs above 0.
     * @return this.
     */
    public ClientConfig newLeaderTimeoutNs(final long timeoutNs) {
        newLeaderTimeoutNs = positive("newLeaderTimeoutNs", timeoutNs);
        return this;
    }

    /**
     * How long a session waits to hear of a new leader.
     *
     * @return in nanoseconds.
     */
    public long newLeaderTimeoutNs() {
        return newLeaderTimeoutNs;
    }

    /**
     * Sets the silence after which the embedded driver gives up a stream: what lets a reader move to another node.
     *
     * @param timeoutNs above 0.
     * @return this.
     */
    public ClientConfig imageLivenessTimeoutNs(final long timeoutNs) {
        imageLivenessTimeoutNs = positive("imageLivenessTimeoutNs", timeoutNs);
        return this;
    }

    /**
     * Silence after which the embedded driver gives up a stream.
     *
     * @return in nanoseconds.
     */
    public long imageLivenessTimeoutNs() {
        return imageLivenessTimeoutNs;
    }

    /**
     * Sets how often each shard is asked to describe itself, which also keeps the session alive.
     *
     * @param intervalNs above 0, well below the cluster's session time-out of 10 s and more.
     * @return this.
     */
    public ClientConfig describeIntervalNs(final long intervalNs) {
        describeIntervalNs = positive("describeIntervalNs", intervalNs);
        return this;
    }

    /**
     * How often each shard is asked to describe itself.
     *
     * @return in nanoseconds.
     */
    public long describeIntervalNs() {
        return describeIntervalNs;
    }

    /**
     * Sets who is told of errors on the threads of driver and Aeron client, and of errors that end nothing.
     *
     * @param handler for any thread; by default errors, but not warnings, are printed to standard error.
     * @return this.
     */
    public ClientConfig errorHandler(final ErrorHandler handler) {
        errorHandler = Objects.requireNonNull(handler, "handler");
        return this;
    }

    /**
     * Who is told of errors that end nothing.
     *
     * @return the handler.
     */
    public ErrorHandler errorHandler() {
        return errorHandler;
    }

    /**
     * Sets how many bytes of the latest records are kept in each shard for subscribers that share a reader. One that falls
     * further behind reads by itself until it has caught up. The memory is taken where a second subscriber reads a shard.
     *
     * @param lengthBytes a power of two from 64 KiB to 1 GiB; 4 MiB by default, which holds the longest record twice.
     * @return this.
     */
    public ClientConfig recordWindowLength(final int lengthBytes) {
        if (lengthBytes < 64 << 10 || lengthBytes > 1 << 30 || Integer.bitCount(lengthBytes) != 1) {
            throw new IllegalArgumentException(
                    "a window of records is a power of two from 64 KiB to 1 GiB, but it is " + lengthBytes);
        }
        recordWindowLength = lengthBytes;
        return this;
    }

    /**
     * Bytes of the latest records that are kept in each shard.
     *
     * @return a power of two.
     */
    public int recordWindowLength() {
        return recordWindowLength;
    }

    /**
     * Sets how many subscribers of a shard may catch up at once, each with a replay of its own at a node; the others wait
     * for their turn, which comes after at most a second for each one before them.
     *
     * @param count from 1 to 256; 8 by default.
     * @return this.
     */
    public ClientConfig maxCatchUpReaders(final int count) {
        if (count < 1 || count > 256) {
            throw new IllegalArgumentException("from 1 to 256 subscribers catch up at once, but it is " + count);
        }
        maxCatchUpReaders = count;
        return this;
    }

    /**
     * How many subscribers of a shard may catch up at once.
     *
     * @return from 1.
     */
    public int maxCatchUpReaders() {
        return maxCatchUpReaders;
    }

    // Aeron tells of every change of leader and every lost node as a warning; those are this client's daily work.
    private static void printError(final Throwable throwable) {
        if (!(throwable instanceof final AeronException exception)
                || exception.category() != AeronException.Category.WARN) {
            System.err.println("lockstep client: " + throwable);
        }
    }

    private static long positive(final String name, final long value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " must be above 0, but it is " + value);
        }
        return value;
    }
}
