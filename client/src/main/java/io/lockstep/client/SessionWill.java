package io.lockstep.client;

import java.util.Objects;

/**
 * What a shard publishes when the connection of a session ends. The arrays are not copied and not to be changed.
 *
 * @param topic   of the message; the shard of this topic keeps the will.
 * @param headers block of headers, empty for none.
 * @param payload of the message.
 * @param delayNs how long it waits once the connection is over, in nanoseconds of cluster time, from 0.
 */
@SuppressWarnings("ArrayRecordComponent")
public record SessionWill(String topic, byte[] headers, byte[] payload, long delayNs) {
    /** Checks that nothing is missing. */
    public SessionWill {
        Objects.requireNonNull(topic, "topic");
        Objects.requireNonNull(headers, "headers");
        Objects.requireNonNull(payload, "payload");
    }
}
