package io.lockstep.gateway.mqtt;

import java.util.Objects;

/**
 * What an operator may choose of how a gateway speaks MQTT, besides bounds. Immutable.
 *
 * @param responseInformation told to MQTT 5.0 clients that ask for it; empty where nothing is told.
 * @param hasReasonStrings    whether MQTT 5.0 clients are told in words why something is refused.
 */
public record MqttOptions(String responseInformation, boolean hasReasonStrings) {
    /** No response information, and reasons in words. */
    public static final MqttOptions DEFAULTS = new MqttOptions("", true);

    /** Checks the arguments. */
    public MqttOptions {
        Objects.requireNonNull(responseInformation, "responseInformation");
    }
}
