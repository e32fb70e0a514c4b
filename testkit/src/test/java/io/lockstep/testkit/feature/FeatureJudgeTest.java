package io.lockstep.testkit.feature;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.codecs.ResultCode;
import io.lockstep.testkit.feature.GroupAssignments.Assignment;
import io.lockstep.testkit.feature.JournalCopy.Entry;
import io.lockstep.testkit.feature.LastValueLoad.Seen;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Each judge lets pass what is right and finds what was broken on purpose: lost, repeated, early, stale, mixed up. */
class FeatureJudgeTest {
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    @Test
    void shouldFindWhatAConsumerLostRepeatedOrMixedUp() {
        final Map<String, List<String>> published = Map.of("s", List.of("a", "b", "c"));
        final DeliveryJudge good = deliveries(10, 20, 20, 30);
        good.onAcked("s", 10);
        assertDoesNotThrow(() -> good.check(published));

        assertFault("after the cluster had taken", () -> good.onDelivered("s", 10, "a", "other"));
        assertFault("for the first time after", () -> deliveries(10, 30, 20));
        assertThrows(AssertionError.class, () -> deliveries(10, 20).check(published));
        final DeliveryJudge numbers = new DeliveryJudge();
        numbers.onNumber("key", 1, "one");
        numbers.onNumber("key", 2, "one");
        assertDoesNotThrow(() -> numbers.onNumber("key", 1, "other"));
        assertFault("behind 2", () -> numbers.onNumber("key", 4, "one"));
    }

    @Test
    void shouldFindWorkThatIsDoneTwiceSharedOrOutOfOrder() {
        final GroupJudge judge = new GroupJudge();
        judge.onPublished("key", 1);
        judge.onPublished("key", 2);
        judge.onDelivered("0@10", "key", 1, 1, "one");
        assertFault("was not decided", () -> judge.onDelivered("0@20", "key", 2, 1, "two"));
        assertFault("had come to one", () -> judge.onDelivered("0@10", "key", 1, 1, "two"));
        judge.onDecided("key", 1);
        judge.onDone("0@10", 1, "one");
        assertFault("had done it", () -> judge.onDelivered("0@10", "key", 1, 2, "two"));
        assertFault("done twice", () -> judge.onDone("0@10", 1, "two"));
        assertDoesNotThrow(() -> judge.check(Set.of("0@10")));
        assertThrows(AssertionError.class, () -> judge.check(Set.of("0@10", "0@20")));
        assertThrows(AssertionError.class, () -> judge.check(Set.of()));

        final GroupJudge late = new GroupJudge();
        late.onDelivered("0@10", "key", 1, 1, "one");
        late.onDelivered("0@10", "key", 1, 2, "two");
        assertFault("two had attempt 2", () -> late.onDone("0@10", 1, "one"));
    }

    @Test
    void shouldFindHandOutsThatAreEarlyDoubleOrBehindTheEnd() {
        final Assignment first = handOut(1, 1, 0);
        final Assignment inTime = handOut(2, 2, 3 * SECOND_NS);
        final Set<String> place = Set.of("0@10");

        final TimeoutJudge good = timeouts();
        good.onDone("0@10", 2, 8 * SECOND_NS);
        assertDoesNotThrow(() -> good.check(List.of(first, inTime), place));
        assertEquals(1, good.timeoutCount());
        assertEquals(1, good.keptCount());

        assertFault("was followed by", () -> timeouts().check(List.of(first, handOut(2, 2, 3 * SECOND_NS - 1)), place));
        assertFault("do not rise by one", () -> timeouts().check(List.of(first, handOut(3, 2, 9 * SECOND_NS)), place));
        assertFault("handed out twice", () -> timeouts().check(List.of(first, handOut(1, 2, 9 * SECOND_NS)), place));
        assertFault("done in the last attempt", () -> timeouts().check(List.of(first, inTime), place));
        final TimeoutJudge other = timeouts();
        other.onDone("0@10", 2, SECOND_NS);
        assertFault("done in the last attempt", () -> other.check(List.of(first, inTime), Set.of()));

        final TimeoutJudge done = timeouts();
        done.onDone("0@10", 1, SECOND_NS);
        assertFault("was done, but then came", () -> done.check(List.of(first, inTime), place));
    }

