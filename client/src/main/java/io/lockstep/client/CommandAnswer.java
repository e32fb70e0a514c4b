package io.lockstep.client;

import io.lockstep.codecs.ResultCode;

/**
 * What a shard answered to a command. Immutable.
 *
 * @param code   whether the command took effect, or why not.
 * @param detail as the code says.
 */
public record CommandAnswer(ResultCode code, long detail) {}
