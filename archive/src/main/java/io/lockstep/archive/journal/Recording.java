package io.lockstep.archive.journal;

import io.aeron.archive.client.AeronArchive;
import io.lockstep.wire.JournalFormat;

/**
 * What the catalog of an archive says about a journal.
 *
 * @param id            of the recording, local to its archive.
 * @param startPosition first position that is stored.
 * @param stopPosition  end, or {@link AeronArchive#NULL_POSITION} while it is written.
 * @param segmentLength of its files in bytes.
 * @param initialTermId of its frames.
 * @param termLength    in bytes.
 * @param mtuLength     in bytes.
 */
record Recording(
        long id,
        long startPosition,
        long stopPosition,
        int segmentLength,
        int initialTermId,
        int termLength,
        int mtuLength) {

    boolean isActive() {
        return stopPosition == AeronArchive.NULL_POSITION;
    }

    /** The position of the first byte of the segment file that holds a position. */
    long segmentPosition(final long position) {
        return AeronArchive.segmentFileBasePosition(startPosition, position, termLength, segmentLength);
    }

    /** Where the records of a segment begin: the first segment may begin in its middle. */
    long firstPosition(final long segmentPosition) {
        return Math.max(startPosition, segmentPosition);
    }

    Recording withStopPosition(final long position) {
        return new Recording(id, startPosition, position, segmentLength, initialTermId, termLength, mtuLength);
    }

    void requireJournalFormat(final int shardId) {
        if (initialTermId != JournalFormat.INITIAL_TERM_ID
                || termLength != JournalFormat.TERM_LENGTH
                || mtuLength != JournalFormat.MTU_LENGTH) {
            throw new JournalException("The journal of shard " + shardId + " was recorded with initial term id "
                    + initialTermId + ", term length " + termLength + " and MTU " + mtuLength
                    + ", but this release writes journals with " + JournalFormat.INITIAL_TERM_ID + ", "
                    + JournalFormat.TERM_LENGTH + " and " + JournalFormat.MTU_LENGTH + ".");
        }
    }
}
