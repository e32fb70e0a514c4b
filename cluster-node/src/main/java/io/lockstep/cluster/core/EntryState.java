package io.lockstep.cluster.core;

/**
 * What a message in the window of a group is waiting for.
 *
 * <pre>
 * from        to
 * -           READY, BLOCKED
 * READY       IN_FLIGHT, -
 * BLOCKED     READY
 * IN_FLIGHT   READY, DELAYED, USED_UP, GIVEN_UP, -
 * DELAYED     READY
 * USED_UP     -
 * GIVEN_UP    -
 * </pre>
 *
 * where - is: not in the window. Moving a group empties its window from any state.
 */
enum EntryState {
    /** It waits for a member. */
    READY(1),
    /** It waits for the message before it of the same key. */
    BLOCKED(2),
    /** A member has it. */
    IN_FLIGHT(3),
    /** It waits for the time of its next attempt. */
    DELAYED(4),
    /** Its attempts are used up; it waits for its dead letter. */
    USED_UP(5),
    /** A member gave it up; it waits for its dead letter. */
    GIVEN_UP(6);

    private static final EntryState[] VALUES = values();

    private final short code;

    EntryState(final int code) {
        this.code = (short) code;
    }

    /** The state of a code of a snapshot. */
    static EntryState ofCode(final int code) {
        if (code < 1 || code > VALUES.length) {
            throw new IllegalStateException("the snapshot holds a message of a group in state " + code);
        }
        return VALUES[code - 1];
    }

    short code() {
        return code;
    }

    boolean isDead() {
        return this == USED_UP || this == GIVEN_UP;
    }

    boolean canMoveTo(final EntryState next) {
        return switch (this) {
            case READY -> next == IN_FLIGHT;
            case BLOCKED, DELAYED -> next == READY;
            case IN_FLIGHT -> next == READY || next == DELAYED || next.isDead();
            case USED_UP, GIVEN_UP -> false;
        };
    }
}
