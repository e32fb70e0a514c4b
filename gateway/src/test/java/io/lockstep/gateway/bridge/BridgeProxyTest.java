package io.lockstep.gateway.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;

class BridgeProxyTest {
    private static final int LENGTH = 8;
    private static final int MESSAGES = 6;

    private int wakeCount;
    private final BridgeProxy proxy = new BridgeProxy(LENGTH, 1 << 20, () -> wakeCount++);

    @Test
    void shouldWakeTheBridgeWhenItTakesSomething() {
        assertTrue(proxy.offer(new BridgeCommand.Release(null, 1)));
        assertEquals(1, wakeCount);

        assertTrue(proxy.offerPublish(message(10)));
        assertEquals(2, wakeCount);

        final BridgeSession session = session();
        proxy.touch(session);
        assertEquals(3, wakeCount);
        assertSame(session, proxy.pollTouched());
    }

    @Test
    void shouldLeaveTheBridgeAsleepAndRoomForOthersWhenMessagesFillTheirPart() {
        // given
        for (int i = 0; i < MESSAGES; i++) {
            assertTrue(proxy.offerPublish(message(10)));
        }
        final int wakesBefore = wakeCount;

        // when
        final boolean isTaken = proxy.offerPublish(message(10));

        // then
        assertFalse(isTaken);
        assertEquals(wakesBefore, wakeCount);
        assertTrue(proxy.offer(new BridgeCommand.Release(null, 1)));
        assertTrue(proxy.offer(new BridgeCommand.Release(null, 2)));
        assertFalse(proxy.offer(new BridgeCommand.Release(null, 3)), "the queue is full");
    }

    @Test
    void shouldTakeNoMessageUntilThereIsRoomWhenBytesAreUsedUp() {
        // given
        assertTrue(proxy.offerPublish(message(1 << 20)));

        // when
        final boolean isTaken = proxy.offerPublish(message(10));
        assertNotNull(proxy.poll());

        // then
        assertFalse(isTaken);
        assertTrue(proxy.offerPublish(message(10)));
    }

    @Test
    void shouldTakeMessagesForOtherShardsWhenOneIsFull() {
        // given
        proxy.shardOf(topic -> "full".equals(topic) ? 1 : 0);

        // when
        proxy.fullShards(1L << 1);

        // then
        assertFalse(proxy.offerPublish(message("full", 10)));
        assertTrue(proxy.offerPublish(message("free", 10)));
        proxy.fullShards(0);
        assertTrue(proxy.offerPublish(message("full", 10)));
    }

    // Nobody asks it anything here.
    private static BridgeSession session() {
        return (BridgeSession) Proxy.newProxyInstance(
                BridgeSession.class.getClassLoader(),
                new Class<?>[] {BridgeSession.class},
                (self, method, arguments) -> {
                    throw new UnsupportedOperationException(method.getName());
                });
    }

    private static BridgeCommand.Publish message(final int length) {
        return message("a", length);
    }

    private static BridgeCommand.Publish message(final String topic, final int length) {
        return new BridgeCommand.Publish(
                null,
                BridgeCommand.Publish.NO_TICKET,
                BridgeCommand.Publish.NO_PACKET,
                topic,
                new byte[0],
                new byte[length]);
    }
}
