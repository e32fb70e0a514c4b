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
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Who may do what with a node's archives. Aeron's default lets anyone who reaches the port purge a recording. Here
 * <ul>
 *   <li>the parts of the node itself show a token that was drawn at start and never leaves the process; they may do
 *       everything;
 *   <li>the other members of the cluster prove that they know the cluster's secret, without sending it; they may list
 *       and replay in A0, the archive of the Raft log;
 *   <li>everybody may list and replay in A1, the archive of the journal: a direct reader is trusted with the whole
 *       shard. Nobody else gets a session with A0, unless the cluster has no secret.
 * </ul>
 */
final class ArchiveAccess implements AuthorisationService {
    private static final int TOKEN_LENGTH = 32;
    private static final String MAC_ALGORITHM = "HmacSHA256";
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

    private final SecureRandom random = new SecureRandom();
    private final byte[] token = newBytes();
    private final byte[] secret;

    /**
     * Access for one node.
     *
     * @param secret of the cluster; empty where there is none.
     */
    ArchiveAccess(final String secret) {
        this.secret = secret.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * What parts of this node show to its archives.
     *
     * @return a supplier for Aeron's contexts.
     */
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

    /**
     * What this node's archive shows to another node's when it copies a recording.
     *
     * @return a supplier for Aeron's contexts.
     */
    CredentialsSupplier memberCredentials() {
        return new CredentialsSupplier() {
            @Override
            public byte[] encodedCredentials() {
                return new byte[0];
            }

            @Override
            public byte[] onChallenge(final byte[] encodedChallenge) {
                return proof(encodedChallenge);
            }
        };
    }

    /**
     * Admits members to A0; everybody where the cluster has no secret.
     *
     * @return an authenticator for one archive.
     */
    Authenticator newMemberAuthenticator() {
        return new ArchiveAuthenticator(secret.length > 0);
    }

    /**
     * Admits everybody to A1.
     *
     * @return an authenticator for one archive.
     */
    Authenticator newReaderAuthenticator() {
        return new ArchiveAuthenticator(false);
    }

    @Override
    public boolean isAuthorised(
            final int protocolId, final int actionId, final Object type, final byte[] encodedPrincipal) {
        return MessageDigest.isEqual(OWNER, encodedPrincipal) || READER_ACTIONS.contains(actionId);
    }

    private byte[] proof(final byte[] challenge) {
        try {
            final Mac mac = Mac.getInstance(MAC_ALGORITHM);
            mac.init(new SecretKeySpec(secret.length == 0 ? new byte[1] : secret, MAC_ALGORITHM));
            return mac.doFinal(challenge);
        } catch (final GeneralSecurityException ex) {
            throw new IllegalStateException("this Java has no " + MAC_ALGORITHM, ex);
        }
    }

    private byte[] newBytes() {
        final byte[] bytes = new byte[TOKEN_LENGTH];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Used by the archive's conductor only. */
    private final class ArchiveAuthenticator implements Authenticator {
        private static final int MAX_OPEN_CHALLENGES = 1_024;

        private final boolean isMembersOnly;
        private final Set<Long> owners = new HashSet<>();
        private final Map<Long, byte[]> challenges = new HashMap<>();
        private final Map<Long, Boolean> answers = new HashMap<>();

        ArchiveAuthenticator(final boolean isMembersOnly) {
            this.isMembersOnly = isMembersOnly;
        }

        @Override
        public void onConnectRequest(final long sessionId, final byte[] encodedCredentials, final long nowMs) {
            if (encodedCredentials != null && MessageDigest.isEqual(token, encodedCredentials)) {
                owners.add(sessionId);
            }
        }

        @Override
        public void onChallengeResponse(final long sessionId, final byte[] encodedCredentials, final long nowMs) {
            final byte[] challenge = challenges.remove(sessionId);
            answers.put(
                    sessionId,
                    challenge != null
                            && encodedCredentials != null
                            && MessageDigest.isEqual(proof(challenge), encodedCredentials));
        }

        @Override
        public void onConnectedSession(final SessionProxy sessionProxy, final long nowMs) {
            final long sessionId = sessionProxy.sessionId();
            if (owners.contains(sessionId)) {
                if (sessionProxy.authenticate(OWNER)) {
                    owners.remove(sessionId);
                }
            } else if (!isMembersOnly) {
                sessionProxy.authenticate(READER);
            } else {
                if (challenges.size() >= MAX_OPEN_CHALLENGES) {
                    // Whoever opens sessions and never answers must not fill the memory; a member tries again.
                    challenges.clear();
                    answers.clear();
                }
                final byte[] challenge = challenges.computeIfAbsent(sessionId, key -> newBytes());
                sessionProxy.challenge(challenge);
            }
        }

        @Override
        public void onChallengedSession(final SessionProxy sessionProxy, final long nowMs) {
            final Boolean isMember = answers.get(sessionProxy.sessionId());
            if (isMember == null) {
                return;
            }
            if (!isMember) {
                answers.remove(sessionProxy.sessionId());
                sessionProxy.reject();
            } else if (sessionProxy.authenticate(READER)) {
                answers.remove(sessionProxy.sessionId());
            }
        }
    }
}
