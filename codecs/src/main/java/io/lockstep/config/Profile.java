package io.lockstep.config;

/** How a node uses threads, memory and time-outs. */
public enum Profile {
    /** A LAN with cores of its own: a thread for each part, back-off idling, leader lost after one second. */
    DEFAULT,
    /** Laptops and CI with two shared cores: one thread for the node and one for each shard's service. */
    SMALL,
    /** Dedicated, spinning threads. */
    LOW_LATENCY;

    /**
     * Name in the cluster file.
     *
     * @return lower case with hyphens.
     */
    public String key() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
}
