package io.lockstep.archive.replay;

/** Why an attempt to read from a node failed, as far as it matters for what to do next. */
enum ConnectionFailure {
    /** Nothing failed. */
    NONE,
    /** No answer, an error of the transport, or a refusal that another node need not share. */
    UNREACHABLE,
    /** The node has no recording of the shard. */
    NO_RECORDING,
    /** The node's recording ends in front of the position. */
    BEYOND_END,
    /** The node's recording begins behind the position. */
    BELOW_START,
    /** The archive says that no frame begins at the position. */
    NO_BOUNDARY
}
