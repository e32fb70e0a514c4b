package io.lockstep.client;

import io.lockstep.codecs.ResultCode;

/** Says in words why a shard refused something about a durable consumer. */
final class ConsumerFailures {
    private ConsumerFailures() {}

    static String sentenceOf(final ResultCode code, final long detail) {
        return switch (code) {
            case UNSUPPORTED -> "the cluster does not know durable consumers yet; raise its feature level to 3";
            case CONSUMER_UNKNOWN -> "there is no such consumer in the shard";
            case CONSUMER_MISMATCH ->
                (detail == 1 ? "it exists with other filters" : "it exists with another lane")
                        + "; 'lockstep consumers describe' shows them, use another name or delete it first";
            case TOO_MANY_CONSUMERS ->
                "the shard has as many consumers as limits.maxConsumers allows (" + detail
                        + "); delete one or raise the limit";
            case CONSUMER_FULL ->
                "it has as many members, or this client is in as many consumers, as may be: " + detail;
            case BAD_CONSUMER ->
                "the shard does not take its " + (detail == 1 ? "name" : detail == 2 ? "lane" : "filters");
            case BAD_POSITION ->
                "the position is beyond the end of the journal, " + detail + ", or no record begins there";
            case STATE_FULL -> "the state of the shard is at its cap, limits.maxState";
            case NOT_OWNER -> "another member owns it";
            default -> "the shard refused: " + code + " (" + detail + ")";
        };
    }
}
