package io.lockstep.gateway.bridge;

import io.lockstep.client.SessionPiece;
import io.lockstep.client.SessionSubscription;
import io.lockstep.client.SubscriptionChange;
import io.lockstep.client.SubscriptionResults;
import io.lockstep.codecs.SessionUpdate;
import io.lockstep.gateway.bridge.PendingDelivery.Step;
import io.lockstep.gateway.session.MessageTraits;
import io.lockstep.gateway.session.SubscriptionMatch;
import io.lockstep.gateway.session.SubscriptionOptions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.agrona.CloseHelper;

/**
 * What goes from one shard to one session, see decision 0015: it goes along the journal, counts the messages that the session
 * wants with a QoS above 0, and queues them. Most of the time it follows the stream that all sessions share. It stops
 * where the client has no room, or while a change of subscriptions is under way; then, as at the beginning of a connection, a
 * reader of its own brings it from the place where it stopped to the stream. Nothing is skipped: what waits for the client is
 * the journal. Bridge thread only.
 */
final class SessionLane {
    /** The client has no room. */
    static final int WAITS = -1;

    /** How far the cursor may stay behind where nothing happens, in bytes of the journal. */
    static final long MAX_CURSOR_LAG = 8 << 20;

    private final ClusterSession session;
    private final SessionTable table;
    private final int shardId;
    private final List<SubscriptionRange> ranges = new ArrayList<>();
    private final ArrayDeque<PendingDelivery> window = new ArrayDeque<>();
    private final DeliverySource source = new DeliverySource();
    private long[] marks = {};
    private int nextMark;
    // Everything up to here is dealt with, and more where the lane follows.
    private long position;
    private long ordinal;
    // What was sent up to here may have been sent by another connection.
    private long knownToOthers;
    private long toldOrdinal;
    private long toldPosition;
    private int exactlyOnceCount;
    private int holdCount;
    private boolean isFollowing;
    private boolean isBlocked;
    private boolean isInList;
    private boolean isCursorDue;
    private boolean isClosed;
    private LinkReader reader;

    SessionLane(final ClusterSession session, final SessionTable table, final int shardId) {
        this.session = session;
        this.table = table;
        this.shardId = shardId;
    }

    int shardId() {
        return shardId;
    }

    List<SubscriptionRange> ranges() {
        return ranges;
    }

    boolean isInList() {
        return isInList;
    }

    void isInList(final boolean newIsInList) {
        isInList = newIsInList;
    }

    /** Takes over what the shard keeps of the session. */
    void begin(final SessionPiece piece) {
        position = piece.cursorPosition();
        ordinal = piece.cursorOrdinal();
        toldPosition = position;
        toldOrdinal = ordinal;
        marks = piece.marks();
        knownToOthers = piece.isPresent() ? piece.journalPosition() : 0;
        for (final SessionSubscription subscription : piece.subscriptions()) {
            ranges.add(new SubscriptionRange(subscription));
        }
        isFollowing = ranges.isEmpty() || position >= table.position(shardId);
    }

    /** The lane does not go on until {@link #release} was called as often. */
    void hold() {
        holdCount++;
        closeReader();
    }

    void release() {
        holdCount--;
        goOn();
    }

    /** Lets the lane be read where it does not follow. */
    void goOn() {
        if (holdCount == 0 && !isFollowing && !isClosed) {
            table.addReading(this);
        }
    }

    /** Whether everything is dealt with up to the place from which on all subscriptions are as they are now. */
    boolean isSettled() {
        if (holdCount > 0) {
            return false;
        }
        final long reached = reached();
        for (final SubscriptionRange range : ranges) {
            if (range.fromPosition() > reached || (!range.isGoingOn() && range.untilPosition() > reached)) {
                return false;
            }
        }
        return true;
    }

    void forgetEnded() {
        // The shard forgets them when the cursor has passed them.
        isCursorDue |= ranges.removeIf(range -> !range.isGoingOn());
    }

    /** The place up to which everything is dealt with. */
    long reached() {
        return isFollowing ? Math.max(position, table.position(shardId)) : position;
    }

    /**
     * Notes what became of a change of subscriptions; the lane is held. Returns false where that can't be: the change was made
     * twice, because the first answer was lost, and from where on it counts is known to the shard only.
     */
    boolean onChanged(
            final List<SubscriptionChange> changes,
            final List<SubscriptionOptions> options,
            final SubscriptionResults results) {
        for (int i = 0; i < changes.size(); i++) {
            final String filter = changes.get(i).filter();
            final byte result = results.results()[i];
            if (!isPlausible(goingOn(filter), options.get(i), result)) {
                return false;
            }
            switch (result) {
                case SubscriptionResults.NEW ->
                    ranges.add(new SubscriptionRange(filter, options.get(i), results.position()));
                case SubscriptionResults.REPLACED -> {
                    end(filter, results.position());
                    ranges.add(new SubscriptionRange(filter, options.get(i), results.position()));
                }
                case SubscriptionResults.ENDED -> end(filter, results.position());
                default -> {
                    // Everything is as it was.
                }
            }
        }
        return true;
    }

