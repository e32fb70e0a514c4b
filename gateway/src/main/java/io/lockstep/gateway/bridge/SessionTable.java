package io.lockstep.gateway.bridge;

import io.lockstep.gateway.session.GatewayLimits;
import io.lockstep.gateway.session.PacketIds;
import io.lockstep.gateway.session.SessionSubscriptions;
import io.lockstep.gateway.session.SubscriptionOptions;
import io.lockstep.gateway.session.SubscriptionTree;
import io.lockstep.topic.TopicFilter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * The sessions that this gateway has, the tree of what they want, and what their lanes read beside the stream. Bridge thread
 * only.
 */
final class SessionTable {
    private static final int READ_LIMIT = 64;
    private static final int LANES_IN_TURN = 8;
    private static final int LANES_LOOKED_AT = 512;
    private static final int MAX_UNKNOWN_CHANGES = 1_024;
    private static final long NOTE_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long LATER_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long SWEEP_INTERVAL_NS = TimeUnit.SECONDS.toNanos(5);

    private final ClusterLink link;
    private final GatewayLimits limits;
    private final GatewayCounters counters;
    private final SysTopics sysTopics;
    private final Consumer<String> logger;
    private final Map<String, ClusterSession> byClientId = new HashMap<>();
    private final Long2ObjectHashMap<ClusterSession> byId = new Long2ObjectHashMap<>();
    // Changes of sessions that this gateway does not have, the newest ones: it may be about to have them.
    private final Map<Long, Long> unknownChanges = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(final Map.Entry<Long, Long> eldest) {
            return size() > MAX_UNKNOWN_CHANGES;
        }
    };
    private final SubscriptionTree tree = new SubscriptionTree();
    private final List<SessionSubscriptions> matched = new ArrayList<>();
    private final DeliverySource source = new DeliverySource();
    private final List<SessionLane> reading = new ArrayList<>();
    private final List<ClusterSession> fetching = new ArrayList<>();
    // Connections with shared subscriptions.
    private final Long2ObjectHashMap<ClusterSession> sharingByEpoch = new Long2ObjectHashMap<>();
    private final List<SharedLane> pumping = new ArrayList<>();
    private final SharedStream[] sharedStreams;
    private final PacketIds packetIds;
    private final UpdateBatches updates;
    private final SessionOpenings openings;
    // End of the last message of the stream, by shard.
    private final long[] streamed;
    private List<ClusterSession> progressed = new ArrayList<>();
    private List<Runnable> postponed = new ArrayList<>();
    private long postponedUntilNs;
    private int nextReading;
    private long nextNoteNs;
    private long nextSweepNs;

    SessionTable(
            final ClusterLink link,
            final GatewayLimits limits,
            final GatewayCounters counters,
            final SysTopics sysTopics,
            final Consumer<String> logger,
            final long nowNs) {
        this.link = link;
        this.limits = limits;
        this.counters = counters;
        this.sysTopics = sysTopics;
        this.logger = logger;
        this.packetIds = new PacketIds(link.shardCount());
        this.updates = new UpdateBatches(link);
        this.openings = new SessionOpenings(limits.openings(), nowNs);
        this.streamed = new long[link.shardCount()];
        this.sharedStreams = new SharedStream[link.shardCount()];
        Arrays.setAll(sharedStreams, shardId -> new SharedStream());
        this.nextNoteNs = nowNs + NOTE_INTERVAL_NS;
        this.postponedUntilNs = nowNs + LATER_NS;
        this.nextSweepNs = nowNs + SWEEP_INTERVAL_NS;
    }

    ClusterLink link() {
        return link;
    }

    GatewayLimits limits() {
        return limits;
    }

    GatewayCounters counters() {
        return counters;
    }

    SysTopics sysTopics() {
        return sysTopics;
    }

    PacketIds packetIds() {
        return packetIds;
    }

    UpdateBatches updates() {
        return updates;
    }

    void log(final String line) {
        logger.accept(line);
    }

    /** The place up to which the stream of a shard was handed out. */
    long position(final int shardId) {
        return link.position(shardId);
    }

    LinkReader openReader(final int shardId, final long position, final LinkReader.Handler handler) {
        return link.openReader(shardId, position, handler);
    }

    /** The session of a connection, or null where it has none, or none any more. */
    ClusterSession find(final BridgeSession front) {
        final ClusterSession session = byClientId.get(front.clientId());
        return session != null && session.front() == front ? session : null;
    }

    boolean isOpen(final BridgeSession front) {
        final ClusterSession session = find(front);
        return session != null && session.isOpen();
    }

    void open(final BridgeCommand.Open command) {
        final BridgeSession front = command.session();
        final ClusterSession older = byClientId.get(front.clientId());
        if (older == null && byClientId.size() >= limits.maxSessions()) {
            front.onOpenRefused(OpenRefusal.TOO_MANY_SESSIONS);
            return;
        }
        if (older != null) {
            older.giveWay(updates);
            updates.flush();
        }
        final ClusterSession session = new ClusterSession(this, front);
        byClientId.put(front.clientId(), session);
        openings.add(session, command);
    }

    /** A session that was being opened is that no more. */
    void onOpeningEnded() {
        openings.onEnded();
    }

    /** The home shard gave a session to a connection of this gateway. */
    void onEpoch(final ClusterSession session) {
        byId.put(session.sessionId(), session);
        final Long epoch = unknownChanges.get(session.sessionId());
        if (epoch != null) {
            // The stream was faster than the answer.
            change(session, epoch);
        }
    }

    void onOpened() {
        counters.sessionsOpened().increment();
        sysTopics.onOpened();
    }

    void onClosed() {
        counters.sessionsClosed().increment();
        sysTopics.onClosed();
    }

    void forget(final ClusterSession session) {
        openings.remove(session);
        tree.removeAll(session.front().subscriptions());
        if (byClientId.get(session.clientId()) == session) {
            byClientId.remove(session.clientId());
        }
        forgetId(session);
        sharingByEpoch.remove(session.epoch());
    }

    void forgetId(final ClusterSession session) {
        if (byId.get(session.sessionId()) == session) {
            byId.remove(session.sessionId());
        }
    }

    void onSessionChanged(final long sessionId, final long epoch) {
        final ClusterSession session = byId.get(sessionId);
        if (session == null) {
            unknownChanges.remove(sessionId);
            unknownChanges.put(sessionId, epoch);
        } else {
            change(session, epoch);
        }
    }

    private static void change(final ClusterSession session, final long epoch) {
        if (epoch < 0) {
            session.onDeleted();
        } else if (epoch == 0 || epoch > session.epoch()) {
            session.onMoved();
        }
    }

    SharedStream sharedStream(final int shardId) {
        return sharedStreams[shardId];
    }

    /** A connection may be given messages of shared subscriptions. */
    void addSharing(final ClusterSession session) {
        sharingByEpoch.put(session.epoch(), session);
    }

    void onSharedAssigned(
            final int shardId,
            final int groupId,
            final long epoch,
            final long position,
            final int recordLength,
            final int attempt) {
        final ClusterSession session = sharingByEpoch.get(epoch);
        if (session != null) {
            session.sharedLane(shardId).onAssigned(groupId, position, recordLength, attempt);
        }
    }

    void addPumping(final SharedLane lane) {
        if (!lane.isInPumping()) {
            lane.isInPumping(true);
            pumping.add(lane);
        }
    }

    /** All connections are over. */
    void loseAll(final String reason) {
        for (final ClusterSession session : List.copyOf(byClientId.values())) {
            session.onLost(reason);
        }
    }

    /** The tree finds the session for what a filter matches, whatever else it wants. */
    void want(final ClusterSession session, final TopicFilter filter, final SubscriptionOptions options) {
        // Whose message it is says the session itself.
        tree.add(
                session.front().subscriptions(),
                filter,
                new SubscriptionOptions(
                        options.maximumQos(),
                        false,
                        options.isRetainAsPublished(),
                        options.retainHandling(),
                        options.identifier()));
    }

    /** The tree says from now on exactly what the session wants. */
    void wantOnly(final ClusterSession session, final Collection<SubscriptionRange> ranges) {
        final SessionSubscriptions subscriptions = session.front().subscriptions();
        final Set<String> filters = new HashSet<>();
        for (final SubscriptionRange range : ranges) {
            filters.add(range.text());
            tree.add(subscriptions, range.filter(), range.options());
        }
        for (final String filter : subscriptions.filters()) {
            if (!filters.contains(filter)) {
                tree.remove(subscriptions, filter);
            }
        }
    }

    void addReading(final SessionLane lane) {
        if (!lane.isInList()) {
            lane.isInList(true);
            reading.add(lane);
        }
    }

    void addFetching(final ClusterSession session) {
        if (!session.isInFetching()) {
            session.isInFetching(true);
            fetching.add(session);
        }
    }

    /** Does something with the next turn that is a little later. */
    void later(final Runnable task) {
        postponed.add(task);
    }

    void onProgress(final ClusterSession session) {
        progressed.add(session);
    }

    /** A message of the stream. */
    void onMessage(final LinkMessage message) {
        final int shardId = message.shardId();
        final long before = streamed[shardId];
        streamed[shardId] = message.position();
        source.wrap(message);
        sharedStreams[shardId].onMessage(source);
        tree.match(
                message.buffer(),
                message.topicOffset(),
                message.topicLength(),
                source.traits().from(),
                matched);
        for (int i = 0; i < matched.size(); i++) {
            final SessionSubscriptions subscriptions = matched.get(i);
            final ClusterSession session = find((BridgeSession) subscriptions.owner());
            if (session != null) {
                session.onLive(source, before, subscriptions.lastMatch());
            }
        }
        matched.clear();
    }

    int doWork(final BridgeProxy proxy, final long nowNs) {
        int workCount = openings.doWork(nowNs) + collect(proxy) + read() + pumpRetained() + pumpShared();
        if (nowNs - nextNoteNs >= 0) {
            nextNoteNs = nowNs + NOTE_INTERVAL_NS;
            final List<ClusterSession> sessions = progressed;
            progressed = new ArrayList<>();
            sessions.forEach(session -> session.note(updates, false));
        }
        if (nowNs - postponedUntilNs >= 0) {
            postponedUntilNs = nowNs + LATER_NS;
            final List<Runnable> tasks = postponed;
            postponed = new ArrayList<>();
            tasks.forEach(Runnable::run);
        }
        if (nowNs - nextSweepNs >= 0) {
            nextSweepNs = nowNs + SWEEP_INTERVAL_NS;
            byId.values().forEach(ClusterSession::onProgress);
        }
        sysTopics.onCounts(byClientId.size(), tree.subscriptionCount());
        workCount += sysTopics.doWork(nowNs, tree);
        workCount += updates.flush();
        return workCount;
    }

    private int collect(final BridgeProxy proxy) {
        int workCount = 0;
        for (BridgeSession front = proxy.pollTouched(); front != null; front = proxy.pollTouched()) {
            front.onLookedAt();
            final ClusterSession session = find(front);
            if (session != null) {
                session.collect(updates);
            }
            workCount++;
        }
        return workCount;
    }

    private int read() {
        int workCount = 0;
        int read = 0;
        // Those whose clients have no room cost nothing but a look.
        for (int i = Math.min(LANES_LOOKED_AT, reading.size()); i > 0 && read < LANES_IN_TURN; i--) {
            nextReading = nextReading >= reading.size() ? 0 : nextReading;
            final SessionLane lane = reading.get(nextReading);
            final int count = lane.read(READ_LIMIT);
            read += count == SessionLane.WAITS ? 0 : 1;
            workCount += Math.max(0, count);
            if (lane.isReading()) {
                nextReading++;
            } else {
                lane.isInList(false);
                final SessionLane last = reading.remove(reading.size() - 1);
                if (last != lane) {
                    reading.set(nextReading, last);
                }
            }
        }
        return workCount;
    }

    private int pumpRetained() {
        int workCount = 0;
        for (int i = fetching.size() - 1; i >= 0; i--) {
            final ClusterSession session = fetching.get(i);
            workCount += session.pumpRetained();
            if (!session.isOpen() || !session.isFetching()) {
                session.isInFetching(false);
                fetching.remove(i);
            }
        }
        return workCount;
    }

    private int pumpShared() {
        int workCount = 0;
        for (int i = pumping.size() - 1; i >= 0; i--) {
            final SharedLane lane = pumping.get(i);
            workCount += lane.pump();
            if (!lane.isPumping()) {
                lane.isInPumping(false);
                pumping.remove(lane);
            }
        }
        return workCount;
    }
}
