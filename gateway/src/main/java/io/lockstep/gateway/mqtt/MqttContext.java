package io.lockstep.gateway.mqtt;

import io.lockstep.gateway.bridge.BridgeProxy;
import io.lockstep.gateway.bridge.GatewayCounters;
import io.lockstep.gateway.session.GatewayLimits;
import java.util.function.Consumer;
import org.agrona.concurrent.EpochNanoClock;
import org.agrona.concurrent.SystemNanoClock;

/**
 * What all connections of the front end share. Everything in it may be used by any thread.
 *
 * @param proxy      the way to the bridge.
 * @param limits     of connections.
 * @param counters   to count in.
 * @param epochClock wall time, for what is left of a message's time.
 * @param logger     takes one line for each event that an operator should know.
 * @param options    how MQTT is spoken.
 * @param access     who may come in, and what they may do.
 * @param accessLog  takes refusals.
 * @param drainState whether clients are sent elsewhere.
 */
public record MqttContext(
        BridgeProxy proxy,
        GatewayLimits limits,
        GatewayCounters counters,
        EpochNanoClock epochClock,
        Consumer<String> logger,
        MqttOptions options,
        AccessPolicy access,
        AccessLog accessLog,
        DrainState drainState) {

    /**
     * A context with a log of refusals, which are told to nobody else.
     *
     * @param proxy      see the record.
     * @param limits     see the record.
     * @param counters   see the record.
     * @param epochClock see the record.
     * @param logger     see the record.
     * @param options    see the record.
     * @param access     see the record.
     */
    public MqttContext(
            final BridgeProxy proxy,
            final GatewayLimits limits,
            final GatewayCounters counters,
            final EpochNanoClock epochClock,
            final Consumer<String> logger,
            final MqttOptions options,
            final AccessPolicy access) {
        this(proxy, limits, counters, epochClock, logger, options, access, (principal, action, topic) -> {});
    }

    /**
     * A context with a log of refusals.
     *
     * @param proxy      see the record.
     * @param limits     see the record.
     * @param counters   see the record.
     * @param epochClock see the record.
     * @param logger     see the record.
     * @param options    see the record.
     * @param access     see the record.
     * @param refusals   told what clients were refused.
     */
    public MqttContext(
            final BridgeProxy proxy,
            final GatewayLimits limits,
            final GatewayCounters counters,
            final EpochNanoClock epochClock,
            final Consumer<String> logger,
            final MqttOptions options,
            final AccessPolicy access,
            final RefusalListener refusals) {
        this(
                proxy,
                limits,
                counters,
                epochClock,
                logger,
                options,
                access,
                new AccessLog(SystemNanoClock.INSTANCE, logger, refusals),
                new DrainState());
    }
}