    private static boolean isPlausible(
            final SubscriptionRange present, final SubscriptionOptions options, final byte result) {
        return switch (result) {
            case SubscriptionResults.NEW, SubscriptionResults.NONE_THERE -> present == null;
            case SubscriptionResults.UNCHANGED ->
                present != null && present.options().equals(options);
            case SubscriptionResults.REPLACED ->
                present != null && !present.options().equals(options);
            case SubscriptionResults.ENDED -> present != null;
            default -> true;
        };
    }

    SubscriptionRange goingOn(final String filter) {
        for (final SubscriptionRange range : ranges) {
            if (range.isGoingOn() && range.text().equals(filter)) {
                return range;
            }
        }
        return null;
    }

    /**
     * A message of the stream that the session may want.
     *
     * @param before where the stream was before it.
     */
    void onLive(final DeliverySource live, final long before, final SubscriptionMatch treeMatch) {
        final LinkMessage message = live.message();
        if (!isFollowing || message.position() <= position) {
            return;
        }
        final long from = Math.max(position, before);
        if (holdCount > 0) {
            stopFollowing(from);
            return;
        }
        final SubscriptionMatch match = session.isTreeExact() ? treeMatch : match(message, live.traits());
        if (match == null) {
            return;
        }
        if (take(live, match, from)) {
            position = message.position();
        } else {
            isBlocked = true;
            stopFollowing(from);
            goOn();
        }
    }

    /** Whether there is more to read; else the lane follows, is held or closed. */
    boolean isReading() {
        return !isFollowing && !isClosed && holdCount == 0;
    }

    /** Reads on; returns the number of messages, or {@link #WAITS}. */
    int read(final int limit) {
        if (!isReading()) {
            return 0;
        }
        if (isBlocked) {
            if (!hasHalfRoom()) {
                return WAITS;
            }
            isBlocked = false;
        }
        if (reader == null) {
            reader = table.openReader(shardId, position, this::onReaderMessage);
        }
        final int count = reader.poll(limit);
        // Reading drives the client, whose answers may have closed or held the lane.
        if (isClosed || reader == null) {
            return count;
        }
        if (reader.isLost()) {
            session.onCursorLost();
            return count;
        }
        position = Math.max(position, isBlocked ? position : reader.position());
        if (isBlocked) {
            // A reader that waits for a client holds up what it reads from.
            closeReader();
        } else if (reader.position() >= table.position(shardId)) {
            closeReader();
            isFollowing = true;
        }
        return count;
    }

    /** Looks how far the client got with what was queued. */
    void collect(final UpdateBatches updates) {
        forgetDone();
        if (exactlyOnceCount > 0) {
            for (final PendingDelivery pending : window) {
                if (pending.step() == Step.RECEIVED && pending.told() == Step.UNANSWERED) {
                    if (pending.ordinal() - toldOrdinal > table.packetIds().window() / 2) {
                        // Marks reach only so far beyond the cursor.
                        noteCursor(updates, false);
                    }
                    pending.told(Step.RECEIVED);
                    updates.add(
                            session,
                            shardId,
                            SessionUpdate.RECEIVED,
                            pending.ordinal(),
                            0,
                            () -> session.front().onReceiptNoted(pending));
                }
            }
        }
    }

    /** Tells the shard how far the session got. */
    void note(final UpdateBatches updates, final boolean isLast) {
        forgetDone();
        noteCursor(updates, isLast);
        for (final PendingDelivery pending : window) {
            if (pending.step() == Step.DONE && pending.told() != Step.DONE) {
                pending.told(Step.DONE);
                updates.add(session, shardId, SessionUpdate.DONE, pending.ordinal(), 0, null);
            }
        }
    }

    private void noteCursor(final UpdateBatches updates, final boolean isLast) {
        final PendingDelivery first = window.peekFirst();
        final long cursorOrdinal = first == null ? ordinal : first.ordinal() - 1;
        final long cursorPosition = first == null ? reached() : first.beforePosition();
        if (cursorOrdinal != toldOrdinal
                || cursorPosition - toldPosition > MAX_CURSOR_LAG
                || ((isLast || isCursorDue) && cursorPosition > toldPosition)) {
            isCursorDue = false;
            toldOrdinal = cursorOrdinal;
            toldPosition = cursorPosition;
            updates.add(session, shardId, SessionUpdate.CURSOR, cursorOrdinal, cursorPosition, null);
        }
    }

    void close() {
        isClosed = true;
        closeReader();
    }

    private void forgetDone() {
        for (PendingDelivery first = window.peekFirst();
                first != null && first.step() == Step.DONE;
                first = window.peekFirst()) {
            window.removeFirst();
            exactlyOnceCount -= first.qos() == 2 ? 1 : 0;
        }
    }

