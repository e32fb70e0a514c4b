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
        assertEquals(new MessageTraits(1, MessageTraits.NO_EXPIRY, null, false), of(Map.of()));
        assertEquals(new MessageTraits(1, MessageTraits.NO_EXPIRY, null, false), of(Map.of("unit", "C")));
    }

    @Test
    void shouldReadQosAndExpiryWhenTheyAreThere() {
        assertEquals(
                new MessageTraits(0, 4_294_967_295L, null, false), of(Map.of("$qos", "0", "$expiryMs", "4294967295")));
        assertEquals(new MessageTraits(1, 0, null, false), of(Map.of("$qos", "1", "$expiryMs", "0")));
    }

    @Test
    void shouldNotExpireWhenTheValueIsNoNumber() {
        assertEquals(MessageTraits.NO_EXPIRY, of(Map.of("$expiryMs", "soon")).expiryMs());
        assertEquals(MessageTraits.NO_EXPIRY, of(Map.of("$expiryMs", "")).expiryMs());
        assertEquals(MessageTraits.NO_EXPIRY, of(Map.of("$expiryMs", "-1")).expiryMs());
        assertEquals(
                MessageTraits.NO_EXPIRY,
                of(Map.of("$expiryMs", "99999999999999999999")).expiryMs());
    }

    @Test
    void shouldCountDownWhenTimePasses() {
        final MessageTraits traits = new MessageTraits(1, 10_000, null, false);

        assertEquals(10, traits.remainingSeconds(5 * SECOND_NS, 5 * SECOND_NS));
        assertEquals(10, traits.remainingSeconds(5 * SECOND_NS, 4 * SECOND_NS));
        assertEquals(7, traits.remainingSeconds(5 * SECOND_NS, 8 * SECOND_NS + 1));
        assertEquals(1, traits.remainingSeconds(5 * SECOND_NS, 15 * SECOND_NS - 1));
        assertEquals(0, traits.remainingSeconds(5 * SECOND_NS, 15 * SECOND_NS));
        assertEquals(0, traits.remainingSeconds(5 * SECOND_NS, 900 * SECOND_NS));
    }

    @Test
    void shouldTellTheGreatestThatMqttCanWhenMoreIsLeft() {
        assertEquals(
                4_294_967_295L, new MessageTraits(1, 999_999_999_999_999_999L, null, false).remainingSeconds(0, 0));
    }

    private static MessageTraits of(final Map<String, String> headers) {
        final byte[] block = MessageHeaders.encode(headers);
        return MessageTraits.of(new UnsafeBuffer(block), 0, block.length);
    }
}
