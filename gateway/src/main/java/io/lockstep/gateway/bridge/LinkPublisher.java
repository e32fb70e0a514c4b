package io.lockstep.gateway.bridge;

import org.agrona.DirectBuffer;

/** What the link needs of a {@link io.lockstep.client.Publisher}, whose codes and ids it keeps. Bridge thread only. */
interface LinkPublisher extends AutoCloseable {
    /** Publishes a message; returns its id, dense from 1, or one of the publisher's negative codes. */
    long offer(String topic, DirectBuffer headers, int headersLength, DirectBuffer payload, int payloadLength);

    /** Whether it closed by itself. */
    boolean isClosed();

    /** Why it closed, or null. */
    String closeReason();

    @Override
    void close();
}
