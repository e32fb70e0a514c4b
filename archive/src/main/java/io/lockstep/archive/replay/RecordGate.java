package io.lockstep.archive.replay;

import io.aeron.Image;
import io.aeron.ImageControlledFragmentAssembler;
import io.aeron.logbuffer.ControlledFragmentHandler;
import io.aeron.logbuffer.FrameDescriptor;
import io.aeron.logbuffer.Header;
import io.lockstep.wire.JournalFormat;
import io.lockstep.wire.RecordLayout;
import org.agrona.DirectBuffer;

/**
 * Lets records through to a handler, one by one and only where they belong: whole, with a right checksum, with the next
 * sequence, at the position where the one before ended. At the first one that does not fit it shuts and says why. Keeps
 * the reader's place. Allocates nothing after the first long record of an image. Belongs to its reader's thread.
 */
final class RecordGate implements ControlledFragmentHandler {
    static final long NULL_POSITION = -1;
    private static final long NULL_SEQUENCE = -1;
    // A record of 1 MiB has 129 fragments; one poll should see at least one such record.
    private static final int MIN_FRAGMENT_LIMIT = 160;

    private final RecordLayout layout = new RecordLayout();
    private final boolean isChecking;
    private ImageControlledFragmentAssembler assembler;
    private JournalRecordHandler handler;
    private int recordLimit;
    private int deliveredCount;
    private int passedCount;
    private boolean isHeld;
    private long position = NULL_POSITION;
    private boolean isBoundary;
    private boolean isSupposed;
    private boolean mustBegin;
    private boolean isPolling;
    private long lastSequence = NULL_SEQUENCE;
    private long skipBelowNs = Long.MIN_VALUE;
    private String violation;
    private boolean isNoBoundary;
    private Throwable thrown;

    RecordGate(final boolean isChecking) {
        this.isChecking = isChecking;
    }

    /**
     * Moves to another place, where nothing is known of the record in front of it.
     *
     * @param newPosition   where to go on.
     * @param newIsBoundary whether a record must begin there; otherwise the rest of a record is passed over.
     */
    void moveTo(final long newPosition, final boolean newIsBoundary) {
        position = newPosition;
        isBoundary = newIsBoundary;
        isSupposed = false;
        lastSequence = NULL_SEQUENCE;
        skipBelowNs = Long.MIN_VALUE;
    }

    /**
     * Passes over records that are older than a time, until the first that is not.
     *
     * @param timestampNs of the oldest record that is wanted.
     */
    void skipBelow(final long timestampNs) {
        skipBelowNs = timestampNs;
    }

    /** Begins an image that joins at {@link #position()}. */
    void beginImage() {
        assembler = new ImageControlledFragmentAssembler(this::onRecord);
        mustBegin = isBoundary && !isSupposed;
        violation = null;
        isNoBoundary = false;
    }

    /**
     * Polls an image.
     *
     * @param image          to poll.
     * @param recordHandler  to tell.
     * @param newRecordLimit greatest number of records to deliver.
     * @return the number of records delivered.
     */
    int poll(final Image image, final JournalRecordHandler recordHandler, final int newRecordLimit) {
        beginPoll(recordHandler, newRecordLimit);
        image.controlledPoll(this, Math.max(MIN_FRAGMENT_LIMIT, newRecordLimit));
        return endPoll();
    }

    void beginPoll(final JournalRecordHandler recordHandler, final int newRecordLimit) {
        handler = recordHandler;
        recordLimit = newRecordLimit;
        deliveredCount = 0;
        passedCount = 0;
        isHeld = false;
        isPolling = true;
    }

    int endPoll() {
        isPolling = false;
        handler = null;
        if (thrown != null) {
            rethrow();
        }
        return deliveredCount;
    }

