package io.lockstep.gateway.mqtt;

import io.lockstep.access.LoginListener;
import io.lockstep.access.LoginResult;
import io.lockstep.access.PasswordChecks;
import io.lockstep.access.UserTable;
import io.lockstep.access.rules.AccessRules;
import java.util.Objects;

/**
 * Who may come in, and what they may do. The users and rules in force may be exchanged at any time, and count for clients
 * that are connected, too. Any thread.
 */
public final class AccessPolicy {
    private final boolean isAnonymousAllowed;
    private final boolean isCertificateUser;
    private final PasswordChecks checks;
    private volatile UserTable users;
    private volatile AccessRules rules;
    private volatile boolean isOfCluster;

    /**
     * A policy.
     *
     * @param users              null where there is no file of users, so that nobody has a name by a password.
     * @param rules              in force.
     * @param isAnonymousAllowed whether clients may come without a name.
     * @param isCertificateUser  whether the common name of a verified certificate is the user.
     * @param checks             compare passwords.
     */
    public AccessPolicy(
            final UserTable users,
            final AccessRules rules,
            final boolean isAnonymousAllowed,
            final boolean isCertificateUser,
            final PasswordChecks checks) {
        this.users = users;
        this.rules = Objects.requireNonNull(rules, "rules");
        this.isAnonymousAllowed = isAnonymousAllowed;
        this.isCertificateUser = isCertificateUser;
        this.checks = checks;
    }

    /**
     * Everybody may come in without a name and do everything.
     *
     * @return a policy without users and rules.
     */
    public static AccessPolicy open() {
        return new AccessPolicy(null, AccessRules.ALLOW_ALL, true, false, null);
    }

    /**
     * The rules in force.
     *
     * @return never null.
     */
    public AccessRules rules() {
        return rules;
    }

    /**
     * Exchanges the rules.
     *
     * @param newRules from now on.
     */
    public void rules(final AccessRules newRules) {
        if (!isOfCluster) {
            rules = newRules;
        }
    }

    /**
     * Exchanges the rules for those of the cluster; from then on the gateway's own count no longer.
     *
     * @param newRules from now on.
     */
    public void clusterRules(final AccessRules newRules) {
        isOfCluster = true;
        rules = newRules;
    }

    boolean isOfCluster() {
        return isOfCluster;
    }

    /**
     * Exchanges the users.
     *
     * @param newUsers from now on.
     */
    public void users(final UserTable newUsers) {
        users = newUsers;
    }

    /**
     * Whether a user stands in the file of users.
     *
     * @param user name.
     * @return true if so.
     */
    public boolean isKnown(final String user) {
        final UserTable table = users;
        return table != null && table.contains(user);
    }

    /**
     * Tells who a client is; at once on this thread, or later on one that compares passwords.
     *
     * @param credentials of the client.
     * @param listener    is told.
     */
    public void logIn(final Credentials credentials, final LoginListener listener) {
        if (isCertificateUser && credentials.certificateName() != null) {
            final boolean isName = UserTable.isName(credentials.certificateName());
            listener.onLogin(
                    isName ? LoginResult.ACCEPTED : LoginResult.NOT_ALLOWED,
                    isName ? credentials.certificateName() : null,
                    false);
            return;
        }
        final UserTable table = users;
        final boolean isNamed = credentials.user() != null || credentials.password() != null;
        if (isNamed && table != null) {
            checks.check(table, credentials.user(), credentials.password(), listener);
        } else if (isAnonymousAllowed) {
            // Nobody can prove a name where there are no users: it does not count.
            listener.onLogin(LoginResult.ACCEPTED, null, false);
        } else {
            listener.onLogin(LoginResult.NOT_ALLOWED, null, false);
        }
    }
}
