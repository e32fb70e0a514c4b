package io.lockstep.gateway.bridge;

import io.lockstep.codecs.ResultCode;
import java.util.List;

/**
 * A page of last values of one shard. Immutable.
 *
 * @param code        {@link ResultCode#ACCEPTED}, or why there is no page.
 * @param nextTopicId with which the next page begins.
 * @param isLast      whether there is no further page.
 * @param values      in the order in which their topics were created.
 */
public record RetainedPage(ResultCode code, int nextTopicId, boolean isLast, List<Delivery> values) {
    /** Takes a copy of the values. */
    public RetainedPage {
        values = List.copyOf(values);
    }
}
