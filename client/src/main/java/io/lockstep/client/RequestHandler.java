package io.lockstep.client;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;

/** Takes the requests of a {@link Responder}. */
@FunctionalInterface
public interface RequestHandler {
    /**
     * A request; to be answered now with {@link Responder#reply(Message, org.agrona.DirectBuffer, int, int)}, or later by
     * its {@link ReplyAddress}, or not at all.
     *
     * @param request   valid during the call.
     * @param responder to reply with.
     * @return how to go on. {@link Action#ABORT} gets the same request again in the next turn: what to return where a reply
     *     is {@linkplain Publisher#isTaken not taken} yet.
     */
    Action onRequest(Message request, Responder responder);
}
