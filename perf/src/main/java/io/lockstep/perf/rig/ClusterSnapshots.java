package io.lockstep.perf.rig;

import io.aeron.cluster.ClusterTool;
import io.lockstep.testkit.process.ProcessCluster;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Takes snapshots of the cluster under load. */
final class ClusterSnapshots {
    private ClusterSnapshots() {}

    /** Takes one, waits until it is complete on the leader, and returns the leader's id. Blocks. */
    static int take(final ProcessCluster cluster) {
        final int leader = cluster.awaitLeader(LockstepRig.SHARD_ID, LockstepRig.START_TIMEOUT_NS);
        final File clusterDir = cluster.config()
                .nodeDir(leader)
                .resolve("shard-" + LockstepRig.SHARD_ID)
                .toFile();
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        final boolean isTaken = ClusterTool.snapshot(clusterDir, new PrintStream(bytes, true, StandardCharsets.UTF_8));
        if (!isTaken) {
            throw new IllegalStateException("no snapshot was taken: " + bytes.toString(StandardCharsets.UTF_8));
        }
        return leader;
    }
}
