package io.lockstep.config;

/** The cluster file, or a variable that overrides it, cannot be used. The message is a whole sentence for the operator. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Says what is wrong.
     *
     * @param message that names the file or variable, the line where there is one, the key, and what is allowed.
     */
    public ConfigException(final String message) {
        super(message);
    }

    /**
     * Says what is wrong, and keeps what led to it.
     *
     * @param message as above.
     * @param cause   of the trouble.
     */
    public ConfigException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
