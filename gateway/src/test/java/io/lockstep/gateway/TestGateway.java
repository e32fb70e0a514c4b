package io.lockstep.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.lockstep.config.AccessConfig;
import io.lockstep.config.GatewayEndpoint;
import io.lockstep.config.GatewayTls;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.gateway.bridge.FakeClusterLink;
import io.lockstep.gateway.bridge.GatewayCounters;
import io.lockstep.gateway.mqtt.MqttListener;
import io.lockstep.gateway.mqtt.MqttOptions;
import io.lockstep.gateway.mqtt.MqttTransport;
import io.lockstep.gateway.session.GatewayLimits;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;

/** A gateway that speaks every transport of MQTT at ports that the system chose, on a cluster in memory. */
final class TestGateway implements AutoCloseable {
    private final List<String> log = new CopyOnWriteArrayList<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private LockstepGateway gateway;

    /** Starts it and waits until it is healthy. */
    void start(final GatewayTls tls, final GatewayLimits limits, final AccessConfig access) {
        gateway = LockstepGateway.start(
                new GatewayConfig(
                        "test",
                        new GatewayEndpoint(3, "localhost", 0, 0, 0, 0, 0, tls),
                        List.of(new NodeEndpoint(0, "localhost", 25_000)),
                        limits,
                        MqttOptions.DEFAULTS,
                        access),
                FakeClusterLink::new,
                log::add,
                failure::set);
        Await.until("the gateway is healthy", gateway::isHealthy);
    }

    GatewayCounters counters() {
        return gateway.counters();
    }

    int httpPort() {
        return gateway.httpPort();
    }

    MqttListener listener(final MqttTransport transport) {
        return gateway.mqttListeners().stream()
                .filter(listener -> listener.transport() == transport)
                .findAny()
                .orElseThrow();
    }

    int port(final MqttTransport transport) {
        return listener(transport).port();
    }

    /** Closes it, where it was started, and fails if anything went wrong in it. */
    @Override
    public void close() {
        if (gateway != null) {
            gateway.close();
            assertEquals(0, gateway.counters().errors().sum(), log::toString);
        }
        assertNull(failure.get());
    }
}
