package io.lockstep.archive.journal;

/**
 * Two histories exist: an intact stored record differs from the one that the log makes now. Nothing was changed; a
 * person has to find out which history is right.
 */
public final class JournalDivergedException extends JournalException {
    private static final long serialVersionUID = 1L;

    private final long position;

    /**
     * Makes one.
     *
     * @param message  a whole sentence.
     * @param position where the first record that differs begins.
     */
    public JournalDivergedException(final String message, final long position) {
        super(message);
        this.position = position;
    }

    /**
     * Where the histories part.
     *
     * @return journal position at which the first record that differs begins.
     */
    public long position() {
        return position;
    }
}