    @Override
    public Action onFragment(final DirectBuffer buffer, final int offset, final int length, final Header header) {
        passedCount++;
        final boolean isBegin = (header.flags() & FrameDescriptor.BEGIN_FRAG_FLAG) != 0;
        if (mustBegin && !isBegin) {
            isNoBoundary = true;
            return shut("no record begins at " + position);
        }
        mustBegin = false;
        if (isSupposed) {
            isSupposed = false;
            isBoundary = isBegin;
        }
        if (!isBoundary) {
            // The rest of a record is passed over, up to its end or to the begin of the next.
            position = isBegin ? header.position() - JournalFormat.framedLength(length) : header.position();
            isBoundary = isBegin || (header.flags() & FrameDescriptor.END_FRAG_FLAG) != 0;
        }
        return assembler.onFragment(buffer, offset, length, header);
    }

    /** End of the last record that was delivered or passed over, or of the part of one; or where to begin. */
    long position() {
        return position;
    }

    boolean isBoundary() {
        return isBoundary;
    }

    /**
     * Takes the place where it stands for a boundary because nothing more of a record has come for long. Should
     * its rest come yet, from this node or another, it is passed over as before.
     */
    void settle() {
        isBoundary = true;
        isSupposed = true;
    }

    /** Whether the handler is being called. */
    boolean isPolling() {
        return isPolling;
    }

    /** Sequence of the last record that was delivered or passed over, or -1. */
    long lastSequence() {
        return lastSequence;
    }

    /** Why the gate shut, or null. */
    String violation() {
        return violation;
    }

    /** Whether the gate shut because the place where the image joined is inside a record. */
    boolean isNoBoundary() {
        return isNoBoundary;
    }

    /** Whether the last poll saw anything, be it a record that the handler did not take. */
    boolean hasSeenAnything() {
        return passedCount > 0 || isHeld;
    }

    private Action onRecord(final DirectBuffer buffer, final int offset, final int length, final Header header) {
        final long endPosition = header.position();
        if (isChecking && !isSound(buffer, offset, length, endPosition)) {
            return Action.ABORT;
        }
        if (skipBelowNs != Long.MIN_VALUE) {
            if (length >= RecordLayout.MIN_RECORD_LENGTH && RecordLayout.timestampNs(buffer, offset) < skipBelowNs) {
                advance(buffer, offset, length, endPosition);
                return Action.CONTINUE;
            }
            skipBelowNs = Long.MIN_VALUE;
        }
        final Action action;
        try {
            action = handler.onRecord(buffer, offset, length, endPosition);
        } catch (final Throwable ex) {
            // The image would hand it to an error handler and go on behind the record.
            thrown = ex;
            return Action.ABORT;
        }
        if (action == Action.ABORT) {
            isHeld = true;
            return Action.ABORT;
        }
        advance(buffer, offset, length, endPosition);
        return ++deliveredCount >= recordLimit ? Action.BREAK : action;
    }

    private boolean isSound(final DirectBuffer buffer, final int offset, final int length, final long endPosition) {
        if (!layout.isIntact(buffer, offset, length)) {
            shut("the checksum of the record that ends at " + endPosition + " is wrong");
            return false;
        }
        if (isBoundary && JournalFormat.endPosition(position, length) != endPosition) {
            shut("a record of " + length + " bytes behind " + position + " cannot end at " + endPosition);
            return false;
        }
        final long sequence = RecordLayout.shardSequence(buffer, offset);
        if (lastSequence != NULL_SEQUENCE && sequence != lastSequence + 1) {
            shut("shard sequence " + sequence + " follows " + lastSequence + " at " + position);
            return false;
        }
        return true;
    }

    private void advance(final DirectBuffer buffer, final int offset, final int length, final long endPosition) {
        position = endPosition;
        isBoundary = true;
        if (length >= RecordLayout.MIN_RECORD_LENGTH) {
            lastSequence = RecordLayout.shardSequence(buffer, offset);
        }
    }

    private Action shut(final String newViolation) {
        violation = newViolation;
        return Action.ABORT;
    }

    private void rethrow() {
        final Throwable ex = thrown;
        thrown = null;
        if (ex instanceof RuntimeException runtimeException) {
            throw runtimeException;
        }
        if (ex instanceof Error error) {
            throw error;
        }
        throw new IllegalStateException("the handler of a journal reader threw", ex);
    }
}
