package io.lockstep.client;

import io.lockstep.codecs.ResultCode;

/**
 * What became of a batch of updates. The array is not copied and not to be changed.
 *
 * @param code    {@link ResultCode#ACCEPTED}, or why nothing was noted.
 * @param refused which updates were not noted, by their places in the batch from 0, rising: the caller has the session no
 *                more, or they cannot be.
 */
@SuppressWarnings("ArrayRecordComponent")
public record UpdateAnswer(ResultCode code, int[] refused) {}
