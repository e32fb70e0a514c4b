package io.lockstep.topic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TopicNameTest {
    @Test
    void shouldTakeNames() {
        for (final String name : new String[] {
            "a",
            "/",
            "//",
            "a/b",
            "/a",
            "a/",
            " ",
            "a b",
            "$SYS",
            "plant/7/boiler/temp",
            "äöü",
            "日本語",
            "🚀",
            "\u007F",
            "\u0001",
            "\uFEFF",
            "\uFFFF"
        }) {
            assertTrue(isValid(name.getBytes(StandardCharsets.UTF_8)), name);
        }
    }

    @Test
    void shouldRefuseWhatIsNoName() {
        for (final String name : new String[] {"", "+", "#", "a/+", "a/#", "a+b", "a#", "\u0000", "a\u0000b"}) {
            assertFalse(isValid(name.getBytes(StandardCharsets.UTF_8)), name);
        }
    }

    @Test
    void shouldTakeNamesUpToTheGreatestLengthInBytes() {
        assertTrue(isValid("x".repeat(1024).getBytes(StandardCharsets.UTF_8)));
        assertFalse(isValid("x".repeat(1025).getBytes(StandardCharsets.UTF_8)));
        assertTrue(isValid("ä".repeat(512).getBytes(StandardCharsets.UTF_8)));
        assertFalse(isValid(("ä".repeat(512) + "x").getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void shouldRefuseBytesThatAreNotUtf8() {
        for (final String hex : new String[] {
            "80",
            "BF",
            "C0 80",
            "C1 BF",
            "C2",
            "C2 41",
            "C2 C2",
            "E0 80 80",
            "E0 9F BF",
            "E0 A0",
            "E0 A0 41",
            "ED A0 80",
            "ED BF BF",
            "EF BF",
            "F0 80 80 80",
            "F0 8F BF BF",
            "F0 90 80",
            "F0 90 80 41",
            "F4 90 80 80",
            "F5 80 80 80",
            "F8 88 80 80 80",
            "FC 84 80 80 80 80",
            "FE",
            "FF",
            "61 FF",
            "FF 61"
        }) {
            assertFalse(isValid(HexFormat.ofDelimiter(" ").withUpperCase().parseHex(hex)), hex);
        }
    }

    @Test
    void shouldTakeTheEdgesOfEachLength() {
        for (final String hex : new String[] {
            "7F",
            "C2 80",
            "DF BF",
            "E0 A0 80",
            "EC BF BF",
            "ED 80 80",
            "ED 9F BF",
            "EE 80 80",
            "EF BF BF",
            "F0 90 80 80",
            "F3 BF BF BF",
            "F4 8F BF BF"
        }) {
            assertTrue(isValid(HexFormat.ofDelimiter(" ").withUpperCase().parseHex(hex)), hex);
        }
    }

    @Test
    void shouldAgreeWithTheDecoderOfTheJdk() {
        final Random random = new Random(7);
        for (int i = 0; i < 300_000; i++) {
            final byte[] bytes = new byte[1 + random.nextInt(5)];
            for (int j = 0; j < bytes.length; j++) {
                bytes[j] = (byte) (random.nextInt(4) == 0 ? random.nextInt() : 0x80 + random.nextInt(0x80));
            }
            assertEquals(isNameByJdk(bytes), isValid(bytes), () -> Arrays.toString(bytes));
        }
    }

    @Test
    void shouldHideNamesThatBeginWithADollar() {
        assertTrue(TopicName.isHidden(new UnsafeBuffer(new byte[] {'$', 'a'}), 0));
        assertFalse(TopicName.isHidden(new UnsafeBuffer(new byte[] {'a', '$'}), 0));
    }

    @ParameterizedTest
    @CsvSource({
        "$dead, true",
        "$dead/a, true",
        "$SYS/broker/version, true",
        "$share/g/a, true",
        "$queue/a, true",
        "$audit, true",
        "$lockstep/x, true",
        "$deadly/a, false",
        "$dea, false",
        "$sys/a, false",
        "$TopicA, false",
        "$, false",
        "a/$dead, false",
        "dead/a, false"
    })
    void shouldReserveNamesWithAFirstLevelOfLockstep(final String name, final boolean isReserved) {
        final byte[] bytes = ("x" + name + "/y").getBytes(StandardCharsets.UTF_8);

        assertEquals(isReserved, TopicName.isReserved(new UnsafeBuffer(bytes), 1, bytes.length - 3));
    }

    private static boolean isNameByJdk(final byte[] bytes) {
        try {
            final String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return text.chars().noneMatch(letter -> letter == 0 || letter == '+' || letter == '#');
        } catch (final CharacterCodingException ex) {
            return false;
        }
    }

    // The array ends with the name and the name begins inside it, so that any read outside shows.
    private static boolean isValid(final byte[] name) {
        final byte[] shifted = new byte[name.length + 3];
        System.arraycopy(name, 0, shifted, 3, name.length);
        return TopicName.isValid(new UnsafeBuffer(shifted), 3, name.length);
    }
}
