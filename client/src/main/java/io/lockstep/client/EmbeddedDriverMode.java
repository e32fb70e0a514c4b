package io.lockstep.client;

/** Who runs the media driver that a client brings along. */
public enum EmbeddedDriverMode {
    /** One thread of its own for the driver, and one for the Aeron client: a pause of the user's thread harms nothing. */
    OWN_THREAD,
    /** No thread: {@link LockstepClient#doWork()} runs the driver, and must be called every few milliseconds. */
    INVOKER
}
