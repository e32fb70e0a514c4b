package io.lockstep.client.internal;

import io.aeron.Aeron;
import io.aeron.DirectBufferVector;
import io.aeron.Publication;
import io.aeron.cluster.client.AeronCluster;
import io.aeron.cluster.client.EgressListener;
import io.aeron.cluster.codecs.EventCode;
import io.aeron.exceptions.AeronException;
import io.aeron.logbuffer.Header;
import io.aeron.security.AuthenticationException;
import io.lockstep.client.ClientConfig;
import io.lockstep.config.NodeEndpoint;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.ErrorHandler;

/**
 * One session with one shard's cluster, which is connected again by itself, with exponential back-off and jitter, for ever
 * until closed. Owned by the thread that owns the client.
 *
 * <p>A session that lost sight of its leader waits for the next one to call. After a second a new session is tried beside
 * it, and what comes first wins: where the leader is alive and only the stream was lost, nobody would ever call.
 *
 * <table>
 *   <caption>States</caption>
 *   <tr><th>from</th><th>event</th><th>to</th></tr>
 *   <tr><td>BACKING_OFF</td><td>time is over</td><td>CONNECTING</td></tr>
 *   <tr><td>CONNECTING</td><td>session opened</td><td>CONNECTED</td></tr>
 *   <tr><td>CONNECTING</td><td>error or time-out</td><td>BACKING_OFF</td></tr>
 *   <tr><td>CONNECTED</td><td>session closed</td><td>BACKING_OFF</td></tr>
 *   <tr><td>any</td><td>close</td><td>CLOSED</td></tr>
 * </table>
 */
final class ClusterShardSession implements EgressListener, ShardSession {
    private enum State {
        BACKING_OFF,
        CONNECTING,
        CONNECTED,
        CLOSED
    }

    // An eighth of a term is the greatest message: 16 MiB carry a payload of 1 MiB with its headers, 2 MiB carry the
    // answers to the greatest batch and a full page of topics.
    private static final String INGRESS_CHANNEL = "aeron:udp?term-length=16m";
    private static final String EGRESS_PARAMETERS = "|term-length=2m";

    private static final long FIRST_BACK_OFF_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long MAX_BACK_OFF_NS = TimeUnit.SECONDS.toNanos(2);
    private static final long REPLACE_AFTER_NS = TimeUnit.SECONDS.toNanos(1);

    private final int shardId;
    private final ClientConfig config;
    private final ClientTransport transport;
    private final ErrorHandler errorHandler;
    private final ShardSessionListener listener;
    private final String ingressEndpoints;
    private final String egressChannel;

    private State state = State.BACKING_OFF;
    private AeronCluster.AsyncConnect asyncConnect;
    private AeronCluster cluster;
    private String lastError = "no node answered";
    private String refusal;
    private long backOffNs = FIRST_BACK_OFF_NS;
    private long retryNs;
    private long lastConnectedNs;

    /**
     * Not connected yet; {@link #doWork} begins.
     *
     * @param shardId      of the shard.
     * @param config       of the client.
     * @param clientHost   on which nodes reach the client.
     * @param transport    of the client.
     * @param errorHandler is told of errors that do not end anything.
     * @param listener     is told the answers; must not throw.
     * @param nowNs        time.
     */
    ClusterShardSession(
            final int shardId,
            final ClientConfig config,
            final String clientHost,
            final ClientTransport transport,
            final ErrorHandler errorHandler,
            final ShardSessionListener listener,
            final long nowNs) {
        this.shardId = shardId;
        this.config = config;
        this.transport = transport;
        this.errorHandler = errorHandler;
        this.listener = listener;
        this.ingressEndpoints = ingressEndpoints(config.nodes(), shardId);
        this.egressChannel = "aeron:udp?endpoint=" + clientHost + ":0" + EGRESS_PARAMETERS;
        this.retryNs = nowNs;
    }

    /** {@inheritDoc} */
    @Override
    public int doWork(final long nowNs) {
        return switch (state) {
            case BACKING_OFF -> nowNs - retryNs >= 0 ? beginConnect(nowNs) : 0;
            case CONNECTING -> pollConnect(nowNs);
            case CONNECTED -> pollSession(nowNs);
            case CLOSED -> 0;
        };
    }

    /** {@inheritDoc} */
    @Override
    public boolean isConnected() {
        return state == State.CONNECTED && !cluster.ingressPublication().isClosed();
    }

    /** {@inheritDoc} */
    @Override
    public long offer(final DirectBuffer buffer, final int offset, final int length) {
        return isConnected() ? cluster.offer(buffer, offset, length) : Publication.NOT_CONNECTED;
    }

    /** {@inheritDoc} */
    @Override
    public long offer(final DirectBufferVector[] vectors) {
        return isConnected() ? cluster.offer(vectors) : Publication.NOT_CONNECTED;
    }

    /** {@inheritDoc} */
    @Override
    public int leaderNodeId() {
        return isConnected() ? cluster.leaderMemberId() : Aeron.NULL_VALUE;
    }

