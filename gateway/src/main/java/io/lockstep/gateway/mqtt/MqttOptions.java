package io.lockstep.gateway.mqtt;

import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * What an operator may choose of how a gateway speaks MQTT, besides bounds. Immutable.
 *
 * @param responseInformation told to MQTT 5.0 clients that ask for it; empty where nothing is told.
 * @param hasReasonStrings    whether MQTT 5.0 clients are told in words why something is refused.
 * @param sysIntervalNs       how often clients are told what they subscribed to under {@code $SYS}; 0 for never.
 */
public record MqttOptions(String responseInformation, boolean hasReasonStrings, long sysIntervalNs) {
    /** No response information, reasons in words, and {@code $SYS} every 10 s. */
    public static final MqttOptions DEFAULTS = new MqttOptions("", true, TimeUnit.SECONDS.toNanos(10));

    /** Checks the arguments. */
    public MqttOptions {
        Objects.requireNonNull(responseInformation, "responseInformation");
    }
}
