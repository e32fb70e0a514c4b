package io.lockstep.cli;

import io.lockstep.client.PublisherConfig;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Derives a producer id from what is published where, so that the same command run again is the same producer. */
final class StableProducerId {
    private StableProducerId() {}

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
