package io.lockstep.access.rules;

import java.nio.charset.StandardCharsets;
import org.agrona.DirectBuffer;

/**
 * Who has a session with the cluster, as the Raft log keeps it, and on whose behalf a gateway publishes: one byte for how
 * that was proven, the user, and the client id after U+0000. Immutable.
 *
 * @param proof     how it was proven.
 * @param principal who it is.
 */
public record SessionPrincipal(Proof proof, Principal principal) {
    /** Nobody was asked: the nodes have no secret, or the bytes are of another kind. */
    public static final SessionPrincipal UNKNOWN = new SessionPrincipal(Proof.NONE, new Principal(null, ""));

    /** Greatest length in bytes of what is encoded here; what is longer is nobody. */
    public static final int MAX_LENGTH = 4096;

    /** How somebody proved who they are. */
    public enum Proof {
        /** Not at all. */
        NONE,
        /** By the secret of the cluster: a node, a gateway or an operator, who may do everything. */
        SECRET,
        /** By a password or a certificate. */
        USER,
        /** Came in without a name, where that is allowed. */
        ANONYMOUS
    }

    /**
     * Whether everything is allowed, also to act on behalf of others.
     *
     * @return true if so.
     */
    public boolean isTrusted() {
        return proof == Proof.SECRET;
    }

    /**
     * The bytes that {@link #decode} reads.
     *
     * @return a new array; empty for nobody.
     */
    public byte[] encode() {
        if (proof == Proof.NONE) {
            return new byte[0];
        }
        final String user = principal.user() == null ? "" : principal.user();
        return (markOf(proof) + user + '\0' + principal.clientId()).getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Reads what {@link #encode} wrote.
     *
     * @param buffer that holds it.
     * @param offset of its first byte.
     * @param length in bytes.
     * @return {@link #UNKNOWN} where the bytes are anything else.
     */
    public static SessionPrincipal decode(final DirectBuffer buffer, final int offset, final int length) {
        if (length < 2 || length > MAX_LENGTH) {
            return UNKNOWN;
        }
        final byte[] bytes = new byte[length];
        buffer.getBytes(offset, bytes);
        final String text = new String(bytes, StandardCharsets.UTF_8);
        final int end = text.indexOf('\0');
        final Proof proof = proofOf(text.charAt(0));
        if (end < 1 || proof == Proof.NONE || (proof == Proof.USER) != (end > 1)) {
            return UNKNOWN;
        }
        return new SessionPrincipal(
                proof, new Principal(proof == Proof.USER ? text.substring(1, end) : null, text.substring(end + 1)));
    }

    private static char markOf(final Proof proof) {
        return switch (proof) {
            case NONE -> ' ';
            case SECRET -> 's';
            case USER -> 'u';
            case ANONYMOUS -> 'a';
        };
    }

    private static Proof proofOf(final char mark) {
        return switch (mark) {
            case 's' -> Proof.SECRET;
            case 'u' -> Proof.USER;
            case 'a' -> Proof.ANONYMOUS;
            default -> Proof.NONE;
        };
    }
}
