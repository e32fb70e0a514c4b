package io.lockstep.access;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Proves to the cluster that one knows its secret, without sending it. */
public final class SecretProof {
    private static final String ALGORITHM = "HmacSHA256";
    // So that what one part of the cluster was made to prove proves nothing to another one.
    private static final byte[] PURPOSE = "lockstep ingress\0".getBytes(StandardCharsets.US_ASCII);

    private SecretProof() {}

    /**
     * The answer to a challenge.
     *
     * @param secret    of the cluster, not empty.
     * @param challenge that was drawn for this one time.
     * @return 32 bytes.
     */
    public static byte[] of(final String secret, final byte[] challenge) {
        try {
            final Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM));
            mac.update(PURPOSE);
            return mac.doFinal(challenge);
        } catch (final GeneralSecurityException ex) {
            throw new IllegalStateException("this Java has no " + ALGORITHM, ex);
        }
    }
}
