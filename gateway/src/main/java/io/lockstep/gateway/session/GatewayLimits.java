package io.lockstep.gateway.session;

import java.util.concurrent.TimeUnit;

/**
 * Every bound of a gateway in one place. Reaching one is a refusal that the client can see. Immutable.
 *
 * @param maxSessions             greatest number of open sessions.
 * @param maxSubscriptions        greatest number of subscriptions of a session.
 * @param maxPacketBytes          greatest packet that is taken: payload and headers of the largest message fit.
 * @param maxClientIdBytes        greatest length of a client id.
 * @param receiveMaximum          greatest number of unanswered messages with QoS 1 and 2 from a client, and towards one.
 * @param maxUnsettledMessages    messages of one client, of any QoS, that wait for the cluster before reading pauses.
 * @param maxUnsettledBytes       their bytes.
 * @param maxPendingBytes         bytes of messages that wait for one slow client.
 * @param commandQueueLength      length of the queue from the front ends to the bridge.
 * @param commandQueueBytes       bytes of messages in that queue.
 * @param serverKeepAliveSeconds  greatest keep-alive of an MQTT 5 client.
 * @param connectTimeoutNs        time that a new connection has for its first packet.
 * @param drainTimeoutNs          time that a stopping gateway waits for the cluster's answers.
 * @param publishTimeoutNs        time that a message may wait for its shard to take it, and again for the shard's answer.
 * @param topicAliasMaximum       topic aliases of one connection, in each direction.
 * @param clientRates             how fast one client may send.
 * @param openings                how many sessions are opened at once.
 */
