package io.lockstep.cluster.node;

import io.lockstep.archive.journal.JournalListener;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Turns what a journal writer tells into lines of the node's log. */
final class JournalLog implements JournalListener {
    private final NodeListener listener;

    JournalLog(final NodeListener listener) {
        this.listener = listener;
    }

    @Override
    public void onRecoveryStep(final int shardId, final String step) {
        listener.onEvent("shard " + shardId + " journal: " + step);
    }

    @Override
    public void onTruncated(final int shardId, final long fromPosition, final long toPosition, final String reason) {
        listener.onEvent(
                "shard " + shardId + " journal: cut from " + fromPosition + " to " + toPosition + ": " + reason);
    }

    @Override
    public void onCopied(
            final int shardId,
            final int peerNodeId,
            final long fromPosition,
            final long toPosition,
            final long durationNs) {
        listener.onEvent("shard " + shardId + " journal: copied " + fromPosition + " to " + toPosition + " from node "
                + peerNodeId + " in " + TimeUnit.NANOSECONDS.toMillis(durationNs) + " ms");
    }

    @Override
    public void onKeptAside(final int shardId, final Path copy) {
        listener.onEvent("shard " + shardId + " journal: a damaged file is kept as " + copy);
    }

    @Override
    public void onDiverged(final int shardId, final long position, final String detail) {
        listener.onEvent("shard " + shardId + " journal: DIVERGED at " + position + ": " + detail);
    }
}
