package io.lockstep.gateway;

import io.lockstep.access.PasswordChecks;
import io.lockstep.access.UserTable;
import io.lockstep.access.rules.AccessRules;
import io.lockstep.config.AccessConfig;
import io.lockstep.gateway.mqtt.AccessPolicy;
import io.lockstep.gateway.mqtt.MqttFrontEnd;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.agrona.concurrent.SystemNanoClock;

/**
 * Who may come in to a gateway: one thread compares passwords, another one looks every two seconds whether files changed.
 * Made and closed by the thread that owns the gateway.
 */
final class GatewayAccess implements AutoCloseable {
    private static final int WAITING_LOGINS = 256;
    private static final long POLL_SECONDS = 2;

    private final ThreadPoolExecutor logins = new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING_LOGINS),
            new DefaultThreadFactory("gateway-login", true));
    private final ScheduledExecutorService watcher =
            Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("gateway-files", true));
    private final AtomicReference<SslContext> tls = new AtomicReference<>();
    private final AccessFiles files;
    private final Consumer<String> logger;
    private final GatewayConfig config;
    private final AccessPolicy policy;
    private Future<?> watching;

    GatewayAccess(final GatewayConfig config, final Consumer<String> logger) {
        this.config = config;
        this.logger = logger;
        this.files = new AccessFiles(logger);
        try {
            final AccessConfig access = config.access();
            final boolean isAnonymousAllowed =
                    isAnonymousAllowed(access, config.endpoint().host());
            final UserTable users = AccessFiles.users(access);
            final AccessRules rules = AccessFiles.rules(access);
            policy = new AccessPolicy(
                    users,
                    rules,
                    isAnonymousAllowed,
                    access.certificateUser() == AccessConfig.CertificateUser.CN,
                    new PasswordChecks(logins, SystemNanoClock.INSTANCE));
            logger.accept(sentence(access, isAnonymousAllowed, config.endpoint().host()));
            if (config.endpoint().tls() != null) {
                tls.set(TlsContexts.of(config.endpoint().tls()));
            }
        } catch (final IllegalArgumentException ex) {
            close();
            throw new IllegalStateException(ex.getMessage(), ex);
        } catch (final RuntimeException ex) {
            close();
            throw ex;
        }
    }

    /** Begins to look for changes of the files. */
    void start(final MqttFrontEnd mqtt, final Consumer<Throwable> onFailure) {
        files.watchRules(config.access(), policy::rules);
        files.watchUsers(config.access(), users -> {
            policy.users(users);
            mqtt.onAccessChanged();
        });
        if (config.endpoint().tls() != null) {
            files.watchTls(config.endpoint().tls(), tls::set);
        }
        watching = watcher.scheduleWithFixedDelay(() -> poll(onFailure), POLL_SECONDS, POLL_SECONDS, TimeUnit.SECONDS);
    }

    /** The cluster has rules: they count, and not those of the file. False where they are not understood. */
    boolean onClusterRules(final String rules) {
        try {
            policy.clusterRules(AccessRules.parse(
                    "the access rules of the cluster", rules.lines().toList()));
            logger.accept("access: the rules of the cluster count");
            return true;
        } catch (final IllegalArgumentException ex) {
            logger.accept(ex.getMessage()
                    + "; the rules before them stay in force, and where there were none nobody is let in");
            return false;
        }
    }

    AccessPolicy policy() {
        return policy;
    }

    SslContext tls() {
        return tls.get();
    }

    @Override
    public void close() {
        if (watching != null) {
            watching.cancel(true);
        }
        watcher.shutdownNow();
        logins.shutdownNow();
    }

    // The executor would keep an exception to itself, and look for nothing any more.
    private void poll(final Consumer<Throwable> onFailure) {
        try {
            files.poll();
        } catch (final Throwable ex) {
            onFailure.accept(ex);
        }
    }

    static boolean isAnonymousAllowed(final AccessConfig access, final String host) {
        return switch (access.anonymous()) {
            case TRUE -> true;
            case FALSE -> false;
            case AUTO -> access.users() == null && isLoopback(host);
        };
    }

    private static boolean isLoopback(final String host) {
        final InetSocketAddress address = new InetSocketAddress(host, 0);
        return !address.isUnresolved() && address.getAddress().isLoopbackAddress();
    }

    private static String sentence(final AccessConfig access, final boolean isAnonymousAllowed, final String host) {
        final boolean isShut = !isAnonymousAllowed
                && access.users() == null
                && access.certificateUser() == AccessConfig.CertificateUser.NONE;
        return "access: "
                + (isShut
                        ? "every client is refused, because there is no access.users and " + host
                                + " is no loopback address; name a file of users, or set access.anonymous to true"
                        : "users " + (access.users() == null ? "none" : access.users()) + ", clients without a name "
                                + (isAnonymousAllowed ? "come in" : "are refused"))
                + (access.rules() == null
                        ? "; without access.rules whoever comes in may publish and read everything"
                        : "; rules " + access.rules());
    }
}
