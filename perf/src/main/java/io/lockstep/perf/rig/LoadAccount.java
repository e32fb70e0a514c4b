package io.lockstep.perf.rig;

/**
 * What became of all messages of a load, taken after it was drained. Immutable.
 *
 * @param publishedCount  messages that the system took.
 * @param unansweredCount of them without an outcome: the system said neither yes nor no, so none of them counts as lost.
 * @param refusedCount    of them that the system took and then refused; a load that it was built for is not refused.
 * @param lostCount       that the system accepted and that did not arrive.
 * @param duplicatedCount arrivals beyond the first of each message.
 * @param reorderedCount  arrivals behind a later message.
 */
record LoadAccount(
        long publishedCount,
        long unansweredCount,
        long refusedCount,
        long lostCount,
        long duplicatedCount,
        long reorderedCount) {
    static final LoadAccount NONE = new LoadAccount(0, 0, 0, 0, 0, 0);

    /** Accounts for a load. Answers come in order, so what is unanswered is what was sent last. */
    static LoadAccount of(final LoadPump pump, final LoadTarget target) {
        final ArrivalChecker checker = pump.checker();
        final long unansweredCount = Math.min(target.unansweredCount(), pump.sentCount());
        final long missingCount = checker.lostCount(pump.sentCount() - unansweredCount);
        return new LoadAccount(
                pump.sentCount(),
                unansweredCount,
                target.refusedCount(),
                Math.max(0, missingCount - target.refusedCount()),
                checker.duplicatedCount(),
                checker.reorderedCount());
    }

    /** Why the run failed, as a sentence; empty where every message arrived once and in order. */
    String failure() {
        return unansweredCount + refusedCount + lostCount + duplicatedCount + reorderedCount == 0
                ? ""
                : unansweredCount + " unanswered, " + refusedCount + " refused, " + lostCount + " lost, "
                        + duplicatedCount + " duplicated, " + reorderedCount + " reordered";
    }
}
