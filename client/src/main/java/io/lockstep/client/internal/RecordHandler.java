package io.lockstep.client.internal;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import org.agrona.DirectBuffer;

/** Takes complete records of a journal. */
public interface RecordHandler {
    /**
     * One record.
     *
     * @param buffer      that holds it, valid during the call.
     * @param offset      of its first byte.
     * @param length      in bytes.
     * @param endPosition behind it in the journal.
     * @return how to go on.
     */
    Action onRecord(DirectBuffer buffer, int offset, int length, long endPosition);
}
