package io.lockstep.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class HandOverTest {
    private final RecordingListener listener = new RecordingListener();

    @Test
    void shouldCloseTheOtherModulesWhenTheFirstIsStuck() throws InterruptedException {
        // given
        final CountDownLatch release = new CountDownLatch(1);
        final CountDownLatch closed = new CountDownLatch(2);
        final Runnable stuck = () -> {
            try {
                release.await();
            } catch (final InterruptedException ex) {
                Thread.currentThread().interrupt();
            }
        };

        // when
        HandOver.runAll(List.of(stuck, closed::countDown, closed::countDown), 100, listener);

        // then
        assertTrue(closed.await(10, TimeUnit.SECONDS), "the others do not wait for the stuck one");
        assertEquals(1, listener.events.size(), listener.events::toString);
        assertTrue(listener.events.get(0).contains("did not hand over within 100 ms"), listener.events::toString);
        release.countDown();
    }

    @Test
    void shouldTellTheErrorAndGoOnWhenAModuleDoesNotClose() {
        // given
        final CountDownLatch closed = new CountDownLatch(1);

        // when
        HandOver.runAll(
                List.of(
                        () -> {
                            throw new IllegalStateException("no answer");
                        },
                        closed::countDown),
                10_000,
                listener);

        // then
        assertEquals(0, closed.getCount());
        assertEquals(List.of("no answer"), listener.errors);
        assertEquals(List.of(), listener.events);
    }
}
