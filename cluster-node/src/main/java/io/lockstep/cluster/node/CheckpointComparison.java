package io.lockstep.cluster.node;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Decides for one shard on one node whether its journal is the one that a majority has. A checkpoint's hash covers all
 * records before it: a node that agrees at a position agrees on everything below it, and one that differs stays
 * different for ever. Knows neither network nor clock. One thread.
 */
final class CheckpointComparison {
    /**
     * A node that has not spoken yet may agree with this one, so that no majority is missing. It has this long, twice
     * the interval in which checkpoints are written and asked for.
     */
    static final long GRACE_NS = TimeUnit.SECONDS.toNanos(30);

    private static final int KEPT_CHECKPOINTS = 256;

    private final int shardId;
    private final int nodeCount;
    private final Map<Long, String> own = bounded();
    private final Map<Long, Map<Integer, String>> unmatched = bounded();
    private final Map<Integer, Long> agreedPositions = new TreeMap<>();
    private final Map<Integer, Difference> differing = new TreeMap<>();
    private long firstSeenNs;
    private boolean isSeen;
    private boolean isReported;

    private record Difference(long position, String hash) {}

    /** What to do. */
    enum Verdict {
        /** Nothing: no node differs, or it is known already, or the nodes that may decide have not spoken. */
        NOTHING,
        /** Say that another node differs; this one has a majority with it. */
        REPORT,
        /** Stop: a majority differs from this node, or there is none. */
        STOP
    }

    CheckpointComparison(final int shardId, final int nodeCount) {
        this.shardId = shardId;
        this.nodeCount = nodeCount;
    }

    /**
     * Takes a checkpoint of this node.
     *
     * @param position of the journal.
     * @param hash     rolling hash there.
     */
    void onOwn(final long position, final String hash) {
        if (own.put(position, hash) == null) {
            final Map<Integer, String> others = unmatched.remove(position);
            if (others != null) {
                others.forEach((nodeId, otherHash) -> match(nodeId, position, otherHash));
            }
        }
    }

    /**
     * Takes what another node says.
     *
     * @param nodeId   of the other node.
     * @param position of its checkpoint.
     * @param hash     rolling hash there.
     */
    void onPeer(final int nodeId, final long position, final String hash) {
        if (own.containsKey(position)) {
            match(nodeId, position, hash);
        } else {
            unmatched.computeIfAbsent(position, key -> new TreeMap<>()).put(nodeId, hash);
        }
    }

    /**
     * Judges what is known.
     *
     * @param nowNs monotonic time.
     * @return what to do; {@link Verdict#REPORT} once.
     */
    Verdict judge(final long nowNs) {
        if (differing.isEmpty()) {
            isSeen = false;
            isReported = false;
            return Verdict.NOTHING;
        }
        if (!isSeen) {
            isSeen = true;
            firstSeenNs = nowNs;
        }
        final long agreeing = agreeingCount();
        if (agreeing * 2 > nodeCount) {
            final boolean isNew = !isReported;
            isReported = true;
            return isNew ? Verdict.REPORT : Verdict.NOTHING;
        }
        final long silent = nodeCount - agreeing - differing.size();
        final boolean mayWait = (agreeing + silent) * 2 > nodeCount && nowNs - firstSeenNs < GRACE_NS;
        return mayWait ? Verdict.NOTHING : Verdict.STOP;
    }

    /**
     * Says what differs; only while something does.
     *
     * @return one sentence.
     */
    String sentence() {
        final long position = firstDifferingPosition();
        final StringJoiner others = new StringJoiner(", ");
        differing.forEach((nodeId, difference) -> others.add(difference.hash()
                + (difference.position() == position ? "" : " at " + difference.position()) + " on node " + nodeId));
        return "shard " + shardId + ": the checkpoint at journal position " + position + " is " + own.get(position)
                + " here, but it is " + others + "; " + agreeingCount() + " of " + nodeCount
                + " nodes are known to have what this node has";
    }

    private void match(final int nodeId, final long position, final String hash) {
        if (hash.equals(own.get(position))) {
            agreedPositions.merge(nodeId, position, Math::max);
            // Equal here is equal below: a node that differed before has mended its journal.
            differing.remove(nodeId);
        } else {
            differing.putIfAbsent(nodeId, new Difference(position, hash));
        }
    }

    private long firstDifferingPosition() {
        return differing.values().stream().mapToLong(Difference::position).min().orElseThrow();
    }

    private long agreeingCount() {
        final long position = firstDifferingPosition();
        return 1
                + agreedPositions.entrySet().stream()
                        .filter(agreed -> !differing.containsKey(agreed.getKey()) && agreed.getValue() >= position)
                        .count();
    }

    private static <T> Map<Long, T> bounded() {
        return new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(final Map.Entry<Long, T> eldest) {
                return size() > KEPT_CHECKPOINTS;
            }
        };
    }
}
