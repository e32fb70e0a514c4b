package io.lockstep.gateway.aeron;

import io.aeron.Aeron;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.lockstep.archive.idle.TurnIdleStrategy;
import io.lockstep.client.SharedCoreIdling;
import io.lockstep.client.internal.ClientTransport;
import org.agrona.CloseHelper;

/**
 * The media driver that listens for native clients, and its Aeron client. Not the one that reaches the cluster: that notices a
 * silent node in less than a second and so tells each sender every 20 ms how far it got, which with hundreds of clients is all
 * that it does.
 */
final class FrontDriver implements AutoCloseable {
    private static final int TERM_LENGTH = 64 * 1024;

    private final MediaDriver driver;
    private final Aeron aeron;

    private FrontDriver(final MediaDriver driver, final Aeron aeron) {
        this.driver = driver;
        this.aeron = aeron;
    }

    static FrontDriver launch() {
        final MediaDriver driver = MediaDriver.launch(new MediaDriver.Context()
                .aeronDirectoryName(ClientTransport.newDirectoryName())
                .dirDeleteOnStart(true)
                .dirDeleteOnShutdown(true)
                .warnIfDirectoryExists(false)
                .threadingMode(ThreadingMode.SHARED)
                .receiveChannelEndpointSupplier(BurstReceiveEndpoint::new)
                .sendChannelEndpointSupplier(BurstSendEndpoint::new)
                .sharedIdleStrategy(new TurnIdleStrategy(SharedCoreIdling.newIdleStrategy()))
                .publicationTermBufferLength(TERM_LENGTH)
                .ipcTermBufferLength(TERM_LENGTH));
        try {
            return new FrontDriver(
                    driver,
                    Aeron.connect(new Aeron.Context()
                            .aeronDirectoryName(driver.aeronDirectoryName())
                            .clientName("gateway-aeron")));
        } catch (final RuntimeException ex) {
            CloseHelper.quietClose(driver);
            throw ex;
        }
    }

    Aeron aeron() {
        return aeron;
    }

    @Override
    public void close() {
        CloseHelper.closeAll(aeron, driver);
    }
}
