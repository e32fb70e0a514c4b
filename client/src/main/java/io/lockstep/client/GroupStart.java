package io.lockstep.client;

import io.lockstep.archive.replay.StartPosition;

/** Where a group starts or goes, as commands name it. */
final class GroupStart {
    private GroupStart() {}

    /** The raw value of a start whose time was resolved. */
    static short rawOf(final StartPosition start) {
        return switch (start.kind()) {
            case START -> 0;
            case LIVE -> 1;
            case POSITION -> 2;
            case TIME -> throw new IllegalArgumentException("a time is no place: " + start);
        };
    }
}
