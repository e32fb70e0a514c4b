package io.lockstep.perf.rig;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class SendScheduleTest {
    @Test
    void shouldSpreadMessagesEvenlyWithoutAccumulatingErrorWhenTheRateDoesNotDivideASecond() {
        final SendSchedule schedule = new SendSchedule(1_000, 3);

        assertEquals(1_000, schedule.dueNs(0));
        assertEquals(333_334_333, schedule.dueNs(1));
        assertEquals(666_667_666, schedule.dueNs(2));
        assertEquals(3_600_000_001_000L, schedule.dueNs(3 * 3600));
    }

    @Test
    void shouldCountTheMessagesWhoseTimeIsBeforeTheEndWhenAskedForADuration() {
        final SendSchedule schedule = new SendSchedule(0, 1_000);

        assertEquals(0, schedule.countWithin(0));
        assertEquals(1, schedule.countWithin(1));
        assertEquals(1, schedule.countWithin(1_000_000));
        assertEquals(2, schedule.countWithin(1_000_001));
        assertEquals(4_000, schedule.countWithin(4_000_000_000L));
    }

    @Test
    void shouldRefuseARateThatIsOutOfRange() {
        assertThrows(IllegalArgumentException.class, () -> new SendSchedule(0, 0));
        assertThrows(IllegalArgumentException.class, () -> new SendSchedule(0, 100_000_001));
    }
}
