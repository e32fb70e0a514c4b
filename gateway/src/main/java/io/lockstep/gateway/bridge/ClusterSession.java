package io.lockstep.gateway.bridge;

import io.lockstep.client.AnswerListener;
import io.lockstep.client.SessionPiece;
import io.lockstep.client.SessionSubscription;
import io.lockstep.client.Sessions;
import io.lockstep.client.SubscriptionResults;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.SessionUpdate;
import io.lockstep.gateway.session.SubscriptionMatch;
import io.lockstep.gateway.session.SubscriptionOptions;
import io.lockstep.topic.SharedFilter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.stream.IntStream;
import org.agrona.collections.Int2IntHashMap;

/**
 * The session of a client that this gateway has: its lanes from the shards, its subscriptions in them, and what is under
 * way. Changes of subscriptions are made one after the other, each in all shards; until all lanes have passed the place at
 * which the last one counts, what the session wants is worked out message by message instead of by the tree. Bridge thread only.
 */
final class ClusterSession {
    /** Greatest number of filters in one change. */
    private static final int MAX_CHANGES = 1_024;

    private static final int MAX_WAITING = 64;
    private static final int MAX_FETCHES = 16;

    private enum Phase {
        OPENING,
        OPEN,
        CLOSED
    }

    private final SessionTable table;
    private final ClusterLink link;
    private final BridgeSession front;
    private final SessionLane[] lanes;
    private final SharedLane[] sharedLanes;
    private final Int2IntHashMap shardByPacketId = new Int2IntHashMap(-1);
    private final Queue<SubscriptionRequests> waiting = new ArrayDeque<>();
    private final List<RetainedFetch> fetches = new ArrayList<>();
    private Phase phase = Phase.OPENING;
    private BridgeCommand.Close closeAfterOpening;
    private SubscriptionRequests current;
    private boolean isBegun;
    private boolean isTreeExact = true;
    private boolean isNew;
    private boolean isProgressNoted;
    private boolean isInFetching;
    private long sessionId;
    private long epoch;

    ClusterSession(final SessionTable table, final BridgeSession front) {
        this.table = table;
        this.link = table.link();
        this.front = front;
        this.lanes = new SessionLane[link.shardCount()];
        this.sharedLanes = new SharedLane[link.shardCount()];
        Arrays.setAll(sharedLanes, shardId -> new SharedLane(this, table, shardId));
        for (int shardId = 0; shardId < lanes.length; shardId++) {
            lanes[shardId] = new SessionLane(this, table, shardId);
        }
    }

    BridgeSession front() {
        return front;
    }

    String clientId() {
        return front.clientId();
    }

    long sessionId() {
        return sessionId;
    }

    long epoch() {
        return epoch;
    }

    boolean isOpen() {
        return phase == Phase.OPEN;
    }

    /** Whether the tree says what the session wants. */
    boolean isTreeExact() {
        return isTreeExact;
    }

    void open(final BridgeCommand.Open command) {
        isBegun = true;
        new SessionOpener(link, command, new SessionOpener.Listener() {
                    @Override
                    public void onOpened(final SessionPiece[] pieces) {
                        ClusterSession.this.onOpened(pieces);
                    }

                    @Override
                    public boolean isWanted() {
                        return phase == Phase.OPENING;
                    }

                    @Override
                    public void onRestart() {
                        // That the session of this id ends is its own doing.
                        table.forgetId(ClusterSession.this);
                        sessionId = 0;
                        epoch = 0;
                    }

                    @Override
                    public void later(final Runnable task) {
                        table.later(task);
                    }

                    @Override
                    public void onEpoch(final long newSessionId, final long newEpoch) {
                        if (phase == Phase.OPENING) {
                            table.forgetId(ClusterSession.this);
                            sessionId = newSessionId;
                            epoch = newEpoch;
                            table.onEpoch(ClusterSession.this);
                        }
                    }

                    @Override
                    public void onRefused(final OpenRefusal refusal, final String reason) {
                        if (phase == Phase.OPENING) {
                            end();
                            table.log("no session for client '" + clientId() + "': " + reason);
                            front.onOpenRefused(refusal);
                        }
                    }

                    @Override
                    public void onEnded() {
                        table.onOpeningEnded();
                    }

                    @Override
                    public void onMoved() {
                        if (phase == Phase.OPENING) {
                            end();
                            front.onTakenOver();
                        }
                    }
                })
                .start();
    }

    /** The cluster is not even asked for it. */
    void refuse(final OpenRefusal refusal) {
        end();
        front.onOpenRefused(refusal);
    }

    /** A message of the stream that the session may want. */
    void onLive(final DeliverySource message, final long before, final SubscriptionMatch match) {
        if (isOpen()) {
            lanes[message.message().shardId()].onLive(message, before, match);
        }
    }

