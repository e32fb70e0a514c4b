package io.lockstep.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;

/** Certificates of a test, made by the JDK's tool: each signs itself. */
final class TestCertificates {
    private static final char[] PASSWORD = "changeit".toCharArray();

    private final Path folder;

    TestCertificates(final Path folder) {
        this.folder = folder;
    }

    /** Makes a key and its certificate, in a store and as PEM. */
    TestCertificates make(final String name) throws Exception {
        final Process tool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        name,
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=" + name,
                        "-ext",
                        "san=dns:localhost",
                        "-validity",
                        "2",
                        "-keystore",
                        store(name).toString(),
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        new String(PASSWORD))
                .redirectErrorStream(true)
                .start();
        final String output = new String(tool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(tool.waitFor(60, TimeUnit.SECONDS), "keytool ends");
        assertEquals(0, tool.exitValue(), output);
        final KeyStore store = load(name);
        Files.writeString(
                key(name), pem("PRIVATE KEY", store.getKey(name, PASSWORD).getEncoded()));
        Files.writeString(
                certificate(name), pem("CERTIFICATE", store.getCertificate(name).getEncoded()));
        return this;
    }

    Path certificate(final String name) {
        return folder.resolve(name + ".pem");
    }

    Path key(final String name) {
        return folder.resolve(name + ".key");
    }

    /** A client that trusts one certificate and, where a name is given, shows another whether it is asked for it or not. */
    SSLContext client(final String trusted, final String own) throws Exception {
        final KeyStore trust = KeyStore.getInstance("PKCS12");
        trust.load(null, null);
        trust.setCertificateEntry(trusted, load(trusted).getCertificate(trusted));
        final TrustManagerFactory trustManagers =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trustManagers.init(trust);
        final SSLContext context = SSLContext.getInstance("TLS");
        final KeyManager[] keyManagers = own == null ? null : new KeyManager[] {new OneKey(load(own), own)};
        context.init(keyManagers, trustManagers.getTrustManagers(), null);
        return context;
    }

    private Path store(final String name) {
        return folder.resolve(name + ".p12");
    }

    private KeyStore load(final String name) throws Exception {
        final KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream input = Files.newInputStream(store(name))) {
            store.load(input, PASSWORD);
        }
        return store;
    }

    private static String pem(final String type, final byte[] encoded) {
        return "-----BEGIN " + type + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded) + "\n-----END " + type
                + "-----\n";
    }

    private static final class OneKey extends X509ExtendedKeyManager {
        private final KeyStore store;
        private final String name;

        OneKey(final KeyStore store, final String name) {
            this.store = store;
            this.name = name;
        }

        @Override
        public String[] getClientAliases(final String keyType, final Principal[] issuers) {
            return new String[] {name};
        }

        @Override
        public String chooseClientAlias(final String[] keyType, final Principal[] issuers, final Socket socket) {
            return name;
        }

        @Override
        public String[] getServerAliases(final String keyType, final Principal[] issuers) {
            return new String[0];
        }

        @Override
        public String chooseServerAlias(final String keyType, final Principal[] issuers, final Socket socket) {
            return null;
        }

        @Override
        public X509Certificate[] getCertificateChain(final String alias) {
            try {
                final Certificate certificate = store.getCertificate(name);
                return new X509Certificate[] {(X509Certificate) certificate};
            } catch (final java.security.KeyStoreException ex) {
                throw new IllegalStateException(ex);
            }
        }

        @Override
        public PrivateKey getPrivateKey(final String alias) {
            try {
                return (PrivateKey) store.getKey(name, PASSWORD);
            } catch (final java.security.GeneralSecurityException ex) {
                throw new IllegalStateException(ex);
            }
        }
    }
}
