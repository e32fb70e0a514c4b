package io.lockstep.archive.idle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.agrona.concurrent.IdleStrategy;
import org.junit.jupiter.api.Test;

class TurnIdleStrategyTest {
    private final List<String> seen = new ArrayList<>();
    private long nowNs = Long.MAX_VALUE - 1_000;
    private final TurnIdleStrategy strategy = new TurnIdleStrategy(new Recording(), () -> nowNs, parkNs -> {
        seen.add("park " + parkNs);
        nowNs += parkNs;
    });

    @Test
    void shouldLeaveItToTheOtherStrategyWhenSomeTurnsAreShort() {
        for (int i = 0; i < 10 * TurnIdleStrategy.TURNS; i++) {
            turn(i % TurnIdleStrategy.TURNS == 3 ? TurnIdleStrategy.CHEAP_LOOK_NS : 1_000_000, i % 2);
        }

        assertEquals(Set.of("idle 0", "idle 1"), Set.copyOf(seen));
    }

    @Test
    void shouldParkAsLongAsItTakesToLookWhetherThereWasSomethingOrNot() {
        turns(30_000, 0);
        seen.clear();
        turn(40_000, 0);
        turn(5_000_000, 1);
        assertEquals(List.of("park 30000", "park 30000"), seen);

        turns(10 * TurnIdleStrategy.MAX_PARK_NS, 1);
        turns(10 * TurnIdleStrategy.MAX_PARK_NS, 1);
        seen.clear();
        turn(1, 0);
        assertEquals(List.of("park " + TurnIdleStrategy.MAX_PARK_NS), seen);

        turns(1, 1);
        seen.clear();
        turn(1, 1);
        assertEquals(List.of("idle 1"), seen);
    }

    private void turns(final long lengthNs, final int workCount) {
        for (int i = 0; i < TurnIdleStrategy.TURNS; i++) {
            turn(lengthNs, workCount);
        }
    }

    private void turn(final long lengthNs, final int workCount) {
        nowNs += lengthNs;
        strategy.idle(workCount);
    }

    private final class Recording implements IdleStrategy {
        @Override
        public void idle(final int workCount) {
            seen.add("idle " + workCount);
        }

        @Override
        public void idle() {
            seen.add("idle");
        }

        @Override
        public void reset() {
            seen.add("reset");
        }
    }
}
