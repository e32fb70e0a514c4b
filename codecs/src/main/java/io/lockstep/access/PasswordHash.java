package io.lockstep.access;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * A password as PBKDF2 with HMAC-SHA512 leaves it: slow to make on purpose, so that whoever reads the file cannot try many.
 * Immutable; any thread, but neither an event loop nor the bridge, because a check takes a tenth of a second.
 */
public final class PasswordHash {
    /** Rounds of a new hash: what OWASP recommended for this function in 2023. */
    public static final int DEFAULT_ITERATIONS = 210_000;

    private static final String SCHEME = "pbkdf2-sha512";
    private static final int LEAST_ITERATIONS = 1_000;
    private static final int MOST_ITERATIONS = 10_000_000;
    private static final int SALT_BYTES = 16;
    private static final int DIGEST_BYTES = 64;

    private final int iterations;
    private final byte[] salt;
    private final byte[] digest;

    private PasswordHash(final int iterations, final byte[] salt, final byte[] digest) {
        if (iterations < LEAST_ITERATIONS || iterations > MOST_ITERATIONS) {
            throw new IllegalArgumentException("a hash has " + LEAST_ITERATIONS + " to " + MOST_ITERATIONS
                    + " iterations, but this one has " + iterations);
        }
        this.iterations = iterations;
        this.salt = salt;
        this.digest = digest;
    }

    /**
     * Hashes a password with a new salt.
     *
     * @param password   not empty; stays the caller's.
     * @param iterations rounds, 1,000 to 10,000,000.
     * @return the hash.
     */
    public static PasswordHash of(final byte[] password, final int iterations) {
        if (password.length == 0) {
            throw new IllegalArgumentException("a password has at least one byte");
        }
        final byte[] salt = new byte[SALT_BYTES];
        new SecureRandom().nextBytes(salt);
        return new PasswordHash(iterations, salt, derive(password, salt, iterations));
    }

    /**
     * Reads what {@link #toString()} wrote.
     *
     * @param text scheme, iterations, salt and digest with {@code $} between them.
     * @return the hash.
     * @throws IllegalArgumentException with a sentence that does not repeat the text.
     */
    public static PasswordHash parse(final String text) {
        final String[] parts = text.split("\\$", -1);
        if (parts.length != 4 || !parts[0].equals(SCHEME)) {
            throw new IllegalArgumentException("a hash reads " + SCHEME + "$ITERATIONS$SALT$DIGEST");
        }
        final byte[] salt;
        final byte[] digest;
        final int iterations;
        try {
            iterations = Integer.parseInt(parts[1]);
            salt = Base64.getDecoder().decode(parts[2]);
            digest = Base64.getDecoder().decode(parts[3]);
        } catch (final IllegalArgumentException ex) {
            throw new IllegalArgumentException("iterations are a number, and salt and digest are Base64", ex);
        }
        if (salt.length < SALT_BYTES || digest.length != DIGEST_BYTES) {
            throw new IllegalArgumentException(
                    "a salt has at least " + SALT_BYTES + " bytes and a digest " + DIGEST_BYTES);
        }
        return new PasswordHash(iterations, salt, digest);
    }

    /**
     * Whether a password is the one that was hashed. Takes as long for a wrong one as for the right one.
     *
     * @param password to check.
     * @return true if it is.
     */
    public boolean matches(final byte[] password) {
        return password.length > 0 && MessageDigest.isEqual(digest, derive(password, salt, iterations));
    }

    /**
     * The hash as it stands in the file of users.
     *
     * @return one word.
     */
    @Override
    public String toString() {
        final Base64.Encoder encoder = Base64.getEncoder();
        return SCHEME + '$' + iterations + '$' + encoder.encodeToString(salt) + '$' + encoder.encodeToString(digest);
    }

    private static byte[] derive(final byte[] password, final byte[] salt, final int iterations) {
        // The JDK hashes characters: one for each byte, so that passwords need not be text.
        final char[] characters = new String(password, StandardCharsets.ISO_8859_1).toCharArray();
        final PBEKeySpec spec = new PBEKeySpec(characters, salt, iterations, DIGEST_BYTES * Byte.SIZE);
        try {
            return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA512")
                    .generateSecret(spec)
                    .getEncoded();
        } catch (final GeneralSecurityException ex) {
            throw new IllegalStateException("this Java has no PBKDF2 with HMAC-SHA512", ex);
        } finally {
            spec.clearPassword();
            Arrays.fill(characters, '\0');
        }
    }
}
