package io.lockstep.cluster.core;

import io.lockstep.codecs.ResultCode;

/** The answers to the entries of one publish command, in order. Reused; allocates nothing. */
final class PublishResults {
    /** Position where an entry was not accepted. */
    static final long NO_POSITION = -1;

    private final long[] positions = new long[Limits.MAX_BATCH_LENGTH];
    private final long[] details = new long[Limits.MAX_BATCH_LENGTH];
    private final ResultCode[] codes = new ResultCode[Limits.MAX_BATCH_LENGTH];
    private int count;
    private long lastPosition;
    private boolean isAllNewlyAccepted;

    void clear() {
        count = 0;
        lastPosition = NO_POSITION;
        isAllNewlyAccepted = true;
    }

    void addAccepted(final long position) {
        add(position, ResultCode.ACCEPTED, 0);
        lastPosition = position;
    }

    /** A message that is held back: its position is its id, so the answer tells that of each entry. */
    void addHeld(final long position) {
        addAccepted(position);
        isAllNewlyAccepted = false;
    }

    void addDuplicate(final long position) {
        addAccepted(position);
        isAllNewlyAccepted = false;
    }

    void addRefused(final ResultCode code, final long detail) {
        add(NO_POSITION, code, detail);
        isAllNewlyAccepted = false;
    }

    int count() {
        return count;
    }

    long position(final int entry) {
        return positions[entry];
    }

    long detail(final int entry) {
        return details[entry];
    }

    ResultCode code(final int entry) {
        return codes[entry];
    }

    /** Position of the last accepted entry, or {@link #NO_POSITION}. */
    long lastPosition() {
        return lastPosition;
    }

    boolean isAllNewlyAccepted() {
        return isAllNewlyAccepted;
    }

    private void add(final long position, final ResultCode code, final long detail) {
        positions[count] = position;
        codes[count] = code;
        details[count] = detail;
        count++;
    }
}
