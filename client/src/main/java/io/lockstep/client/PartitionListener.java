package io.lockstep.client;

/** Is told which partitions this member of a {@link PartitionedConsumer} owns. Called from within its {@code poll}. */
public interface PartitionListener {
    /** Does nothing. */
    PartitionListener NONE = (partition, isOwner) -> {};

    /**
     * This member owns a partition from now on, or no longer does. What was delivered and not acknowledged before it lost
     * the partition is delivered to the next owner.
     *
     * @param partition from 0.
     * @param isOwner   whether it does.
     */
    void onOwnerChanged(int partition, boolean isOwner);
}
