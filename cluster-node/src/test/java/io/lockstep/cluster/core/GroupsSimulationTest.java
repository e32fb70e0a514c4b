package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.config.EngineSetting;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Three engines over one log of group commands, with restarts from snapshots at random points. */
class GroupsSimulationTest {
    private static final int REPLICAS = 3;
    private static final int SEEDS = 20;
    private static final int STEPS = 1_500;

    @Test
    void shouldHandOutAlikeWhenReplicasRestartAnywhereInTheLog() {
        final int[] totals = new int[3];
        EngineModelRun.forSeeds("GroupsSimulationTest", SEEDS, seed -> {
            final SimulatedWorkers workers = simulate(seed);
            totals[0] += workers.assignments();
            totals[1] += workers.deadLetters();
            totals[2] += workers.fed();
        });
        if (TestSeed.isWhole(SEEDS)) {
            assertTrue(totals[0] > SEEDS * 100, "only " + totals[0] + " messages were handed out");
            assertTrue(totals[1] > 0, "no dead letter");
            assertTrue(totals[2] > 0, "nothing was fed");
        }
    }

    private static SimulatedWorkers simulate(final long seed) {
        final Random random = new Random(seed);
        final SimulatedLog log = new SimulatedLog(random);
        final SimulatedHistory history = new SimulatedHistory();
        final List<SimulatedReplica> replicas = new ArrayList<>();
        for (int i = 0; i < REPLICAS; i++) {
            replicas.add(new SimulatedReplica(log, history));
        }
        SimulatedReplica leader = replicas.get(0);
        final SimulatedWorkers workers = new SimulatedWorkers(random);
        for (int step = 0; step < STEPS; step++) {
            leader.replay();
            final byte[] command = nextCommand(step, leader, log, workers, random);
            log.append(command);
            if (command == SimulatedLog.TERM) {
                leader = replicas.get(random.nextInt(REPLICAS));
            }
            leader.replay();
            workers.onRecords(history.recordsOf(step));
            for (final SimulatedReplica replica : replicas) {
                move(replica, random);
            }
        }
        for (final SimulatedReplica replica : replicas) {
            replica.replay();
            assertEquals(STEPS, replica.applied());
        }
        return workers;
    }

    private static byte[] nextCommand(
            final int step,
            final SimulatedReplica leader,
            final SimulatedLog log,
            final SimulatedWorkers workers,
            final Random random) {
        if (step == 0) {
            return Commands.seedShard(
                    0, 1, Map.of(EngineSetting.GROUP_WINDOW, 64L, EngineSetting.MAX_STATE_BYTES, 1L << 20), List.of());
        }
        if (leader.isTimerDue(log.nowNs())) {
            return null;
        }
        if (random.nextInt(30) == 0) {
            log.advance(random.nextInt(1_000_000_000));
            return random.nextInt(6) == 0 ? SimulatedLog.TERM : SimulatedLog.EVENT;
        }
        return workers.nextCommand(leader.engine());
    }

    private static void move(final SimulatedReplica replica, final Random random) {
        final int choice = random.nextInt(100);
        if (choice < 60) {
            replica.replay();
        } else if (choice < 70) {
            replica.replayTo(replica.applied() + 1);
        } else if (choice < 72) {
            replica.takeSnapshot();
        } else if (choice < 74) {
            replica.restart();
        }
    }
}