    @Test
    void shouldFindHandOutsOfWhatWasExtendedOrWentToAnother() {
        final Assignment first = handOut(1, 1, 0);
        final Assignment next = handOut(2, 2, 5 * SECOND_NS);
        final Set<String> none = Set.of();

        final TimeoutJudge extended = timeouts();
        extended.onGranted("0@10", 1, 2 * SECOND_NS);
        assertDoesNotThrow(() -> extended.check(List.of(first, next), none));
        extended.onGranted("0@10", 1, 3 * SECOND_NS);
        extended.onGranted("0@10", 1, SECOND_NS);
        assertFault("extended at 3000000000", () -> extended.check(List.of(first, next), none));

        // Whoever left has what it had no more; what it had lost before was lost too early all the same.
        final List<Assignment> afterLeaving = List.of(first, handOut(2, 2, SECOND_NS));
        final TimeoutJudge left = timeouts();
        left.onDelivered("0@10", 1, "one");
        left.onEnded("one", SECOND_NS);
        assertDoesNotThrow(() -> left.check(afterLeaving, none));
        final TimeoutJudge stays = timeouts();
        stays.onDelivered("0@10", 1, "one");
        stays.onEnded("one", 2 * SECOND_NS);
        assertFault("of one, was followed by", () -> stays.check(afterLeaving, none));

        final TimeoutJudge stray = timeouts();
        stray.onDelivered("0@10", 2, "two");
        assertFault("which nobody handed out", () -> stray.check(List.of(first), none));
        final TimeoutJudge mixedUp = timeouts();
        mixedUp.onDelivered("0@10", 1, "one");
        mixedUp.onDelivered("0@10", 2, "two");
        assertFault("handed out to one", () -> mixedUp.check(List.of(first, handOut(2, 1, 5 * SECOND_NS)), none));
    }

    @Test
    void shouldFindDeadLettersThatAreMissingDoubleOrMislabelled() {
        final Entry source = entry(7, "jobs/key-1", Map.of("$key", "key-1"), "7");
        final Map<String, Entry> toBeDead = Map.of(GroupLoad.placeOf(0, 7), source);
        final Entry letter = letter("rejected", "2", "7");

        assertDoesNotThrow(() -> GroupLoad.checkDead(List.of(letter), toBeDead, false));
        assertFault("no letter for", () -> GroupLoad.checkDead(List.of(), toBeDead, false));
        assertFault("second one", () -> GroupLoad.checkDead(List.of(letter, letter), toBeDead, false));
        assertFault("second one", () -> GroupLoad.checkDead(List.of(letter("rejected", "2", "8")), toBeDead, false));
        assertThrows(
                AssertionError.class,
                () -> GroupLoad.checkDead(List.of(letter("attempts", "2", "7")), toBeDead, false));
        assertThrows(
                AssertionError.class,
                () -> GroupLoad.checkDead(List.of(letter("rejected", "1", "7")), toBeDead, false));
    }

    @Test
    void shouldFindLastValuesThatAreStaleMissingOrFollowedByAGap() {
        final Seen first = seen(10, "t/1", "1");
        final Seen second = seen(20, "t/1", "2");
        final Seen third = seen(30, "t/2", "3");
        final List<Seen> journal = List.of(first, second, third);

        assertDoesNotThrow(() -> LastValueLoad.checkFollower("good", journal, List.of(second), List.of(third)));
        assertDoesNotThrow(() -> LastValueLoad.checkFollower("good", journal, List.of(second, third), List.of()));
        assertThrows(
                AssertionError.class,
                () -> LastValueLoad.checkFollower("stale", journal, List.of(first), List.of(third)));
        assertFault("misses", () -> LastValueLoad.checkFollower("none", journal, List.of(), List.of(third)));
        assertThrows(
                AssertionError.class,
                () -> LastValueLoad.checkFollower("gap", journal, List.of(), List.of(first, third)));
        assertThrows(
                AssertionError.class,
                () -> LastValueLoad.checkFollower("overlap", journal, List.of(second, third), List.of(third)));
    }

    @Test
    void shouldFindWhatCameEarlyTwiceNeverOrAfterItWasCancelled() {
        assertDoesNotThrow(() -> ledger(1, 2).checkEachOnce());
        assertFault("not exactly once: [2]", () -> ledger(1).checkEachOnce());
        assertFault("not exactly once: [2]", () -> ledger(1, 2, 2).checkEachOnce());
        assertFault("not exactly once: [3]", () -> ledger(1, 2, 3).checkEachOnce());
        assertFault("due too early", () -> ledger().onReleased(1, 999, 2_000_000_000));
        assertFault("1 ns early", () -> ledger().onReleased(1, 1_000, 999_999_999));
    }

