package io.lockstep.client;

import io.lockstep.codecs.SessionUpdate;
import java.util.Arrays;
import java.util.Objects;

/**
 * How far sessions got in one shard, many of them at once. It is filled, handed to {@link Sessions#update} once and then left
 * alone. Belongs to the thread that owns the client.
 */
public final class SessionUpdates {
    /** Greatest number of updates in one batch. */
    public static final int MAX = 1024;

    private static final int FIELD_COUNT = 4;
    private static final int FIRST_LENGTH = 16;

    private SessionUpdate[] kinds = new SessionUpdate[FIRST_LENGTH];
    private long[] fields = new long[FIRST_LENGTH * FIELD_COUNT];
    private int count;

    /** An empty batch. */
    public SessionUpdates() {}

    /**
     * Adds an update; they are noted in this order.
     *
     * @param kind      what is noted.
     * @param sessionId of the session.
     * @param epoch     under which the connection has it.
     * @param value     as the kind says.
     * @param position  with {@link SessionUpdate#CURSOR} a place in the journal, else 0.
     * @throws IllegalStateException where the batch holds {@link #MAX} updates.
     */
    public void add(
            final SessionUpdate kind, final long sessionId, final long epoch, final long value, final long position) {
        Objects.requireNonNull(kind, "kind");
        if (count == MAX) {
            throw new IllegalStateException("a batch holds at most " + MAX + " updates");
        }
        if (count == kinds.length) {
            kinds = Arrays.copyOf(kinds, 2 * count);
            fields = Arrays.copyOf(fields, 2 * count * FIELD_COUNT);
        }
        kinds[count] = kind;
        final int index = count * FIELD_COUNT;
        fields[index] = sessionId;
        fields[index + 1] = epoch;
        fields[index + 2] = value;
        fields[index + 3] = position;
        count++;
    }

    /**
     * Number of updates.
     *
     * @return 0 to {@link #MAX}.
     */
    public int count() {
        return count;
    }

    /**
     * What is noted.
     *
     * @param index of the update, from 0.
     * @return the kind.
     */
    public SessionUpdate kind(final int index) {
        return kinds[Objects.checkIndex(index, count)];
    }

    /**
     * The session that an update is about.
     *
     * @param index of the update, from 0.
     * @return the session's id.
     */
    public long sessionId(final int index) {
        return field(index, 0);
    }

    /**
     * The epoch under which the connection has the session.
     *
     * @param index of the update, from 0.
     * @return the epoch.
     */
    public long epoch(final int index) {
        return field(index, 1);
    }

    /**
     * The value, as the kind says.
     *
     * @param index of the update, from 0.
     * @return the value.
     */
    public long value(final int index) {
        return field(index, 2);
    }

    /**
     * The place in the journal with {@link SessionUpdate#CURSOR}.
     *
     * @param index of the update, from 0.
     * @return the position.
     */
    public long position(final int index) {
        return field(index, 3);
    }

    private long field(final int index, final int field) {
        return fields[Objects.checkIndex(index, count) * FIELD_COUNT + field];
    }
}
