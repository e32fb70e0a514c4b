package io.lockstep.client.window;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class GroupWindowTest {
    private static final byte ACK = 0;
    private static final byte EXTEND = 2;

    private final GroupWindow window = new GroupWindow(1 << 10, 4);
    private final UnsafeBuffer record = new UnsafeBuffer(new byte[4096]);

    @Test
    void shouldHandOutInOrderOfAssignmentWhenMessagesAreItsOwn() {
        onMessage(100, 10);
        onMessage(200, 20);
        window.onAssigned(true, 200, 20, 1);
        window.onAssigned(true, 100, 10, 3);

        assertNext(200, 20, 1);
        assertTrue(window.isNextHeld());
        assertEquals(200, window.buffer().getByte(window.nextOffset()) & 0xFF);
        window.handOut();
        assertNext(100, 10, 3);
        window.handOut();

        assertFalse(window.hasNext());
        assertEquals(2, window.openCount());
        assertEquals(0, window.heldCount());
    }

    @Test
    void shouldForgetMessagesWhenTheyAreAssignedToOthers() {
        onMessage(100, 10);
        window.onAssigned(false, 100, 10, 1);

        assertFalse(window.hasNext());
        assertEquals(0, window.heldCount());
    }

    @Test
    void shouldAskToReadAgainWhenTheCopyHadToGo() {
        onMessage(100, 400);
        onMessage(200, 400);
        onMessage(300, 400);
        window.onAssigned(true, 100, 400, 1);
        window.onAssigned(true, 300, 400, 1);

        assertFalse(window.isNextHeld());
        window.handOut();
        assertTrue(window.isNextHeld());
    }

    @Test
    void shouldNotHoldMessagesWhenTheyAreLongerThanTheRing() {
        onMessage(100, 2000);
        window.onAssigned(true, 100, 2000, 1);

        assertFalse(window.isNextHeld());
        assertNext(100, 2000, 1);
    }

    @Test
    void shouldTakeBackWhenAnAssignmentIsRenewed() {
        window.onAssigned(true, 100, 10, 1);
        window.onAssigned(true, 200, 10, 1);
        window.handOut();

        window.onAssigned(false, 100, 10, 2);
        window.onAssigned(true, 200, 10, 2);

        assertFalse(window.settle(100, 1, ACK, 0));
        assertNext(200, 10, 2);
        assertEquals(2, window.takenAwayCount());
    }

    @Test
    void shouldSettleOnceWhenItIsAskedTwice() {
        window.onAssigned(true, 100, 10, 1);
        window.handOut();

        assertFalse(window.settle(100, 2, ACK, 0));
        assertTrue(window.settle(100, 1, ACK, 0));
        assertFalse(window.settle(100, 1, ACK, 0));

        assertEquals(1, window.settleCount());
        assertEquals(100, window.settlePosition(0));
        assertEquals(1, window.settleAttempt(0));
        window.dropSettles(1);
        assertEquals(0, window.settleCount());
    }

    @Test
    void shouldKeepRoomForDecisionsWhenMoreTimeIsAskedFor() {
        window.onAssigned(true, 100, 10, 1);
        window.handOut();

        int extended = 0;
        while (window.extend(100, 1, EXTEND, 5)) {
            extended++;
        }

        assertEquals(7, extended);
        assertTrue(window.settle(100, 1, ACK, 0));
    }

    @Test
    void shouldHandOutNoMoreWhenTooMuchIsOpen() {
        for (int i = 1; i <= 4; i++) {
            window.onAssigned(true, 100L * i, 10, 1);
        }
        assertFalse(window.canTake(1));
        for (int i = 1; i <= 4; i++) {
            window.handOut();
        }
        assertTrue(window.canTake(4));
        window.onAssigned(true, 500, 10, 1);

        assertFalse(window.canHandOut());
        assertTrue(window.settle(100, 1, ACK, 0));
        assertTrue(window.canHandOut());
    }

    @Test
    void shouldRefuseAssignmentsWhenThereIsNoRoom() {
        for (int i = 1; i <= 4; i++) {
            window.onAssigned(true, 100L * i, 10, 1);
        }
        assertThrows(IllegalStateException.class, () -> window.onAssigned(true, 500, 10, 1));
    }

    @Test
    void shouldForgetAllAssignmentsWhenTheMembershipIsLost() {
        window.onAssigned(true, 100, 10, 1);
        window.handOut();
        window.settle(100, 1, ACK, 0);
        window.onAssigned(true, 200, 10, 1);
        window.handOut();
        window.onAssigned(true, 300, 10, 1);

        window.onMembershipLost();

        assertFalse(window.hasNext());
        assertFalse(window.isOpen(200, 1));
        assertEquals(0, window.settleCount());
        assertEquals(2, window.takenAwayCount());
    }

    private void onMessage(final long position, final int length) {
        record.setMemory(0, length, (byte) position);
        window.onMessage(record, 0, length, position);
    }

    private void assertNext(final long position, final int length, final int attempt) {
        assertTrue(window.hasNext());
        assertEquals(position, window.nextPosition());
        assertEquals(length, window.nextRecordLength());
        assertEquals(attempt, window.nextAttempt());
    }
}