    @Test
    void shouldFindWhatIsDeliveredAfterItExpired() {
        final ExpiryJudge judge = new ExpiryJudge();
        judge.onPublished("lasts", true);
        judge.onPublished("expires", false);
        assertDoesNotThrow(() -> judge.onDelivered("expires", 5 * SECOND_NS, 5 * SECOND_NS));
        assertFault("after its time", () -> judge.onDelivered("expires", 5 * SECOND_NS, 16 * SECOND_NS));
        assertDoesNotThrow(() -> judge.check(List.of("lasts"), 1));
        assertThrows(AssertionError.class, () -> judge.check(List.of("lasts", "expires"), 0));
        assertThrows(AssertionError.class, () -> judge.check(List.of(), 1));
        assertFault("passed over", () -> judge.check(List.of("lasts"), 2));
    }

    @Test
    void shouldFindAStaleTokenATokenOfTwoAndAConditionThatHeldTwice() {
        final List<Entry> fenced = List.of(fenced(10, 1, "a"), fenced(20, 1, "b"), fenced(30, 2, "c"));
        assertDoesNotThrow(() -> LeaseJudge.checkFences(fenced, List.of("c", "a", "b")));
        final List<Entry> stale = new ArrayList<>(fenced);
        stale.add(fenced(40, 1, "d"));
        assertFault("behind one with token 2", () -> LeaseJudge.checkFences(stale, List.of("a", "b", "c", "d")));
        assertThrows(AssertionError.class, () -> LeaseJudge.checkFences(fenced, List.of("a", "b")));

        final LeaseJudge judge = new LeaseJudge();
        judge.onAcquired(1, "one");
        judge.onAcquired(1, "one");
        assertFault("two holders", () -> judge.onAcquired(1, "two"));
        judge.onBelief(true, false);
        assertFault("at the same time", () -> judge.onBelief(true, true));

        final List<Entry> conditional = List.of(conditional(1, "a 0"), conditional(2, "b 1"));
        assertDoesNotThrow(() -> LeaseJudge.checkConditions(conditional, List.of("a 0", "b 1")));
        assertFault(
                "second one",
                () -> LeaseJudge.checkConditions(
                        List.of(conditional(1, "a 0"), conditional(2, "b 0")), List.of("a 0", "b 0")));
        assertThrows(
                AssertionError.class, () -> LeaseJudge.checkConditions(List.of(conditional(2, "a 0")), List.of("a 0")));
    }

    @Test
    void shouldFindRepliesToOthersSecondEndsAndTimesThatAreWrong() {
        final RequestJudge judge = new RequestJudge();
        judge.onRequest(1, "q", true, 5 * SECOND_NS, 0);
        judge.onRequest(2, "slow", false, SECOND_NS, 0);
        judge.onRequest(3, "r", true, SECOND_NS, 0);
        judge.onRequest(4, "s", true, SECOND_NS, 0);
        judge.onRequest(5, "early", true, SECOND_NS, 0);
        judge.onRequest(6, "late", true, SECOND_NS, 0);
        assertFault("did not end", judge::check);
        judge.onReply(1, "re q");
        assertFault("has ended", () -> judge.onReply(1, "re q"));
        assertFault("has ended", () -> judge.onTimeout(1, 6 * SECOND_NS, 0));
        assertFault("nobody answers", () -> judge.onReply(2, "re slow"));
        assertFault("another request", () -> judge.onReply(3, "re s"));
        judge.onReply(4, "re s");
        assertFault("timed out after", () -> judge.onTimeout(5, SECOND_NS - 1, 0));
        assertFault("timed out after", () -> judge.onTimeout(6, 60 * SECOND_NS, 0));
    }

    @Test
    void shouldFindRequestsWithoutTheirOneReply() {
        final RequestJudge lost = new RequestJudge();
        lost.onRequest(1, "q", true, SECOND_NS, 0);
        lost.onRequest(2, "slow", false, SECOND_NS, 0);
        assertNull(lost.onTimeout(2, SECOND_NS, 0));
        assertFault("no reply to 'q' came", () -> lost.onTimeout(1, SECOND_NS, 0));

        final RequestJudge excused = new RequestJudge();
        excused.onRequest(1, "q", true, SECOND_NS, 0);
        excused.onRequest(2, "r", true, SECOND_NS, 0);
        assertEquals("q", excused.onTimeout(1, SECOND_NS, 1));
        assertFault("only 1 may be lost", () -> excused.onTimeout(2, SECOND_NS, 1));
        assertFault("never answered: [q, r]", excused::check);

        final RequestJudge again = new RequestJudge();
        again.onRequest(1, "q", true, SECOND_NS, 0);
        again.onTimeout(1, SECOND_NS, 1);
        again.onRequest(2, "q", true, SECOND_NS, SECOND_NS);
        again.onRequest(3, "q", true, SECOND_NS, SECOND_NS);
        again.onReply(2, "re q");
        assertFault("answered twice", () -> again.onReply(3, "re q"));
        assertDoesNotThrow(() -> new RequestJudge().check());
    }

