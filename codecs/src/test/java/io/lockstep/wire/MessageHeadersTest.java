package io.lockstep.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class MessageHeadersTest {
    @Test
    void shouldEncodeEntriesInTheOrderOfTheMap() {
        final Map<String, String> headers = new LinkedHashMap<>();
        headers.put("z", "1");
        headers.put("a", "");

        final byte[] block = MessageHeaders.encode(headers);

        assertArrayEquals(new byte[] {1, 0, 'z', 1, 0, 0, 0, '1', 1, 0, 'a', 0, 0, 0, 0}, block);
        assertEquals(
                List.copyOf(headers.entrySet()),
                List.copyOf(MessageHeaders.decode(MessageHeaders.wrap(block), 0, block.length)
                        .entrySet()));
    }

    @Test
    void shouldKeepNoBytesForNoHeaders() {
        assertEquals(0, MessageHeaders.encode(Map.of()).length);
        assertEquals(0, MessageHeaders.countEntries(new UnsafeBuffer(new byte[0]), 0, 0));
    }

    @Test
    void shouldRefuseKeysThatAreEmptyOrTooLong() {
        assertThrows(IllegalArgumentException.class, () -> MessageHeaders.encode(Map.of("", "x")));
        assertThrows(IllegalArgumentException.class, () -> MessageHeaders.encode(Map.of("k".repeat(65_536), "x")));
    }

    @Test
    void shouldCallEveryCutBlockMalformedExceptBetweenEntries() {
        final byte[] block = MessageHeaders.encode(new LinkedHashMap<>(Map.of("key", "value")));
        for (int length = 1; length < block.length; length++) {
            assertEquals(
                    MessageHeaders.MALFORMED,
                    MessageHeaders.countEntries(new UnsafeBuffer(block, 0, length), 0, length),
                    length + " bytes");
        }
        assertEquals(1, MessageHeaders.countEntries(new UnsafeBuffer(block), 0, block.length));
    }

    @Test
    void shouldCallLyingLengthsMalformed() {
        final byte[][] blocks = {
            {0, 0, 0, 0, 0, 0},
            {-1, -1, 'k', 0, 0, 0, 0},
            {1, 0, 'k', -1, -1, -1, -1},
            {1, 0, 'k', -1, -1, -1, 127},
            {1, 0, 'k', 1, 0, 0, 0}
        };
        for (final byte[] block : blocks) {
            assertEquals(
                    MessageHeaders.MALFORMED, MessageHeaders.countEntries(new UnsafeBuffer(block), 0, block.length));
        }
    }

    @Test
    void shouldNeverReadBeyondTheBlock() {
        final Random random = new Random(3);
        for (int i = 0; i < 100_000; i++) {
            final byte[] block = new byte[random.nextInt(24)];
            for (int j = 0; j < block.length; j++) {
                block[j] = (byte) (random.nextInt(3) == 0 ? random.nextInt() : random.nextInt(4));
            }
            assertTrue(MessageHeaders.countEntries(new UnsafeBuffer(block), 0, block.length) >= -1);
        }
    }

    @Test
    void shouldWalkKeysThatRepeat() {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        int index = MessageHeaders.putEntry(buffer, 4, text("k"), text("1"));
        index = MessageHeaders.putEntry(buffer, index, text("k"), text("2"));
        final List<String> values = new ArrayList<>();

        MessageHeaders.forEach(
                buffer,
                4,
                index - 4,
                (block, keyOffset, keyLength, valueOffset, valueLength) ->
                        values.add(block.getStringWithoutLengthUtf8(valueOffset, valueLength)));

        assertEquals(List.of("1", "2"), values);
        assertEquals(Map.of("k", "2"), MessageHeaders.decode(buffer, 4, index - 4));
    }

    private static byte[] text(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
