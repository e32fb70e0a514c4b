package io.lockstep.gateway.aeron;

import io.lockstep.access.rules.AccessRules;
import io.lockstep.codecs.GatewayRefusal;

/** Who may come in and what they may do: what the front end needs to know of the gateway's access. Any thread. */
public interface FrontAccess {
    /** Is told how a log-in ended; on any thread. */
    @FunctionalInterface
    interface Listener {
        /**
         * The log-in is decided.
         *
         * @param refusal     why the client stays outside; null where it comes in.
         * @param user        who it is; null for nobody.
         * @param needsRecord whether the user counts only for as long as it stands in the file of users.
         */
        void onLogin(GatewayRefusal refusal, String user, boolean needsRecord);
    }

    /**
     * Whether it is known which rules count; before, nobody is let in.
     *
     * @return true for good from when the cluster has said so.
     */
    boolean isDecided();

    /**
     * Tells who a client is; at once, or later on another thread.
     *
     * @param user     as given; null for nobody.
     * @param password as given; null for none.
     * @param listener is told.
     */
    void logIn(String user, byte[] password, Listener listener);

    /**
     * The rules in force.
     *
     * @return never null.
     */
    AccessRules rules();

    /**
     * Whether a user stands in the file of users.
     *
     * @param user name.
     * @return true if so.
     */
    boolean isKnown(String user);
}
