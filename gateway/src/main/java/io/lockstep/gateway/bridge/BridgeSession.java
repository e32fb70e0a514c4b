package io.lockstep.gateway.bridge;

import io.lockstep.codecs.ResultCode;
import io.lockstep.gateway.session.SessionSubscriptions;
import io.lockstep.gateway.session.SubscriptionMatch;

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

    /** The session is open; an older one of the same client id has been told that it is taken over. */
    void onOpened();

    /**
     * The session cannot be opened.
     *
     * @param refusal why.
     */
    void onOpenRefused(OpenRefusal refusal);

    /** Another connection took the client id over; the session is closed already as far as the bridge is concerned. */
    void onTakenOver();

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
     * @param existed for each filter whether it was subscribed to.
     */
    void onUnsubscribed(BridgeCommand.Unsubscribe command, boolean[] existed);

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

    /**
     * A message that the session subscribed to.
     *
     * @param delivery shared by all sessions that get the message.
     * @param match    what the subscriptions that matched ask.
     */
    void onDelivery(Delivery delivery, SubscriptionMatch match);

    /**
     * Messages may be missing; the session is closed already as far as the bridge is concerned.
     *
     * @param reason one sentence.
     */
    void onStreamLost(String reason);
}
