package io.lockstep.gateway.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WindowTest {
    @Test
    void shouldHaveNoRoomWhenClientsReceiveMaximumIsReached() {
        final OutboundWindow<String> window = new OutboundWindow<>(2);

        window.open(7, "a");
        window.open(9, "b");
        assertFalse(window.hasRoom());
        window.remove(7);

        assertTrue(window.hasRoom());
        assertNull(window.get(7));
        assertEquals("b", window.get(9));
        assertEquals(1, window.length());
    }

    @Test
    void shouldRefuseIdThatIsInFlight() {
        final OutboundWindow<String> window = new OutboundWindow<>(2);
        window.open(7, "a");

        assertThrows(IllegalStateException.class, () -> window.open(7, "b"));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8, 62})
    void shouldGiveEachShardIdsOfItsOwn(final int shardCount) {
        final PacketIds ids = new PacketIds(shardCount);
        for (int shardId = 0; shardId < shardCount; shardId++) {
            final Set<Integer> inFlight = new HashSet<>();
            for (long ordinal = 1; ordinal <= 200_000; ordinal += 997) {
                for (long next = ordinal; next < ordinal + ids.window(); next++) {
                    final int id = ids.idOf(shardId, next);
                    assertTrue(id >= 1 && id <= PacketIds.MAX, "id " + id);
                    assertEquals(shardId, id % (shardCount + 1));
                    assertTrue(inFlight.add(id), "two messages of one window have the id " + id);
                }
                inFlight.clear();
            }
        }
        final int free = ids.freeId(123_456);
        assertEquals(shardCount, free % (shardCount + 1));
        assertTrue(free >= 1 && free <= PacketIds.MAX);
    }

    @Test
    void shouldAnswerInOrderWhenShardsAnswerOutOfOrder() {
        final InboundWindow window = new InboundWindow(3);
        final long first = window.accept(10, false);
        final long second = window.accept(11, false);
        final long third = window.accept(12, false);
        assertEquals(InboundWindow.FULL, window.accept(13, false));

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
        final long ticket = window.accept(1, false);
        window.settle(ticket, 0);

        assertThrows(IllegalStateException.class, () -> window.settle(ticket, 0));
        assertThrows(IllegalStateException.class, () -> window.settle(ticket + 1, 0));
    }

    @Test
    void shouldGoOnWhenTicketsPassTheLengthOfTheWindow() {
        final InboundWindow window = new InboundWindow(100);
        for (int i = 0; i < 1_000; i++) {
            window.settle(window.accept(i % 65_535 + 1, false), 0);
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
