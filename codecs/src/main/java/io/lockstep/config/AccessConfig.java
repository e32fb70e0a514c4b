package io.lockstep.config;

import java.nio.file.Path;
import java.util.Objects;

/**
 * Who may use the gateways. Immutable.
 *
 * @param users            file of users and the hashes of their passwords; null where there is none.
 * @param rules            file of access rules; null where everything is allowed.
 * @param anonymous        whether clients may stay nameless.
 * @param certificateUser where the name of a client comes from that showed a certificate.
 */
public record AccessConfig(Path users, Path rules, Anonymous anonymous, CertificateUser certificateUser) {
    /** What counts where the cluster file says nothing. */
    public static final AccessConfig DEFAULTS = new AccessConfig(null, null, Anonymous.AUTO, CertificateUser.NONE);

    /** Whether clients may stay nameless. Keys are those of the cluster file. */
    public enum Anonymous {
        /** Where there is no file of users, and the gateway listens on this machine only. */
        AUTO,
        /** They may. */
        TRUE,
        /** They may not. */
        FALSE
    }

    /** Where the name of a client comes from that showed a certificate. Keys are those of the cluster file. */
    public enum CertificateUser {
        /** Not from the certificate. */
        NONE,
        /** Common name of its subject. */
        CN
    }

    /** Checks the arguments. */
    public AccessConfig {
        Objects.requireNonNull(anonymous, "anonymous");
        Objects.requireNonNull(certificateUser, "certificateUser");
    }
}
