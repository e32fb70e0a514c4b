package io.lockstep.archive.replay;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import org.agrona.DirectBuffer;

/** Is told the records of a journal, one whole record a call. Called by the thread that polls the reader. */
@FunctionalInterface
public interface JournalRecordHandler {
    /**
     * A record. Its checksum and its place in the sequence were checked.
     *
     * @param buffer      that holds the record; it is the reader's and good only during the call.
     * @param offset      of its first byte.
     * @param length      in bytes.
     * @param endPosition where the next record is read from: keep it to resume here.
     * @return what to do: {@code ABORT} leaves the record for the next poll, {@code BREAK} ends this poll behind it,
     *     {@code COMMIT} and {@code CONTINUE} go on.
     */
    Action onRecord(DirectBuffer buffer, int offset, int length, long endPosition);
}
