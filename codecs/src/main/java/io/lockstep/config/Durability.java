package io.lockstep.config;

/** What an acknowledgement means for disks. */
public enum Durability {
    /** On a majority of the shard's machines, in memory or on disk. */
    REPLICATED,
    /** On the disks of a majority. */
    FSYNC;

    /**
     * Name in the cluster file.
     *
     * @return lower case.
     */
    public String key() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
