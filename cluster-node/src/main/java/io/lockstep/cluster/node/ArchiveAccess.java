package io.lockstep.cluster.node;

import io.aeron.archive.codecs.ArchiveIdRequestDecoder;
import io.aeron.archive.codecs.BoundedReplayRequestDecoder;
import io.aeron.archive.codecs.CloseSessionRequestDecoder;
import io.aeron.archive.codecs.FindLastMatchingRecordingRequestDecoder;
import io.aeron.archive.codecs.KeepAliveRequestDecoder;
import io.aeron.archive.codecs.ListRecordingRequestDecoder;
import io.aeron.archive.codecs.ListRecordingsForUriRequestDecoder;
import io.aeron.archive.codecs.ListRecordingsRequestDecoder;
import io.aeron.archive.codecs.MaxRecordedPositionRequestDecoder;
import io.aeron.archive.codecs.RecordingPositionRequestDecoder;
import io.aeron.archive.codecs.ReplayRequestDecoder;
import io.aeron.archive.codecs.ReplayTokenRequestDecoder;
import io.aeron.archive.codecs.StartPositionRequestDecoder;
import io.aeron.archive.codecs.StopPositionRequestDecoder;
import io.aeron.archive.codecs.StopReplayRequestDecoder;
import io.aeron.security.Authenticator;
import io.aeron.security.AuthorisationService;
import io.aeron.security.CredentialsSupplier;
import io.aeron.security.SessionProxy;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Set;

/**
 * Who may do what with a node's archives. Aeron's default lets anyone who reaches the port purge a recording. Here the
 * parts of the node itself hold a secret that was drawn at start and never leaves the process; they may do everything.
 * Everybody else (readers of the journal, and the other members that replicate a log) may list and replay.
 */
final class ArchiveAccess implements AuthorisationService {
    private static final int TOKEN_LENGTH = 32;
    private static final byte[] OWNER = "owner".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] READER = "reader".getBytes(StandardCharsets.US_ASCII);
    private static final Set<Integer> READER_ACTIONS = Set.of(
            ArchiveIdRequestDecoder.TEMPLATE_ID,
            BoundedReplayRequestDecoder.TEMPLATE_ID,
            CloseSessionRequestDecoder.TEMPLATE_ID,
            FindLastMatchingRecordingRequestDecoder.TEMPLATE_ID,
            KeepAliveRequestDecoder.TEMPLATE_ID,
            ListRecordingRequestDecoder.TEMPLATE_ID,
            ListRecordingsForUriRequestDecoder.TEMPLATE_ID,
            ListRecordingsRequestDecoder.TEMPLATE_ID,
            MaxRecordedPositionRequestDecoder.TEMPLATE_ID,
            RecordingPositionRequestDecoder.TEMPLATE_ID,
            ReplayRequestDecoder.TEMPLATE_ID,
            ReplayTokenRequestDecoder.TEMPLATE_ID,
            StartPositionRequestDecoder.TEMPLATE_ID,
            StopPositionRequestDecoder.TEMPLATE_ID,
            StopReplayRequestDecoder.TEMPLATE_ID);

    private final byte[] token = new byte[TOKEN_LENGTH];

    ArchiveAccess() {
        new SecureRandom().nextBytes(token);
    }

    CredentialsSupplier ownerCredentials() {
        return new CredentialsSupplier() {
            @Override
            public byte[] encodedCredentials() {
                return token.clone();
            }

            @Override
            public byte[] onChallenge(final byte[] encodedChallenge) {
                return token.clone();
            }
        };
    }

    Authenticator newAuthenticator() {
        return new TokenAuthenticator(token);
    }

    @Override
    public boolean isAuthorised(
            final int protocolId, final int actionId, final Object type, final byte[] encodedPrincipal) {
        return MessageDigest.isEqual(OWNER, encodedPrincipal) || READER_ACTIONS.contains(actionId);
    }

    private static final class TokenAuthenticator implements Authenticator {
        private final byte[] token;
        private final org.agrona.collections.LongHashSet owners = new org.agrona.collections.LongHashSet();

        TokenAuthenticator(final byte[] token) {
            this.token = token;
        }

        @Override
        public void onConnectRequest(final long sessionId, final byte[] encodedCredentials, final long nowMs) {
            if (encodedCredentials != null && MessageDigest.isEqual(token, encodedCredentials)) {
                owners.add(sessionId);
            }
        }

        @Override
        public void onChallengeResponse(final long sessionId, final byte[] encodedCredentials, final long nowMs) {
            // No challenge is ever sent.
        }

        @Override
        public void onConnectedSession(final SessionProxy sessionProxy, final long nowMs) {
            if (sessionProxy.authenticate(owners.contains(sessionProxy.sessionId()) ? OWNER : READER)) {
                owners.remove(sessionProxy.sessionId());
            }
        }

        @Override
        public void onChallengedSession(final SessionProxy sessionProxy, final long nowMs) {
            sessionProxy.reject();
        }
    }
}
