package io.lockstep.perf.rig;

import io.lockstep.config.ClusterConfig;
import io.lockstep.config.Durability;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.config.Profile;
import io.lockstep.testkit.process.LocalLayout;
import io.lockstep.testkit.process.ProcessCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;

/** Lockstep: three node processes with one shard, and a client on the load thread. */
final class LockstepRig implements Rig {
    static final int SHARD_ID = 0;
    static final long START_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(90);

    private static final int NODE_COUNT = 3;
    private static final int SHARD_COUNT = 1;

    private final int basePort;
    private final Path dataDir;
    private final Profile profile;
    private final Durability durability;
    private final LockstepOptions.ReaderNode readerNode;
    private final int window;

    LockstepRig(
            final int basePort,
            final Path dataDir,
            final Profile profile,
            final Durability durability,
            final LockstepOptions.ReaderNode readerNode,
            final int window) {
        this.basePort = basePort;
        this.dataDir = Objects.requireNonNull(dataDir, "dataDir");
        this.profile = Objects.requireNonNull(profile, "profile");
        this.durability = Objects.requireNonNull(durability, "durability");
        this.readerNode = Objects.requireNonNull(readerNode, "readerNode");
        this.window = window;
    }

    /** {@inheritDoc} */
    @Override
    public String name() {
        return "lockstep";
    }

    /** {@inheritDoc} */
    @Override
    public Map<String, Object> settings() {
        final Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("nodes", NODE_COUNT);
        settings.put("shards", SHARD_COUNT);
        settings.put("profile", profile.key());
        settings.put("durability", durability.key());
        settings.put("readerNode", readerNode.name().toLowerCase(java.util.Locale.ROOT));
        settings.put("window", window);
        return settings;
    }

    /** {@inheritDoc} */
    @Override
    public LockstepTarget start() {
        final ProcessCluster cluster = startCluster();
        try {
            return connect(cluster);
        } catch (final RuntimeException ex) {
            CloseHelper.quietClose(cluster);
            throw ex;
        }
    }

    /** A cluster that is up, without a client. */
    ProcessCluster startCluster() {
        return startCluster(0);
    }

    /** A cluster that is up, with gateways, without a client. */
    ProcessCluster startCluster(final int gatewayCount) {
        try {
            Files.createDirectories(dataDir);
            final Path base = Files.createTempDirectory(dataDir, "lockstep-bench-");
            final ClusterConfig config =
                    LocalLayout.config(base, basePort, NODE_COUNT, SHARD_COUNT, gatewayCount, profile, durability);
            final String portInUse = LocalLayout.portInUse(config);
            if (portInUse != null) {
                throw new IllegalStateException(portInUse);
            }
            return ProcessCluster.start(config, true, START_TIMEOUT_NS);
        } catch (final IOException ex) {
            throw new UncheckedIOException("there is no directory for the cluster's data in " + dataDir, ex);
        }
    }

    private LockstepTarget connect(final ProcessCluster cluster) {
        final int leader = cluster.awaitLeader(SHARD_ID, START_TIMEOUT_NS);
        int reader = leader;
        if (readerNode == LockstepOptions.ReaderNode.FOLLOWER) {
            for (final NodeEndpoint node : cluster.config().nodes()) {
                reader = node.id() != leader ? node.id() : reader;
            }
        }
        return LockstepTarget.connect(cluster, reader, window);
    }
}
