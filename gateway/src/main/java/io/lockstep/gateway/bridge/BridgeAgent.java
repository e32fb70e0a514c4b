package io.lockstep.gateway.bridge;

import io.lockstep.codecs.ResultCode;
import io.lockstep.gateway.session.GatewayLimits;
import io.lockstep.gateway.session.MessageTraits;
import io.lockstep.gateway.session.SessionSubscriptions;
import io.lockstep.gateway.session.SubscriptionTree;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.agrona.CloseHelper;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The bridge thread: owns the link to the cluster, the table of sessions and the tree of their subscriptions. It carries
 * out the commands of the front ends in order and hands messages from the cluster to the sessions that want them. A
 * message that the link has no room for is held, with the later ones to the same shard; a shard without a leader holds up
 * neither the others nor what is no message: when too much is held for a shard, the front ends offer no more for it until
 * there is room. A message that its shard did not take in time is given up.
 *
 * <p>A message counts as answered only when the cluster answered. Where that of a message with a ticket never comes, the
 * session is closed, and what else of it is held with a ticket goes too, so that the client finds no gap in the order when
 * it sends again. While there is no link, opening a session is refused;
 * attempts to connect are repeated after a second for as long as the gateway runs.
 */
public final class BridgeAgent implements Agent, ClusterLinkListener {
    private static final int COMMAND_LIMIT = 128;
    private static final int MESSAGE_LIMIT = 64;
    private static final long CONNECT_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long LOG_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);

    private final Map<String, BridgeSession> sessionByClientId = new HashMap<>();
    private final Long2ObjectHashMap<BridgeCommand.Publish> publishByMessageId = new Long2ObjectHashMap<>();
    private final SubscriptionTree tree = new SubscriptionTree();
    private final List<SessionSubscriptions> matched = new ArrayList<>();
    private final UnsafeBuffer headersBuffer = new UnsafeBuffer(0, 0);
    private final UnsafeBuffer payloadBuffer = new UnsafeBuffer(0, 0);
    private final BridgeProxy proxy;
    private final ClusterLinkSupplier linkSupplier;
    private final GatewayLimits limits;
    private final GatewayCounters counters;
    private final NanoClock clock;
    private final Consumer<String> logger;
    private ClusterLink link;
    private final HeldPublishes held;
    private long nextConnectNs;
    private long nextLogNs;
    private long expiredCount;
    private boolean isFailed;

    /**
     * Creates the agent; nothing happens before its first duty cycle.
     *
     * @param proxy        commands come from it.
     * @param linkSupplier makes the link.
     * @param limits       of sessions.
     * @param counters     to count in.
     * @param clock        for the time between attempts to connect, and of messages that are held.
     * @param logger       takes one line for each event that an operator should know.
     */
    public BridgeAgent(
            final BridgeProxy proxy,
            final ClusterLinkSupplier linkSupplier,
            final GatewayLimits limits,
            final GatewayCounters counters,
            final NanoClock clock,
            final Consumer<String> logger) {
        this.proxy = proxy;
        this.linkSupplier = linkSupplier;
        this.limits = limits;
        this.counters = counters;
        this.clock = clock;
        this.logger = logger;
        this.held =
                new HeldPublishes(limits.commandQueueLength(), limits.commandQueueBytes(), limits.publishTimeoutNs());
        this.nextConnectNs = clock.nanoTime();
        this.nextLogNs = nextConnectNs;
    }

    @Override
    public int doWork() {
        if (isFailed) {
            return 0;
        }
        try {
            return work();
        } catch (final Throwable ex) {
            // What is known of messages and sessions may be wrong now: nothing is answered any more.
            isFailed = true;
            proxy.isHealthy(false);
            throw ex;
        }
    }

    @Override
    public void onClose() {
        proxy.isHealthy(false);
        CloseHelper.close(link);
        link = null;
    }

    @Override
    public String roleName() {
        return "gateway-bridge";
    }

    @Override
    public void onAccepted(final long messageId) {
        final BridgeCommand.Publish publish = remove(messageId);
        counters.messagesAccepted().increment();
        publish.session().onPublishAccepted(publish);
    }

    @Override
    public void onRefused(final long messageId, final ResultCode code) {
        final BridgeCommand.Publish publish = remove(messageId);
        counters.messagesRefused().increment();
        publish.session().onPublishRefused(publish, code);
    }

    @Override
    public void onUnknown(final long messageId, final String reason) {
        giveUp(remove(messageId), reason);
    }

    @Override
    public void onMessage(final LinkMessage message) {
        final MessageTraits traits =
                MessageTraits.of(message.buffer(), message.headersOffset(), message.headersLength());
        tree.match(message.buffer(), message.topicOffset(), message.topicLength(), traits.from(), matched);
        if (matched.isEmpty()) {
            return;
        }
        final Delivery delivery = Delivery.copyOf(message, traits);
        for (int i = 0; i < matched.size(); i++) {
            final SessionSubscriptions subscriptions = matched.get(i);
            ((BridgeSession) subscriptions.owner()).onDelivery(delivery, subscriptions.lastMatch());
        }
        matched.clear();
    }

    @Override
    public void onStreamLost(final String reason) {
        logger.accept("messages from the cluster were missed, so that all sessions end: " + reason);
        final List<BridgeSession> sessions = List.copyOf(sessionByClientId.values());
        for (final BridgeSession session : sessions) {
            forget(session);
            session.onStreamLost(reason);
        }
    }

    private int work() {
        int workCount = 0;
        if (link == null) {
            workCount += connect();
        }
        if (link != null) {
            workCount += link.doWork();
        }
        workCount += carryOutCommands();
        if (link != null) {
            workCount += link.poll(MESSAGE_LIMIT);
        }
        proxy.isHealthy(isLive() && link.isConnected());
        return workCount;
    }

    private int connect() {
        final long nowNs = clock.nanoTime();
        if (nowNs - nextConnectNs < 0) {
            return 0;
        }
        try {
            link = linkSupplier.connect(this);
            proxy.shardOf(link::shardOf);
            proxy.targetOf(link::targetOf);
            logger.accept("connected to the cluster");
        } catch (final RuntimeException ex) {
            counters.errors().increment();
            logger.accept("cannot connect to the cluster, will try again: " + ex.getMessage());
        }
        nextConnectNs = clock.nanoTime() + CONNECT_INTERVAL_NS;
        return 1;
    }

    private boolean isLive() {
        return link != null && link.isLive();
    }

    private int carryOutCommands() {
        int count = held.isEmpty() ? 0 : carryOutHeld();
        while (count < COMMAND_LIMIT) {
            final BridgeCommand command = proxy.poll();
            if (command == null) {
                break;
            }
            count++;
            carryOut(command);
        }
        proxy.fullShards(held.fullShards());
        return count;
    }

    private int carryOutHeld() {
        final int taken = held.offerTo(this::isTaken);
        final long nowNs = clock.nanoTime();
        final int expired = held.expire(nowNs, this::onExpired);
        expiredCount += expired;
        if (expiredCount > 0 && nowNs - nextLogNs >= 0) {
            logger.accept(expiredCount + " messages were given up because their shards took nothing for "
                    + TimeUnit.NANOSECONDS.toSeconds(limits.publishTimeoutNs()) + " s");
            expiredCount = 0;
            nextLogNs = nowNs + LOG_INTERVAL_NS;
        }
        return taken + expired;
    }

    private void onExpired(final BridgeCommand.Publish publish) {
        giveUp(publish, "the message's shard took nothing for too long");
    }

    private void carryOut(final BridgeCommand command) {
        if (command instanceof final BridgeCommand.Publish publish) {
            publish(publish);
        } else if (command instanceof final BridgeCommand.Open open) {
            open(open.session());
        } else if (command instanceof final BridgeCommand.Close close) {
            if (isOpen(close.session())) {
                forget(close.session());
            }
        } else if (command instanceof final BridgeCommand.Subscribe subscribe) {
            subscribe(subscribe);
        } else if (command instanceof final BridgeCommand.Unsubscribe unsubscribe) {
            unsubscribe(unsubscribe);
        } else {
            throw new IllegalStateException("the bridge does not know the command " + command);
        }
    }

    private void publish(final BridgeCommand.Publish publish) {
        // Without a link no session was ever open, and so nobody could publish.
        final int shardId = link.shardOf(publish.topic());
        if (held.isHolding(shardId) || !isTaken(shardId, publish)) {
            held.add(shardId, publish, clock.nanoTime());
        }
    }

    private boolean isTaken(final int shardId, final BridgeCommand.Publish publish) {
        if (publish.hasTicket() && !isOpen(publish.session())) {
            giveUp(publish, "the session ended before the message's shard took it");
            return true;
        }
        headersBuffer.wrap(publish.headers());
        payloadBuffer.wrap(publish.payload());
        final long messageId = link.offer(
                shardId,
                publish.topic(),
                headersBuffer,
                publish.headers().length,
                payloadBuffer,
                publish.payload().length);
        if (messageId == ClusterLink.BACK_PRESSURED) {
            return false;
        }
        if (messageId == ClusterLink.IMPOSSIBLE) {
            counters.messagesRefused().increment();
            publish.session().onPublishRefused(publish, ResultCode.PAYLOAD_TOO_LARGE);
            return true;
        }
        publishByMessageId.put(messageId, publish);
        counters.messagesIn().increment();
        return true;
    }

    private void giveUp(final BridgeCommand.Publish publish, final String reason) {
        counters.messagesUnknown().increment();
        if (publish.hasTicket() && isOpen(publish.session())) {
            forget(publish.session());
        }
        publish.session().onPublishUnknown(publish, reason);
    }

    private BridgeCommand.Publish remove(final long messageId) {
        final BridgeCommand.Publish publish = publishByMessageId.remove(messageId);
        if (publish == null) {
            throw new IllegalStateException("the cluster link answered message " + messageId + ", which nobody sent");
        }
        return publish;
    }

    private void open(final BridgeSession session) {
        if (!isLive()) {
            session.onOpenRefused(OpenRefusal.UNAVAILABLE);
            return;
        }
        final BridgeSession older = sessionByClientId.get(session.clientId());
        if (older == null && sessionByClientId.size() >= limits.maxSessions()) {
            session.onOpenRefused(OpenRefusal.TOO_MANY_SESSIONS);
            return;
        }
        if (older != null) {
            forget(older);
            older.onTakenOver();
        }
        sessionByClientId.put(session.clientId(), session);
        counters.sessionsOpened().increment();
        session.onOpened();
    }

    private void subscribe(final BridgeCommand.Subscribe command) {
        final BridgeSession session = command.session();
        final SessionSubscriptions subscriptions = session.subscriptions();
        final int[] results = new int[command.requests().size()];
        for (int i = 0; i < results.length; i++) {
            final SubscribeRequest request = command.requests().get(i);
            if (request.isRefused()) {
                results[i] = request.refusalCode();
            } else if (!isOpen(session)) {
                results[i] = SubscribeResult.CLOSED;
            } else if (subscriptions.count() >= limits.maxSubscriptions()
                    && !subscriptions.contains(request.filter().toString())) {
                results[i] = SubscribeResult.TOO_MANY;
            } else {
                tree.add(subscriptions, request.filter(), request.options());
                results[i] = request.options().maximumQos();
            }
        }
        session.onSubscribed(command, results);
    }

    private void unsubscribe(final BridgeCommand.Unsubscribe command) {
        final boolean[] existed = new boolean[command.filters().size()];
        for (int i = 0; i < existed.length; i++) {
            existed[i] = tree.remove(
                    command.session().subscriptions(), command.filters().get(i));
        }
        command.session().onUnsubscribed(command, existed);
    }

    private boolean isOpen(final BridgeSession session) {
        return sessionByClientId.get(session.clientId()) == session;
    }

    private void forget(final BridgeSession session) {
        tree.removeAll(session.subscriptions());
        sessionByClientId.remove(session.clientId());
        counters.sessionsClosed().increment();
    }
}
