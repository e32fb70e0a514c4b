package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Members against a map of who lives until when. */
class MembersModelTest {
    private static final int SEEDS = 1_000;
    private static final int STEPS = 120;
    private static final int MAX_MEMBERS = 20;
    private static final long SECOND_NS = 1_000_000_000L;

    private static final long HOUR_NS = 3_600_000_000_000L;

    private record Lease(long lengthNs, long endNs) {}

    private static final class Model {
        private final Map<Long, Lease> members = new TreeMap<>();
        private long nowNs;

        void pass(final long toNs) {
            nowNs = toNs;
            members.values().removeIf(lease -> lease.endNs() <= nowNs);
        }

        void beginTerm() {
            members.replaceAll((id, lease) -> new Lease(lease.lengthNs(), nowNs + lease.lengthNs()));
        }

        ResultCode open(final long id, final long lengthNs) {
            if (lengthNs < SECOND_NS || lengthNs > HOUR_NS) {
                return ResultCode.BAD_LEASE;
            }
            if (!members.containsKey(id) && members.size() == MAX_MEMBERS) {
                return ResultCode.TOO_MANY_MEMBERS;
            }
            // A renewal never takes from what a new leader granted.
            members.put(id, new Lease(lengthNs, nowNs + lengthNs));
            return ResultCode.ACCEPTED;
        }

        ResultCode renew(final long id) {
            final Lease lease = members.get(id);
            if (lease == null) {
                return ResultCode.MEMBER_UNKNOWN;
            }
            members.put(id, new Lease(lease.lengthNs(), nowNs + lease.lengthNs()));
            return ResultCode.ACCEPTED;
        }
    }

    @Test
    void shouldKeepMembersAsLongAsTheirLeases() {
        final Set<ResultCode> seen = EnumSet.noneOf(ResultCode.class);
        EngineModelRun.forSeeds("MembersModelTest", SEEDS, seed -> simulate(seed, seen));
        TestSeed.assertReached(
                SEEDS,
                EnumSet.of(
                        ResultCode.ACCEPTED,
                        ResultCode.BAD_LEASE,
                        ResultCode.MEMBER_UNKNOWN,
                        ResultCode.TOO_MANY_MEMBERS),
                seen);
    }

    private static void simulate(final long seed, final Set<ResultCode> seen) {
        final EngineModelRun run = new EngineModelRun(seed);
        final Model model = new Model();
        run.apply(Commands.change(EngineSetting.MAX_MEMBERS, MAX_MEMBERS));
        for (int step = 0; step < STEPS; step++) {
            model.pass(run.nowNs());
            final long id = 1L + run.random.nextInt(2 * MAX_MEMBERS);
            switch (run.random.nextInt(10)) {
                case 0 -> {
                    run.pass(run.random.nextLong(30 * SECOND_NS));
                    model.pass(run.nowNs());
                }
                case 1 -> run.restart();
                case 2 -> {
                    if (run.random.nextInt(4) == 0) {
                        run.beginTerm();
                        model.beginTerm();
                    }
                }
                case 3 -> {
                    assertEquals(ResultCode.ACCEPTED, code(run.apply(Commands.closeMember(id))));
                    model.members.remove(id);
                }
                case 4, 5 -> {
                    final ResultCode expected = model.renew(id);
                    assertEquals(expected, code(run.apply(Commands.renewMember(id))));
                    seen.add(expected);
                }
                default -> {
                    final long leaseNs = run.random.nextInt(8) == 0
                            ? run.random.nextLong(2) * (HOUR_NS + 1)
                            : SECOND_NS + run.random.nextLong(20 * SECOND_NS);
                    final ResultCode expected = model.open(id, leaseNs);
                    assertEquals(expected, code(run.apply(Commands.openMember(id, leaseNs))));
                    seen.add(expected);
                }
            }
            assertEquals(model.members.keySet().stream().toList(), membersOf(run.engine()), "step " + step);
        }
    }

    private static List<Long> membersOf(final Engine engine) {
        final MembersPart members = engine.parts().members();
        return IntStream.range(0, members.memberCount())
                .mapToObj(i -> members.at(i).id())
                .toList();
    }

    private static ResultCode code(final byte[] reply) {
        return EngineFixture.decode(new CommandReplyDecoder(), reply).code();
    }
}
