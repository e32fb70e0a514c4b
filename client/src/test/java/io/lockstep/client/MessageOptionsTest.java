package io.lockstep.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.lockstep.wire.MessageHeaders;
import java.lang.management.ManagementFactory;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class MessageOptionsTest {
    private static final long GREATEST_NUMBER = 999_999_999_999_999_999L;

    private final MessageOptions options = new MessageOptions();

    @Test
    void shouldWriteEachOptionAsReservedHeaderWhenSet() {
        // when
        options.expireAfterMs(0)
                .delayMs(1_500)
                .retain()
                .key("boiler 7")
                .fence(GREATEST_NUMBER)
                .replyTo("reply/1")
                .correlation("c1".getBytes(StandardCharsets.UTF_8))
                .contentType("text/plain")
                .header("unit", "°C")
                .header("$own", "marked");

        // then
        final Map<String, String> headers = MessageHeaders.decode(options.buffer(), 0, options.length());
        assertEquals(
                List.of(
                        "$expiryMs=0",
                        "$delayMs=1500",
                        "$retain=1",
                        "$key=boiler 7",
                        "$fence=999999999999999999",
                        "$responseTopic=reply/1",
                        "$correlationData=c1",
                        "$contentType=text/plain",
                        "unit=°C",
                        "$$own=marked"),
                headers.entrySet().stream().map(Object::toString).toList());
        final byte[] key = new byte[options.keyLength()];
        options.buffer().getBytes(options.keyOffset(), key);
        assertEquals("boiler 7", new String(key, StandardCharsets.UTF_8));
    }

    @Test
    void shouldHoldNothingWhenCleared() {
        // given
        options.deliverAtMs(5).key("k").header("a", "b");

        // when
        options.clear();

        // then
        assertEquals(0, options.length());
        assertFalse(options.hasKey());
        assertEquals(Map.of("$deliverAtMs", "7"), decode(options.deliverAtMs(7)));
    }

    @Test
    void shouldRefuseWhenOptionIsSetTwice() {
        options.delayMs(1).key(new byte[0]);

        assertTrue(options.hasKey());
        assertThrows(IllegalStateException.class, () -> options.delayMs(1));
        assertThrows(IllegalStateException.class, () -> options.deliverAtMs(1));
        assertThrows(IllegalStateException.class, () -> options.key("k"));
        assertEquals(Map.of("$delayMs", "1", "$key", ""), decode(options));
    }

    @Test
    void shouldRefuseWhenValueCannotBe() {
        assertThrows(IllegalArgumentException.class, () -> options.expireAfterMs(-1));
        assertThrows(IllegalArgumentException.class, () -> options.fence(GREATEST_NUMBER + 1));
        assertThrows(IllegalArgumentException.class, () -> options.key(new byte[65_536]));
        assertThrows(IllegalArgumentException.class, () -> options.header("", "b"));
        assertEquals(0, options.length());
    }

    @Test
    void shouldShowReservedHeadersWhenMessageHasThem() {
        // given
        options.expireAfterMs(2_000)
                .key("k7")
                .replyTo("reply/9")
                .correlation(81)
                .header("$dueMs", "not reserved");

        // when
        final Message message = message();

        // then
        assertEquals(2_000, message.expiryMs());
        assertEquals(-1, message.dueMs());
        assertTrue(message.hasKey());
        assertEquals("k7", message.key());
        assertEquals(2, message.keyLength());
        assertEquals("reply/9", message.replyTo());
        assertEquals(Long.BYTES, message.correlationLength());
        assertEquals(81, message.buffer().getLong(message.correlationOffset(), ByteOrder.LITTLE_ENDIAN));
        assertFalse(message.isExpired(message.timestampNs() + 1_999_999_999L));
        assertTrue(message.isExpired(message.timestampNs() + 2_000_000_000L));
    }

    @Test
    void shouldShowNothingWhenMessageHasNoReservedHeaders() {
        // given
        options.header("$key", "a user's own").header("key", "k");

        // when
        final Message message = message();

        // then
        assertEquals(-1, message.expiryMs());
        assertEquals(-1, message.dueMs());
        assertFalse(message.hasKey());
        assertNull(message.key());
        assertNull(message.replyTo());
        assertEquals(-1, message.correlationLength());
        assertFalse(message.isExpired(Long.MAX_VALUE));
    }

    @Test
    void shouldAllocateNothingWhenValuesAreNumbersAndBytes() {
        // given
        final byte[] key = "boiler/7".getBytes(StandardCharsets.UTF_8);
        final byte[] name = "unit".getBytes(StandardCharsets.UTF_8);
        final UnsafeBuffer source = new UnsafeBuffer(new byte[16]);
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        final long threadId = Thread.currentThread().getId();
        long allocated = Long.MAX_VALUE;

        // when: a compilation may allocate once; a steady allocation shows in every round.
        for (int round = 0; round < 5 && allocated > 0; round++) {
            final long before = threads.getThreadAllocatedBytes(threadId);
            for (int i = 0; i < 20_000; i++) {
                options.clear()
                        .expireAfterMs(i)
                        .delayMs(i * 1_000L)
                        .fence(i)
                        .key(key)
                        .correlation(i)
                        .header(name, source, 0, 16);
            }
            allocated = threads.getThreadAllocatedBytes(threadId) - before;
        }

        // then
        assertEquals(0, allocated);
    }

    private Message message() {
        final byte[] block = new byte[options.length()];
        options.buffer().getBytes(0, block);
        return MessageFixture.message("a/b", block, new byte[3]);
    }

    private static Map<String, String> decode(final MessageOptions options) {
        return MessageHeaders.decode(options.buffer(), 0, options.length());
    }
}
