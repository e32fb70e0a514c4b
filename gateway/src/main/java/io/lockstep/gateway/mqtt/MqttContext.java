package io.lockstep.gateway.mqtt;

import io.lockstep.gateway.bridge.BridgeProxy;
import io.lockstep.gateway.bridge.GatewayCounters;
import io.lockstep.gateway.session.GatewayLimits;
import java.util.function.Consumer;
import org.agrona.concurrent.EpochNanoClock;

/**
 * What all connections of the front end share. Everything in it may be used by any thread.
 *
 * @param proxy      the way to the bridge.
 * @param limits     of connections.
 * @param counters   to count in.
 * @param epochClock wall time, for what is left of a message's time.
 * @param logger     takes one line for each event that an operator should know.
 * @param responseInformation told to clients that ask for it; empty where nothing is told.
 */
public record MqttContext(
        BridgeProxy proxy,
        GatewayLimits limits,
        GatewayCounters counters,
        EpochNanoClock epochClock,
        Consumer<String> logger,
        String responseInformation) {}
