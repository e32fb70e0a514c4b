package io.lockstep.gateway.bridge;

/** Why a session cannot be opened. */
public enum OpenRefusal {
    /** The gateway has no link to the cluster yet, or is about to stop. */
    UNAVAILABLE,
    /** The limit of sessions is reached. */
    TOO_MANY_SESSIONS
}
