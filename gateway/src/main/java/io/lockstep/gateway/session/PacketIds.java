package io.lockstep.gateway.session;

/**
 * The packet ids of messages to clients, see decision 0015: of {@code n} shards, shard {@code s} has the ids {@code p} with
 * {@code p mod (n + 1) = s}, and which of them a message gets follows from its ordinal alone, so that every gateway gives it
 * the same. The ids of class {@code n} are for messages that have no ordinal. Immutable.
 */
public final class PacketIds {
    /** Greatest packet id. */
    public static final int MAX = 65_535;

    private static final int MAX_WINDOW = 1_024;

    private final int classes;
    private final int length;

    /**
     * The ids for a cluster.
     *
     * @param shardCount of the cluster, from 1.
     */
    public PacketIds(final int shardCount) {
        if (shardCount < 1 || shardCount > 64) {
            throw new IllegalArgumentException("a cluster has 1 to 64 shards, but not " + shardCount);
        }
        classes = shardCount + 1;
        length = MAX / classes - 1;
    }

    /**
     * How many messages of one shard may be under way to a client at a time.
     *
     * @return their number.
     */
    public int window() {
        return Math.min(length, MAX_WINDOW);
    }

    /**
     * The id of a message.
     *
     * @param shardId of the message's shard.
     * @param ordinal of the message among those of the session in that shard, from 1.
     * @return the id.
     */
    public int idOf(final int shardId, final long ordinal) {
        return shardId + classes * (1 + (int) ((ordinal - 1) % length));
    }

    /**
     * An id for a message without ordinal.
     *
     * @param number any number from 0; numbers that differ by less than the ids that there are get different ones.
     * @return the id.
     */
    public int freeId(final long number) {
        return classes - 1 + classes * (1 + (int) (number % length));
    }
}
