package io.lockstep.gateway;

import io.lockstep.access.UserTable;
import io.lockstep.config.AccessConfig;
import io.lockstep.config.GatewayTls;
import io.lockstep.access.rules.AccessRules;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Reads users, rules and certificates, and again when their files change. What cannot be read leaves the old ones in force.
 * After the start it belongs to one thread, which calls {@link #poll()} every few seconds.
 */
final class AccessFiles {
    private final List<Watched> watched = new ArrayList<>();
    private final Consumer<String> logger;

    AccessFiles(final Consumer<String> logger) {
        this.logger = logger;
    }

    static UserTable users(final AccessConfig access) {
        return access.users() == null ? null : UserTable.parse(access.users().toString(), lines(access.users()));
    }

    static AccessRules rules(final AccessConfig access) {
        return access.rules() == null
                ? AccessRules.ALLOW_ALL
                : AccessRules.parse(access.rules().toString(), lines(access.rules()));
    }

    void watchUsers(final AccessConfig access, final Consumer<UserTable> onChange) {
        if (access.users() != null) {
            watched.add(new Watched(List.of(access.users()), () -> onChange.accept(users(access))));
        }
    }

    void watchRules(final AccessConfig access, final Consumer<AccessRules> onChange) {
        if (access.rules() != null) {
            watched.add(new Watched(List.of(access.rules()), () -> onChange.accept(rules(access))));
        }
    }

    void watchTls(final GatewayTls tls, final Consumer<SslContext> onChange) {
        final List<Path> files = new ArrayList<>(List.of(tls.certificate(), tls.key()));
        if (tls.clientCa() != null) {
            files.add(tls.clientCa());
        }
        watched.add(new Watched(files, () -> onChange.accept(TlsContexts.of(tls))));
    }

    /** Reads again what changed before the last call and not since: a file that is still being written waits. */
    void poll() {
        for (final Watched one : watched) {
            final String stamp = stampOf(one.files);
            if (!stamp.equals(one.seen)) {
                one.seen = stamp;
            } else if (!stamp.equals(one.read)) {
                one.read = stamp;
                read(one);
            }
        }
    }

    private void read(final Watched one) {
        try {
            one.reader.run();
            logger.accept("read again because it changed: " + one.files);
        } catch (final IllegalArgumentException | IllegalStateException ex) {
            logger.accept(ex.getMessage() + "; what was read before stays in force");
        }
    }

    private static List<String> lines(final Path file) {
        try {
            return Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (final IOException ex) {
            throw new IllegalStateException("the file " + file + " cannot be read as UTF-8 text: " + ex, ex);
        }
    }

    private static String stampOf(final List<Path> files) {
        final StringBuilder stamp = new StringBuilder();
        for (final Path file : files) {
            try {
                final BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                stamp.append(attributes.lastModifiedTime())
                        .append(' ')
                        .append(attributes.size())
                        .append(' ')
                        .append(Objects.toString(attributes.fileKey()))
                        .append('\n');
            } catch (final IOException ex) {
                stamp.append("not there\n");
            }
        }
        return stamp.toString();
    }

    private static final class Watched {
        private final List<Path> files;
        private final Runnable reader;
        private String seen;
        private String read;

        private Watched(final List<Path> files, final Runnable reader) {
            this.files = files;
            this.reader = reader;
            this.seen = stampOf(files);
            this.read = seen;
        }
    }
}
