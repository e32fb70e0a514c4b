package io.lockstep.gateway.bridge;

/** Why a session cannot be opened. */
public enum OpenRefusal {
    /** The gateway has no link to the cluster yet, the cluster does not answer, or the gateway is about to stop. */
    UNAVAILABLE,
    /** Too many clients connect at once. */
    BUSY,
    /** The gateway or the cluster holds as many sessions as it may. */
    TOO_MANY_SESSIONS,
    /** The cluster has no room for it. */
    NO_ROOM,
    /** The access rules of the cluster do not allow its will. */
    NOT_ALLOWED,
    /** Its will cannot be published to that topic. */
    BAD_WILL,
    /** Its will is too large. */
    WILL_TOO_LARGE
}
