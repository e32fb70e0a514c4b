package io.lockstep.testkit.feature;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What two controllers of one topic may do, and two writers who each write only where the other has not. */
final class LeaseJudge {
    private final Map<Long, Object> holders = new HashMap<>();

    /** Somebody was given the lease: nobody else has, or had, its token. */
    void onAcquired(final long token, final Object holder) {
        final Object other = holders.putIfAbsent(token, holder);
        assertTrue(other == null || other == holder, () -> "token " + token + " was given to two holders");
    }

    /** Two controllers, who share a clock, believe to hold the lease or not. */
    void onBelief(final boolean isFirstHolding, final boolean isSecondHolding) {
        assertFalse(isFirstHolding && isSecondHolding, "two controllers rely on the lease at the same time");
    }

    int tokenCount() {
        return holders.size();
    }

    /** The journal holds what was accepted, and no message under an older token behind one under a newer one. */
    static void checkFences(final List<JournalCopy.Entry> journal, final List<String> accepted) {
        long newest = 0;
        for (final JournalCopy.Entry entry : journal) {
            final long token = Long.parseLong(entry.headers().getOrDefault("$fence", "0"));
            final long before = newest;
            assertTrue(token > 0 && token >= before, () -> entry + " stands behind one with token " + before);
            newest = token;
        }
        checkSame(journal, accepted);
    }

    /**
     * The journal holds what was accepted, each text of which ends in the sequence that its writer expected: the last one of
     * the topic, and of two who expected the same one only the first was accepted.
     */
    static void checkConditions(final List<JournalCopy.Entry> journal, final List<String> accepted) {
        final Set<Long> used = new HashSet<>();
        for (final JournalCopy.Entry entry : journal) {
            final long expected =
                    Long.parseLong(entry.text().substring(entry.text().lastIndexOf(' ') + 1));
            assertTrue(used.add(expected), () -> entry + " is the second one with this condition");
            assertEquals(expected + 1, entry.topicSequence(), entry::toString);
        }
        checkSame(journal, accepted);
    }

    private static void checkSame(final List<JournalCopy.Entry> journal, final List<String> accepted) {
        assertEquals(
                new ArrayList<>(accepted).stream().sorted().toList(),
                JournalCopy.texts(journal).stream().sorted().toList());
    }
}
