package io.lockstep.testkit.feature;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the members of a group that keeps the order of keys may get and settle. Each hand-out goes to one member; what the
 * cluster took as done is never handed out anew, and done by one member only; of a key nothing is handed out before all
 * that came earlier is decided.
 */
final class GroupJudge {
    private static final class Work {
        private int greatestAttempt;
        private int acceptedAttempt;
        private int uncertain;
        private String owner = "nobody";
    }

    private final Map<String, Work> works = new HashMap<>();
    private final Set<String> handOuts = new HashSet<>();
    private final Map<String, TreeSet<Integer>> undecided = new TreeMap<>();
    private long doneCount;
    private long repeatedCount;
    private int uncertainCount;

    /** A message is on its way to the cluster; the numbers of a key rise. */
    void onPublished(final String key, final int number) {
        undecided.computeIfAbsent(key, name -> new TreeSet<>()).add(number);
    }

    /** A member got a message. */
    void onDelivered(final String place, final String key, final int number, final int attempt, final String member) {
        final Work work = works.computeIfAbsent(place, name -> new Work());
        final String what = "message " + number + " at " + place + ", attempt " + attempt + ", ";
        if (!handOuts.add(place + '#' + attempt)) {
            throw new AssertionError(what + "came to " + member + " and had come to " + work.owner);
        }
        if (work.acceptedAttempt > 0 && attempt > work.acceptedAttempt) {
            throw new AssertionError(what + "came to " + member + " after " + work.owner + " had done it in attempt "
                    + work.acceptedAttempt);
        }
        final TreeSet<Integer> open = undecided.getOrDefault(key, new TreeSet<>());
        if (!open.isEmpty() && open.first() < number) {
            throw new AssertionError(what + "came to " + member + " while message " + open.first() + " of the same key "
                    + key + " was not decided");
        }
        repeatedCount += attempt > 1 ? 1 : 0;
        if (attempt > work.greatestAttempt) {
            work.greatestAttempt = attempt;
            work.owner = member;
        }
    }

    /** A member decided about a message for good: nothing is wrong with the next one of its key from now on. */
    void onDecided(final String key, final int number) {
        undecided.getOrDefault(key, new TreeSet<>()).remove(number);
    }

    /** The cluster took it that a message is done. */
    void onDone(final String place, final int attempt, final String member) {
        final Work work = works.get(place);
        if (work.acceptedAttempt > 0) {
            throw new AssertionError("the message at " + place + " was done twice: in attempt " + work.acceptedAttempt
                    + ", and by " + member + " in attempt " + attempt);
        }
        if (work.greatestAttempt > attempt) {
            throw new AssertionError("the cluster took it from " + member + " that the message at " + place
                    + " is done in attempt " + attempt + ", but " + work.owner + " had attempt "
                    + work.greatestAttempt);
        }
        work.acceptedAttempt = attempt;
        doneCount++;
    }

    /** A member said that a message is done, and nobody knows whether the cluster took it. */
    void onUncertain(final String place) {
        works.get(place).uncertain++;
        uncertainCount++;
    }

    /** Each of the messages was done once, and none of the others. */
    void check(final Set<String> toBeDone) {
        final Set<String> done = new TreeSet<>();
        works.forEach((place, work) -> {
            if (work.acceptedAttempt > 0 || (work.uncertain > 0 && toBeDone.contains(place))) {
                done.add(place);
            }
        });
        assertEquals(new TreeSet<>(toBeDone), done);
    }

    long doneCount() {
        return doneCount;
    }

    int uncertainCount() {
        return uncertainCount;
    }

    long repeatedCount() {
        return repeatedCount;
    }
}
