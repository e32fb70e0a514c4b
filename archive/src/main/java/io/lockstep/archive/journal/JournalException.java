package io.lockstep.archive.journal;

/** The journal of a shard cannot be written any more, or cannot be opened. The node must stop serving the shard. */
public class JournalException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes one.
     *
     * @param message a whole sentence: what was expected, what was found, which ids.
     */
    public JournalException(final String message) {
        super(message);
    }

    /**
     * Makes one with its cause.
     *
     * @param message a whole sentence.
     * @param cause   what happened below.
     */
    public JournalException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
