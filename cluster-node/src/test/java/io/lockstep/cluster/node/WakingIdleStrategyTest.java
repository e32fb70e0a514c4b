package io.lockstep.cluster.node;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class WakingIdleStrategyTest {
    private static final long LONG_NS = TimeUnit.HOURS.toNanos(1);

    @Test
    void shouldWakeTheOtherThreadWhenThereWasWork() throws InterruptedException {
        // given
        final WakingIdleStrategy mine = new WakingIdleStrategy(1, 1);
        final WakingIdleStrategy theirs = new WakingIdleStrategy(LONG_NS, LONG_NS);
        mine.alsoWake(theirs);
        final Thread thread = parkOnce(theirs);

        // when
        while (thread.isAlive()) {
            mine.idle(1);
            Thread.sleep(1);
        }

        // then
        assertFalse(thread.isAlive());
    }

    @Test
    void shouldLetTheOtherThreadParkWhenThereWasNoWork() throws InterruptedException {
        // given
        final WakingIdleStrategy mine = new WakingIdleStrategy(1, 1);
        final WakingIdleStrategy theirs = new WakingIdleStrategy(LONG_NS, LONG_NS);
        mine.alsoWake(theirs);
        final Thread thread = parkOnce(theirs);
        while (thread.getState() != Thread.State.TIMED_WAITING) {
            Thread.sleep(1);
        }

        // when
        mine.idle(0);

        // then
        thread.join(50);
        assertTrue(thread.isAlive());
        mine.idle(1);
        thread.join();
    }

    private static Thread parkOnce(final WakingIdleStrategy strategy) {
        final Thread thread = new Thread(() -> strategy.idle(0), "parked");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }
}
