package io.lockstep.gateway.bridge;

import io.lockstep.gateway.session.MessageTraits;

/** A message of the stream, copied once where at least one session wants it. Bridge thread only. */
final class DeliverySource {
    private LinkMessage message;
    private MessageTraits traits;
    private Delivery delivery;

    void wrap(final LinkMessage newMessage) {
        message = newMessage;
        traits = MessageTraits.of(newMessage.buffer(), newMessage.headersOffset(), newMessage.headersLength());
        delivery = null;
    }

    LinkMessage message() {
        return message;
    }

    MessageTraits traits() {
        return traits;
    }

    Delivery delivery() {
        if (delivery == null) {
            delivery = Delivery.copyOf(message, traits);
        }
        return delivery;
    }
}
