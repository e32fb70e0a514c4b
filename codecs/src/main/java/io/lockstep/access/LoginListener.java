package io.lockstep.access;

/** Is told how a log-in ended; on any thread. */
@FunctionalInterface
public interface LoginListener {
    /**
     * The log-in is decided.
     *
     * @param result      of it.
     * @param user        who the client is; null where it has no name, or was refused.
     * @param needsRecord whether the user counts only for as long as it stands in the file of users.
     */
    void onLogin(LoginResult result, String user, boolean needsRecord);
}
