package io.lockstep.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aeron.security.SessionProxy;
import io.lockstep.access.IngressCredentials;
import io.lockstep.access.IngressCredentials.Kind;
import io.lockstep.access.PasswordChecks;
import io.lockstep.access.PasswordHash;
import io.lockstep.access.SecretProof;
import io.lockstep.access.UserTable;
import io.lockstep.access.rules.Principal;
import io.lockstep.access.rules.SessionPrincipal;
import io.lockstep.access.rules.SessionPrincipal.Proof;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class IngressAuthenticatorTest {
    private static final String SECRET = "the secret of the cluster";

    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final RefusedLogins refused = new RefusedLogins();
    private final List<String> log = new ArrayList<>();
    private final UserTable users = UserTable.EMPTY.with("ann", PasswordHash.of(bytes("right"), 1000));
    private long nowNs = 1;
    private boolean isFull;
    private boolean isAnonymousAllowed;
    private IngressAuthenticator authenticator;

    /** A session of the consensus module whose client wants in. */
    private static final class FakeSession implements SessionProxy {
        private final long id;
        private byte[] challenge;
        private byte[] principal;
        private boolean isRejected;
        private boolean isBusy;

        private FakeSession(final long id) {
            this.id = id;
        }

        @Override
        public long sessionId() {
            return id;
        }

        @Override
        public boolean challenge(final byte[] encodedChallenge) {
            challenge = encodedChallenge;
            return true;
        }

        @Override
        public boolean authenticate(final byte[] encodedPrincipal) {
            if (!isBusy) {
                principal = encodedPrincipal;
            }
            return !isBusy;
        }

        @Override
        public void reject() {
            isRejected = true;
        }

        private SessionPrincipal who() {
            return SessionPrincipal.decode(new UnsafeBuffer(principal), 0, principal.length);
        }
    }

    @Test
    void shouldLetAUserInWhenThePasswordIsRight() {
        final FakeSession session = connect(1, password("ann", "right"));
        assertNull(session.principal, "nobody compares on the thread of the consensus module");
        compare();

        poll(session);

        assertEquals(new SessionPrincipal(Proof.USER, new Principal("ann", "c")), session.who());
        assertEquals(List.of(), log);
    }

    @Test
    void shouldRefuseWhenThePasswordIsWrongOrNobodyHasTheName() {
        for (final byte[] credentials :
                List.of(password("ann", "wrong"), password("eve", "right"), password("ann", ""))) {
            final FakeSession session = connect(1, credentials);
            compare();
            poll(session);

            assertTrue(session.isRejected);
            assertNull(session.principal);
        }
        assertEquals(
                List.of("refused a session: client 'c' gave a wrong name or password as user 'ann'"),
                log,
                "a line a second at most");
        nowNs += TimeUnit.SECONDS.toNanos(1);
        poll(connect(2, bytes("something")));
        assertEquals(
                "refused a session: its credentials are none of this release; 2 refusals before it were not told",
                log.get(1));
        assertEquals(new RefusedLogins.Login("ann", "c"), refused.poll());
        assertEquals(new RefusedLogins.Login("eve", "c"), refused.poll());
        assertEquals(new RefusedLogins.Login("ann", "c"), refused.poll());
        assertEquals(new RefusedLogins.Login("", ""), refused.poll());
        assertNull(refused.poll());
    }

    @Test
    void shouldLetTheNamelessInOnlyWhenThatIsAllowed() {
        final byte[] nameless = IngressCredentials.anonymous("c").encode();
        assertTrue(poll(connect(1, nameless)).isRejected);
        assertTrue(poll(connect(2, new byte[0])).isRejected, "a client of a release before this one");

        isAnonymousAllowed = true;
        authenticator = null;
        assertEquals(
                new SessionPrincipal(Proof.ANONYMOUS, new Principal(null, "c")),
                poll(connect(1, nameless)).who());
    }

    @Test
    void shouldTrustWhoAnswersAChallengeWithTheSecret() {
        final FakeSession node = challenged(1);
        authenticator.onChallengeResponse(1, SecretProof.of(SECRET, node.challenge), 0);
        authenticator.onChallengedSession(node, 0);
        assertEquals(new SessionPrincipal(Proof.SECRET, new Principal(null, "node-1")), node.who());

        final FakeSession liar = challenged(2);
        authenticator.onChallengedSession(liar, 0);
        assertFalse(liar.isRejected, "the answer has not come");
        authenticator.onChallengeResponse(2, SecretProof.of("another", liar.challenge), 0);
        authenticator.onChallengedSession(liar, 0);
        assertTrue(liar.isRejected);
        assertNull(liar.principal);

        final FakeSession replayer = challenged(3);
        authenticator.onChallengeResponse(3, SecretProof.of(SECRET, node.challenge), 0);
        authenticator.onChallengedSession(replayer, 0);
        assertTrue(replayer.isRejected, "each challenge is new");
    }

    @Test
    void shouldNotTakeAnAnswerFromWhoWasNotChallenged() {
        final FakeSession session = connect(1, password("ann", "wrong"));
        authenticator.onChallengeResponse(1, SecretProof.of(SECRET, new byte[32]), 0);
        compare();

        assertTrue(poll(session).isRejected);
    }

    @Test
    void shouldCompareLaterWhenTooManyOthersWait() {
        isFull = true;
        final FakeSession session = connect(1, password("ann", "right"));
        poll(session);
        isFull = false;
        poll(session);
        assertFalse(session.isRejected);
        compare();

        assertNotNull(poll(session).principal);
    }

    @Test
    void shouldTryAgainWhenTheSessionCannotBeToldYet() {
        final FakeSession session = connect(1, password("ann", "right"));
        compare();
        session.isBusy = true;
        poll(session);
        session.isBusy = false;

        assertNotNull(poll(session).principal);
    }

    @Test
    void shouldForgetTheOldestWhenClientsNeverComeBack() {
        final FakeSession first = connect(1, password("ann", "right"));
        for (int i = 0; i < IngressAuthenticator.MAX_ATTEMPTS; i++) {
            connect(2 + i, IngressCredentials.secret("x").encode());
        }
        compare();

        assertTrue(poll(first).isRejected);
    }

    private FakeSession challenged(final long id) {
        final FakeSession session =
                poll(connect(id, IngressCredentials.secret("node-1").encode()));
        assertNotNull(session.challenge);
        return session;
    }

    private FakeSession connect(final long id, final byte[] credentials) {
        if (authenticator == null) {
            authenticator = new IngressAuthenticator(
                    SECRET,
                    isAnonymousAllowed,
                    () -> users,
                    new PasswordChecks(this::execute, () -> nowNs),
                    new SecureRandom(),
                    log::add,
                    refused,
                    () -> nowNs);
        }
        authenticator.onConnectRequest(id, credentials, 0);
        return new FakeSession(id);
    }

    private FakeSession poll(final FakeSession session) {
        authenticator.onConnectedSession(session, 0);
        return session;
    }

    private void execute(final Runnable task) {
        if (isFull) {
            throw new RejectedExecutionException();
        }
        tasks.add(task);
    }

    private void compare() {
        while (!tasks.isEmpty()) {
            tasks.poll().run();
        }
    }

    private static byte[] password(final String user, final String password) {
        return new IngressCredentials(Kind.PASSWORD, "c", user, bytes(password)).encode();
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
