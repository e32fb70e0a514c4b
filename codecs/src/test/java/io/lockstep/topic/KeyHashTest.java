package io.lockstep.topic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Which partition a key belongs to follows from these values: they are for ever. */
class KeyHashTest {
    // Published with other implementations of MurmurHash3_x86_32, which agree on them.
    @Test
    void shouldGiveThePublishedValuesOfMurmur3() {
        assertHash("", 0, 0);
        assertHash("", 1, 0x514E28B7);
        assertHash("", 0xFFFFFFFF, 0x81F16F39);
        assertHash("ffffffff", 0, 0x76293B50);
        assertHash("21436587", 0, 0xF55B516B);
        assertHash("21436587", 0x5082EDEE, 0x2362F9DE);
        assertHash("214365", 0, 0x7E4A8634);
        assertHash("2143", 0, 0xA0F7B07A);
        assertHash("21", 0, 0x72661CF4);
        assertHash("00000000", 0, 0x2362F9DE);
        assertHash("000000", 0, 0x85F0B427);
        assertHash("0000", 0, 0x30F4C306);
        assertHash("00", 0, 0x514E28B7);
        assertHash(hexOf("aaaa"), 0x9747B28C, 0x5A97808A);
        assertHash(hexOf("abc"), 0, 0xB3DD93FA);
        assertHash(hexOf("Hello, world!"), 0x9747B28C, 0x24884CBA);
        assertHash(hexOf("The quick brown fox jumps over the lazy dog"), 0x9747B28C, 0x2FA826CD);
    }

    @Test
    void shouldTakeTheHashAsUnsignedWhenAPartitionIsChosen() {
        // 0xB3DD93FA is 3,017,643,002.
        assertEquals(2, partitionOf("abc", 8));
        assertEquals(3_017_643_002L % 1000, partitionOf("abc", 1000));
        assertEquals(0, partitionOf("abc", 1));
        assertEquals(0, partitionOf("", 16));
    }

    @Test
    void shouldSpreadLikeKeysEvenly() {
        final int[] keys = new int[16];
        for (int i = 0; i < 16_000; i++) {
            keys[partitionOf("key-" + i, keys.length)]++;
        }
        for (final int count : keys) {
            assertTrue(count > 850 && count < 1_150, count + " of 1,000");
        }
    }

    private static int partitionOf(final String key, final int partitions) {
        final byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        return KeyHash.partitionOf(new UnsafeBuffer(bytes), 0, bytes.length, partitions);
    }

    private static void assertHash(final String hex, final int seed, final int hash) {
        final byte[] bytes = HexFormat.of().parseHex("55" + hex + "66");
        assertEquals(hash, KeyHash.murmur3(new UnsafeBuffer(bytes), 1, bytes.length - 2, seed), hex);
    }

    private static String hexOf(final String text) {
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.US_ASCII));
    }
}
