package io.lockstep.client.internal;

import io.lockstep.client.ClientConfig;
import io.lockstep.client.SubscriberListener;

/** Straight to the nodes: a cluster session with each shard, and replays of their journals. */
public final class DirectPath implements ClusterPath {
    private final ClientConfig config;
    private final ClientTransport transport;
    private final String clientHost;
    private ClusterShardSession first;

    /**
     * A path.
     *
     * @param config    of the client.
     * @param transport of the client; stays the caller's.
     */
    public DirectPath(final ClientConfig config, final ClientTransport transport) {
        this.config = config;
        this.transport = transport;
        this.clientHost = ClientTransport.clientHost(config);
    }

    @Override
    public ShardSession openSession(final int shardId, final ShardSessionListener listener, final long nowNs) {
        final ClusterShardSession session =
                new ClusterShardSession(shardId, config, clientHost, transport, config.errorHandler(), listener, nowNs);
        // All shards ask the same; who waits, waits for the first one.
        first = first == null ? session : first;
        return session;
    }

    @Override
    public RecordReader openReader(final ReadRequest request, final SubscriberListener listener) {
        return RecordReaders.open(transport.aeron(), config.nodes(), request, listener);
    }

    @Override
    public boolean isFiltering() {
        return false;
    }

    @Override
    public int doWork(final long nowNs) {
        return 0;
    }

    @Override
    public String text() {
        final StringBuilder text = new StringBuilder();
        config.nodes()
                .forEach(node -> text.append(text.length() == 0 ? "" : ",").append(node.endpoint(node.basePort())));
        return text.toString();
    }

    @Override
    public String refusal() {
        return first == null ? null : first.refusal();
    }

    @Override
    public void close() {
        // Sessions and readers are closed by those who opened them.
    }
}
