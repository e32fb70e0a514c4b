package io.lockstep.client.window;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class InFlightWindowTest {
    private static final int AFTER_REFUSAL = 13;
    private static final int BAD_TOPIC = 20;
    private static final long RESEND_NS = 1_000;

    private final List<String> fates = new ArrayList<>();
    private final Frame frame = new Frame();
    private InFlightWindow window = newWindow(8, 1024, true);

    @Test
    void shouldSendAtOnceWhenNothingIsQueued() {
        // given
        offer(1, 100);

        // when
        final boolean hasFrame = window.nextFrame(frame, 8192, 100);

        // then
        assertTrue(hasFrame);
        assertEquals(1, frame.firstSequence());
        assertEquals(1, frame.entryCount());
        assertEquals(100, frame.length());
        assertFalse(frame.isAtomic());
    }

    @Test
    void shouldGatherMessagesWhenAnAnswerIsAwaited() {
        // given
        offer(1, 100);
        assertTrue(window.isSendDue(250, 100));
        sendAll();
        assertFalse(window.isSendDue(250, 100));

        // when
        offer(2, 100);
        offer(3, 100);

        // then
        assertFalse(window.isSendDue(250, 100));
        assertTrue(window.maySend(8192, 100, 1_000));
        assertEquals(List.of("2+2"), sendAll());
    }

    @Test
    void shouldSendBeforeTheNextTurnWhenAWholeFrameIsGathered() {
        // given
        offer(1, 100);
        sendAll();
        offer(2, 100);
        offer(3, 100);

        // when
        offer(4, 50);

        // then
        assertTrue(window.isSendDue(250, 100));
    }

    @Test
    void shouldSendAtOnceAgainWhenEverythingIsAnswered() {
        // given
        offer(1, 100);
        sendAll();
        window.onAccepted(1, 1, 500);
        window.release(0);

        // when
        offer(2, 100);

        // then
        assertTrue(window.isSendDue(250, 100));
    }

    @Test
    void shouldHoldShortFrameBackWhenEnoughAreUnanswered() {
        // given
        offer(1, 100);
        sendAll();
        offer(2, 100);
        final boolean maySendSecond = window.maySend(250, 100, 2);
        sendAll();

        // when
        offer(3, 100);

        // then
        assertTrue(maySendSecond);
        assertFalse(window.maySend(250, 100, 2));
        assertTrue(window.maySend(250, 100, 3));
    }

    @Test
    void shouldSendWholeFrameWhenEnoughShortOnesAreUnanswered() {
        // given
        offer(1, 100);
        sendAll();
        offer(2, 100);
        offer(3, 100);
        final boolean mayBefore = window.maySend(250, 100, 1);

        // when
        offer(4, 50);

        // then
        assertFalse(mayBefore);
        assertTrue(window.maySend(250, 100, 1));
    }

    @Test
    void shouldSendFrameWithAllItsEntriesWhenEnoughShortOnesAreUnanswered() {
        // given
        offer(1, 10);
        sendAll();
        offer(2, 10);
        final boolean mayBefore = window.maySend(250, 2, 1);

        // when
        offer(3, 10);

        // then
        assertFalse(mayBefore);
        assertTrue(window.maySend(250, 2, 1));
        assertTrue(window.isSendDue(250, 2));
        assertFalse(window.maySend(250, 3, 1));
    }

    @Test
    void shouldSendGatheredMessagesWhenTheOldestFrameIsAnswered() {
        // given
        offer(1, 100);
        sendAll();
        offer(2, 100);
        sendAll();
        offer(3, 100);
        offer(4, 50);
        window.onAccepted(2, 2, 900);
        window.release(0);
        final boolean mayBefore = window.maySend(1_000, 100, 2);

        // when
        window.onAccepted(1, 1, 500);
        window.release(0);

        // then
        assertFalse(mayBefore);
        assertTrue(window.maySend(1_000, 100, 2));
        assertEquals(List.of("3+2"), sendAll());
    }

    @Test
    void shouldCountNoFrameThatWillBeSentAgain() {
        // given
        offer(1, 100);
        sendAll();
        offer(2, 100);
        sendAll();
        offer(3, 100);
        sendAll();
        final boolean mayBefore = window.maySend(1_000, 100, 1);

        // when
        window.onGap(2);

        // then
        assertFalse(mayBefore);
        assertFalse(window.maySend(1_000, 100, 1));
        assertTrue(window.maySend(1_000, 100, 2));

        // when
        window.onSessionRestored(0);

        // then
        assertTrue(window.maySend(1_000, 100, 1));
        assertEquals(List.of("1+3"), sendAll());
        assertFalse(window.maySend(1_000, 100, 1));
    }

    @Test
    void shouldNeverHoldMessagesBackForGoodWhateverIsLost() {
        for (long seed = 1; seed <= 200; seed++) {
            final Random random = new Random(seed);
            window = newWindow(64, 64 * 1024, true);
            long accepted = 0;
            long offered = 0;
            for (int step = 0; step < 500; step++) {
                switch (random.nextInt(5)) {
                    case 0, 1 -> {
                        if (window.size() < 64) {
                            offered++;
                            offer(offered, 1 + random.nextInt(100));
                        }
                    }
                    case 2 -> {
                        while (window.maySend(200, 100, 2) && window.nextFrame(frame, 200, 10)) {
                            window.onFrameSent(frame, 0);
                        }
                    }
                    case 3 -> {
                        // An answer to some of what may have been sent; what was not sent is ignored.
                        final long to = window.firstUnanswered() + random.nextInt(8);
                        window.onAccepted(window.firstUnanswered() + random.nextInt(2), to, to);
                        accepted += window.release(0);
                    }
                    default -> {
                        if (random.nextInt(4) == 0) {
                            window.onSessionRestored(0);
                        } else {
                            window.onGap(window.firstUnanswered() + random.nextInt(8));
                        }
                    }
                }
            }
            // The cluster answers all it gets from now on; nothing is lost any more.
            for (int turn = 0; window.size() > 0; turn++) {
                assertTrue(turn < 1_000, "stuck with seed " + seed + ": " + window);
                while (window.maySend(200, 100, 2) && window.nextFrame(frame, 200, 10)) {
                    window.onFrameSent(frame, 0);
                }
                window.onAccepted(window.firstUnanswered(), window.nextSequence() - 1, turn);
                accepted += window.release(0);
            }
            assertEquals(offered, accepted, "seed " + seed);
        }
    }

    @Test
    void shouldShareOneFrameWhenMessagesQueuedUp() {
        // given
        offer(1, 100);
        offer(2, 100);
        offer(3, 100);

        // when
        window.nextFrame(frame, 250, 100);

        // then
        assertEquals(2, frame.entryCount());
        assertEquals(200, frame.length());
    }

    @Test
    void shouldSendLongMessageAloneWhenItExceedsFrame() {
        // given
        offer(1, 400);

        // when
        window.nextFrame(frame, 250, 100);

        // then
        assertEquals(1, frame.entryCount());
        assertEquals(400, frame.length());
    }

    @Test
    void shouldLimitEntriesWhenClusterSetsLimit() {
        // given
        offer(1, 10);
        offer(2, 10);
        offer(3, 10);

        // when
        window.nextFrame(frame, 8192, 2);

        // then
        assertEquals(2, frame.entryCount());
    }

    @Test
    void shouldKeepBatchAloneWhenNeighboursAreQueued() {
        // given
        offer(1, 10);
        offerBatch(2, 10, 20);
        offer(4, 10);

        // when
        final List<String> frames = sendAll();

        // then
        assertEquals(List.of("1+1", "2+2 atomic", "4+1"), frames);
    }

    @Test
    void shouldBePushedBackWhenWindowIsFull() {
        // given
        for (int i = 1; i <= 8; i++) {
            offer(i, 10);
        }

        // when
        final int index = window.tryAppend(10, 1);

        // then
        assertEquals(InFlightWindow.FULL, index);
        assertEquals(8, window.size());
    }

    @Test
    void shouldBePushedBackWhenBytesAreFull() {
        // given
        offer(1, 500);
        offer(2, 500);

        // when
        final int index = window.tryAppend(100, 1);

        // then
        assertEquals(InFlightWindow.FULL, index);
    }

    @Test
    void shouldReuseBytesWhenOldestAreAnswered() {
        // given
        long id = 0;
        for (int round = 0; round < 100; round++) {
            // when
            offer(++id, 300 + round);
            offer(++id, 200);
            sendAll();
            window.onAccepted(id - 1, id, id * 64);
            window.release(0);
        }

        // then
        assertEquals(200, fates.size());
        assertEquals(0, window.size());
    }

    @Test
    void shouldEndFrameAtEndOfRingWhenNextMessageBeginsAtItsStart() {
        // given
        offer(1, 512);
        sendAll();
        window.onAccepted(1, 1, 64);
        window.release(0);
        offer(2, 512);
        offer(3, 100);

        // when
        final List<String> frames = sendAll();

        // then
        assertEquals(List.of("2+1", "3+1"), frames);
    }

    @Test
    void shouldReleaseInOrderWhenAnswersArriveOutOfOrder() {
        // given
        offer(1, 10);
        offer(2, 10);
        offer(3, 10);
        sendAll();

        // when
        window.onAccepted(2, 3, 300);
        window.release(0);
        final int releasedBefore = fates.size();
        window.onAccepted(1, 1, 100);
        window.release(0);

        // then
        assertEquals(0, releasedBefore);
        assertEquals(List.of("1:0@100", "2:0@300", "3:0@300"), fates);
    }

    @Test
    void shouldIgnoreAnswerWhenItWasNotSentOrWasAnswered() {
        // given
        offer(1, 10);
        sendAll();
        offer(2, 10);

        // when
        window.onAccepted(1, 2, 100);
        window.onAccepted(1, 1, 999);
        window.release(0);
        window.onAccepted(1, 1, 999);
        window.release(0);

        // then
        assertEquals(List.of("1:0@100"), fates);
    }

    @Test
    void shouldResendAllUnansweredInOrderWhenLeaderChanged() {
        // given
        offer(1, 10);
        offer(2, 10);
        offer(3, 10);
        sendAll();
        window.onAccepted(2, 2, 200);

        // when
        window.onSessionRestored(0);

        // then
        assertEquals(List.of("1+1", "3+1"), sendAll());
    }

    @Test
    void shouldResendFromGapOnceWhenManyFramesReportIt() {
        // given
        for (int i = 1; i <= 4; i++) {
            offer(i, 10);
            sendAll();
        }

        // when
        window.onGap(2);
        final List<String> first = sendAll();
        window.onGap(2);
        final List<String> second = sendAll();

        // then
        assertEquals(List.of("2+3"), first);
        assertEquals(List.of(), second);
    }

    @Test
    void shouldResendWithBackOffWhenNothingIsAnswered() {
        // given
        offer(1, 10);
        sendAll();

        // when / then
        assertFalse(window.resendIfDue(RESEND_NS - 1));
        assertTrue(window.resendIfDue(RESEND_NS));
        assertFalse(window.resendIfDue(RESEND_NS + RESEND_NS));
        assertTrue(window.resendIfDue(RESEND_NS + 2 * RESEND_NS));
    }

    @Test
    void shouldNotResendWhenNothingWasSent() {
        // given
        offer(1, 10);

        // when
        final boolean isResent = window.resendIfDue(100 * RESEND_NS);

        // then
        assertFalse(isResent);
        assertTrue(window.maySend(8192, 100, 1_000));
    }

    @Test
    void shouldCloseForNewMessagesUntilSettledWhenOrderedMessageIsRefused() {
        // given
        offer(1, 10);
        offer(2, 10);
        offer(3, 10);
        sendAll();

        // when
        window.onResult(1, BAD_TOPIC, 0, -1);
        window.release(0);

        // then
        assertEquals(InFlightWindow.FULL, window.tryAppend(10, 1));
        assertEquals(0, window.notedRefusal());

        // when
        window.onResult(2, AFTER_REFUSAL, 0, -1);
        window.onResult(3, AFTER_REFUSAL, 0, -1);
        window.release(0);

        // then
        assertEquals(3, window.notedRefusal());
        offer(4, 10);
        assertEquals(1, window.size());
    }

    @Test
    void shouldStayOpenWhenUnorderedMessageIsRefused() {
        // given
        window = newWindow(8, 1024, false);
        offer(1, 10);
        offer(2, 10);
        sendAll();

        // when
        window.onResult(1, BAD_TOPIC, 0, -1);
        window.release(0);

        // then
        assertEquals(1, window.notedRefusal());
        offer(3, 10);
        assertEquals(2, window.size());
    }

    @Test
    void shouldGiveEveryMessageAFateWhenAbandoned() {
        // given
        offer(1, 10);
        offer(2, 10);
        sendAll();
        offer(3, 10);
        window.onAccepted(2, 2, 200);

        // when
        window.abandon();

        // then
        assertEquals(List.of("1:-1@0", "2:0@200", "3:-1@0"), fates);
        assertEquals(InFlightWindow.FULL, window.tryAppend(10, 1));
    }

    @Test
    void shouldOpenAgainAndHandOutTheRestWhenHandlerThrows() {
        // given
        window = new InFlightWindow(8, 1024, true, RESEND_NS, 7, (messageId, sequence, code, detail, position) -> {
            fates.add(messageId + ":" + code);
            throw new IllegalStateException("handler");
        });
        offer(1, 10);
        offer(2, 10);
        sendAll();
        window.onResult(1, BAD_TOPIC, 0, -1);
        window.onResult(2, AFTER_REFUSAL, 0, -1);

        // when
        assertThrows(IllegalStateException.class, () -> window.release(0));
        assertThrows(IllegalStateException.class, () -> window.release(0));

        // then
        assertEquals(List.of("1:20", "2:13"), fates);
        assertEquals(2, window.notedRefusal());
        assertTrue(window.tryAppend(10, 1) >= 0);
    }

    @Test
    void shouldGiveEveryMessageAFateWhenAbandonedAndHandlerThrows() {
        // given
        window = new InFlightWindow(8, 1024, true, RESEND_NS, 7, (messageId, sequence, code, detail, position) -> {
            fates.add(messageId + ":" + code);
            throw new IllegalStateException("handler");
        });
        offer(1, 10);
        offer(2, 10);

        // when
        assertThrows(IllegalStateException.class, () -> window.abandon());

        // then
        assertEquals(List.of("1:-1", "2:-1"), fates);
    }

    @Test
    void shouldExpireWhenOldestWaitsTooLong() {
        // given
        offer(1, 10);

        // when / then
        assertFalse(window.isExpired(99, 100));
        assertTrue(window.isExpired(100, 100));
    }

    @Test
    void shouldBeginAfterConsumedSequencesWhenProducerIsOpenedAgain() {
        // given
        window.begin(41, 17);

        // when
        offer(1, 10);

        // then
        assertEquals(17, window.notedRefusal());
        assertEquals(List.of("42+1"), sendAll());
    }

    private InFlightWindow newWindow(final int capacity, final int bufferLength, final boolean isOrdered) {
        return new InFlightWindow(
                capacity,
                bufferLength,
                isOrdered,
                RESEND_NS,
                7,
                (messageId, sequence, code, detail, position) -> fates.add(messageId + ":" + code + "@" + position));
    }

    private void offer(final long messageId, final int lengthBytes) {
        assertTrue(window.tryAppend(lengthBytes, 1) >= 0);
        window.append(messageId, lengthBytes, 0);
    }

    private void offerBatch(final long firstMessageId, final int... lengths) {
        int sum = 0;
        for (final int length : lengths) {
            sum += length;
        }
        assertTrue(window.tryAppend(sum, lengths.length) >= 0);
        window.appendBatch(firstMessageId, lengths, lengths.length, 0);
    }

    private List<String> sendAll() {
        final List<String> frames = new ArrayList<>();
        while (window.nextFrame(frame, 8192, 100)) {
            frames.add(frame.firstSequence() + "+" + frame.entryCount() + (frame.isAtomic() ? " atomic" : ""));
            window.onFrameSent(frame, 0);
        }
        return frames;
    }
}