    SharedLane sharedLane(final int shardId) {
        return sharedLanes[shardId];
    }

    void change(final SubscriptionRequests requests) {
        if (!isOpen()) {
            requests.answerClosed(front);
        } else if (waiting.size() == MAX_WAITING) {
            onLost("too many changes of subscriptions are unanswered");
        } else {
            waiting.add(requests);
            beginNext();
        }
    }

    // Last values that wait for the client hold up what would add to them.
    private void beginNext() {
        while (current == null && isOpen() && fetches.size() < MAX_FETCHES && !waiting.isEmpty()) {
            begin(waiting.remove());
        }
    }

    /** The shard of the topic holds a packet id of the client now. */
    void onPacketAccepted(final int packetId, final int shardId) {
        shardByPacketId.put(packetId, shardId);
    }

    void releasePacket(final int packetId, final UpdateBatches updates) {
        final int shardId = shardByPacketId.remove(packetId);
        if (shardId != shardByPacketId.missingValue()) {
            updates.add(this, shardId, SessionUpdate.RELEASED, packetId, 0, () -> front.onReleased(packetId));
            return;
        }
        // Which shard has it is not known: the answer to its message was lost.
        final int[] awaited = {lanes.length};
        for (final SessionLane lane : lanes) {
            updates.add(this, lane.shardId(), SessionUpdate.RELEASED, packetId, 0, () -> {
                if (--awaited[0] == 0) {
                    front.onReleased(packetId);
                }
            });
        }
    }

    /** Looks how far the client got. */
    void collect(final UpdateBatches updates) {
        if (!isOpen()) {
            return;
        }
        for (final SessionLane lane : lanes) {
            lane.collect(updates);
        }
        for (final SharedLane lane : sharedLanes) {
            lane.collect();
        }
        fetches.removeIf(fetch -> fetch.collect(updates));
        beginNext();
        onProgress();
    }

    /** Something is to be told with the next batch of cursors. */
    void onProgress() {
        if (!isProgressNoted) {
            isProgressNoted = true;
            table.onProgress(this);
        }
    }

    /** Tells the shards how far the session got. */
    void note(final UpdateBatches updates, final boolean isLast) {
        isProgressNoted = false;
        if (!isOpen()) {
            return;
        }
        for (final SessionLane lane : lanes) {
            lane.note(updates, isLast);
        }
        for (final SharedLane lane : sharedLanes) {
            lane.collect();
        }
        fetches.removeIf(fetch -> fetch.collect(updates));
        beginNext();
        settle();
    }

    int pumpRetained() {
        int workCount = 0;
        for (int i = 0; i < fetches.size(); i++) {
            workCount += fetches.get(i).pump();
        }
        return workCount;
    }

    /** Whether there are last values to be queued. */
    boolean isFetching() {
        return fetches.stream().anyMatch(fetch -> !fetch.isQueued());
    }

    boolean isInFetching() {
        return isInFetching;
    }

    void isInFetching(final boolean newIsInFetching) {
        isInFetching = newIsInFetching;
    }

    void close(final BridgeCommand.Close command) {
        if (phase == Phase.OPENING && isBegun) {
            closeAfterOpening = command;
        } else if (phase == Phase.OPENING) {
            end();
        } else if (phase == Phase.OPEN) {
            // A new session that the client was not told of must not be taken for its old one by the next connection.
            closeInCluster(isNew && !command.isTold() ? 0 : command.expiryNs(), command.keepsWill());
        }
    }

    /** The connection is over as far as the gateway is concerned; the session may go on with another. */
    void onLost(final String reason) {
        abandon();
        front.onLost(reason);
    }

    /** Like {@link #onLost}, but the front end knows. */
    void abandon() {
        if (phase == Phase.OPEN) {
            closeInCluster(Sessions.EXPIRY_AS_OPENED, true);
        } else {
            end();
        }
    }

    /** Messages for the session are gone: the client must begin anew, and be told so by its next CONNACK. */
    void onCursorLost() {
        if (phase == Phase.OPEN) {
            closeInCluster(0, true);
            front.onLost("messages were removed before the client came for them");
        }
    }

    /** Another connection has the session. */
    void onMoved() {
        end();
        closeAll(Sessions.EXPIRY_AS_OPENED, true);
        front.onTakenOver();
    }

    /** An operator ended the session. */
    void onDeleted() {
        end();
        // Shards that the operator has not come to yet; one that has takes no notice.
        closeAll(0, true);
        front.onDeleted();
    }

