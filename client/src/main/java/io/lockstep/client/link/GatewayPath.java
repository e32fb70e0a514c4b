package io.lockstep.client.link;

import io.aeron.Aeron;
import io.lockstep.client.SubscriberListener;
import io.lockstep.client.internal.ClusterPath;
import io.lockstep.client.internal.ReadRequest;
import io.lockstep.client.internal.RecordReader;
import io.lockstep.client.internal.ShardSession;
import io.lockstep.client.internal.ShardSessionListener;
import io.lockstep.config.NodeEndpoint;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.agrona.DirectBuffer;
import org.agrona.ErrorHandler;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.collections.LongArrayList;

/**
 * Through a gateway: all sessions with shards and all readers share one session with it, and never speak with a node. Owned
 * by the thread that owns the client.
 */
public final class GatewayPath implements ClusterPath {
    private final List<GatewayAddress> gateways;
    private final GatewayLink link;
    private final Long2ObjectHashMap<GatewayReader> readers = new Long2ObjectHashMap<>();
    private final LongArrayList unsentCloses = new LongArrayList();
    private final ReadMessages messages;
    private GatewayShardSession[] sessions = {};
    // Also of shards that nobody has a session with yet.
    private boolean[] areConnected = {};
    private int[] leaderNodeIds = {};
    private long lastReadId;
    private long lastCorrelationId;

    /**
     * A path; {@link #doWork} begins to connect.
     *
     * @param aeron            client to speak with; stays the caller's.
     * @param gateways         at least one, in the order in which they are tried.
     * @param clientName       for people and rules.
     * @param user             who the client is; empty for nobody.
     * @param password         proof of it.
     * @param attemptTimeoutNs how long a gateway may take to let the client in.
     * @param errorHandler     is told of errors that end nothing.
     * @param nowNs            monotonic time.
     */
    public GatewayPath(
            final Aeron aeron,
            final List<GatewayAddress> gateways,
            final String clientName,
            final String user,
            final byte[] password,
            final long attemptTimeoutNs,
            final ErrorHandler errorHandler,
            final long nowNs) {
        this.gateways = List.copyOf(gateways);
        this.link = new GatewayLink(
                aeron, gateways, clientName, user, password, attemptTimeoutNs, errorHandler, new Distributor(), nowNs);
        this.messages = new ReadMessages(link);
    }

    @Override
    public ShardSession openSession(final int shardId, final ShardSessionListener listener, final long nowNs) {
        growTo(shardId + 1);
        sessions[shardId] = new GatewayShardSession(shardId, this, listener);
        sessions[shardId].begin(areConnected[shardId], leaderNodeIds[shardId]);
        return sessions[shardId];
    }

    @Override
    public RecordReader openReader(final ReadRequest request, final SubscriberListener listener) {
        return new GatewayReader(this, request, listener);
    }

    @Override
    public boolean isFiltering() {
        return true;
    }

    @Override
    public int doWork(final long nowNs) {
        final int workCount = link.doWork(nowNs);
        while (!unsentCloses.isEmpty() && messages.offerClose(unsentCloses.getLong(unsentCloses.size() - 1))) {
            unsentCloses.removeAt(unsentCloses.size() - 1);
        }
        return workCount;
    }

    @Override
    public String text() {
        return gateways.stream()
                .map(GatewayAddress::toString)
                .collect(Collectors.joining(",", GatewayAddress.PREFIX, ""));
    }

    @Override
    public String refusal() {
        return link.refusal();
    }

    @Override
    public void close() {
        link.close();
    }

    GatewayLink link() {
        return link;
    }

    ReadMessages messages() {
        return messages;
    }

    long nextCorrelationId() {
        lastCorrelationId = lastCorrelationId % LinkProtocol.CORRELATION_MASK + 1;
        return lastCorrelationId;
    }

    /** Gives a reader a number under which the gateway knows it; one that it has now is given up. */
    long register(final GatewayReader reader) {
        lastReadId++;
        readers.put(lastReadId, reader);
        return lastReadId;
    }

    /** The reader wants nothing more under this number. */
    void unregister(final long readId) {
        readers.remove(readId);
    }

    /** The gateway is to end a read, now or as soon as it takes it. */
    void closeRead(final long readId) {
        unregister(readId);
        if (link.isOpen() && !messages.offerClose(readId)) {
            unsentCloses.addLong(readId);
        }
    }

    private void growTo(final int count) {
        if (count > sessions.length) {
            final int oldCount = sessions.length;
            sessions = Arrays.copyOf(sessions, count);
            areConnected = Arrays.copyOf(areConnected, count);
            leaderNodeIds = Arrays.copyOf(leaderNodeIds, count);
            Arrays.fill(leaderNodeIds, oldCount, count, Aeron.NULL_VALUE);
        }
    }

    private final class Distributor implements LinkListener {
        @Override
        public void onOpened(final int shardCount) {
            growTo(Math.min(shardCount, NodeEndpoint.MAX_SHARDS));
        }

        @Override
        public void onLost() {
            for (int i = 0; i < sessions.length; i++) {
                onShardState(i, false, Aeron.NULL_VALUE);
            }
            unsentCloses.clear();
            for (final GatewayReader reader : List.copyOf(readers.values())) {
                reader.onLinkLost();
            }
            readers.clear();
        }

        @Override
        public void onShardState(final int shardId, final boolean isConnected, final int leaderNodeId) {
            if (shardId >= 0 && shardId < sessions.length) {
                areConnected[shardId] = isConnected;
                leaderNodeIds[shardId] = leaderNodeId;
                if (sessions[shardId] != null) {
                    sessions[shardId].onShardState(isConnected, leaderNodeId);
                }
            }
        }

        @Override
        public void onAnswer(final int shardId, final DirectBuffer buffer, final int offset, final int length) {
            if (shardId >= 0 && shardId < sessions.length && sessions[shardId] != null) {
                sessions[shardId].onAnswer(buffer, offset, length);
            }
        }

        @Override
        public void onRecord(
                final long readId, final long position, final DirectBuffer buffer, final int offset, final int length) {
            final GatewayReader reader = readers.get(readId);
            if (reader != null) {
                reader.onRecord(position, buffer, offset, length);
            }
        }

        @Override
        public void onProgress(final long readId, final long position, final int nodeId, final String reason) {
            final GatewayReader reader = readers.get(readId);
            if (reader != null) {
                reader.onProgress(position, nodeId, reason);
            }
        }

        @Override
        public void onReadLost(final long readId, final long wantedPosition, final long firstReadablePosition) {
            final GatewayReader reader = readers.remove(readId);
            if (reader != null) {
                reader.onLost(wantedPosition, firstReadablePosition);
            }
        }

        @Override
        public void onReadRefused(final long readId, final String reason) {
            final GatewayReader reader = readers.remove(readId);
            if (reader != null) {
                reader.onRefused(reason);
            }
        }
    }
}
