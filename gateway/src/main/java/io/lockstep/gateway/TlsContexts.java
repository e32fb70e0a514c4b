package io.lockstep.gateway;

import io.lockstep.config.GatewayTls;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.net.ssl.SSLException;

/** Reads the certificates of the secure listeners. No state. */
final class TlsContexts {
    private TlsContexts() {}

    /** The context of these files; throws an {@link IllegalStateException} with a sentence where they are of no use. */
    static SslContext of(final GatewayTls tls) {
        for (final Path file : Arrays.asList(tls.certificate(), tls.key(), tls.clientCa())) {
            if (file != null && !Files.isReadable(file)) {
                throw new IllegalStateException("the file " + file + ", which TLS needs, cannot be read");
            }
        }
        try {
            final SslContextBuilder builder = SslContextBuilder.forServer(
                            tls.certificate().toFile(), tls.key().toFile())
                    .sslProvider(SslProvider.JDK)
                    .protocols("TLSv1.3", "TLSv1.2")
                    .clientAuth(clientAuth(tls.clientAuth()));
            if (tls.clientCa() != null) {
                builder.trustManager(tls.clientCa().toFile());
            }
            return builder.build();
        } catch (final SSLException | IllegalArgumentException ex) {
            throw new IllegalStateException(
                    "the certificate " + tls.certificate() + " and the key " + tls.key() + " cannot be used: "
                            + ex.getMessage(),
                    ex);
        }
    }

    private static ClientAuth clientAuth(final GatewayTls.ClientAuth clientAuth) {
        return switch (clientAuth) {
            case NONE -> ClientAuth.NONE;
            case OPTIONAL -> ClientAuth.OPTIONAL;
            case REQUIRED -> ClientAuth.REQUIRE;
        };
    }
}
