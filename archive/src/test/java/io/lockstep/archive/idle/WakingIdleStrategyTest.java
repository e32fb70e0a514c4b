package io.lockstep.archive.idle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class WakingIdleStrategyTest {
    private static final long LONG_NS = TimeUnit.HOURS.toNanos(1);

    private final ParkingIdleStrategy mine = new ParkingIdleStrategy(1, 1);
    private final ParkingIdleStrategy theirs = new ParkingIdleStrategy(LONG_NS, LONG_NS);
    private final AtomicInteger returnCount = new AtomicInteger();
    private Thread thread;

    @BeforeEach
    void parkTheOtherThread() {
        mine.alsoWake(theirs);
        thread = new Thread(
                () -> {
                    while (!Thread.currentThread().isInterrupted()) {
                        theirs.idle(0);
                        returnCount.incrementAndGet();
                    }
                },
                "parked");
        thread.setDaemon(true);
        thread.start();
        while (thread.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
    }

    @AfterEach
    void endTheOtherThread() {
        thread.interrupt();
    }

    @Test
    void shouldWakeTheOtherThreadWhenThereWasWork() {
        // when: the time-out of the test ends this where nobody wakes
        while (returnCount.get() < 100 && !Thread.currentThread().isInterrupted()) {
            mine.idle(1);
        }

        // then
        assertTrue(returnCount.get() >= 100, () -> "woken " + returnCount + " times");
    }

    @Test
    void shouldLetTheOtherThreadParkWhenThereWasNoWork() {
        // when
        for (int i = 0; i < 1_000; i++) {
            mine.idle(0);
        }

        // then
        assertEquals(0, returnCount.get());
    }

    @Test
    void shouldNotParkWhenItWasWokenBefore() {
        // given
        final ParkingIdleStrategy woken = new ParkingIdleStrategy(LONG_NS, LONG_NS);
        mine.alsoWake(woken);
        mine.idle(1);

        // when: the time-out of the test ends this where it parks
        woken.idle(0);

        // then
        assertFalse(Thread.currentThread().isInterrupted());
    }
}
