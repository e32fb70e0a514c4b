package io.lockstep.gateway.bridge;

import io.lockstep.codecs.ResultCode;
import io.lockstep.gateway.session.GatewayLimits;
import io.lockstep.wire.MessageHeaders;
import io.lockstep.wire.ReservedHeaders;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.agrona.CloseHelper;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The bridge thread: owns the link to the cluster and the table of sessions. It carries
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
    private static final byte[] PACKET_KEY = ReservedHeaders.bytesOf(ReservedHeaders.PACKET);

    private final Long2ObjectHashMap<BridgeCommand.Publish> publishByMessageId = new Long2ObjectHashMap<>();
    private final UnsafeBuffer headersBuffer = new UnsafeBuffer(0, 0);
    private final UnsafeBuffer payloadBuffer = new UnsafeBuffer(0, 0);
    private final BridgeProxy proxy;
    private final ClusterLinkSupplier linkSupplier;
    private final GatewayLimits limits;
    private final GatewayCounters counters;
    private final SysTopics sysTopics;
    private final NanoClock clock;
    private final Consumer<String> logger;
    private final HeldPublishes held;
    private ClusterLink link;
    private SessionTable sessions;
    private long nextConnectNs;
    private long nextLogNs;
    private long expiredCount;
    // Commands to shards leave with the turns of the link, messages may leave before.
    private boolean isChangeUnsent;
    private boolean isFailed;

    /**
     * Creates the agent; nothing happens before its first duty cycle.
     *
     * @param proxy        commands come from it.
     * @param linkSupplier makes the link.
     * @param limits       of sessions.
     * @param counters     to count in.
     * @param sysTopics    what the gateway tells of itself.
     * @param clock        for the time between attempts to connect, and of messages that are held.
     * @param logger       takes one line for each event that an operator should know.
     */
    public BridgeAgent(
            final BridgeProxy proxy,
            final ClusterLinkSupplier linkSupplier,
            final GatewayLimits limits,
            final GatewayCounters counters,
            final SysTopics sysTopics,
            final NanoClock clock,
            final Consumer<String> logger) {
        this.proxy = proxy;
        this.linkSupplier = linkSupplier;
        this.limits = limits;
        this.counters = counters;
        this.sysTopics = sysTopics;
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
        if (link != null && !isFailed) {
            // What clients said last counts more than that their connections end.
            while (carryOutCommands() > 0) {
                // Until the queue is empty.
            }
            sessions.updates().flush();
            link.doWork();
            // The media driver runs here too: it sends in one turn what the turn before handed to it.
            link.doWork();
        }
        sessions = null;
        CloseHelper.close(link);
        link = null;
    }

    @Override
    public String roleName() {
        return "gateway-bridge";
    }

    @Override
    public void onAccepted(final long messageId, final int shardId) {
        final BridgeCommand.Publish publish = remove(messageId);
        counters.messagesAccepted().increment();
        if (publish.packetId() != BridgeCommand.Publish.NO_PACKET) {
            final ClusterSession session = find(publish.session());
            if (session != null) {
                session.onPacketAccepted(publish.packetId(), shardId);
            }
        }
        publish.session().onPublishAccepted(publish);
    }

    @Override
    public void onRefused(final long messageId, final ResultCode code) {
        final BridgeCommand.Publish publish = remove(messageId);
        if (code == ResultCode.PACKET_KNOWN) {
            // It was accepted before, over another connection.
            publish.session().onPublishAccepted(publish);
            return;
        }
        counters.messagesRefused().increment();
        if (code == ResultCode.SESSION_MOVED || code == ResultCode.SESSION_UNKNOWN) {
            final ClusterSession session = find(publish.session());
            if (session != null) {
                session.onMoved();
            }
            publish.session().onPublishUnknown(publish, "another connection has the session");
        } else {
            publish.session().onPublishRefused(publish, code);
        }
    }

    @Override
    public void onUnknown(final long messageId, final String reason) {
        giveUp(remove(messageId), reason);
    }

    @Override
    public void onMessage(final LinkMessage message) {
        sessions.onMessage(message);
    }

    @Override
    public void onSessionChanged(final long sessionId, final long epoch) {
        sessions.onSessionChanged(sessionId, epoch);
    }

    @Override
    public void onSharedAssigned(
            final int shardId,
            final int groupId,
            final long epoch,
            final long position,
            final int recordLength,
            final int attempt) {
        sessions.onSharedAssigned(shardId, groupId, epoch, position, recordLength, attempt);
    }

    @Override
    public void onMembershipLost(final int shardId) {
        // While the link is being made there are no sessions.
        if (sessions != null) {
            logger.accept("shard " + shardId + " did not hear of this gateway for too long, so that all sessions end");
            sessions.loseAll("shard " + shardId + " did not hear of the gateway for too long");
        }
    }

    @Override
    public void onStreamLost(final String reason) {
        logger.accept("messages from the cluster were missed, so that all sessions end: " + reason);
        sessions.loseAll(reason);
    }

    private int work() {
        int workCount = 0;
        if (link == null) {
            workCount += connect();
        }
        if (link != null) {
            workCount += link.doWork();
            isChangeUnsent = false;
        }
        workCount += carryOutCommands();
        if (link != null) {
            workCount += link.poll(MESSAGE_LIMIT);
            workCount += sessions.doWork(proxy, clock.nanoTime());
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
            final ClusterLink newLink = linkSupplier.connect(this);
            sessions = new SessionTable(newLink, limits, counters, sysTopics, logger, nowNs);
            link = newLink;
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
            open(open);
        } else if (command instanceof final BridgeCommand.Close close) {
            final ClusterSession session = find(close.session());
            if (session != null) {
                session.close(close);
            }
        } else if (command instanceof final BridgeCommand.Subscribe subscribe) {
            change(subscribe.session(), new SubscriptionRequests(subscribe));
        } else if (command instanceof final BridgeCommand.Unsubscribe unsubscribe) {
            change(unsubscribe.session(), new SubscriptionRequests(unsubscribe));
        } else if (command instanceof final BridgeCommand.Release release) {
            final ClusterSession session = find(release.session());
            if (session != null && session.isOpen()) {
                session.releasePacket(release.packetId(), sessions.updates());
            }
        } else {
            throw new IllegalStateException("the bridge does not know the command " + command);
        }
    }

    private void publish(final BridgeCommand.Publish publish) {
        // Without a link no session was ever open, and so nobody could publish.
        if (isChangeUnsent) {
            // Who subscribes and then publishes gets what it published.
            isChangeUnsent = false;
            link.doWork();
        }
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
        final byte[] headers = headersOf(publish);
        headersBuffer.wrap(headers);
        payloadBuffer.wrap(publish.payload());
        final long messageId = link.offer(
                shardId, publish.topic(), headersBuffer, headers.length, payloadBuffer, publish.payload().length);
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

    // Under which session and epoch a message with QoS 2 is published is known here only.
    private byte[] headersOf(final BridgeCommand.Publish publish) {
        if (publish.packetId() == BridgeCommand.Publish.NO_PACKET) {
            return publish.headers();
        }
        final ClusterSession session = find(publish.session());
        final UnsafeBuffer value = new UnsafeBuffer(new byte[ReservedHeaders.PACKET_LENGTH]);
        value.putLong(0, session.sessionId(), ByteOrder.LITTLE_ENDIAN);
        value.putLong(Long.BYTES, session.epoch(), ByteOrder.LITTLE_ENDIAN);
        value.putShort(2 * Long.BYTES, (short) publish.packetId(), ByteOrder.LITTLE_ENDIAN);
        final ExpandableArrayBuffer block = new ExpandableArrayBuffer(publish.headers().length + 64);
        block.putBytes(0, publish.headers());
        final int length = MessageHeaders.putEntry(block, publish.headers().length, PACKET_KEY, value.byteArray());
        return Arrays.copyOf(block.byteArray(), length);
    }

    private void giveUp(final BridgeCommand.Publish publish, final String reason) {
        counters.messagesUnknown().increment();
        if (publish.hasTicket()) {
            final ClusterSession session = find(publish.session());
            if (session != null) {
                session.abandon();
            }
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

    private void open(final BridgeCommand.Open command) {
        if (isLive()) {
            sessions.open(command);
        } else {
            command.session().onOpenRefused(OpenRefusal.UNAVAILABLE);
        }
    }

    private void change(final BridgeSession front, final SubscriptionRequests requests) {
        final ClusterSession session = find(front);
        if (session == null) {
            requests.answerClosed(front);
        } else {
            session.change(requests);
            isChangeUnsent = true;
        }
    }

    private ClusterSession find(final BridgeSession front) {
        return sessions == null ? null : sessions.find(front);
    }

    private boolean isOpen(final BridgeSession front) {
        return sessions != null && sessions.isOpen(front);
    }
}
