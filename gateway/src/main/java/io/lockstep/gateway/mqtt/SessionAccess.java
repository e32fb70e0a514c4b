package io.lockstep.gateway.mqtt;

import io.lockstep.access.rules.AccessRules;
import io.lockstep.access.rules.Permissions;
import io.lockstep.access.rules.Principal;
import io.lockstep.access.rules.SessionPrincipal;
import io.lockstep.access.rules.SessionPrincipal.Proof;
import io.lockstep.gateway.access.ReadDecisions;

/**
 * What the client of one session may do, by the rules that are in force at that moment. Nothing before the log-in. Any
 * thread, but {@link #mayRead} belongs to the bridge's.
 */
final class SessionAccess {
    private final AccessPolicy policy;
    private final String clientId;
    private final ReadDecisions readDecisions = new ReadDecisions();
    private volatile Principal principal;
    private volatile byte[] encodedPrincipal;
    private volatile boolean needsRecord;
    private volatile InForce inForce;

    private record InForce(AccessRules rules, Permissions permissions) {}

    SessionAccess(final AccessPolicy policy, final String clientId) {
        this.policy = policy;
        this.clientId = clientId;
    }

    void onLoggedIn(final String user, final boolean newNeedsRecord) {
        needsRecord = newNeedsRecord;
        principal = new Principal(user, clientId);
        encodedPrincipal = null;
    }

    /** Whether the user was not taken out of the file of users since. */
    boolean isStillKnown() {
        final Principal who = principal;
        return who == null || !needsRecord || policy.isKnown(who.user());
    }

    /** Who the client is, as far as it was proven. */
    Principal principal() {
        final Principal who = principal;
        return who == null ? new Principal(null, clientId) : who;
    }

    /** On whose behalf the gateway publishes, for the engine; null where that does not ask. */
    byte[] onBehalf() {
        return policy.isOfCluster() ? encodedPrincipal() : null;
    }

    /** The client as the engine reads it; not to be changed. */
    byte[] encodedPrincipal() {
        byte[] encoded = encodedPrincipal;
        if (encoded == null) {
            final Principal who = principal();
            encoded = new SessionPrincipal(who.user() == null ? Proof.ANONYMOUS : Proof.USER, who).encode();
            encodedPrincipal = encoded;
        }
        return encoded;
    }

    /** For people; not the client's own words where they could break a line. */
    String name() {
        final Principal who = principal;
        final String user = who == null || who.user() == null ? "anonymous" : "user '" + who.user() + '\'';
        return AccessLog.printable(user + ", client '" + clientId + '\'');
    }

    boolean mayPublish(final String topic) {
        return permissions().mayPublish(topic);
    }

    boolean maySubscribe(final String filter) {
        return permissions().maySubscribe(filter);
    }

    boolean mayRead(final String topic) {
        return readDecisions.mayRead(permissions(), topic);
    }

    // Two threads may both work it out when the rules change: they come to the same.
    private Permissions permissions() {
        final AccessRules rules = policy.rules();
        final InForce last = inForce;
        if (last != null && last.rules() == rules) {
            return last.permissions();
        }
        final Principal who = principal;
        if (who == null) {
            throw new IllegalStateException("client '" + clientId + "' asks for something before it logged in");
        }
        final Permissions permissions = rules.permissionsOf(who);
        inForce = new InForce(rules, permissions);
        return permissions;
    }
}
