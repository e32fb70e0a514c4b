package io.lockstep.access;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.agrona.concurrent.NanoClock;

/**
 * Compares passwords with hashes, on threads made for that because it takes long. A password that was right counts as
 * right without that for a minute, so that clients that all come back at once do not wait for each other. Any thread.
 */
public final class PasswordChecks {
    private static final long REMEMBER_NS = TimeUnit.MINUTES.toNanos(1);
    private static final String DIGEST = "HmacSHA256";

    // One for each user at most, so that the file of users bounds it.
    private final Map<String, Remembered> rememberedByUser = new ConcurrentHashMap<>();
    private final SecretKeySpec key;
    private final Executor executor;
    private final NanoClock clock;

    // Nobody compares these.
    @SuppressWarnings("ArrayRecordComponent")
    private record Remembered(byte[] digest, PasswordHash hash, long endNs) {}

    /**
     * Remembers nothing yet.
     *
     * @param executor of few threads and a bounded queue; throws {@link RejectedExecutionException} where that is full.
     * @param clock    for what is remembered.
     */
    public PasswordChecks(final Executor executor, final NanoClock clock) {
        this.executor = executor;
        this.clock = clock;
        final byte[] secret = new byte[32];
        new SecureRandom().nextBytes(secret);
        this.key = new SecretKeySpec(secret, DIGEST);
    }

    /**
     * Tells whether a name and a password belong together; for a name that nobody has it takes as long.
     *
     * @param table    of users.
     * @param user     name; null where none was given.
     * @param password null where none was given.
     * @param listener told, at once on this thread or later on another one.
     */
    public void check(final UserTable table, final String user, final byte[] password, final LoginListener listener) {
        final PasswordHash own = user == null ? null : table.hashOf(user);
        final PasswordHash hash = own == null && user != null ? table.decoyOf(user) : own;
        if (hash == null || password == null) {
            listener.onLogin(LoginResult.BAD_CREDENTIALS, null, false);
        } else {
            check(user, password, hash, own != null, listener);
        }
    }

    private void check(
            final String user,
            final byte[] password,
            final PasswordHash hash,
            final boolean isKnown,
            final LoginListener listener) {
        final byte[] digest = digestOf(password);
        final Remembered remembered = rememberedByUser.get(user);
        if (remembered != null
                && remembered.hash() == hash
                && clock.nanoTime() - remembered.endNs() < 0
                && MessageDigest.isEqual(remembered.digest(), digest)) {
            listener.onLogin(LoginResult.ACCEPTED, user, true);
            return;
        }
        try {
            executor.execute(() -> compare(user, password, digest, hash, isKnown, listener));
        } catch (final RejectedExecutionException ex) {
            listener.onLogin(LoginResult.BUSY, null, false);
        }
    }

    private void compare(
            final String user,
            final byte[] password,
            final byte[] digest,
            final PasswordHash hash,
            final boolean isKnown,
            final LoginListener listener) {
        final boolean isRight;
        try {
            isRight = hash.matches(password) && isKnown;
        } catch (final RuntimeException ex) {
            // The client does not wait for ever; the thread's handler logs what went wrong.
            listener.onLogin(LoginResult.BUSY, null, false);
            throw ex;
        }
        if (isRight) {
            rememberedByUser.put(user, new Remembered(digest, hash, clock.nanoTime() + REMEMBER_NS));
            listener.onLogin(LoginResult.ACCEPTED, user, true);
        } else {
            listener.onLogin(LoginResult.BAD_CREDENTIALS, null, false);
        }
    }

    private byte[] digestOf(final byte[] password) {
        try {
            final Mac mac = Mac.getInstance(DIGEST);
            mac.init(key);
            return mac.doFinal(password);
        } catch (final GeneralSecurityException ex) {
            throw new IllegalStateException("this Java has no " + DIGEST, ex);
        }
    }
}
