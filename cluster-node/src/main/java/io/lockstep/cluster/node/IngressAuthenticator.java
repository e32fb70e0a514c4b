package io.lockstep.cluster.node;

import io.aeron.security.Authenticator;
import io.aeron.security.SessionProxy;
import io.lockstep.access.IngressCredentials;
import io.lockstep.access.LoginResult;
import io.lockstep.access.PasswordChecks;
import io.lockstep.access.SecretProof;
import io.lockstep.access.UserTable;
import io.lockstep.access.rules.Principal;
import io.lockstep.access.rules.SessionPrincipal;
import io.lockstep.access.rules.SessionPrincipal.Proof;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.agrona.concurrent.NanoClock;

/**
 * Asks who opens sessions with a shard. The consensus module's thread calls it again and again until it has decided, so
 * that comparing a password, which takes long, is left to another thread. Only a leader asks.
 *
 * <table>
 * <caption>States of an attempt</caption>
 * <tr><th>from</th><th>what happens</th><th>to</th></tr>
 * <tr><td>-</td><td>credentials that are none, or nameless where that is not allowed</td><td>REFUSED</td></tr>
 * <tr><td>-</td><td>nameless where that is allowed</td><td>ACCEPTED</td></tr>
 * <tr><td>-</td><td>a password</td><td>WAITING</td></tr>
 * <tr><td>-</td><td>says that it knows the secret</td><td>CHALLENGED</td></tr>
 * <tr><td>WAITING</td><td>compared</td><td>ACCEPTED, REFUSED</td></tr>
 * <tr><td>WAITING</td><td>too many others wait</td><td>BUSY</td></tr>
 * <tr><td>BUSY</td><td>called again</td><td>WAITING</td></tr>
 * <tr><td>CHALLENGED</td><td>answer</td><td>ACCEPTED, REFUSED</td></tr>
 * </table>
 */
final class IngressAuthenticator implements Authenticator {
    /** Greatest number of attempts that are remembered; the oldest is forgotten, and its client tries again. */
    static final int MAX_ATTEMPTS = 1_024;

