package io.lockstep.client.internal;

import io.aeron.Aeron;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.lockstep.archive.replay.ReaderDriver;
import io.lockstep.client.ClientConfig;
import io.lockstep.client.EmbeddedDriverMode;
import io.lockstep.client.SharedCoreIdling;
import io.lockstep.config.NodeEndpoint;
import java.io.File;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.NoOpLock;

/**
 * The media driver (embedded, or somebody else's) and the Aeron client of one Lockstep client. The only place of this
 * module that builds their contexts. Owned by the thread that owns the client.
 */
public final class ClientTransport implements AutoCloseable {
    // Terms of what the client sends beside ingress (archive control), small because there may be many clients.
    private static final int TERM_LENGTH = 64 * 1024;
    // The default of 1 s would let a dead stream live for up to a second more than its liveness time-out.
    private static final long TIMER_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(100);

    // Logs of ingress are sparse, but the driver wants room for all of them: 48 MiB for each node and shard. A
    // container
    // with the usual 64 MiB of shared memory uses its file system instead.
    private static final long MIN_MEMORY_SPACE = 512L << 20;

    private final MediaDriver driver;
    private final Aeron aeron;
    private final AgentInvoker driverInvoker;

    private ClientTransport(final MediaDriver driver, final Aeron aeron) {
        this.driver = driver;
        this.aeron = aeron;
        this.driverInvoker = driver == null ? null : driver.sharedAgentInvoker();
    }

    /**
     * Starts what the configuration asks for.
     *
     * @param config       of the client.
     * @param errorHandler is told of errors on Aeron's threads.
     * @return the transport, to be closed by the caller.
     */
    public static ClientTransport launch(final ClientConfig config, final ErrorHandler errorHandler) {
        if (config.aeronDirectoryName() != null) {
            return new ClientTransport(
                    null,
                    Aeron.connect(aeronContext(config, errorHandler).aeronDirectoryName(config.aeronDirectoryName())));
        }
        final MediaDriver driver = MediaDriver.launch(driverContext(config, errorHandler));
        try {
            final Aeron.Context context =
                    aeronContext(config, errorHandler).aeronDirectoryName(driver.aeronDirectoryName());
            if (config.embeddedDriverMode() == EmbeddedDriverMode.INVOKER) {
                context.useConductorAgentInvoker(true)
                        .clientLock(NoOpLock.INSTANCE)
                        .driverAgentInvoker(driver.sharedAgentInvoker());
            }
            return new ClientTransport(driver, Aeron.connect(context));
        } catch (final RuntimeException ex) {
            CloseHelper.quietClose(driver);
            throw ex;
        }
    }

    /**
     * Address of this machine on which nodes reach the client.
     *
     * @param config of the client.
     * @return name or address.
     */
    public static String clientHost(final ClientConfig config) {
        return config.clientHost() != null ? config.clientHost() : localAddressTowards(config.nodes());
    }

    /**
     * The Aeron client.
     *
     * @return owned by this.
     */
    public Aeron aeron() {
        return aeron;
    }

    /**
     * Invoker of the embedded driver.
     *
     * @return the invoker, or null where the driver has a thread or is somebody else's.
     */
    public AgentInvoker driverInvoker() {
        return driverInvoker;
    }

    /**
     * Runs driver and Aeron client where they have no thread of their own.
     *
     * @return amount of work.
     */
    public int doWork() {
        int workCount = 0;
        if (driverInvoker != null) {
            workCount += driverInvoker.invoke();
        }
        final AgentInvoker conductor = aeron.conductorAgentInvoker();
        if (conductor != null) {
            workCount += conductor.invoke();
        }
        return workCount;
    }

    /** Closes the Aeron client, then the embedded driver, whose directory is removed. */
    @Override
    public void close() {
        CloseHelper.closeAll(aeron, driver);
    }

    private static Aeron.Context aeronContext(final ClientConfig config, final ErrorHandler errorHandler) {
        return new Aeron.Context()
                .clientName(config.clientName())
                .errorHandler(errorHandler)
                .subscriberErrorHandler(errorHandler);
    }

    private static MediaDriver.Context driverContext(final ClientConfig config, final ErrorHandler errorHandler) {
        final boolean isInvoker = config.embeddedDriverMode() == EmbeddedDriverMode.INVOKER;
        final MediaDriver.Context context = new MediaDriver.Context()
                .aeronDirectoryName(newDirectoryName())
                .dirDeleteOnStart(true)
                .dirDeleteOnShutdown(true)
                .warnIfDirectoryExists(false)
                .threadingMode(isInvoker ? ThreadingMode.INVOKER : ThreadingMode.SHARED)
                .sharedIdleStrategy(SharedCoreIdling.newIdleStrategy())
                .timerIntervalNs(TIMER_INTERVAL_NS)
                .publicationTermBufferLength(TERM_LENGTH)
                .ipcTermBufferLength(TERM_LENGTH)
                .errorHandler(errorHandler);
        if (config.driverSockets() != null) {
            config.driverSockets().watch(context);
        }
        return ReaderDriver.configure(context, config.imageLivenessTimeoutNs());
    }

    /**
     * A directory for a media driver that this process starts, in memory where there is room. Those that killed processes left are
     * removed.
     *
     * @return a name that is not used yet.
     */
    public static String newDirectoryName() {
        final File memory = new File("/dev/shm");
        final boolean hasRoom = memory.isDirectory() && memory.getUsableSpace() >= MIN_MEMORY_SPACE;
        final File parent = hasRoom ? memory : new File(System.getProperty("java.io.tmpdir"));
        DriverDirectories.removeDead(parent);
        return DriverDirectories.newDirectory(parent).getPath();
    }

    // Connecting a datagram socket sends nothing; it makes the system choose the local address of the route.
    private static String localAddressTowards(final List<NodeEndpoint> nodes) {
        for (final NodeEndpoint node : nodes) {
            final InetSocketAddress address = new InetSocketAddress(node.host(), node.basePort());
            if (address.isUnresolved()) {
                continue;
            }
            try (DatagramSocket socket = new DatagramSocket()) {
                socket.connect(address);
                final InetAddress local = socket.getLocalAddress();
                return local.isLoopbackAddress() ? "localhost" : local.getHostAddress();
            } catch (final SocketException ex) {
                // No route to this node; another one may have one, and the loopback address is what is left.
            }
        }
        return "localhost";
    }
}
