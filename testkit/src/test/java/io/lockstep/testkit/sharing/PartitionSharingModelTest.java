package io.lockstep.testkit.sharing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Partitions that members share, against {@link SharingModel}: who has which is decided by the engine, who reads and hands
 * over by each client's {@code ConsumerClaim}. Members join, leave, die and stand still, sessions break, replicas restart
 * and leaders change, and after each storm the partitions have to be shared as is promised.
 */
class PartitionSharingModelTest {
    private static final int SEEDS = 1_000;
    private static final int ROUNDS = 3;
    private static final int STEPS = 120;
    private static final int MAX_MEMBERS = 5;
    private static final int MAX_PARTITIONS = 4;
    private static final int KEYS = 9;
    private static final long MS_NS = 1_000_000L;
    private static final long SETTLE_NS = 30_000 * MS_NS;

    @Test
    void shouldShareThePartitionsWhateverHappensToTheirMembers() {
        final Set<SharingModel.Cause> causes = EnumSet.noneOf(SharingModel.Cause.class);
        final String given = System.getProperty("lockstep.seed", "");
        final long first = given.isBlank() ? System.nanoTime() & 0xFFFF_FFFFL : Long.parseLong(given.trim());
        final int count = Integer.getInteger("lockstep.seeds", SEEDS);
        System.out.println("PartitionSharingModelTest: seed " + first + ", repeat with -Dlockstep.seed=" + first);
        for (long seed = first; seed < first + count; seed++) {
            try {
                new Simulation(seed, causes).run();
            } catch (final RuntimeException | AssertionError ex) {
                throw new AssertionError(
                        "seed " + seed + " failed, repeat with -Dlockstep.seed=" + seed + " -Dlockstep.seeds=1", ex);
            }
        }
        if (count >= SEEDS) {
            assertEquals(EnumSet.allOf(SharingModel.Cause.class), causes, "why partitions were taken");
        }
    }

    private static final class Simulation {
        private final Random random;
        private final Set<SharingModel.Cause> causes;
        private final int partitionCount;
        private final SharingModel model;
        private final SharingShard shard;
        private final List<SharingMember> members = new ArrayList<>();

        Simulation(final long seed, final Set<SharingModel.Cause> causes) {
            this.random = new Random(spread(seed));
            this.causes = causes;
            this.partitionCount = 1 + random.nextInt(MAX_PARTITIONS);
            this.model = new SharingModel(partitionCount);
            this.shard = new SharingShard(model, partitionCount);
        }

        void run() {
            for (int round = 0; round < ROUNDS; round++) {
                for (int step = 0; step < STEPS; step++) {
                    turn(1 + random.nextLong(100 * MS_NS));
                    act();
                }
                settle();
            }
            causes.addAll(model.causes);
        }

        private void act() {
            switch (random.nextInt(40)) {
                case 0, 1 -> {
                    if (members.size() < MAX_MEMBERS) {
                        join();
                    }
                }
                case 2 -> anyMember().ifPresent(SharingMember::beginClose);
                case 3 -> {
                    if (random.nextInt(3) == 0) {
                        anyMember().ifPresent(this::kill);
                    }
                }
                case 4 ->
                    anyMember()
                            .ifPresent(member -> member.pause(
                                    random.nextLong(random.nextInt(3) == 0 ? 12_000 * MS_NS : 1_500 * MS_NS)));
                case 5 -> anyMember().ifPresent(SharingMember::restoreSession);
                case 6 -> shard.restart();
                case 7 -> {
                    if (random.nextInt(4) == 0) {
                        shard.beginTerm();
                        members.forEach(SharingMember::restoreSession);
                    }
                }
                case 8, 9, 10, 11, 12, 13, 14, 15, 16, 17 ->
                    shard.publish("k" + random.nextInt(KEYS), random.nextInt(90));
                default -> {}
            }
        }

        private void join() {
            long id;
            do {
                id = 1L + random.nextInt(1_000_000);
            } while (has(id));
            members.add(new SharingMember(id, random, shard, model, partitionCount));
        }

        private boolean has(final long id) {
            return members.stream().anyMatch(member -> member.id == id);
        }

        private Optional<SharingMember> anyMember() {
            return members.isEmpty() ? Optional.empty() : Optional.of(members.get(random.nextInt(members.size())));
        }

        private void kill(final SharingMember member) {
            member.die();
            members.remove(member);
        }

        private void turn(final long durationNs) {
            shard.pass(durationNs);
            for (final SharingMember member : List.copyOf(members)) {
                member.arrive();
                if (!member.isPaused()) {
                    member.doWork();
                }
                if (member.isClosed()) {
                    kill(member);
                }
            }
        }

        // Nothing goes wrong any more: each partition comes to its member, which does all that is left.
        private void settle() {
            members.forEach(SharingMember::hurry);
            final long deadlineNs = shard.nowNs() + SETTLE_NS;
            while (!isSettled()) {
                assertTrue(shard.nowNs() < deadlineNs, this::describe);
                turn(1 + random.nextLong(200 * MS_NS));
            }
            members.forEach(SharingMember::stopHurrying);
        }

        private boolean isSettled() {
            final Set<Long> ids = new TreeSet<>();
            for (final SharingMember member : members) {
                if (member.isClosing()) {
                    return false;
                }
                ids.add(member.id);
            }
            for (int i = 0; i < partitionCount; i++) {
                final long wanted = SharingModel.ownerOf(i, ids);
                if (model.partitions.get(i).owner != wanted) {
                    return false;
                }
                for (final SharingMember member : members) {
                    if (member.isOwner(i) != (member.id == wanted)) {
                        return false;
                    }
                }
            }
            return members.isEmpty() || model.isAllConfirmed();
        }

        private String describe() {
            final StringBuilder text = new StringBuilder("not settled: members ").append(members);
            for (int i = 0; i < partitionCount; i++) {
                final SharingModel.Partition partition = model.partitions.get(i);
                text.append("; partition ")
                        .append(i)
                        .append(" of ")
                        .append(partition.owner)
                        .append(", wanted ")
                        .append(partition.wanted)
                        .append(", joined ")
                        .append(partition.joined)
                        .append(", confirmed ")
                        .append(partition.confirmed.size())
                        .append(" of ")
                        .append(partition.sent.size());
                for (final SharingMember member : members) {
                    text.append(member.isOwner(i) ? ", read by " + member.id : "");
                }
            }
            return text.toString();
        }

        // SplitMix64: the first draws of generators with neighbouring seeds are nearly the same.
        private static long spread(final long seed) {
            long bits = seed * 0x9E3779B97F4A7C15L;
            bits = (bits ^ (bits >>> 30)) * 0xBF58476D1CE4E5B9L;
            bits = (bits ^ (bits >>> 27)) * 0x94D049BB133111EBL;
            return bits ^ (bits >>> 31);
        }
    }
}
