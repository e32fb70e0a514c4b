package io.lockstep.cluster.node;

/** A node cannot start because the cluster file does not fit the data that is there; the data was not touched. */
public final class WrongClusterFileException extends NodeStartException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes an exception.
     *
     * @param message for the operator.
     */
    public WrongClusterFileException(final String message) {
        super(message);
    }
}
