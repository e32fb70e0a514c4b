package io.lockstep.access;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lockstep.access.IngressCredentials.Kind;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class IngressCredentialsTest {
    private static final byte[] PASSWORD = {1, 0, -1};

    @Test
    void shouldReadBackWhatWasWritten() {
        final IngressCredentials ann =
                IngressCredentials.decode(new IngressCredentials(Kind.PASSWORD, "c 1", "änn", PASSWORD).encode());
        assertEquals(Kind.PASSWORD, ann.kind());
        assertEquals("c 1", ann.clientId());
        assertEquals("änn", ann.user());
        assertArrayEquals(PASSWORD, ann.password());
        assertEquals(
                Kind.SECRET,
                IngressCredentials.decode(IngressCredentials.secret("g").encode())
                        .kind());
        assertEquals(Kind.ANONYMOUS, IngressCredentials.decode(new byte[0]).kind());
    }

    @Test
    void shouldBeNullWhenTheBytesAreSomethingElse() {
        final byte[] good = new IngressCredentials(Kind.PASSWORD, "c", "ann", PASSWORD).encode();
        for (int length = 1; length < good.length - PASSWORD.length; length++) {
            assertNull(IngressCredentials.decode(Arrays.copyOf(good, length)), "length " + length);
        }
        for (int index = 0; index < 2; index++) {
            final byte[] other = good.clone();
            other[index] = 77;
            assertNull(IngressCredentials.decode(other), "byte " + index);
        }
        assertNull(IngressCredentials.decode("user:password".getBytes(StandardCharsets.UTF_8)));
        assertNotNull(IngressCredentials.decode(good));
    }

    @Test
    void shouldRefuseWhatCannotBeProvenOrKept() {
        assertThrows(IllegalArgumentException.class, () -> new IngressCredentials(Kind.PASSWORD, "c", "", PASSWORD));
        assertThrows(IllegalArgumentException.class, () -> IngressCredentials.anonymous("a\0b"));
        assertThrows(
                IllegalArgumentException.class,
                () -> IngressCredentials.anonymous("x".repeat(IngressCredentials.MAX_CLIENT_ID_LENGTH + 1)));
    }

    @Test
    void shouldNotSayThePassword() {
        final byte[] password = "geheim".getBytes(StandardCharsets.UTF_8);
        assertFalse(new IngressCredentials(Kind.PASSWORD, "c", "ann", password)
                .toString()
                .contains("geheim"));
    }
}
