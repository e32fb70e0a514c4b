package io.lockstep.cluster.core;

import java.util.Arrays;

/**
 * What is noted of the messages of a session beyond its cursor: that they are done, or that of one with QoS 2 PUBREC came.
 * Sorted; grows up to {@link Limits#MAX_SESSION_WINDOW}, then allocates nothing.
 */
final class SessionMarks {
    private static final int LEAST_CAPACITY = 8;
    private static final long[] NONE = {};

    private long[] marks = NONE;
    private int count;

    int count() {
        return count;
    }

    /** A mark: twice the ordinal, plus 1 where the message is done. */
    long at(final int index) {
        return marks[index];
    }

    /** Notes that PUBREC came; a message that is done stays so. Returns how many marks were added. */
    int receive(final long ordinal) {
        return put(2 * ordinal);
    }

    /** Notes that a message is done. Returns how many marks were added. */
    int finish(final long ordinal) {
        return put(2 * ordinal + 1);
    }

    /** Forgets all up to an ordinal. Returns how many. */
    int forgetUpTo(final long ordinal) {
        int gone = 0;
        while (gone < count && marks[gone] >> 1 <= ordinal) {
            gone++;
        }
        if (gone > 0) {
            count -= gone;
            for (int i = 0; i < count; i++) {
                marks[i] = marks[i + gone];
            }
        }
        return gone;
    }

    private int put(final long mark) {
        int index = count;
        while (index > 0 && marks[index - 1] >> 1 >= mark >> 1) {
            index--;
        }
        if (index < count && marks[index] >> 1 == mark >> 1) {
            marks[index] = Math.max(marks[index], mark);
            return 0;
        }
        if (count == marks.length) {
            marks = Arrays.copyOf(marks, Math.max(LEAST_CAPACITY, 2 * count));
        }
        for (int i = count; i > index; i--) {
            marks[i] = marks[i - 1];
        }
        marks[index] = mark;
        count++;
        return 1;
    }
}
