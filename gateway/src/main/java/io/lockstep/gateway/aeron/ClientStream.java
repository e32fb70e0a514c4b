package io.lockstep.gateway.aeron;

import io.lockstep.client.link.FrameSink;
import org.agrona.DirectBuffer;

/** The streams from and to one client; a seam for tests. */
interface ClientStream {
    /** Takes frames. */
    @FunctionalInterface
    interface FrameTaker {
        /** False where the frame is to come again; nothing more comes in this turn then. */
        boolean onFrame(DirectBuffer buffer, int offset, int length);
    }

    /** Hands frames over. */
    int poll(FrameTaker taker, int limit);

    /** Whether the client sends nothing any more. */
    boolean isGone();

    /** Begins to make the stream to the client. */
    void answerOn(int responseStreamId);

    /** Takes frames for the client; null until it hears. */
    FrameSink sink();

    /** Whether the client hears no more; false until there is a sink. */
    boolean isDeaf();

    /** Whether everything that the sink took has left this machine, or nobody is there to hear it. */
    boolean isSent();

    /** Ends the stream to the client. */
    void close();

    /** Tells the client's driver to stop. */
    void reject(String reason);
}
