package io.lockstep.gateway.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class WindowTest {
    @Test
    void shouldRefuseMessageWhenClientsReceiveMaximumIsReached() {
        final OutboundWindow<String> window = new OutboundWindow<>(2);

        assertEquals(1, window.open("a"));
        assertEquals(2, window.open("b"));
        assertEquals(OutboundWindow.FULL, window.open("c"));
        assertFalse(window.hasRoom());
        assertEquals("a", window.settle(1));
        assertEquals(3, window.open("c"));
    }

    @Test
    void shouldIgnoreAnswerWhenPacketIdIsNotInFlight() {
        final OutboundWindow<String> window = new OutboundWindow<>(2);
        window.open("a");

        assertNull(window.settle(7));
        assertEquals("a", window.settle(1));
        assertNull(window.settle(1));
        assertEquals(0, window.length());
    }

    @Test
    void shouldSkipIdsInFlightWhenIdsStartAgain() {
        final OutboundWindow<String> window = new OutboundWindow<>(3);
        window.open("stays");
        for (int i = 2; i <= OutboundWindow.MAX_PACKET_ID; i++) {
            assertEquals(i, window.open("x"));
            window.settle(i);
        }

        assertEquals(2, window.open("y"));
        assertEquals("stays", window.settle(1));
    }

    @Test
    void shouldAnswerInOrderWhenShardsAnswerOutOfOrder() {
        final InboundWindow window = new InboundWindow(3);
        final long first = window.accept(10);
        final long second = window.accept(11);
        final long third = window.accept(12);
        assertEquals(InboundWindow.FULL, window.accept(13));

        window.settle(third, 0x90);
        window.settle(second, 0);
        assertFalse(window.hasSettledHead());
        window.settle(first, 0);

        assertNext(window, 10, 0);
        assertNext(window, 11, 0);
        assertNext(window, 12, 0x90);
        assertFalse(window.hasSettledHead());
        assertEquals(0, window.length());
    }

    @Test
    void shouldThrowWhenTicketIsSettledTwice() {
        final InboundWindow window = new InboundWindow(3);
        final long ticket = window.accept(1);
        window.settle(ticket, 0);

        assertThrows(IllegalStateException.class, () -> window.settle(ticket, 0));
        assertThrows(IllegalStateException.class, () -> window.settle(ticket + 1, 0));
    }

    @Test
    void shouldGoOnWhenTicketsPassTheLengthOfTheWindow() {
        final InboundWindow window = new InboundWindow(100);
        for (int i = 0; i < 1_000; i++) {
            window.settle(window.accept(i % 65_535 + 1), 0);
            assertNext(window, i % 65_535 + 1, 0);
        }
    }

    @Test
    void shouldExpireWhenSilentForOneAndAHalfIntervals() {
        final KeepAlive keepAlive = new KeepAlive(10, 1_000);

        assertEquals(15_000_000_000L, keepAlive.remainingNs(1_000));
        assertEquals(0, keepAlive.remainingNs(15_000_001_000L));
        keepAlive.onPacket(15_000_000_999L);
        assertTrue(keepAlive.remainingNs(15_000_001_000L) > 0);
    }

    @Test
    void shouldNeverExpireWhenKeepAliveIsZero() {
        assertEquals(KeepAlive.NEVER, new KeepAlive(0, 0).remainingNs(Long.MAX_VALUE));
    }

    private static void assertNext(final InboundWindow window, final int packetId, final int reasonCode) {
        assertTrue(window.hasSettledHead());
        assertEquals(packetId, window.headPacketId());
        assertEquals(reasonCode, window.headReasonCode());
        window.removeHead();
    }
}
