package io.lockstep.cli;

/** Ends a command with exit status 1 and one sentence that says what went wrong and what to do next. */
public final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * With a sentence.
     *
     * @param message for the operator.
     */
    public CommandFailure(final String message) {
        super(message);
    }

    /**
     * With a sentence and a cause.
     *
     * @param message for the operator.
     * @param cause   beneath it.
     */
    public CommandFailure(final String message, final Throwable cause) {
        super(message, cause);
    }
}
