package io.lockstep.gateway.bridge;

import io.lockstep.codecs.ResultCode;
import io.lockstep.gateway.session.SessionSubscriptions;

/**
 * A front end's session as the bridge sees it. All methods are called on the bridge thread, must not wait, and hop to the
 * session's own thread where they need to.
 */
public interface BridgeSession {
    /**
     * Identity of the client: one session has it at a time.
     *
     * @return the id.
     */
    String clientId();

    /**
     * The session's subscriptions, which belong to the bridge thread.
     *
     * @return always the same object, whose owner is this session.
     */
    SessionSubscriptions subscriptions();

    /**
     * What is on its way to the client; the bridge adds.
     *
     * @return always the same queue.
     */
    DeliveryQueue deliveries();

    /**
     * How many messages with QoS above 0 may be unanswered by the client.
     *
     * @return from 1.
     */
    int receiveMaximum();

    /**
     * Whether the client may read a topic now.
     *
     * @param topic a valid name.
     * @return true if so.
     */
    boolean mayRead(String topic);

    /**
     * The bridge looks at the session's messages now: what gets further from here on is told by
     * {@link BridgeProxy#touch} again.
     */
    void onLookedAt();

    /**
     * The session is open; an older connection with the same client id was told that it is taken over.
     *
     * @param opened what there is.
     */
    void onOpened(OpenedSession opened);

    /**
     * The session cannot be opened.
     *
     * @param refusal why.
     */
    void onOpenRefused(OpenRefusal refusal);

    /** Another connection took the client id over; the session is closed already as far as the bridge is concerned. */
    void onTakenOver();

    /** An operator deleted the session; it is closed already as far as the bridge is concerned. */
    void onDeleted();

    /**
     * The answer to a subscribe command; whatever is published from now on is delivered.
     *
     * @param command as it was offered.
     * @param results one for each filter: the granted QoS, or one of the negative values of {@link SubscribeResult}.
     */
    void onSubscribed(BridgeCommand.Subscribe command, int[] results);

    /**
     * The answer to an unsubscribe command.
     *
     * @param command as it was offered.
     * @param results one for each filter: 1 where it was subscribed to, 0 where it was not, or one of the negative values of
     *                {@link SubscribeResult}.
     */
    void onUnsubscribed(BridgeCommand.Unsubscribe command, int[] results);

    /**
     * A message is committed.
     *
     * @param command as it was offered.
     */
    void onPublishAccepted(BridgeCommand.Publish command);

    /**
     * A message is refused.
     *
     * @param command as it was offered.
     * @param code    why.
     */
    void onPublishRefused(BridgeCommand.Publish command, ResultCode code);

    /**
     * The fate of a message is unknown, or its shard did not take it in time. Where it has a ticket, the session is closed
     * already as far as the bridge is concerned: nothing may follow a message that is missing.
     *
     * @param command as it was offered.
     * @param reason  one sentence.
     */
    void onPublishUnknown(BridgeCommand.Publish command, String reason);

    /** There are new messages in {@link #deliveries}. */
    void onDeliveries();

    /**
     * The cluster has noted that the client has a message with QoS 2: it is to be released.
     *
     * @param pending that the client has.
     */
    void onReceiptNoted(PendingDelivery pending);

    /**
     * The cluster has noted that the client released a packet id, or did not know it.
     *
     * @param packetId of {@link BridgeCommand.Release}.
     */
    void onReleased(int packetId);

    /**
     * The session cannot be served any more; it is closed already as far as the bridge is concerned, and may go on with
     * another connection.
     *
     * @param reason one sentence.
     */
    void onLost(String reason);
}
