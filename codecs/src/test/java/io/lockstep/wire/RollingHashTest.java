package io.lockstep.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Journals and snapshots of the past hold these values: they are for ever. */
class RollingHashTest {
    @Test
    void shouldHaveItsGoldenValues() {
        assertEquals(0x3060858e3ac39836L, hash(new byte[0]));
        assertEquals(0x404ef85d638a1bcfL, hash(text("a")));
        assertEquals(0xf2b9328c95ba7264L, hash(text("12345678")));
        assertEquals(0x064442c3735c83e7L, hash(text("123456789")));
        final byte[] counting = new byte[768];
        for (int i = 0; i < counting.length; i++) {
            counting[i] = (byte) i;
        }
        assertEquals(0xbd220241095d0e39L, hash(counting));
        final byte[] ones = new byte[15];
        Arrays.fill(ones, (byte) 0xFF);
        assertEquals(0x90faa6a848dbc22eL, hash(ones));
        assertEquals(0x3b2bf87bf55c0fb8L, RollingHash.update(RollingHash.SEED, 42));
        assertEquals(0xcf55b9492895243eL, RollingHash.update(RollingHash.SEED, -1));
    }

    @Test
    void shouldDependOnHowBytesAreCutIntoUpdates() {
        final UnsafeBuffer buffer = new UnsafeBuffer(text("abcd"));
        final long inTwo = RollingHash.update(RollingHash.update(RollingHash.SEED, buffer, 0, 2), buffer, 2, 2);

        assertEquals(0x02b94081768d82eaL, inTwo);
        assertEquals(0xaf9fe6eee2d24863L, RollingHash.update(RollingHash.SEED, buffer, 0, 4));
    }

    @Test
    void shouldNotDependOnWhereTheBytesAre() {
        final byte[] bytes = text("somewhere in memory");
        final UnsafeBuffer shifted = new UnsafeBuffer(new byte[64]);
        final UnsafeBuffer direct = new UnsafeBuffer(ByteBuffer.allocateDirect(64));
        shifted.putBytes(13, bytes);
        direct.putBytes(5, bytes);

        assertEquals(hash(bytes), RollingHash.update(RollingHash.SEED, shifted, 13, bytes.length));
        assertEquals(hash(bytes), RollingHash.update(RollingHash.SEED, direct, 5, bytes.length));
    }

    @Test
    void shouldChangeWithEachBit() {
        final byte[] bytes = new byte[29];
        final long before = hash(bytes);
        for (int bit = 0; bit < bytes.length * 8; bit++) {
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
            assertNotEquals(before, hash(bytes), "bit " + bit);
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
        }
        assertNotEquals(hash(new byte[7]), hash(new byte[8]));
    }

    private static long hash(final byte[] bytes) {
        return RollingHash.update(RollingHash.SEED, new UnsafeBuffer(bytes), 0, bytes.length);
    }

    private static byte[] text(final String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
