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
    private final ArchiveAccess access = new ArchiveAccess();

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
                authenticate(new ArchiveAccess().ownerCredentials().encodedCredentials());

        assertFalse(isAllowed(principal, PurgeSegmentsRequestDecoder.TEMPLATE_ID));
    }

    private boolean isAllowed(final byte[] principal, final int actionId) {
        return access.isAuthorised(101, actionId, null, principal);
    }

    private byte[] authenticate(final byte[] credentials) {
        final Authenticator authenticator = access.newAuthenticator();
        final FakeSessionProxy proxy = new FakeSessionProxy();
        authenticator.onConnectRequest(proxy.sessionId(), credentials, 0);
        authenticator.onConnectedSession(proxy, 0);
        assertEquals(1, proxy.authentications);
        return proxy.principal;
    }

    private static final class FakeSessionProxy implements SessionProxy {
        private byte[] principal = "none".getBytes(StandardCharsets.US_ASCII);
        private int authentications;

        @Override
        public long sessionId() {
            return 7;
        }

        @Override
        public boolean challenge(final byte[] encodedChallenge) {
            throw new AssertionError("no challenge is expected");
        }

        @Override
        public boolean authenticate(final byte[] encodedPrincipal) {
            authentications++;
            principal = encodedPrincipal;
            return true;
        }

        @Override
        public void reject() {
            throw new AssertionError("no rejection is expected");
        }
    }
}
