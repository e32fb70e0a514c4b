package io.lockstep.gateway.bridge;

import java.util.Objects;

/**
 * What is published when the connection of a session ends. The arrays are not copied and not to be changed.
 *
 * @param topic   a valid name.
 * @param headers header block, empty for none.
 * @param payload of the message.
 * @param delayNs how long it waits once the connection is over, in nanoseconds of cluster time.
 */
@SuppressWarnings("ArrayRecordComponent")
public record Will(String topic, byte[] headers, byte[] payload, long delayNs) {
    /** Checks that nothing is missing. */
    public Will {
        Objects.requireNonNull(topic, "topic");
        Objects.requireNonNull(headers, "headers");
        Objects.requireNonNull(payload, "payload");
    }
}
