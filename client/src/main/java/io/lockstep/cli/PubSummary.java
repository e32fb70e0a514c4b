package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What a publishing command did.
 *
 * @param topic       that was published to.
 * @param shardId     where the topic lives.
 * @param producerId  the identity.
 * @param skipped     lines that the cluster had from before.
 * @param published   lines that were acknowledged now.
 * @param refused     lines that were refused now.
 * @param unknown     lines of which the fate is not known.
 * @param rateLimited how often the cluster asked to wait because a rate was reached.
 * @param position    of the last acknowledged line, or -1.
 * @param seconds     from first offer to last answer.
 * @param isComplete  whether all lines of the input are in the cluster.
 * @param isResumable whether the same command run again goes on behind the published lines.
 * @param problem     one sentence where something went wrong, else null.
 */
record PubSummary(
        String topic,
        int shardId,
        long producerId,
        long skipped,
        long published,
        long refused,
        long unknown,
        long rateLimited,
        long position,
        double seconds,
        boolean isComplete,
        boolean isResumable,
        String problem) {
    String toText() {
        final StringBuilder text = new StringBuilder();
        text.append("published ").append(published).append(" to ").append(topic);
        text.append(String.format(" in %.3f s (%.0f/s)", seconds, seconds > 0 ? published / seconds : 0));
        if (skipped > 0) {
            text.append("; skipped ").append(skipped).append(" that were published before");
        }
        if (refused > 0) {
            text.append("; refused ").append(refused);
        }
        if (unknown > 0) {
            text.append("; unknown ").append(unknown);
        }
        if (rateLimited > 0) {
            text.append("; waited ").append(rateLimited).append(" times for a rate of the cluster");
        }
        if (!isComplete && problem == null) {
            text.append("; stopped before the end of the input");
            text.append(isResumable ? ", run the same command again to go on" : "");
        }
        return text.toString();
    }

    ObjectNode toJson() {
        return OutputOptions.newObject()
                .put("topic", topic)
                .put("shard", shardId)
                .put("producerId", producerId)
                .put("published", published)
                .put("skipped", skipped)
                .put("refused", refused)
                .put("unknown", unknown)
                .put("rateLimited", rateLimited)
                .put("position", position)
                .put("seconds", seconds)
                .put("complete", isComplete);
    }
}
