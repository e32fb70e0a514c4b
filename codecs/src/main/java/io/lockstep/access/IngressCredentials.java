package io.lockstep.access;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * What a client shows when it opens a session with the cluster: a version, how it proves who it is, client id, user and
 * password. Immutable, but for the password, which is not copied.
 *
 * @param kind     how it proves who it is.
 * @param clientId as it calls itself.
 * @param user     with a password, else empty.
 * @param password of the user; empty without one.
 */
// Nobody compares these.
@SuppressWarnings("ArrayRecordComponent")
public record IngressCredentials(Kind kind, String clientId, String user, byte[] password) {
    /** Greatest length of a client id in bytes. */
    public static final int MAX_CLIENT_ID_LENGTH = 1024;

    private static final byte VERSION = 1;
    private static final int MAX_PASSWORD_LENGTH = 1024;
    private static final byte[] NO_PASSWORD = {};

    /** How a client proves who it is. */
    public enum Kind {
        /** Not at all. */
        ANONYMOUS('a'),
        /** By a password. */
        PASSWORD('p'),
        /** By what it makes of a challenge with the secret of the cluster, see {@link SecretProof}. */
        SECRET('s');

        private final byte mark;

        Kind(final char mark) {
            this.mark = (byte) mark;
        }

        private static Kind of(final byte mark) {
            for (final Kind kind : values()) {
                if (kind.mark == mark) {
                    return kind;
                }
            }
            return null;
        }
    }

    /** Checks the arguments. */
    public IngressCredentials {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(password, "password");
        if (clientId.getBytes(StandardCharsets.UTF_8).length > MAX_CLIENT_ID_LENGTH || clientId.indexOf('\0') >= 0) {
            throw new IllegalArgumentException(
                    "a client id takes at most " + MAX_CLIENT_ID_LENGTH + " bytes without U+0000");
        }
        if (kind == Kind.PASSWORD) {
            UserTable.checkName(user);
        }
        if (password.length > MAX_PASSWORD_LENGTH) {
            throw new IllegalArgumentException("a password takes at most " + MAX_PASSWORD_LENGTH + " bytes");
        }
    }

    /**
     * Of a client without a name.
     *
     * @param clientId as it calls itself.
     * @return the credentials.
     */
    public static IngressCredentials anonymous(final String clientId) {
        return new IngressCredentials(Kind.ANONYMOUS, clientId, "", NO_PASSWORD);
    }

    /**
     * Of who knows the secret of the cluster.
     *
     * @param clientId as it calls itself.
     * @return the credentials.
     */
    public static IngressCredentials secret(final String clientId) {
        return new IngressCredentials(Kind.SECRET, clientId, "", NO_PASSWORD);
    }

    /**
     * The bytes that {@link #decode} reads.
     *
     * @return a new array.
     */
    public byte[] encode() {
        final byte[] id = clientId.getBytes(StandardCharsets.UTF_8);
        final byte[] name = user.getBytes(StandardCharsets.UTF_8);
        final ByteBuffer buffer = ByteBuffer.allocate(2 + 2 * Short.BYTES + id.length + name.length + password.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(VERSION)
                .put(kind.mark)
                .putShort((short) id.length)
                .put(id)
                .putShort((short) name.length)
                .put(name)
                .put(password);
        return buffer.array();
    }

    /**
     * Reads what {@link #encode} wrote. No bytes at all are those of a client without a name.
     *
     * @param bytes any.
     * @return null where they are anything else.
     */
    public static IngressCredentials decode(final byte[] bytes) {
        if (bytes.length == 0) {
            return anonymous("");
        }
        final ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (buffer.remaining() < 2 || buffer.get() != VERSION) {
            return null;
        }
        final Kind kind = Kind.of(buffer.get());
        final String id = text(buffer);
        final String name = id == null ? null : text(buffer);
        if (name == null || kind == null) {
            return null;
        }
        final byte[] rest = new byte[buffer.remaining()];
        buffer.get(rest);
        try {
            return new IngressCredentials(kind, id, name, rest);
        } catch (final IllegalArgumentException ex) {
            return null;
        }
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "IngressCredentials{kind=" + kind + ", clientId=" + clientId + ", user=" + user + '}';
    }

    private static String text(final ByteBuffer buffer) {
        if (buffer.remaining() < Short.BYTES) {
            return null;
        }
        final int length = buffer.getShort() & 0xFFFF;
        if (buffer.remaining() < length) {
            return null;
        }
        final byte[] bytes = new byte[length];
        buffer.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
