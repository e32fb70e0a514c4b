package io.lockstep.gateway;

import io.lockstep.access.UserTable;
import io.lockstep.access.WatchedFiles;
import io.lockstep.access.rules.AccessRules;
import io.lockstep.config.AccessConfig;
import io.lockstep.config.GatewayTls;
import io.netty.handler.ssl.SslContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Reads users, rules and certificates, and again when their files change. What cannot be read leaves the old ones in force.
 * After the start it belongs to one thread, which calls {@link #poll()} every few seconds.
 */
final class AccessFiles {
    private final WatchedFiles watched;

    AccessFiles(final Consumer<String> logger) {
        this.watched = new WatchedFiles(logger);
    }

    static UserTable users(final AccessConfig access) {
        return access.users() == null
                ? null
                : UserTable.parse(access.users().toString(), WatchedFiles.lines(access.users()));
    }

    static AccessRules rules(final AccessConfig access) {
        return access.rules() == null
                ? AccessRules.ALLOW_ALL
                : AccessRules.parse(access.rules().toString(), WatchedFiles.lines(access.rules()));
    }

    void watchUsers(final AccessConfig access, final Consumer<UserTable> onChange) {
        if (access.users() != null) {
            watched.watch(List.of(access.users()), () -> onChange.accept(users(access)));
        }
    }

    void watchRules(final AccessConfig access, final Consumer<AccessRules> onChange) {
        if (access.rules() != null) {
            watched.watch(List.of(access.rules()), () -> onChange.accept(rules(access)));
        }
    }

    void watchTls(final GatewayTls tls, final Consumer<SslContext> onChange) {
        final List<Path> files = new ArrayList<>(List.of(tls.certificate(), tls.key()));
        if (tls.clientCa() != null) {
            files.add(tls.clientCa());
        }
        watched.watch(files, () -> onChange.accept(TlsContexts.of(tls)));
    }

    /** Reads again what changed. */
    void poll() {
        watched.poll();
    }
}
