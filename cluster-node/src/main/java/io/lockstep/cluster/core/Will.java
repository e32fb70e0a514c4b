package io.lockstep.cluster.core;

/**
 * The message that is published for a client whose connection is over. The arrays are never written to, and nobody
 * compares wills.
 *
 * @param topic   its name.
 * @param headers header block.
 * @param payload of the message.
 * @param delayNs how long it waits when the connection is over, in nanoseconds.
 */
@SuppressWarnings("ArrayRecordComponent")
record Will(byte[] topic, byte[] headers, byte[] payload, long delayNs) {
    /** What it counts for. */
    long bytes() {
        return (long) topic.length + headers.length + payload.length;
    }
}
