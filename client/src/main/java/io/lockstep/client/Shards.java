package io.lockstep.client;

import io.lockstep.client.internal.ClientTransport;
import io.lockstep.client.internal.ShardCall;
import io.lockstep.client.internal.ShardCalls;
import io.lockstep.client.internal.ShardCommand;
import io.lockstep.client.internal.ShardConnection;
import io.lockstep.client.internal.ShardListener;
import io.lockstep.codecs.ProducerOpenedDecoder;
import io.lockstep.codecs.PublishReplyDecoder;
import io.lockstep.codecs.ShardDescriptionDecoder;
import java.util.Arrays;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.ErrorHandler;

/**
 * A client's sessions with the shards of a cluster, what each shard said of itself last, and the questions that await an
 * answer. Belongs to the thread that owns the client.
 */
final class Shards implements ShardListener, AutoCloseable {
    private final LockstepClient client;
    private final ClientConfig config;
    private final ClientTransport transport;
    private final String clientHost;
    private final ErrorHandler errorHandler;
    private final ClientParts parts;
    private final ShardCalls calls = new ShardCalls();
    private final ClusterClock clusterClock = new ClusterClock();
    private ShardConnection[] connections;
    private ShardState[] states = new ShardState[1];
    private Routing routing;

    /** Begins to connect to shard 0. */
    Shards(
            final LockstepClient client,
            final ClientConfig config,
            final ClientTransport transport,
            final ClientParts parts) {
        this.client = client;
        this.config = config;
        this.transport = transport;
        this.clientHost = ClientTransport.clientHost(config);
        this.errorHandler = config.errorHandler();
        this.parts = parts;
        this.connections = new ShardConnection[] {newConnection(0)};
    }

    /** Waits until shard 0 told how many shards there are, and which topics belong to them; begins to connect to all. */
    void awaitFirst() {
        final long deadlineNs = client.nowNs() + config.connectTimeoutNs();
        while (states[0] == null || !states[0].isSeeded()) {
            if (client.nowNs() - deadlineNs >= 0) {
                throw new LockstepException("no leader of shard 0 answered within "
                        + config.connectTimeoutNs() / 1_000_000 + " ms at " + nodesText()
                        + "; check that the nodes run ('lockstep status') and that the addresses are right. Last error: "
                        + connections[0].lastError());
            }
            if (connections[0].isTurnedAway()) {
                throw new LockstepException(connections[0].lastError());
            }
            client.workOrIdle();
        }
        final ShardConnection[] all = new ShardConnection[states[0].shardCount()];
        all[0] = connections[0];
        for (int i = 1; i < all.length; i++) {
            all[i] = newConnection(i);
        }
        states = Arrays.copyOf(states, all.length);
        connections = all;
        routing = new Routing(client, all.length, parts);
        routing.begin(0);
        while (routing.isAsking(0) && client.nowNs() - deadlineNs < 0) {
            client.workOrIdle();
        }
    }

    /** Drives the sessions; answers arrive here. */
    int doWork(final long nowNs) {
        int workCount = 0;
        for (final ShardConnection connection : connections) {
            workCount += connection.doWork(nowNs);
        }
        return routing == null ? workCount : workCount + routing.doWork(nowNs);
    }

    /** Sends the questions that are due. */
    int sendCalls(final long nowNs) {
        return calls.doWork(nowNs);
    }

    int count() {
        return connections.length;
    }

    boolean isConnected() {
        for (final ShardConnection connection : connections) {
            if (!connection.isConnected()) {
                return false;
            }
        }
        return true;
    }

    ShardConnection connection(final int shardId) {
        return connections[shardId];
    }

    ShardConnection[] connections() {
        return connections;
    }

    /** What a shard said of itself last, or null. */
    ShardState state(final int shardId) {
        return states[shardId];
    }

    long clusterTimeNs(final int shardId) {
        return clusterClock.timeNs(shardId, client.nowNs());
    }

    Routing routing() {
        return routing;
    }

    ShardCall ask(
            final int shardId, final ShardCommand command, final long deadlineNs, final ShardCall.Listener listener) {
        final ShardCall call = ShardCall.of(shardId, connections[shardId], command, deadlineNs, listener);
        calls.begin(call);
        return call;
    }

    void begin(final ShardCall call) {
        calls.begin(call);
    }

    @Override
    public void close() {
        CloseHelper.closeAll(errorHandler, connections);
    }

    /** {@inheritDoc} */
    @Override
    public void onSessionRestored(final int shardId) {
        if (routing != null) {
            routing.onSessionRestored(shardId);
        }
        calls.onSessionRestored(shardId);
        parts.onSessionRestored(shardId, client.nowNs());
    }

    /** {@inheritDoc} */
    @Override
    public void onProducerOpened(final int shardId, final ProducerOpenedDecoder reply) {
        final Publisher publisher = parts.publisherOf(reply.producerId());
        if (publisher != null) {
            publisher.onProducerOpened(shardId, reply);
        }
    }

    /** {@inheritDoc} */
    @Override
    public void onPublishReply(final int shardId, final PublishReplyDecoder reply) {
        final Publisher publisher = parts.publisherOf(reply.producerId());
        if (publisher != null) {
            publisher.onPublishReply(shardId, reply, client.nowNs());
        }
    }

    /** {@inheritDoc} */
    @Override
    public void onReply(
            final int shardId, final int templateId, final DirectBuffer buffer, final int offset, final int length) {
        calls.onReply(shardId, templateId, buffer, offset, length);
    }

    /** {@inheritDoc} */
    @Override
    public void onShardDescription(final int shardId, final ShardDescriptionDecoder reply) {
        final ShardState state = ShardState.of(shardId, connections[shardId].leaderNodeId(), reply);
        states[shardId] = state;
        clusterClock.onDescribed(shardId, state.timestampNs(), client.nowNs());
        if (routing != null && state.isSeeded()) {
            routing.onDescribed(shardId, reply.slotTableVersion(), state.journalPosition());
        }
        parts.onDescribed(state);
    }

    private ShardConnection newConnection(final int shardId) {
        return new ShardConnection(shardId, config, clientHost, transport, errorHandler, this, client.nowNs());
    }

    private String nodesText() {
        final StringBuilder text = new StringBuilder();
        config.nodes()
                .forEach(node -> text.append(text.length() == 0 ? "" : ",").append(node.endpoint(node.basePort())));
        return text.toString();
    }
}
