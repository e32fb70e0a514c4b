package io.lockstep.testkit.feature;

import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.lockstep.archive.replay.ReaderDriver;
import io.lockstep.client.ClientConfig;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.SharedCoreIdling;

/**
 * Makes clients that share one media driver: one for each would cost more than all that they do. Any thread may call it.
 */
public final class ClientSupplier implements AutoCloseable {
    private static final int TERM_LENGTH = 1 << 20;

    private final String nodes;
    private final MediaDriver driver;

    /**
     * Starts the driver.
     *
     * @param nodes of the cluster, in the form that clients take.
     */
    public ClientSupplier(final String nodes) {
        this.nodes = nodes;
        final MediaDriver.Context context = new MediaDriver.Context()
                .threadingMode(ThreadingMode.SHARED)
                .sharedIdleStrategy(SharedCoreIdling.newIdleStrategy())
                .publicationTermBufferLength(TERM_LENGTH)
                .dirDeleteOnStart(true)
                .dirDeleteOnShutdown(true);
        driver = MediaDriver.launchEmbedded(
                ReaderDriver.configure(context, new ClientConfig().imageLivenessTimeoutNs()));
    }

    /**
     * Connects a client.
     *
     * @return a new one, which the caller closes.
     */
    public LockstepClient connect() {
        return LockstepClient.connect(new ClientConfig()
                .nodes(nodes)
                .aeronDirectoryName(driver.aeronDirectoryName())
                .connectTimeoutNs(FeatureLoad.TIMEOUT_NS));
    }

    /**
     * The nodes.
     *
     * @return in the form that clients and commands take.
     */
    public String nodes() {
        return nodes;
    }

    /** Ends the driver, when all clients are closed. */
    @Override
    public void close() {
        driver.close();
    }
}
