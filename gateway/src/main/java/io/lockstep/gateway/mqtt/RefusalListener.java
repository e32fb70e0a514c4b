package io.lockstep.gateway.mqtt;

import io.lockstep.access.rules.Principal;

/** Is told what clients were refused; on any thread, and never waits. */
@FunctionalInterface
public interface RefusalListener {
    /**
     * A client was refused something.
     *
     * @param principal who asked.
     * @param action    what for.
     * @param topic     name or filter; null where the action has none.
     */
    void onRefused(Principal principal, String action, String topic);
}
