package io.lockstep.gateway.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lockstep.wire.MessageHeaders;
import java.util.Map;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class MessageTraitsTest {
    private static final long SECOND_NS = 1_000_000_000L;

    @Test
    void shouldDeliverWithQos1WhenNothingIsSaid() {
        assertEquals(new MessageTraits(1, MessageTraits.NO_EXPIRY), of(Map.of()));
        assertEquals(new MessageTraits(1, MessageTraits.NO_EXPIRY), of(Map.of("unit", "C")));
    }

    @Test
    void shouldReadQosAndExpiryWhenTheyAreThere() {
        assertEquals(new MessageTraits(0, 4_294_967_295L), of(Map.of("$qos", "0", "$expirySeconds", "4294967295")));
        assertEquals(new MessageTraits(1, 0), of(Map.of("$qos", "1", "$expirySeconds", "0")));
    }

    @Test
    void shouldNotExpireWhenTheValueIsNoNumber() {
        assertEquals(
                MessageTraits.NO_EXPIRY, of(Map.of("$expirySeconds", "soon")).expirySeconds());
        assertEquals(MessageTraits.NO_EXPIRY, of(Map.of("$expirySeconds", "")).expirySeconds());
        assertEquals(MessageTraits.NO_EXPIRY, of(Map.of("$expirySeconds", "-1")).expirySeconds());
        assertEquals(
                MessageTraits.NO_EXPIRY,
                of(Map.of("$expirySeconds", "4294967296")).expirySeconds());
        assertEquals(
                MessageTraits.NO_EXPIRY,
                of(Map.of("$expirySeconds", "99999999999999999999")).expirySeconds());
    }

    @Test
    void shouldCountDownWhenTimePasses() {
        final MessageTraits traits = new MessageTraits(1, 10);

        assertEquals(10, traits.remainingSeconds(5 * SECOND_NS, 5 * SECOND_NS));
        assertEquals(10, traits.remainingSeconds(5 * SECOND_NS, 4 * SECOND_NS));
        assertEquals(7, traits.remainingSeconds(5 * SECOND_NS, 8 * SECOND_NS + 1));
        assertEquals(0, traits.remainingSeconds(5 * SECOND_NS, 15 * SECOND_NS));
        assertEquals(0, traits.remainingSeconds(5 * SECOND_NS, 900 * SECOND_NS));
    }

    private static MessageTraits of(final Map<String, String> headers) {
        final byte[] block = MessageHeaders.encode(headers);
        return MessageTraits.of(new UnsafeBuffer(block), 0, block.length);
    }
}
