package io.lockstep.gateway.session;

import java.util.Objects;

/**
 * What one client's conversation consists of apart from its subscriptions: identity, keep-alive, and the windows of
 * unanswered messages in both directions. Today it lives as long as the connection; what must outlive it will be
 * replicated state, and this class its image. Belongs to the session's thread.
 *
 * @param <M> a message on its way to the client.
 */
public final class SessionState<M> {
    private final String clientId;
    private final KeepAlive keepAlive;
    private final InboundWindow inbound;
    private final OutboundWindow<M> outbound;

    /**
     * Creates the state of a session that begins clean.
     *
     * @param clientId  as given or assigned.
     * @param keepAlive as agreed.
     * @param inbound   window of messages from the client.
     * @param outbound  window of messages to the client.
     */
    public SessionState(
            final String clientId,
            final KeepAlive keepAlive,
            final InboundWindow inbound,
            final OutboundWindow<M> outbound) {
        this.clientId = Objects.requireNonNull(clientId, "clientId");
        this.keepAlive = Objects.requireNonNull(keepAlive, "keepAlive");
        this.inbound = Objects.requireNonNull(inbound, "inbound");
        this.outbound = Objects.requireNonNull(outbound, "outbound");
    }

    /**
     * Identity of the client.
     *
     * @return as given or assigned.
     */
    public String clientId() {
        return clientId;
    }

    /**
     * When the client counts as gone.
     *
     * @return the keep-alive.
     */
    public KeepAlive keepAlive() {
        return keepAlive;
    }

    /**
     * QoS 1 messages from the client that wait for the cluster.
     *
     * @return the window.
     */
    public InboundWindow inbound() {
        return inbound;
    }

    /**
     * QoS 1 messages to the client that wait for its answer.
     *
     * @return the window.
     */
    public OutboundWindow<M> outbound() {
        return outbound;
    }
}
