package io.lockstep.client;

/** Says in one sentence what went wrong with the cluster and what to do. */
public class LockstepException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * With a sentence.
     *
     * @param message what was expected and what was found.
     */
    public LockstepException(final String message) {
        super(message);
    }

    /**
     * With a sentence and a cause.
     *
     * @param message what was expected and what was found.
     * @param cause   beneath it.
     */
    public LockstepException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
