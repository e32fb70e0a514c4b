package io.lockstep.client;

import io.lockstep.codecs.ResultCode;
import java.util.List;

/**
 * A page of last values of one shard. Immutable.
 *
 * @param code               {@link ResultCode#ACCEPTED}, or why there is no page.
 * @param journalPosition    end of the journal that the page reflects.
 * @param scannedToTopicId   pass this as {@code afterTopicId} for the next page.
 * @param isLast             whether there is no further page.
 * @param values             in the order in which their topics were created; may be empty also where there are more pages.
 */
public record LastValuePage(
        ResultCode code, long journalPosition, int scannedToTopicId, boolean isLast, List<LastValue> values) {
    /** Takes a copy of the values. */
    public LastValuePage {
        values = List.copyOf(values);
    }
}
