package io.lockstep.cluster.core;

import io.lockstep.wire.JournalFormat;

/** Where in the journal a group starts, or goes on after it was moved. */
final class GroupPlaces {
    private static final int START = 0;
    private static final int LIVE = 1;
    private static final int POSITION = 2;

    private final PartList parts;

    GroupPlaces(final PartList parts) {
        this.parts = parts;
    }

    static boolean isKind(final int kind) {
        return kind == START || kind == LIVE || kind == POSITION;
    }

    /** Whether there is such a place. */
    boolean isPlace(final int kind, final long position) {
        return kind != POSITION
                || (position >= 0
                        && position <= parts.journal().position()
                        && position % JournalFormat.FRAME_ALIGNMENT == 0);
    }

    /** The place; what was trimmed is passed over. */
    long of(final int kind, final long position) {
        final long firstPosition = parts.journal().firstReadablePosition();
        return switch (kind) {
            case LIVE -> parts.journal().position();
            case POSITION -> Math.max(position, firstPosition);
            default -> firstPosition;
        };
    }

    /** Lets a group whose window is empty go on from a place. */
    void start(final Group group, final long position) {
        if (position < parts.journal().position()) {
            parts.groups().lag(group, position);
        } else {
            parts.groups().catchUp(group);
        }
        parts.groups().setPending(group);
    }
}