    private static final int CHALLENGE_LENGTH = 32;
    private static final long LOG_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);

    private final Map<Long, Attempt> attempts = new LinkedHashMap<>();
    private final String secret;
    private final boolean isAnonymousAllowed;
    private final Supplier<UserTable> users;
    private final PasswordChecks checks;
    private final SecureRandom random;
    private final Consumer<String> logger;
    private final RefusedLogins refused;
    private final NanoClock clock;
    private long nextLogNs;
    private long unsaidCount;

    private enum State {
        WAITING,
        BUSY,
        CHALLENGED,
        ACCEPTED,
        REFUSED
    }

    /** One client that wants in. The consensus module's thread, but for the state, which another one changes. */
    private static final class Attempt {
        private final IngressCredentials credentials;
        private final byte[] challenge;
        private volatile State state;

        private Attempt(final IngressCredentials credentials, final byte[] challenge, final State state) {
            this.credentials = credentials;
            this.challenge = challenge;
            this.state = state;
        }
    }

    IngressAuthenticator(
            final String secret,
            final boolean isAnonymousAllowed,
            final Supplier<UserTable> users,
            final PasswordChecks checks,
            final SecureRandom random,
            final Consumer<String> logger,
            final RefusedLogins refused,
            final NanoClock clock) {
        this.secret = secret;
        this.isAnonymousAllowed = isAnonymousAllowed;
        this.users = users;
        this.checks = checks;
        this.random = random;
        this.logger = logger;
        this.refused = refused;
        this.clock = clock;
        this.nextLogNs = clock.nanoTime();
    }

    /** {@inheritDoc} */
    @Override
    public void onConnectRequest(final long sessionId, final byte[] encodedCredentials, final long nowMs) {
        if (attempts.size() >= MAX_ATTEMPTS) {
            attempts.remove(attempts.keySet().iterator().next());
        }
        final IngressCredentials credentials = IngressCredentials.decode(encodedCredentials);
        attempts.put(sessionId, begin(credentials));
    }

    /** {@inheritDoc} */
    @Override
    public void onChallengeResponse(final long sessionId, final byte[] encodedCredentials, final long nowMs) {
        final Attempt attempt = attempts.get(sessionId);
        if (attempt != null && attempt.state == State.CHALLENGED) {
            final boolean isProven =
                    MessageDigest.isEqual(SecretProof.of(secret, attempt.challenge), encodedCredentials);
            attempt.state = isProven ? State.ACCEPTED : State.REFUSED;
        }
    }

    /** {@inheritDoc} */
    @Override
    public void onConnectedSession(final SessionProxy sessionProxy, final long nowMs) {
        final Attempt attempt = attempts.get(sessionProxy.sessionId());
        if (attempt == null) {
            sessionProxy.reject();
            return;
        }
        switch (attempt.state) {
            case WAITING -> {
                // The other thread compares; this is called again.
            }
            case BUSY -> compare(attempt);
            case CHALLENGED -> sessionProxy.challenge(attempt.challenge);
            case ACCEPTED -> accept(attempt, sessionProxy);
            case REFUSED -> refuse(attempt, sessionProxy);
        }
    }

    /** {@inheritDoc} */
    @Override
    public void onChallengedSession(final SessionProxy sessionProxy, final long nowMs) {
        final Attempt attempt = attempts.get(sessionProxy.sessionId());
        if (attempt == null) {
            sessionProxy.reject();
        } else if (attempt.state == State.ACCEPTED) {
            accept(attempt, sessionProxy);
        } else if (attempt.state == State.REFUSED) {
            refuse(attempt, sessionProxy);
        }
    }

    private Attempt begin(final IngressCredentials credentials) {
        if (credentials == null) {
            return new Attempt(null, null, State.REFUSED);
        }
        return switch (credentials.kind()) {
            case ANONYMOUS -> new Attempt(credentials, null, isAnonymousAllowed ? State.ACCEPTED : State.REFUSED);
            case SECRET -> {
                final byte[] challenge = new byte[CHALLENGE_LENGTH];
                random.nextBytes(challenge);
                yield new Attempt(credentials, challenge, State.CHALLENGED);
            }
            case PASSWORD -> {
                final Attempt attempt = new Attempt(credentials, null, State.WAITING);
                compare(attempt);
                yield attempt;
            }
        };
    }

    private void compare(final Attempt attempt) {
        attempt.state = State.WAITING;
        checks.check(
                users.get(),
                attempt.credentials.user(),
                attempt.credentials.password(),
                (result, user, needsRecord) -> attempt.state = result == LoginResult.ACCEPTED
                        ? State.ACCEPTED
                        : result == LoginResult.BUSY ? State.BUSY : State.REFUSED);
    }

    private void accept(final Attempt attempt, final SessionProxy sessionProxy) {
        final IngressCredentials credentials = attempt.credentials;
        final SessionPrincipal principal = switch (credentials.kind()) {
            case ANONYMOUS -> new SessionPrincipal(Proof.ANONYMOUS, new Principal(null, credentials.clientId()));
            case SECRET -> new SessionPrincipal(Proof.SECRET, new Principal(null, credentials.clientId()));
            case PASSWORD ->
                new SessionPrincipal(Proof.USER, new Principal(credentials.user(), credentials.clientId()));
        };
        if (sessionProxy.authenticate(principal.encode())) {
            attempts.remove(sessionProxy.sessionId());
        }
    }

    private void refuse(final Attempt attempt, final SessionProxy sessionProxy) {
        attempts.remove(sessionProxy.sessionId());
        sessionProxy.reject();
        final IngressCredentials credentials = attempt.credentials;
        refused.add(
                credentials == null
                        ? new RefusedLogins.Login("", "")
                        : new RefusedLogins.Login(credentials.user(), credentials.clientId()));
        final long nowNs = clock.nanoTime();
        if (nowNs - nextLogNs < 0) {
            unsaidCount++;
            return;
        }
        nextLogNs = nowNs + LOG_INTERVAL_NS;
        logger.accept("refused a session: " + describe(credentials)
                + (unsaidCount == 0 ? "" : "; " + unsaidCount + " refusals before it were not told"));
        unsaidCount = 0;
    }

    private static String describe(final IngressCredentials credentials) {
        if (credentials == null) {
            return "its credentials are none of this release";
        }
        // A client chose the id: it must not break the line.
        final String client = "client '" + credentials.clientId().replaceAll("\\p{Cntrl}", "?") + '\'';
        return switch (credentials.kind()) {
            case ANONYMOUS -> client + " has no name";
            case SECRET -> client + " does not know the secret of the cluster";
            case PASSWORD -> client + " gave a wrong name or password as user '" + credentials.user() + '\'';
        };
    }
}
