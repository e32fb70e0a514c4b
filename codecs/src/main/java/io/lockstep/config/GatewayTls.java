package io.lockstep.config;

import java.nio.file.Path;
import java.util.Objects;

/**
 * Certificates of a gateway's secure listeners. Immutable.
 *
 * @param certificate chain in PEM, the gateway's own first.
 * @param key         private key of the first certificate, PKCS #8 in PEM without a password.
 * @param clientCa    certificates in PEM that sign those of clients; null where clients show none.
 * @param clientAuth  whether clients show a certificate.
 */
public record GatewayTls(Path certificate, Path key, Path clientCa, ClientAuth clientAuth) {
    /** Whether clients show a certificate. Keys are those of the cluster file. */
    public enum ClientAuth {
        /** They are not asked. */
        NONE,
        /** They may: one that is shown must be good. */
        OPTIONAL,
        /** They must. */
        REQUIRED
    }

    /** Checks the arguments. */
    public GatewayTls {
        Objects.requireNonNull(certificate, "certificate");
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(clientAuth, "clientAuth");
        if (clientAuth != ClientAuth.NONE && clientCa == null) {
            throw new IllegalArgumentException("clients that show a certificate need tls.clientCa");
        }
    }
}
