package io.lockstep.client;

import io.lockstep.codecs.ResultCode;

/**
 * Is told how a request ended: exactly one of the methods is called once for each request. Called on the thread that owns
 * the client, from within {@link LockstepClient#doWork()}, an {@code offer} or a {@code poll}. An exception leaves through
 * that call.
 */
public interface ReplyListener {
    /**
     * The first reply came; later ones are ignored.
     *
     * @param requestId as returned by {@code request}.
     * @param reply     valid during the call.
     */
    void onReply(long requestId, Message reply);

    /**
     * No reply came in time. The request may have been served all the same.
     *
     * @param requestId as returned by {@code request}.
     */
    void onTimeout(long requestId);

    /**
     * The cluster refused the request: nobody will see it.
     *
     * @param requestId as returned by {@code request}.
     * @param code      why.
     * @param detail    depends on the code, see its description in the schema.
     */
    void onRefused(long requestId, ResultCode code, long detail);
}