public record GatewayLimits(
        int maxSessions,
        int maxSubscriptions,
        int maxPacketBytes,
        int maxClientIdBytes,
        int receiveMaximum,
        int maxUnsettledMessages,
        int maxUnsettledBytes,
        int maxPendingBytes,
        int commandQueueLength,
        int commandQueueBytes,
        int serverKeepAliveSeconds,
        long connectTimeoutNs,
        long drainTimeoutNs,
        long publishTimeoutNs,
        int topicAliasMaximum,
        ClientRates clientRates,
        OpeningLimits openings) {

    /** Bounds for 10,000 clients of ordinary size. */
    public static final GatewayLimits DEFAULTS = new GatewayLimits(
            20_000,
            1_024,
            (1 << 20) + (128 << 10),
            1_024,
            100,
            256,
            4 << 20,
            8 << 20,
            16_384,
            32 << 20,
            60,
            TimeUnit.SECONDS.toNanos(10),
            TimeUnit.SECONDS.toNanos(2),
            TimeUnit.SECONDS.toNanos(30),
            16,
            ClientRates.UNLIMITED,
            new OpeningLimits(256, TimeUnit.SECONDS.toNanos(10)));

    /** Checks the arguments. */
    public GatewayLimits {
        if (receiveMaximum < 1 || receiveMaximum > 65_535) {
            throw new IllegalArgumentException("receiveMaximum takes 1 to 65535, but it is " + receiveMaximum);
        }
        if (maxUnsettledMessages < receiveMaximum) {
            throw new IllegalArgumentException("maxUnsettledMessages is at least the receive maximum of "
                    + receiveMaximum + ", but it is " + maxUnsettledMessages);
        }
        if (serverKeepAliveSeconds < 1 || serverKeepAliveSeconds > 65_535) {
            throw new IllegalArgumentException(
                    "serverKeepAliveSeconds takes 1 to 65535, but it is " + serverKeepAliveSeconds);
        }
    }

    /**
     * The same bounds with other bounds for one client's traffic.
     *
     * @param newReceiveMaximum  see {@link #receiveMaximum()}.
     * @param newMaxPendingBytes see {@link #maxPendingBytes()}.
     * @return the bounds.
     */
    public GatewayLimits withClientBounds(final int newReceiveMaximum, final int newMaxPendingBytes) {
        final Draft draft = new Draft(this);
        draft.receiveMaximum = newReceiveMaximum;
        draft.maxUnsettledMessages = Math.max(maxUnsettledMessages, newReceiveMaximum);
        draft.maxPendingBytes = newMaxPendingBytes;
        return draft.limits();
    }

    /**
     * The same bounds with another number of sessions and subscriptions.
     *
     * @param newMaxSessions      see {@link #maxSessions()}.
     * @param newMaxSubscriptions see {@link #maxSubscriptions()}.
     * @return the bounds.
     */
    public GatewayLimits withCounts(final int newMaxSessions, final int newMaxSubscriptions) {
        final Draft draft = new Draft(this);
        draft.maxSessions = newMaxSessions;
        draft.maxSubscriptions = newMaxSubscriptions;
        return draft.limits();
    }

    /**
     * The same bounds with another queue to the bridge.
     *
     * @param newCommandQueueLength see {@link #commandQueueLength()}.
     * @param newCommandQueueBytes  see {@link #commandQueueBytes()}.
     * @return the bounds.
     */
    public GatewayLimits withQueue(final int newCommandQueueLength, final int newCommandQueueBytes) {
        final Draft draft = new Draft(this);
        draft.commandQueueLength = newCommandQueueLength;
        draft.commandQueueBytes = newCommandQueueBytes;
        return draft.limits();
    }

    /**
     * The same bounds with another greatest packet.
     *
     * @param newMaxPacketBytes see {@link #maxPacketBytes()}.
     * @return the bounds.
     */
    public GatewayLimits withMaxPacketBytes(final int newMaxPacketBytes) {
        final Draft draft = new Draft(this);
        draft.maxPacketBytes = newMaxPacketBytes;
        return draft.limits();
    }

    /**
     * The same bounds with another number of topic aliases.
     *
     * @param newTopicAliasMaximum see {@link #topicAliasMaximum()}.
     * @return the bounds.
     */
    public GatewayLimits withTopicAliasMaximum(final int newTopicAliasMaximum) {
        final Draft draft = new Draft(this);
        draft.topicAliasMaximum = newTopicAliasMaximum;
        return draft.limits();
    }

    /**
     * The same bounds with another time for the first packet.
     *
     * @param newConnectTimeoutNs see {@link #connectTimeoutNs()}.
     * @return the bounds.
     */
    public GatewayLimits withConnectTimeoutNs(final long newConnectTimeoutNs) {
        final Draft draft = new Draft(this);
        draft.connectTimeoutNs = newConnectTimeoutNs;
        return draft.limits();
    }

    /**
     * The same bounds with other rates of one client.
     *
     * @param newClientRates see {@link #clientRates()}.
     * @return the bounds.
     */
    public GatewayLimits withClientRates(final ClientRates newClientRates) {
        final Draft draft = new Draft(this);
        draft.clientRates = newClientRates;
        return draft.limits();
    }

    /**
     * The same bounds with other bounds for what is opened at once.
     *
     * @param newOpenings see {@link #openings()}.
     * @return the bounds.
     */
    public GatewayLimits withOpenings(final OpeningLimits newOpenings) {
        final Draft draft = new Draft(this);
        draft.openings = newOpenings;
        return draft.limits();
    }

    /** A copy in which some bounds are exchanged. It lists all of them, so that nothing else has to. */
    private static final class Draft {
        private int maxSessions;
        private int maxSubscriptions;
        private int maxPacketBytes;
        private final int maxClientIdBytes;
        private int receiveMaximum;
        private int maxUnsettledMessages;
        private final int maxUnsettledBytes;
        private int maxPendingBytes;
        private int commandQueueLength;
        private int commandQueueBytes;
        private final int serverKeepAliveSeconds;
        private long connectTimeoutNs;
        private final long drainTimeoutNs;
        private final long publishTimeoutNs;
        private int topicAliasMaximum;
        private ClientRates clientRates;
        private OpeningLimits openings;

        Draft(final GatewayLimits limits) {
            maxSessions = limits.maxSessions;
            maxSubscriptions = limits.maxSubscriptions;
            maxPacketBytes = limits.maxPacketBytes;
            maxClientIdBytes = limits.maxClientIdBytes;
            receiveMaximum = limits.receiveMaximum;
            maxUnsettledMessages = limits.maxUnsettledMessages;
            maxUnsettledBytes = limits.maxUnsettledBytes;
            maxPendingBytes = limits.maxPendingBytes;
            commandQueueLength = limits.commandQueueLength;
            commandQueueBytes = limits.commandQueueBytes;
            serverKeepAliveSeconds = limits.serverKeepAliveSeconds;
            connectTimeoutNs = limits.connectTimeoutNs;
            drainTimeoutNs = limits.drainTimeoutNs;
            publishTimeoutNs = limits.publishTimeoutNs;
            topicAliasMaximum = limits.topicAliasMaximum;
            clientRates = limits.clientRates;
            openings = limits.openings;
        }

        GatewayLimits limits() {
            return new GatewayLimits(
                    maxSessions,
                    maxSubscriptions,
                    maxPacketBytes,
                    maxClientIdBytes,
                    receiveMaximum,
                    maxUnsettledMessages,
                    maxUnsettledBytes,
                    maxPendingBytes,
                    commandQueueLength,
                    commandQueueBytes,
                    serverKeepAliveSeconds,
                    connectTimeoutNs,
                    drainTimeoutNs,
                    publishTimeoutNs,
                    topicAliasMaximum,
                    clientRates,
                    openings);
        }
    }
}
