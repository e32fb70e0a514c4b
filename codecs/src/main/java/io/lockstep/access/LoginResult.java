package io.lockstep.access;

/** What becomes of a log-in. */
public enum LoginResult {
    /** The client is who it says. */
    ACCEPTED,
    /** Name and password do not belong together, or one is missing. */
    BAD_CREDENTIALS,
    /** The client has no name, or one that must not come in. */
    NOT_ALLOWED,
    /** Too many others wait for the same. */
    BUSY
}
