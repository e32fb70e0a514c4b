package io.lockstep.perf.echo;

import io.aeron.Aeron;
import io.aeron.RethrowingErrorHandler;
import io.aeron.cluster.client.AeronCluster;
import io.aeron.cluster.client.EgressListener;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.exceptions.TimeoutException;
import io.aeron.logbuffer.Header;
import io.lockstep.perf.rig.LoadTarget;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NoOpLock;

/** A client of the echo cluster with its media driver on the caller's thread. Owned by one thread. */
public final class EchoClient implements LoadTarget {
    private static final long CONNECT_ATTEMPT_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(5);
    private static final long KEEP_ALIVE_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);

    private final MediaDriver driver;
    private final Aeron aeron;
    private AeronCluster cluster;
    private Sink sink;
    private long lastKeepAliveNs;

    private EchoClient(final EchoLayout layout) {
        driver = MediaDriver.launch(new MediaDriver.Context()
                .aeronDirectoryName(layout.clientDriverDir().toString())
                .threadingMode(ThreadingMode.INVOKER)
                .dirDeleteOnStart(true)
                .dirDeleteOnShutdown(true)
                .termBufferSparseFile(true)
                .publicationTermBufferLength(EchoSettings.CLIENT_TERM_LENGTH)
                .ipcTermBufferLength(EchoSettings.CLIENT_TERM_LENGTH)
                .mtuLength(EchoSettings.MTU_LENGTH)
                .socketSndbufLength(EchoSettings.SOCKET_BUFFER_LENGTH)
                .socketRcvbufLength(EchoSettings.SOCKET_BUFFER_LENGTH)
                .initialWindowLength(EchoSettings.WINDOW_LENGTH));
        aeron = Aeron.connect(new Aeron.Context()
                .aeronDirectoryName(layout.clientDriverDir().toString())
                .useConductorAgentInvoker(true)
                .driverAgentInvoker(driver.sharedAgentInvoker())
                .clientLock(NoOpLock.INSTANCE)
                .subscriberErrorHandler(RethrowingErrorHandler.INSTANCE));
    }

    static EchoClient connect(final EchoLayout layout, final long timeoutNs, final Runnable liveness) {
        final EchoClient client = new EchoClient(layout);
        try {
            client.connectWithin(layout, timeoutNs, liveness);
            return client;
        } catch (final RuntimeException ex) {
            CloseHelper.quietClose(client);
            throw ex;
        }
    }

    /** {@inheritDoc} */
    @Override
    public void sink(final Sink newSink) {
        sink = Objects.requireNonNull(newSink, "newSink");
    }

    /** {@inheritDoc} */
    @Override
    public boolean offer(final DirectBuffer buffer, final int offset, final int length) {
        return cluster.offer(buffer, offset, length) > 0;
    }

    /** {@inheritDoc} */
    @Override
    public int poll() {
        int workCount = driver.sharedAgentInvoker().invoke();
        workCount += aeron.conductorAgentInvoker().invoke();
        workCount += cluster.pollEgress();
        final long nowNs = System.nanoTime();
        if (nowNs - lastKeepAliveNs > KEEP_ALIVE_INTERVAL_NS && cluster.sendKeepAlive()) {
            lastKeepAliveNs = nowNs;
        }
        return workCount;
    }

    /** {@inheritDoc} */
    @Override
    public String fault() {
        return cluster.isClosed() ? "the session with the echo cluster was closed" : null;
    }

    /** {@inheritDoc} */
    @Override
    public IdleStrategy newIdleStrategy() {
        return EchoSettings.newClientIdleStrategy();
    }

    /** {@inheritDoc} */
    @Override
    public void close() {
        CloseHelper.closeAll(cluster, aeron, driver);
    }

    private void connectWithin(final EchoLayout layout, final long timeoutNs, final Runnable liveness) {
        final long deadlineNs = System.nanoTime() + timeoutNs;
        while (cluster == null) {
            liveness.run();
            try {
                cluster = AeronCluster.connect(new AeronCluster.Context()
                        .aeron(aeron)
                        .ownsAeronClient(false)
                        .agentInvoker(driver.sharedAgentInvoker())
                        .ingressChannel(EchoSettings.INGRESS_CHANNEL)
                        .ingressEndpoints(layout.ingressEndpoints())
                        .egressChannel(EchoSettings.CLIENT_EGRESS_CHANNEL)
                        .egressListener(new Listener())
                        .messageTimeoutNs(CONNECT_ATTEMPT_TIMEOUT_NS));
            } catch (final TimeoutException ex) {
                if (System.nanoTime() - deadlineNs > 0) {
                    throw ex;
                }
            }
        }
        lastKeepAliveNs = System.nanoTime();
    }

    private final class Listener implements EgressListener {
        @Override
        public void onMessage(
                final long clusterSessionId,
                final long timestamp,
                final DirectBuffer buffer,
                final int offset,
                final int length,
                final Header header) {
            if (sink != null) {
                sink.onPayload(buffer, offset, length);
            }
        }
    }
}
