package io.lockstep.gateway.bridge;

import io.lockstep.gateway.session.SubscriptionMatch;

/**
 * A message on its way to one client, and how far it got: the bridge makes it, the session's thread sends it and says what
 * the client answered. With QoS 2 the receipt must be noted by the cluster before the message is released.
 */
public final class PendingDelivery {
    /** How far the message got; later ones are greater. */
    public enum Step {
        /** Not sent, or no answer yet. */
        UNANSWERED,
        /** QoS 2: the client has it (PUBREC). */
        RECEIVED,
        /** Nothing is left to do. */
        DONE
    }

    /** The id is chosen when the message is sent. */
    public static final int ANY_PACKET_ID = 0;

    private final int lengthBytes;
    private final SubscriptionMatch match;
    private final int qos;
    private final long ordinal;
    private final long beforePosition;
    private final boolean isRetained;
    private final boolean isMaybeRepeated;
    private Delivery delivery;
    private int packetId;
    private volatile Step step;

    // Bridge thread only: up to which step the cluster was told.
    private Step told = Step.UNANSWERED;

    PendingDelivery(
            final Delivery delivery,
            final SubscriptionMatch match,
            final int qos,
            final int packetId,
            final long ordinal,
            final long beforePosition,
            final boolean isRetained,
            final boolean isMaybeRepeated,
            final Step step) {
        this.delivery = delivery;
        this.lengthBytes = delivery == null ? Delivery.OVERHEAD_BYTES : delivery.lengthBytes();
        this.match = match;
        this.qos = qos;
        this.packetId = packetId;
        this.ordinal = ordinal;
        this.beforePosition = beforePosition;
        this.isRetained = isRetained;
        this.isMaybeRepeated = isMaybeRepeated;
        this.step = step;
        this.told = step;
    }

    /** A message without ordinal: with QoS 0, or retained. */
    static PendingDelivery uncounted(
            final Delivery delivery, final SubscriptionMatch match, final int qos, final boolean isRetained) {
        return new PendingDelivery(delivery, match, qos, ANY_PACKET_ID, 0, 0, isRetained, false, Step.UNANSWERED);
    }

    /**
     * The message.
     *
     * @return null where the client has it already, or it was forgotten.
     */
    public Delivery delivery() {
        return delivery;
    }

    /**
     * What the subscriptions ask.
     *
     * @return null where the client has the message already.
     */
    public SubscriptionMatch match() {
        return match;
    }

    /**
     * The QoS to send it with: the lower one of the publisher and the subscriptions.
     *
     * @return 0, 1 or 2.
     */
    public int qos() {
        return qos;
    }

    /**
     * The packet id to send it with.
     *
     * @return the id, or {@link #ANY_PACKET_ID}.
     */
    public int packetId() {
        return packetId;
    }

    /**
     * The id was chosen. Session's thread only.
     *
     * @param newPacketId under which it is sent.
     */
    public void packetId(final int newPacketId) {
        packetId = newPacketId;
    }

    /**
     * Whether it is sent with the retain flag.
     *
     * @return true if so.
     */
    public boolean isRetained() {
        return isRetained;
    }

    /**
     * Whether another connection may have sent it before.
     *
     * @return true if so.
     */
    public boolean isMaybeRepeated() {
        return isMaybeRepeated;
    }

    /**
     * How far it got.
     *
     * @return the step.
     */
    public Step step() {
        return step;
    }

    /**
     * It got further. Session's thread only; then {@link BridgeProxy#touch} tells the bridge.
     *
     * @param newStep a later one.
     */
    public void step(final Step newStep) {
        step = newStep;
    }

    /** The message is needed no more; what is noted of it may have to wait for earlier ones. Session's thread only. */
    public void forgetContent() {
        delivery = null;
    }

    /**
     * What it counts in bounded queues.
     *
     * @return bytes.
     */
    public int lengthBytes() {
        return lengthBytes;
    }

    long ordinal() {
        return ordinal;
    }

    /** A place before the message, behind which nothing else of the session lies before it. */
    long beforePosition() {
        return beforePosition;
    }

    Step told() {
        return told;
    }

    void told(final Step newTold) {
        told = newTold;
    }
}
