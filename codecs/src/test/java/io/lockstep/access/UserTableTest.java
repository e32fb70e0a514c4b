package io.lockstep.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UserTableTest {
    private static final int FEW_ITERATIONS = 1_000;

    @Test
    void shouldKnowThePasswordWhenTheHashWasWrittenAndRead() {
        final PasswordHash hash = PasswordHash.of(bytes("s3cret"), FEW_ITERATIONS);

        final PasswordHash read = PasswordHash.parse(hash.toString());

        assertTrue(read.matches(bytes("s3cret")));
        assertFalse(read.matches(bytes("s3creT")));
        assertFalse(read.matches(new byte[0]));
    }

    @Test
    void shouldMatchTheStandardWhenAnotherProgramMadeTheHash() {
        // Made by Python: hashlib.pbkdf2_hmac('sha512', b'password', b'0123456789abcdef', 1000).
        final PasswordHash hash = PasswordHash.parse("pbkdf2-sha512$1000$MDEyMzQ1Njc4OWFiY2RlZg==$38DzhdBT7fP"
                + "aUGBlsh42VTuuKSFAIYGZJ7l6feCDLIl+K3hdPFgxxu7xuUi4gIuH6cEIoODn18xH9Ig2ryNgUw==");

        assertTrue(hash.matches(bytes("password")));
    }

    @Test
    void shouldTellPasswordsApartWhenTheyAreNoText() {
        final PasswordHash hash = PasswordHash.of(new byte[] {(byte) 0xFF, 0, (byte) 0xC3}, FEW_ITERATIONS);

        assertTrue(hash.matches(new byte[] {(byte) 0xFF, 0, (byte) 0xC3}));
        assertFalse(hash.matches(new byte[] {(byte) 0xFE, 0, (byte) 0xC3}));
    }

    @Test
    void shouldSaltEachHashWhenPasswordsAreEqual() {
        assertNotEquals(
                PasswordHash.of(bytes("same"), FEW_ITERATIONS).toString(),
                PasswordHash.of(bytes("same"), FEW_ITERATIONS).toString());
    }

    @Test
    void shouldReadWhatItWroteWhenUsersComeAndGo() {
        final UserTable table = UserTable.EMPTY
                .with("ann", PasswordHash.of(bytes("a"), FEW_ITERATIONS))
                .with("bob", PasswordHash.of(bytes("b"), FEW_ITERATIONS))
                .without("ann");

        final UserTable read = UserTable.parse("users.txt", table.linesLike(List.of()));

        assertEquals(List.of("bob"), read.names());
        assertTrue(read.hashOf("bob").matches(bytes("b")));
        assertNotNull(read.decoyOf("nobody"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ann",
                ":pbkdf2-sha512$1000$AA==$AA==",
                "ann:plain",
                "ann:pbkdf2-sha512$999$MDEyMzQ1Njc4OWFiY2RlZg==$MDEy",
                "ann:pbkdf2-sha512$x$MDEyMzQ1Njc4OWFiY2RlZg==$MDEy",
                "ann:pbkdf2-sha512$1000$!!$MDEy",
                "a b:pbkdf2-sha512$1000$MDEyMzQ1Njc4OWFiY2RlZg==$MDEy"
            })
    void shouldNameFileAndLineWhenALineIsBad(final String line) {
        final IllegalArgumentException error = assertThrows(
                IllegalArgumentException.class, () -> UserTable.parse("users.txt", List.of("# people", "", line)));

        assertTrue(error.getMessage().startsWith("users.txt, line 3: "), error.getMessage());
    }

    @Test
    void shouldKeepCommentsAndOrderWhenUsersComeAndGo() {
        final PasswordHash old = PasswordHash.of(bytes("a"), FEW_ITERATIONS);
        final PasswordHash other = PasswordHash.of(bytes("b"), FEW_ITERATIONS);
        final List<String> before = List.of("# pumps", "ann:" + old, "", "# people", "bob: " + old, "eve:" + old);
        final UserTable table = UserTable.parse("users.txt", before)
                .with("bob", other)
                .with("dan", other)
                .without("ann");

        assertEquals(
                List.of("# pumps", "", "# people", "bob:" + other, "eve:" + old, "dan:" + other),
                table.linesLike(before));
    }

    @Test
    void shouldRefuseWhenAUserIsThereTwice() {
        final String line = "ann:" + PasswordHash.of(bytes("a"), FEW_ITERATIONS);

        final IllegalArgumentException error =
                assertThrows(IllegalArgumentException.class, () -> UserTable.parse("users.txt", List.of(line, line)));

        assertEquals("users.txt, line 2: the user 'ann' is there twice", error.getMessage());
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