    // A shard that a newer connection has reached takes no notice.
    private void closeAll(final long expiryNs, final boolean keepsWill) {
        for (int shardId = 0; epoch != 0 && shardId < lanes.length; shardId++) {
            link.closeSession(shardId, sessionId, epoch, expiryNs, keepsWill);
        }
    }

    /** A newer connection of this gateway takes the session over. */
    void giveWay(final UpdateBatches updates) {
        if (phase == Phase.OPEN) {
            note(updates, true);
            updates.flush();
        }
        end();
        // Should the newer one be refused, the session is without a connection.
        closeAll(Sessions.EXPIRY_AS_OPENED, true);
        front.onTakenOver();
    }

    private void closeInCluster(final long expiryNs, final boolean keepsWill) {
        final UpdateBatches updates = table.updates();
        for (final SessionLane lane : lanes) {
            lane.note(updates, expiryNs != 0);
        }
        for (final SharedLane lane : sharedLanes) {
            // What the client has shall not be another's.
            lane.collect();
        }
        updates.flush();
        end();
        closeAll(expiryNs, keepsWill);
    }

    private void end() {
        if (phase == Phase.OPEN) {
            table.onClosed();
        }
        phase = Phase.CLOSED;
        for (final SessionLane lane : lanes) {
            lane.close();
        }
        for (final SharedLane lane : sharedLanes) {
            lane.close();
        }
        table.forget(this);
    }

    private void onOpened(final SessionPiece[] pieces) {
        if (phase != Phase.OPENING) {
            // It ended meanwhile; where a newer connection has the session, this has no effect.
            for (int shardId = 0; shardId < pieces.length; shardId++) {
                final SessionPiece piece = pieces[shardId];
                link.closeSession(
                        shardId,
                        piece.sessionId(),
                        piece.epoch(),
                        piece.isPresent() ? Sessions.EXPIRY_AS_OPENED : 0,
                        true);
            }
            return;
        }
        phase = Phase.OPEN;
        final int[] packetIds = Arrays.stream(pieces)
                .flatMapToInt(piece -> Arrays.stream(piece.packets()))
                .toArray();
        boolean isPresent = true;
        boolean isPublisherTold = false;
        long expiryNs = Long.MAX_VALUE;
        for (int shardId = 0; shardId < pieces.length; shardId++) {
            final SessionPiece piece = pieces[shardId];
            isPresent &= piece.isPresent();
            expiryNs = Math.min(expiryNs, piece.expiryNs());
            for (final int packetId : piece.packets()) {
                shardByPacketId.put(packetId, shardId);
            }
            lanes[shardId].begin(piece);
            isPublisherTold |= piece.subscriptions().stream().anyMatch(SessionSubscription::isNoLocal);
        }
        isNew = !isPresent;
        table.onOpened();
        front.onOpened(new OpenedSession(isPresent, expiryNs, isPublisherTold, packetIds, table.packetIds(), epoch));
        if (closeAfterOpening != null) {
            close(closeAfterOpening);
            return;
        }
        isTreeExact = false;
        for (final SessionLane lane : lanes) {
            lane.ranges().forEach(range -> table.want(this, range.filter(), range.options()));
            lane.ranges().forEach(range -> share(lane, range));
            fetch(lane, dueItems(lane));
            lane.goOn();
        }
        settle();
    }

    private void share(final SessionLane lane, final SubscriptionRange range) {
        if (range.isGoingOn() && SharedFilter.isShared(range.text())) {
            table.addSharing(this);
            sharedLanes[lane.shardId()].subscribe(range);
        }
    }

    private void share(final SessionLane lane, final String filter) {
        final SubscriptionRange range = lane.goingOn(filter);
        if (range != null) {
            share(lane, range);
        } else {
            sharedLanes[lane.shardId()].unsubscribe(filter);
        }
    }

    private static List<RetainedFetch.Item> dueItems(final SessionLane lane) {
        final List<RetainedFetch.Item> items = new ArrayList<>();
        for (final SubscriptionRange range : lane.ranges()) {
            if (range.isRetainedDue() && range.isGoingOn()) {
                // What is newer than the cursor comes with the journal.
                items.add(new RetainedFetch.Item(range, Math.max(range.fromPosition(), lane.reached())));
            }
        }
        return items;
    }

    private void fetch(final SessionLane lane, final List<RetainedFetch.Item> items) {
        if (!items.isEmpty()) {
            final RetainedFetch fetch = new RetainedFetch(this, table, lane, items);
            fetches.add(fetch);
            table.addFetching(this);
            fetch.start();
        }
    }

