package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.codecs.ResultCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Three engines over one log, with restarts from snapshots at random points. */
class EngineSimulationTest {
    private record Outcome(Set<ResultCode> seenCodes, long messages) {}

    private static final int REPLICAS = 3;
    private static final int SEEDS = 20;
    private static final int STEPS = 1_500;

    // Seeds that once failed stay here.
    private static final long[] PERMANENT_SEEDS = {1, 2, 3, 4, 5, 6};

    private static final int FIRST_FEATURE_CODE = 60;

    // Codes of consumers, groups, leases and the like: the models of these features reach them.
    private static final Set<ResultCode> NO_CODES = Arrays.stream(ResultCode.values())
            .filter(code ->
                    code == ResultCode.NULL_VAL || code == ResultCode.SBE_UNKNOWN || code.value() >= FIRST_FEATURE_CODE)
            .collect(Collectors.toCollection(() -> EnumSet.noneOf(ResultCode.class)));

    @Test
    void shouldStayEqualWhenReplicasRestartAnywhereInTheLog() {
        final Set<ResultCode> seenCodes = EnumSet.noneOf(ResultCode.class);
        long messages = 0;
        for (final long seed : PERMANENT_SEEDS) {
            final Outcome outcome = simulate(seed);
            seenCodes.addAll(outcome.seenCodes());
            messages += outcome.messages();
        }
        assertEquals(EnumSet.complementOf(EnumSet.copyOf(NO_CODES)), seenCodes, "what the permanent seeds reach");
        assertTrue(messages > STEPS, "only " + messages + " messages were accepted");
        final long first = TestSeed.next("EngineSimulationTest");
        for (long seed = first; seed < first + SEEDS; seed++) {
            simulate(seed);
        }
    }

    private static Outcome simulate(final long seed) {
        final Random random = new Random(seed);
        final SimulatedLog log = new SimulatedLog(random);
        final SimulatedHistory history = new SimulatedHistory();
        final List<SimulatedReplica> replicas = new ArrayList<>();
        for (int i = 0; i < REPLICAS; i++) {
            replicas.add(new SimulatedReplica(log, history));
        }
        SimulatedReplica leader = replicas.get(0);
        final SimulatedClients clients = new SimulatedClients(random);
        try {
            for (int step = 0; step < STEPS; step++) {
                leader.replay();
                final byte[] command = leader.isTimerDue(log.nowNs()) ? null : clients.nextCommand(log);
                log.append(command);
                if (command == SimulatedLog.TERM) {
                    leader = replicas.get(random.nextInt(REPLICAS));
                }
                leader.replay();
                clients.onReplies(history.repliesTo(step));
                for (final SimulatedReplica replica : replicas) {
                    move(replica, random);
                }
            }
            for (final SimulatedReplica replica : replicas) {
                replica.replay();
                assertEquals(STEPS, replica.applied());
            }
            return new Outcome(clients.seenCodes(), leader.engine().messageCount());
        } catch (final RuntimeException | AssertionError ex) {
            throw new AssertionError("seed " + seed + " failed, repeat with -Dlockstep.seed=" + seed, ex);
        }
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
