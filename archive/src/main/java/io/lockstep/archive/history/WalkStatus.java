package io.lockstep.archive.history;

/** Why a walk over stored bytes stands where it stands. */
public enum WalkStatus {
    /** A frame or record was found and can be looked at. */
    FOUND,

    /** The limit of the walk is reached, and nothing is left unfinished. */
    LIMIT,

    /** Nothing was written from here on: the next frame length is zero, and nothing is left unfinished. */
    BLANK,

    /** Something begins here whose end lies behind the limit or was never written. */
    TORN,

    /** Here are bytes that no journal has at this position. */
    DAMAGED,

    /** Here are sound records, but not those of this history: the chain of hashes does not go on with them. */
    DIVERGED
}
