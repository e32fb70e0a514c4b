package io.lockstep.access.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.access.rules.SessionPrincipal.Proof;
import java.nio.charset.StandardCharsets;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class SessionPrincipalTest {
    @Test
    void shouldReadBackWhatWasWritten() {
        for (final SessionPrincipal one : new SessionPrincipal[] {
            new SessionPrincipal(Proof.USER, new Principal("änn", "c 1")),
            new SessionPrincipal(Proof.USER, new Principal("ann", "")),
            new SessionPrincipal(Proof.ANONYMOUS, new Principal(null, "c")),
            new SessionPrincipal(Proof.SECRET, new Principal(null, "gateway")),
            SessionPrincipal.UNKNOWN
        }) {
            assertEquals(one, decode(one.encode()));
        }
        assertTrue(decode("s\0".getBytes(StandardCharsets.UTF_8)).isTrusted());
    }

    @Test
    void shouldBeNobodyWhenTheBytesAreSomethingElse() {
        for (final String text :
                new String[] {"", "s", "u", "sann", "u\0c", "aann\0c", "sann\0c", "x\0", "\0s", "S\0"}) {
            assertSame(SessionPrincipal.UNKNOWN, decode(text.getBytes(StandardCharsets.UTF_8)), text);
        }
        assertSame(
                SessionPrincipal.UNKNOWN,
                decode(("a\0" + "x".repeat(SessionPrincipal.MAX_LENGTH)).getBytes(StandardCharsets.UTF_8)));
    }

    private static SessionPrincipal decode(final byte[] bytes) {
        return SessionPrincipal.decode(new UnsafeBuffer(bytes), 0, bytes.length);
    }
}
