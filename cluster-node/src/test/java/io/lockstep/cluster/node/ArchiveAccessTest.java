package io.lockstep.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aeron.archive.codecs.ListRecordingsRequestDecoder;
import io.aeron.archive.codecs.PurgeSegmentsRequestDecoder;
import io.aeron.archive.codecs.ReplayRequestDecoder;
import io.aeron.archive.codecs.TruncateRecordingRequestDecoder;
import io.aeron.security.Authenticator;
import io.aeron.security.SessionProxy;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ArchiveAccessTest {
    private static final String SECRET = "correct horse battery";

    private final ArchiveAccess access = new ArchiveAccess(SECRET);
    private final Authenticator members = access.newMemberAuthenticator();

    @Test
    void shouldLetTheOwnerDoEverythingWhenItShowsTheSecret() {
        final byte[] principal = authenticate(access.ownerCredentials().encodedCredentials());

        assertTrue(isAllowed(principal, PurgeSegmentsRequestDecoder.TEMPLATE_ID));
        assertTrue(isAllowed(principal, TruncateRecordingRequestDecoder.TEMPLATE_ID));
        assertTrue(isAllowed(principal, ReplayRequestDecoder.TEMPLATE_ID));
    }

    @Test
    void shouldLetOthersOnlyListAndReplayWhenTheyShowNothing() {
        final byte[] principal = authenticate(new byte[0]);

        assertTrue(isAllowed(principal, ListRecordingsRequestDecoder.TEMPLATE_ID));
        assertTrue(isAllowed(principal, ReplayRequestDecoder.TEMPLATE_ID));
        assertFalse(isAllowed(principal, PurgeSegmentsRequestDecoder.TEMPLATE_ID));
        assertFalse(isAllowed(principal, TruncateRecordingRequestDecoder.TEMPLATE_ID));
    }

    @Test
    void shouldNotTakeTheSecretOfAnotherNodeWhenItIsShown() {
        final byte[] principal =
                authenticate(new ArchiveAccess(SECRET).ownerCredentials().encodedCredentials());

        assertFalse(isAllowed(principal, PurgeSegmentsRequestDecoder.TEMPLATE_ID));
    }

    @Test
    void shouldAdmitAMemberWhenItProvesThatItKnowsTheSecret() {
        final FakeSessionProxy proxy = challenge();

        members.onChallengeResponse(
                proxy.sessionId(), new ArchiveAccess(SECRET).memberCredentials().onChallenge(proxy.challenge), 0);
        members.onChallengedSession(proxy, 0);

        assertEquals(1, proxy.authentications);
        assertTrue(isAllowed(proxy.principal, ReplayRequestDecoder.TEMPLATE_ID));
        assertFalse(isAllowed(proxy.principal, PurgeSegmentsRequestDecoder.TEMPLATE_ID));
    }

    @Test
    void shouldRejectWhenTheProofWasMadeWithAnotherSecret() {
        final FakeSessionProxy proxy = challenge();

        members.onChallengeResponse(
                proxy.sessionId(),
                new ArchiveAccess("another secret of some length")
                        .memberCredentials()
                        .onChallenge(proxy.challenge),
                0);
        members.onChallengedSession(proxy, 0);

        assertEquals(0, proxy.authentications);
        assertEquals(1, proxy.rejections);
    }

    @Test
    void shouldRejectWhenAnOldProofIsShownAgain() {
        final FakeSessionProxy first = challenge();
        final byte[] proof = access.memberCredentials().onChallenge(first.challenge);
        final FakeSessionProxy second = challenge();

        members.onChallengeResponse(second.sessionId(), proof, 0);
        members.onChallengedSession(second, 0);

        assertEquals(1, second.rejections);
    }

    @Test
    void shouldKeepASessionWaitingUntilItAnswers() {
        final FakeSessionProxy proxy = challenge();

        members.onChallengedSession(proxy, 0);

        assertEquals(0, proxy.authentications + proxy.rejections);
    }

    @Test
    void shouldAdmitEverybodyAsAReaderWhenThereIsNoSecret() {
        final FakeSessionProxy proxy = new FakeSessionProxy();
        final Authenticator open = new ArchiveAccess("").newMemberAuthenticator();

        open.onConnectRequest(proxy.sessionId(), new byte[0], 0);
        open.onConnectedSession(proxy, 0);

        assertEquals(1, proxy.authentications);
    }

    private FakeSessionProxy challenge() {
        final FakeSessionProxy proxy = new FakeSessionProxy();
        members.onConnectRequest(proxy.sessionId(), access.memberCredentials().encodedCredentials(), 0);
        members.onConnectedSession(proxy, 0);
        assertEquals(0, proxy.authentications);
        assertEquals(32, proxy.challenge.length);
        return proxy;
    }

    private boolean isAllowed(final byte[] principal, final int actionId) {
        return access.isAuthorised(101, actionId, null, principal);
    }

    private byte[] authenticate(final byte[] credentials) {
        final Authenticator authenticator = access.newReaderAuthenticator();
        final FakeSessionProxy proxy = new FakeSessionProxy();
        authenticator.onConnectRequest(proxy.sessionId(), credentials, 0);
        authenticator.onConnectedSession(proxy, 0);
        assertEquals(1, proxy.authentications);
        return proxy.principal;
    }

    private static final class FakeSessionProxy implements SessionProxy {
        private static long lastSessionId;

        private final long sessionId = ++lastSessionId;
        private byte[] principal = "none".getBytes(StandardCharsets.US_ASCII);
        private byte[] challenge = new byte[0];
        private int authentications;
        private int rejections;

        @Override
        public long sessionId() {
            return sessionId;
        }

        @Override
        public boolean challenge(final byte[] encodedChallenge) {
            challenge = encodedChallenge;
            return true;
        }

        @Override
        public boolean authenticate(final byte[] encodedPrincipal) {
            authentications++;
            principal = encodedPrincipal;
            return true;
        }

        @Override
        public void reject() {
            rejections++;
        }
    }
}