    /** {@inheritDoc} */
    @Override
    public long nextCorrelationId() {
        return transport.aeron().nextCorrelationId();
    }

    /** Why the cluster did not let the client in when it tried last, or null. */
    String refusal() {
        return refusal;
    }

    /** {@inheritDoc} */
    @Override
    public String lastError() {
        return lastError;
    }

    /** {@inheritDoc} */
    @Override
    public void onMessage(
            final long clusterSessionId,
            final long timestamp,
            final DirectBuffer buffer,
            final int offset,
            final int length,
            final Header header) {
        listener.onAnswer(buffer, offset, length);
    }

    /** {@inheritDoc} */
    @Override
    public void onNewLeader(
            final long clusterSessionId,
            final long leadershipTermId,
            final int leaderMemberId,
            final String newIngressEndpoints) {
        listener.onRestored();
    }

    /** {@inheritDoc} */
    @Override
    public void onSessionEvent(
            final long correlationId,
            final long clusterSessionId,
            final long leadershipTermId,
            final int leaderMemberId,
            final EventCode code,
            final String detail) {
        if (code != EventCode.OK) {
            lastError = "the cluster of shard " + shardId + " answered " + code + ": " + detail;
        }
    }

    /** Ends the session. Closing twice is harmless. */
    @Override
    public void close() {
        state = State.CLOSED;
        CloseHelper.close(errorHandler, asyncConnect);
        CloseHelper.close(errorHandler, cluster);
    }

    private static String ingressEndpoints(final List<NodeEndpoint> nodes, final int shardId) {
        final StringBuilder builder = new StringBuilder();
        for (final NodeEndpoint node : nodes) {
            builder.append(builder.length() == 0 ? "" : ",")
                    .append(node.id())
                    .append('=')
                    .append(node.endpoint(node.ingressPort(shardId)));
        }
        return builder.toString();
    }

    private int beginConnect(final long nowNs) {
        final AeronCluster.Context context = new AeronCluster.Context()
                .aeron(transport.aeron())
                .ownsAeronClient(false)
                .agentInvoker(transport.driverInvoker())
                .clientName(config.clientName())
                .credentialsSupplier(config.credentialsSupplier())
                .ingressChannel(INGRESS_CHANNEL)
                .ingressEndpoints(ingressEndpoints)
                .egressChannel(egressChannel)
                .egressListener(this)
                .isIngressExclusive(true)
                .messageTimeoutNs(config.messageTimeoutNs())
                .newLeaderTimeoutNs(config.newLeaderTimeoutNs())
                .errorHandler(errorHandler);
        try {
            asyncConnect = AeronCluster.asyncConnect(context);
            state = cluster == null ? State.CONNECTING : State.CONNECTED;
        } catch (final AeronException ex) {
            attemptFailed(nowNs, ex);
        }
        return 1;
    }

    private int pollConnect(final long nowNs) {
        final AeronCluster connected;
        try {
            connected = asyncConnect.poll();
        } catch (final AeronException ex) {
            attemptFailed(nowNs, ex);
            return 1;
        }
        if (connected == null) {
            return 0;
        }
        CloseHelper.close(errorHandler, cluster);
        cluster = connected;
        asyncConnect = null;
        state = State.CONNECTED;
        backOffNs = FIRST_BACK_OFF_NS;
        refusal = null;
        retryNs = nowNs;
        lastConnectedNs = nowNs;
        listener.onRestored();
        return 1;
    }

    private int pollSession(final long nowNs) {
        int workCount;
        try {
            workCount = cluster.pollEgress();
        } catch (final AeronException ex) {
            lastError = ex.getMessage();
            CloseHelper.close(errorHandler, cluster);
            workCount = 1;
        }
        if (cluster.isClosed()) {
            cluster = null;
            state = asyncConnect == null ? State.BACKING_OFF : State.CONNECTING;
            return workCount + 1;
        }
        if (!isConnected()) {
            return workCount + tryReplacement(nowNs);
        }
        lastConnectedNs = nowNs;
        if (asyncConnect != null) {
            CloseHelper.close(errorHandler, asyncConnect);
            asyncConnect = null;
        }
        return workCount;
    }

    private int tryReplacement(final long nowNs) {
        if (asyncConnect != null) {
            return pollConnect(nowNs);
        }
        if (nowNs - lastConnectedNs >= REPLACE_AFTER_NS && nowNs - retryNs >= 0) {
            return beginConnect(nowNs);
        }
        return 0;
    }

    private void attemptFailed(final long nowNs, final AeronException cause) {
        refusal = cause instanceof AuthenticationException
                ? "the cluster does not let this client in: user name or password is wrong, or missing"
                : null;
        lastError = refusal == null ? cause.getMessage() : refusal;
        CloseHelper.close(errorHandler, asyncConnect);
        asyncConnect = null;
        state = cluster == null ? State.BACKING_OFF : State.CONNECTED;
        retryNs = nowNs + backOffNs / 2 + ThreadLocalRandom.current().nextLong(backOffNs / 2 + 1);
        backOffNs = Math.min(backOffNs * 2, MAX_BACK_OFF_NS);
    }
}
