package io.lockstep.archive.verify;

import org.agrona.DirectBuffer;

/**
 * Walks the records of one copy of a journal. Checksums and sequences are not looked at. Belongs to one thread; the
 * accessors speak of the record that {@link #next()} found last.
 */
public interface JournalCursor extends AutoCloseable {
    /**
     * Whose copy this is.
     *
     * @return a name for people.
     */
    String name();

    /**
     * Where the copy begins.
     *
     * @return the journal position.
     */
    long startPosition();

    /**
     * Moves to the next whole record.
     *
     * @return true if there is one; otherwise {@link #damage()} says whether it should have been there.
     */
    boolean next();

    /**
     * What keeps the cursor from going on.
     *
     * @return null at the plain end of the copy, otherwise what is wrong behind {@link #endPosition()}.
     */
    String damage();

    /**
     * Where the record begins.
     *
     * @return the journal position of its first frame.
     */
    long beginPosition();

    /**
     * Where the record ends.
     *
     * @return the journal position behind it; before the first record that of the beginning.
     */
    long endPosition();

    /**
     * The buffer that holds the record, until the next call of {@link #next()}.
     *
     * @return the buffer.
     */
    DirectBuffer buffer();

    /**
     * Index of the record's first byte.
     *
     * @return the index in {@link #buffer()}.
     */
    int offset();

    /**
     * Length of the record.
     *
     * @return the length in bytes.
     */
    int length();

    @Override
    void close();
}