    private boolean onReaderMessage(final LinkMessage message) {
        if (isClosed) {
            return false;
        }
        if (message.position() <= position) {
            return true;
        }
        source.wrap(message);
        final SubscriptionMatch match = match(message, source.traits());
        if (match != null && !take(source, match, position)) {
            isBlocked = true;
            return false;
        }
        position = message.position();
        return true;
    }

    private SubscriptionMatch match(final LinkMessage message, final MessageTraits traits) {
        int maximumQos = -1;
        boolean isRetainAsPublished = false;
        List<Integer> identifiers = List.of();
        for (final SubscriptionRange range : ranges) {
            if (range.wants(message, traits.from(), session.clientId())) {
                maximumQos = Math.max(maximumQos, range.options().maximumQos());
                isRetainAsPublished |= range.options().isRetainAsPublished();
                if (range.options().identifier() != SubscriptionOptions.NO_IDENTIFIER) {
                    identifiers = identifiers.isEmpty() ? new ArrayList<>() : identifiers;
                    identifiers.add(range.options().identifier());
                }
            }
        }
        if (maximumQos < 0) {
            return null;
        }
        return identifiers.isEmpty() && !isRetainAsPublished
                ? SubscriptionMatch.ofQos(maximumQos)
                : new SubscriptionMatch(maximumQos, isRetainAsPublished, identifiers);
    }

    // False where there is no room for the message.
    private boolean take(final DeliverySource from, final SubscriptionMatch match, final long before) {
        final MessageTraits traits = from.traits();
        final int qos = Math.min(match.maximumQos(), traits.qos());
        if (qos == 0) {
            takeUncounted(from, match);
            return true;
        }
        forgetDone();
        final long next = ordinal + 1;
        final PendingDelivery first = window.peekFirst();
        if (first != null && next - first.ordinal() >= table.packetIds().window()) {
            return false;
        }
        final Step known = knownStep(next);
        final boolean isSkipped = known == Step.DONE || (known == Step.UNANSWERED && !mayRead(from));
        final boolean isQueued = !isSkipped && known == Step.UNANSWERED;
        final DeliveryQueue queue = session.front().deliveries();
        if (isQueued && !queue.hasRoomFor(from.delivery().lengthBytes())) {
            return false;
        }
        final PendingDelivery pending = new PendingDelivery(
                isQueued ? from.delivery() : null,
                isQueued ? match : null,
                // Only with QoS 2 a client can have a message that is not done.
                known == Step.RECEIVED ? 2 : qos,
                table.packetIds().idOf(shardId, next),
                next,
                before,
                match.isRetainAsPublished() && traits.isRetained(),
                from.message().position() <= knownToOthers,
                isSkipped ? Step.DONE : known);
        ordinal = next;
        window.addLast(pending);
        exactlyOnceCount += pending.qos() == 2 ? 1 : 0;
        if (isSkipped) {
            session.onProgress();
        } else {
            queue.add(pending);
            session.front().onDeliveries();
        }
        return true;
    }

    // Messages with QoS 0 are for who is there and has room.
    private void takeUncounted(final DeliverySource from, final SubscriptionMatch match) {
        if (from.message().position() <= knownToOthers || !mayRead(from)) {
            return;
        }
        final DeliveryQueue queue = session.front().deliveries();
        final Delivery delivery = from.delivery();
        // They leave half of the room to those that must wait for it.
        if (!queue.isHalfFree() || !queue.hasRoomFor(delivery.lengthBytes())) {
            table.counters().messagesDropped().increment();
            return;
        }
        queue.add(PendingDelivery.uncounted(
                delivery, match, 0, match.isRetainAsPublished() && from.traits().isRetained()));
        session.front().onDeliveries();
    }

    private boolean mayRead(final DeliverySource from) {
        final boolean mayRead = session.front().mayRead(from.delivery().topic());
        if (!mayRead) {
            table.counters().messagesDenied().increment();
        }
        return mayRead;
    }

    private Step knownStep(final long next) {
        while (nextMark < marks.length && marks[nextMark] >> 1 < next) {
            nextMark++;
        }
        if (nextMark == marks.length || marks[nextMark] >> 1 != next) {
            return Step.UNANSWERED;
        }
        return (marks[nextMark] & 1) == 1 ? Step.DONE : Step.RECEIVED;
    }

    private boolean hasHalfRoom() {
        forgetDone();
        final PendingDelivery first = window.peekFirst();
        return (first == null || ordinal - first.ordinal() < table.packetIds().window() / 2)
                && session.front().deliveries().isHalfFree();
    }

    private void stopFollowing(final long from) {
        isFollowing = false;
        position = from;
    }

    private void end(final String filter, final long until) {
        final SubscriptionRange range = goingOn(filter);
        if (range != null) {
            range.end(until);
        }
    }

    private void closeReader() {
        CloseHelper.close(reader);
        reader = null;
    }
}
