package io.lockstep.perf.rig;

import java.util.Map;

/** A system that can be started alone on this machine, put under load, and stopped again. */
interface Rig {
    /** Short name for tables and files. */
    String name();

    /** What must stand beside its numbers. */
    Map<String, Object> settings();

    /**
     * Starts the system and waits until it serves.
     *
     * @return the client side; closing it stops the system and deletes its files.
     */
    LoadTarget start();
}
