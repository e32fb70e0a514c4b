package io.lockstep.gateway;

import io.lockstep.archive.idle.TurnIdleStrategy;
import io.lockstep.client.ClientConfig;
import io.lockstep.client.link.GatewayAddress;
import io.lockstep.config.GatewayEndpoint;
import io.lockstep.gateway.aeron.AeronFrontEnd;
import io.lockstep.gateway.aeron.FrontAccess;
import io.lockstep.gateway.aeron.FrontCounters;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.agrona.CloseHelper;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.SystemNanoClock;

/** The front end for native clients and its thread. Made and closed by the thread that owns the gateway. */
final class AeronListener implements AutoCloseable {
    private static final long MAX_PARK_NS = TimeUnit.MICROSECONDS.toNanos(200);
    // Thousands of clients that lag a little still share one replay of each shard.
    private static final int RECORD_WINDOW_LENGTH = 16 << 20;

    private final FrontCounters counters = new FrontCounters();
    private final AeronFrontEnd frontEnd;
    private final AgentRunner runner;

    private AeronListener(
            final GatewayEndpoint endpoint,
            final ClientConfig clientConfig,
            final FrontAccess access,
            final Consumer<String> logger,
            final Consumer<Throwable> onFailure) {
        frontEnd = new AeronFrontEnd(
                new GatewayAddress(endpoint.host(), endpoint.aeronPort()),
                clientConfig.recordWindowLength(RECORD_WINDOW_LENGTH),
                access,
                counters,
                endpoint.aeronMaxSessions(),
                SystemNanoClock.INSTANCE,
                logger);
        runner = new AgentRunner(
                new TurnIdleStrategy(new BackoffIdleStrategy(100, 10, TimeUnit.MICROSECONDS.toNanos(1), MAX_PARK_NS)),
                onFailure::accept,
                null,
                frontEnd);
    }

    /** Starts to listen; null where the gateway has no port for it. */
    static AeronListener start(
            final GatewayEndpoint endpoint,
            final ClientConfig clientConfig,
            final FrontAccess access,
            final Consumer<String> logger,
            final Consumer<Throwable> onFailure) {
        if (endpoint.aeronPort() == GatewayEndpoint.NO_PORT) {
            return null;
        }
        final AeronListener listener = new AeronListener(endpoint, clientConfig, access, logger, onFailure);
        AgentRunner.startOnThread(listener.runner);
        return listener;
    }

    int port() {
        return frontEnd.address().port();
    }

    boolean isListening() {
        return frontEnd.isListening();
    }

    FrontCounters counters() {
        return counters;
    }

    @Override
    public void close() {
        CloseHelper.close(runner);
    }
}