    @Test
    void shouldFindWhatGotPastARateOrAQuota() {
        final List<Long> times = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            times.add(i < 10 ? 0L : (i - 9) * SECOND_NS / 10);
        }
        assertDoesNotThrow(() -> LimitJudge.checkRate(times, 10, 1));
        times.add(10, 0L);
        times.add(10, 0L);
        assertFault("are allowed", () -> LimitJudge.checkRate(times, 10, 1));

        // A second's worth at once, then the rate, and 100 bytes for the command that goes beyond.
        final List<Long> heavyNs = List.of(0L, 0L, SECOND_NS, 2 * SECOND_NS);
        assertDoesNotThrow(() -> LimitJudge.checkByteRate(heavyNs, List.of(1_000, 100, 1_000, 1_000), 1_000, 100));
        assertFault(
                "3101 bytes were taken in 2000000000 ns",
                () -> LimitJudge.checkByteRate(heavyNs, List.of(1_000, 100, 1_000, 1_001), 1_000, 100));
        assertFault(
                "1101 bytes were taken in 0 ns",
                () -> LimitJudge.checkByteRate(heavyNs, List.of(1_000, 101, 1, 1), 1_000, 100));
        assertDoesNotThrow(() -> LimitJudge.checkHeld(40, 40, 40));
        assertFault("held back", () -> LimitJudge.checkHeld(41, 40, 40));
        assertFault("held back", () -> LimitJudge.checkHeld(40, 41, 40));

        final ResultCode code = ResultCode.TOO_MANY_TOPICS_OF_PRODUCER;
        assertDoesNotThrow(() -> LimitJudge.checkRefusal("t", code, code, 40, 40));
        assertThrows(AssertionError.class, () -> LimitJudge.checkRefusal("t", code, code, 41, 40));
        assertThrows(AssertionError.class, () -> LimitJudge.checkRefusal("t", code, ResultCode.FENCED, 40, 40));
        assertDoesNotThrow(() -> LimitJudge.checkTopics(List.of(40L, 40L), 40));
        assertFault("topics by shard", () -> LimitJudge.checkTopics(List.of(40L, 41L), 40));
    }

    private static TimeoutJudge timeouts() {
        return new TimeoutJudge(2 * SECOND_NS, SECOND_NS);
    }

    private static Assignment handOut(final int attempt, final long memberId, final long timestampNs) {
        return new Assignment("0@10", attempt, memberId, timestampNs);
    }

    private static DeliveryJudge deliveries(final long... positions) {
        final DeliveryJudge judge = new DeliveryJudge();
        for (final long position : positions) {
            judge.onDelivered("s", position, Character.toString((char) ('a' + position / 10 - 1)), "one");
        }
        return judge;
    }

    private static ScheduleLedger ledger(final long... released) {
        final ScheduleLedger ledger = new ScheduleLedger();
        for (long number = 1; number <= 3; number++) {
            ledger.onAsked(number, 1_000);
            ledger.onAccepted(number, 0, 10 * number);
        }
        ledger.onCancelled(3);
        for (final long number : released) {
            ledger.onReleased(number, 1_000, 1_000_000_000);
        }
        return ledger;
    }

    private static Seen seen(final long position, final String topic, final String payload) {
        return new Seen(0, position, topic, position, position, true, payload);
    }

    private static Entry letter(final String reason, final String attempts, final String position) {
        return entry(
                90,
                "$dead/jobs/key-1",
                Map.of(
                        "$deadPosition", position,
                        "$deadTopic", "jobs/key-1",
                        "$deadGroup", "workers",
                        "$deadReason", reason,
                        "$deadAttempts", attempts,
                        "$key", "key-1",
                        "unit", "bar"),
                "7");
    }

    private static Entry fenced(final long position, final long token, final String text) {
        return entry(position, "t", Map.of("$fence", Long.toString(token)), text);
    }

    private static Entry conditional(final long sequence, final String text) {
        return new Entry(0, sequence, "t", -1, sequence, 0, Map.of(), text);
    }

    private static Entry entry(
            final long position, final String topic, final Map<String, String> headers, final String text) {
        return new Entry(0, position, topic, -1, 1, 0, headers, text);
    }

    private static void assertFault(final String part, final Executable executable) {
        final AssertionError error = assertThrows(AssertionError.class, executable);
        assertTrue(error.getMessage().contains(part), error::getMessage);
    }
}
