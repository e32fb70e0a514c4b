package io.lockstep.cluster.core;

import org.agrona.DirectBuffer;

/**
 * A message on its way through the engine: whose it is, and where its name, headers and payload are. Reused and valid
 * during the call that it is passed to; allocates nothing.
 */
final class MessageContent {
    private final MessageTraits traits = new MessageTraits();
    private DirectBuffer buffer;
    private int nameOffset;
    private int nameLength;
    private int headersOffset;
    private int headersLength;
    private int payloadOffset;
    private int payloadLength;
    private long producerId;
    private long producerSequence;
    private boolean isConditional;
    private Caller caller;

    /** Wraps an entry of a publish command that has the producer's next sequence. Traits are read separately. */
    MessageContent wrap(final PublishFrame frame, final int entry, final long sequence) {
        wrap(frame.buffer(), frame.producerId(), sequence)
                .name(frame.nameOffset(entry), frame.nameLength(entry))
                .headers(frame.headersOffset(entry), frame.headersLength(entry))
                .payload(frame.payloadOffset(entry), frame.payloadLength(entry));
        isConditional = frame.expectedTopicSequence(entry) != PublishFrame.NO_CONDITION;
        caller = frame.caller();
        return this;
    }

    /** Wraps a message whose name, headers and payload are to be told. */
    MessageContent wrap(final DirectBuffer newBuffer, final long newProducerId, final long newProducerSequence) {
        buffer = newBuffer;
        producerId = newProducerId;
        producerSequence = newProducerSequence;
        isConditional = false;
        caller = null;
        name(0, 0).headers(0, 0).payload(0, 0);
        traits.clear();
        return this;
    }

    MessageContent name(final int offset, final int length) {
        nameOffset = offset;
        nameLength = length;
        return this;
    }

    MessageContent headers(final int offset, final int length) {
        headersOffset = offset;
        headersLength = length;
        return this;
    }

    MessageContent payload(final int offset, final int length) {
        payloadOffset = offset;
        payloadLength = length;
        return this;
    }

    /** Reads what the headers ask for; false where they hold what no client may write. */
    boolean readTraits() {
        return traits.read(buffer, headersOffset, headersLength);
    }

    /** The same for headers that the engine put together, see {@link MessageTraits#readOfEngine}. */
    boolean readTraitsOfEngine() {
        return traits.readOfEngine(buffer, headersOffset, headersLength);
    }

    /** Whether the message was published only for a certain sequence of its topic. */
    boolean isConditional() {
        return isConditional;
    }

    /** Who sent the message; null where the engine itself publishes it. */
    Caller caller() {
        return caller;
    }

    MessageTraits traits() {
        return traits;
    }

    DirectBuffer buffer() {
        return buffer;
    }

    int nameOffset() {
        return nameOffset;
    }

    int nameLength() {
        return nameLength;
    }

    int headersOffset() {
        return headersOffset;
    }

    int headersLength() {
        return headersLength;
    }

    int payloadOffset() {
        return payloadOffset;
    }

    int payloadLength() {
        return payloadLength;
    }

    long producerId() {
        return producerId;
    }

    long producerSequence() {
        return producerSequence;
    }
}
