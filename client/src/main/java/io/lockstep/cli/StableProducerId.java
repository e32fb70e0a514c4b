package io.lockstep.cli;

import io.lockstep.client.PublisherConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Derives a producer id from what is published where, so that the same command run again is the same producer. */
final class StableProducerId {
    private static final Path KERNEL_HOST_NAME = Path.of("/proc/sys/kernel/hostname");

    private StableProducerId() {}

    /** The same path on two hosts is two files, which must neither skip each other's lines nor fence each other. */
    static long ofFile(final String topic, final String hostName, final Path realPath) {
        return of(topic, "file:" + hostName + ':' + realPath);
    }

    /** Name of this host, as its kernel knows it: no name service is asked, which may be slow or answer otherwise. */
    static String hostName() throws IOException {
        return Files.isReadable(KERNEL_HOST_NAME)
                ? Files.readString(KERNEL_HOST_NAME).strip()
                : InetAddress.getLocalHost().getHostName();
    }

    static long of(final String topic, final String source) {
        try {
            final byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest((topic + '\n' + source).getBytes(StandardCharsets.UTF_8));
            final long id = ByteBuffer.wrap(digest).getLong();
            return id == PublisherConfig.ANONYMOUS ? id + 1 : id;
        } catch (final NoSuchAlgorithmException ex) {
            throw new IllegalStateException("every Java platform has SHA-256", ex);
        }
    }
}
