package io.lockstep.client;

import io.aeron.security.CredentialsSupplier;
import io.lockstep.access.IngressCredentials;
import io.lockstep.access.SecretProof;

/** What a client shows to the cluster, and how it answers where the cluster wants to know that it has the secret. */
record IngressIdentity(IngressCredentials credentials, String secret) implements CredentialsSupplier {
    private static final byte[] NO_ANSWER = {};

    /** {@inheritDoc} */
    @Override
    public byte[] encodedCredentials() {
        return credentials.encode();
    }

    /** {@inheritDoc} */
    @Override
    public byte[] onChallenge(final byte[] encodedChallenge) {
        return secret == null ? NO_ANSWER : SecretProof.of(secret, encodedChallenge);
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "IngressIdentity{" + credentials + '}';
    }
}
