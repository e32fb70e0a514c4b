package io.lockstep.cluster.node;

/** A node cannot start; the message is one sentence for the operator that says what to do. */
public class NodeStartException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes an exception.
     *
     * @param message for the operator.
     */
    public NodeStartException(final String message) {
        super(message);
    }

    /**
     * Makes an exception.
     *
     * @param message for the operator.
     * @param cause   what was seen.
     */
    public NodeStartException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