    private void begin(final SubscriptionRequests requests) {
        final int room =
                table.limits().maxSubscriptions() - front.subscriptions().count();
        requests.prepare(front.subscriptions()::contains, room, MAX_CHANGES);
        if (requests.changes().isEmpty()) {
            requests.answer(front);
            return;
        }
        current = requests;
        isTreeExact = false;
        requests.forEachNew((filter, options) -> table.want(this, filter, options));
        for (final SessionLane lane : lanes) {
            lane.hold();
        }
        requests.awaited(lanes.length);
        for (final SessionLane lane : lanes) {
            link.changeSubscriptions(
                    lane.shardId(), sessionId, epoch, requests.changes(), requests.principal(), new AnswerListener<>() {
                        @Override
                        public void onAnswer(final SubscriptionResults results) {
                            if (isOpen()) {
                                onChanged(requests, lane, results);
                            }
                        }

                        @Override
                        public void onTimeout() {
                            if (isOpen()) {
                                onLost("shard " + lane.shardId() + " did not answer in time");
                            }
                        }
                    });
        }
    }

    private void onChanged(
            final SubscriptionRequests requests, final SessionLane lane, final SubscriptionResults results) {
        if (results.code() == ResultCode.SESSION_MOVED || results.code() == ResultCode.SESSION_UNKNOWN) {
            onMoved();
            return;
        }
        if (results.code() == ResultCode.ACCEPTED) {
            final long reachedBefore = lane.reached();
            if (!lane.onChanged(requests.changes(), requests.options(), results)) {
                onLost("from where on a change of subscriptions counts is not known");
                return;
            }
            requests.changes().forEach(change -> share(lane, change.filter()));
            fetch(lane, wantedItems(requests, lane, results, reachedBefore));
        }
        requests.onAnswered(results);
        lane.release();
        if (requests.isAnswered()) {
            current = null;
            requests.answer(front);
            tellSysTopics(requests, results);
            final SubscriptionRequests undo = requests.undo(front);
            if (undo != null) {
                begin(undo);
            }
            settle();
            beginNext();
        }
    }

    private void tellSysTopics(final SubscriptionRequests requests, final SubscriptionResults results) {
        for (int i = 0; i < results.results().length; i++) {
            if (requests.changes().get(i).isSubscribing()
                    && !requests.isRefused(i)
                    && isRetainedWanted(requests.options().get(i), results.results()[i])) {
                table.sysTopics()
                        .tell(
                                front,
                                requests.changes().get(i).filter(),
                                requests.options().get(i));
            }
        }
    }

    private static List<RetainedFetch.Item> wantedItems(
            final SubscriptionRequests requests,
            final SessionLane lane,
            final SubscriptionResults results,
            final long reachedBefore) {
        return IntStream.range(0, results.results().length)
                .filter(index -> requests.changes().get(index).isSubscribing())
                .filter(index -> isRetainedWanted(requests.options().get(index), results.results()[index]))
                .mapToObj(index -> {
                    final boolean isNew = results.results()[index] == SubscriptionResults.NEW;
                    // An older subscription to the same filter brings what is newer than the lane.
                    final long upTo = isNew ? results.position() : Math.min(results.position(), reachedBefore);
                    return new RetainedFetch.Item(
                            lane.goingOn(requests.changes().get(index).filter()), upTo);
                })
                .toList();
    }

    private static boolean isRetainedWanted(final SubscriptionOptions options, final byte result) {
        return switch (options.retainHandling()) {
            case 0 -> !SubscriptionResults.isRefused(result);
            case 1 -> result == SubscriptionResults.NEW;
            default -> false;
        };
    }

    // From the place on that all lanes have passed, the tree says what the session wants.
    private void settle() {
        if (isTreeExact || current != null || !isOpen()) {
            return;
        }
        for (final SessionLane lane : lanes) {
            if (!lane.isSettled()) {
                onProgress();
                return;
            }
        }
        final Map<String, SubscriptionRange> wanted = new LinkedHashMap<>();
        for (final SessionLane lane : lanes) {
            lane.forgetEnded();
            lane.ranges().forEach(range -> wanted.put(range.text(), range));
        }
        // The tree knows no shards: where one has refused what another took, it can't say what is wanted.
        isTreeExact = true;
        for (final SessionLane lane : lanes) {
            isTreeExact &= lane.ranges().size() == wanted.size()
                    && lane.ranges().stream()
                            .allMatch(range -> range.options()
                                    .equals(wanted.get(range.text()).options()));
        }
        if (isTreeExact) {
            table.wantOnly(this, wanted.values());
        }
    }

    /** Whether another fetch of a lane is about subscriptions that count from the same place. */
    boolean isFetching(final SessionLane lane, final long fromPosition, final RetainedFetch except) {
        return fetches.stream().anyMatch(fetch -> fetch != except && fetch.isAbout(lane, fromPosition));
    }
}
