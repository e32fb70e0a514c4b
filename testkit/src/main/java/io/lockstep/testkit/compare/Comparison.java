package io.lockstep.testkit.compare;

import java.util.List;

/**
 * What a {@link Comparer} counted. Immutable.
 *
 * @param published  messages in the sender's file.
 * @param delivered  lines in the consumer's file, whatever they hold.
 * @param lost       messages that never came unaltered.
 * @param duplicated deliveries of a message that had come before.
 * @param reordered  first deliveries behind a later message of the same topic.
 * @param altered    deliveries with another topic or payload than was sent.
 * @param unexpected deliveries with a sequence that was never sent.
 * @param findings   the first few, one sentence each.
 */
public record Comparison(
        long published,
        long delivered,
        long lost,
        long duplicated,
        long reordered,
        long altered,
        long unexpected,
        List<String> findings) {

    /** Checks the arguments. */
    public Comparison {
        findings = List.copyOf(findings);
    }

    /**
     * Whether every message came exactly once, as it was sent, in the order of its topic.
     *
     * @return true if so.
     */
    public boolean isClean() {
        return lost == 0 && duplicated == 0 && reordered == 0 && altered == 0 && unexpected == 0;
    }
}
