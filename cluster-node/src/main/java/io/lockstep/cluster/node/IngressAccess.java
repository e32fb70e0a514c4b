package io.lockstep.cluster.node;

import io.aeron.security.Authenticator;
import io.aeron.security.CredentialsSupplier;
import io.lockstep.access.IngressCredentials;
import io.lockstep.access.PasswordChecks;
import io.lockstep.access.SecretProof;
import io.lockstep.access.UserTable;
import io.lockstep.access.WatchedFiles;
import io.lockstep.access.rules.AccessRules;
import io.lockstep.config.AccessConfig;
import io.lockstep.config.ClusterConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.SystemNanoClock;

/**
 * Who may open sessions with the shards of a node. Where the cluster has a secret, and a file of users or a word against
 * nameless clients, everybody is asked; else nobody is, and all sessions are of nobody. One thread compares passwords, one
 * looks every two seconds whether the file of users changed.
 */
final class IngressAccess implements AutoCloseable {
    private static final int WAITING_LOGINS = 256;
    private static final long POLL_SECONDS = 2;

    private static final byte[] NO_RULES = {};

    private final String secret;
    private final boolean isAnonymousAllowed;
    private final SecureRandom random = new SecureRandom();
    private final ThreadPoolExecutor logins;
    private final ScheduledExecutorService watcher;
    private final ScheduledFuture<?> watching;
    private final PasswordChecks checks;
    private final NodeListener listener;
    private final RefusedLogins[] refused;
    private volatile UserTable users;

    private IngressAccess(final ClusterConfig config, final NodeListener listener) {
        this.listener = listener;
        refused = new RefusedLogins[config.shardCount()];
        Arrays.setAll(refused, shardId -> new RefusedLogins());
        secret = config.secret();
        isAnonymousAllowed = config.access().anonymous() == AccessConfig.Anonymous.TRUE;
        final Path file = config.access().users();
        users = file == null ? UserTable.EMPTY : usersOf(file);
        logins = new ThreadPoolExecutor(
                1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING_LOGINS), threads("lockstep-login"));
        watcher = Executors.newSingleThreadScheduledExecutor(threads("lockstep-users"));
        checks = new PasswordChecks(logins, SystemNanoClock.INSTANCE);
        if (file != null) {
            final WatchedFiles files = new WatchedFiles(listener::onEvent);
            files.watch(List.of(file), () -> users = usersOf(file));
            watching = watcher.scheduleWithFixedDelay(() -> poll(files), POLL_SECONDS, POLL_SECONDS, TimeUnit.SECONDS);
        } else {
            watching = null;
        }
    }

    /**
     * Access as the cluster file wants it.
     *
     * @param config   of the cluster.
     * @param listener is told what changed.
     * @return null where nobody is asked who comes.
     * @throws IllegalStateException with a sentence, where the users cannot be read.
     */
    static IngressAccess of(final ClusterConfig config, final NodeListener listener) {
        if (isAsked(config)) {
            // Bad rules shall end the start, not the steward.
            rulesOf(config);
            return new IngressAccess(config, listener);
        }
        if (config.access().users() != null) {
            listener.onEvent("access.users counts for gateways only, because cluster.secret is not set: whoever reaches"
                    + " this node's ports may publish and read everything");
        }
        return null;
    }

    /** Whether everybody is asked who comes to the cluster's ingress. */
    static boolean isAsked(final ClusterConfig config) {
        return !config.secret().isEmpty()
                && (config.access().users() != null || config.access().anonymous() == AccessConfig.Anonymous.FALSE);
    }

    /**
     * The access rules that a node seeds a shard with.
     *
     * @param config of the cluster.
     * @return the file as it is; empty where nothing is to be seeded, because nobody is asked who comes.
     * @throws IllegalStateException with a sentence, where the file cannot be read.
     */
    static byte[] rulesOf(final ClusterConfig config) {
        final Path file = config.access().rules();
        if (file == null || !isAsked(config)) {
            return NO_RULES;
        }
        final List<String> lines = WatchedFiles.lines(file);
        AccessRules.parse(file.toString(), lines);
        return String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
    }

    /** What a node itself shows when it opens a session. */
    static CredentialsSupplier credentialsOf(final ClusterConfig config, final int nodeId) {
        final byte[] credentials = IngressCredentials.secret("node-" + nodeId).encode();
        return new CredentialsSupplier() {
            @Override
            public byte[] encodedCredentials() {
                return credentials.clone();
            }

            @Override
            public byte[] onChallenge(final byte[] encodedChallenge) {
                return SecretProof.of(config.secret(), encodedChallenge);
            }
        };
    }

    /** Asks who opens sessions with one shard. */
    Authenticator newAuthenticator(final int shardId) {
        return new IngressAuthenticator(
                secret,
                isAnonymousAllowed,
                () -> users,
                checks,
                random,
                listener::onEvent,
                refused[shardId],
                SystemNanoClock.INSTANCE);
    }

    /** Who was not let in to a shard. */
    RefusedLogins refused(final int shardId) {
        return refused[shardId];
    }

    /** {@inheritDoc} */
    @Override
    public void close() {
        if (watching != null) {
            watching.cancel(true);
        }
        watcher.shutdownNow();
        logins.shutdownNow();
    }

    private static UserTable usersOf(final Path file) {
        return UserTable.parse(file.toString(), WatchedFiles.lines(file));
    }

    // The executor would keep an exception to itself, and look for nothing any more.
    private void poll(final WatchedFiles files) {
        try {
            files.poll();
        } catch (final RuntimeException ex) {
            listener.onError(ex);
        }
    }

    private static ThreadFactory threads(final String name) {
        return task -> {
            final Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }
}
