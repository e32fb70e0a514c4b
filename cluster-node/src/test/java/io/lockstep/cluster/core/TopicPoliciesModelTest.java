package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.cluster.core.EngineFixture.Answer;
import io.lockstep.cluster.core.EngineFixture.Published;
import io.lockstep.cluster.core.PolicyCommands.Described;
import io.lockstep.cluster.core.PolicyCommands.Entry;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.ResultCode;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/**
 * The engine against {@link TopicPoliciesModel}, with snapshots that are restored, leaders that change and time that jumps.
 * {@code -Dlockstep.seeds=1000000} runs a million seeds.
 */
class TopicPoliciesModelTest {
    private static final int SEEDS = 1_500;
    private static final int STEPS = 80;
    private static final String[] NAMES = {"a", "b", "c", "a/b", "a/c", "b/b", "a/b/c", "x/y"};
    private static final String[] OTHER_NAMES = {"a/+", "$sys/a", "a/$07", "$3", "/$1", "a/$70000", "a/b/$1/$2", ""};
    private static final String[] FILTERS = {"a", "b", "a/b", "a/+", "a/#", "+", "+/b", "#", "a/b/#", "x/+"};
    private static final String[] BAD_FILTERS = {"$x", "a/$1", "a/#/b", "", "a+"};

    private final Set<ResultCode> seen = EnumSet.noneOf(ResultCode.class);

    @Test
    void shouldDoAsTheModelWhateverHappens() {
        final long first = TestSeed.next("TopicPoliciesModelTest");
        final int seeds = TestSeed.count(SEEDS);
        for (long seed = first; seed < first + seeds; seed++) {
            try {
                new Run(new Random(seed * 0x9E3779B97F4A7C15L)).run();
            } catch (final RuntimeException | AssertionError ex) {
                throw TestSeed.failureOf(seed, ex);
            }
        }
        final Set<ResultCode> wanted = EnumSet.of(
                ResultCode.ACCEPTED,
                ResultCode.UNSUPPORTED,
                ResultCode.BAD_TOPIC,
                ResultCode.RESERVED_TOPIC,
                ResultCode.WRONG_SHARD,
                ResultCode.BATCH_REFUSED,
                ResultCode.POLICY_WOULD_SPLIT,
                ResultCode.PARTITIONED,
                ResultCode.BAD_PARTITION,
                ResultCode.BAD_POLICY,
                ResultCode.STALE_POLICIES);
        if (TestSeed.isWhole(SEEDS)) {
            assertTrue(seen.containsAll(wanted), "reached were only " + seen);
        }
    }

    private final class Run {
        private final Random random;
        private final TopicPoliciesModel model;
        private FakeOutbox outbox = new FakeOutbox();
        private Engine engine = new Engine(outbox);
        private long logPosition;
        private long nowNs = 1_000_000_000L;
        private long sequence;

        private Run(final Random random) {
            this.random = random;
            final int shardCount = 1 + random.nextInt(2);
            this.model = new TopicPoliciesModel(random.nextInt(shardCount), shardCount);
            send(Commands.seed(model.shardId(), shardCount, Map.of()));
            send(Commands.openProducer(1, 64, false));
        }

        private void run() {
            if (random.nextInt(3) > 0) {
                switchOn();
            }
            for (int step = 0; step < STEPS; step++) {
                step();
                assertEquals(model.topicCount(), engine.topicCount(), "topics");
                assertEquals(model.version(), engine.parts().topicPolicies().version(), "version");
            }
            if (model.isOn()) {
                describe();
            }
        }

        private void step() {
            final int choice = random.nextInt(100);
            if (choice < 30) {
                apply();
            } else if (choice < 75) {
                publish();
            } else if (choice < 83) {
                final String name = name();
                assertSame(model.create(name), command(Commands.createTopic(name)), "create " + name);
            } else if (choice < 87 && model.isOn()) {
                describe();
            } else if (choice < 92) {
                restore();
            } else if (choice < 95) {
                engine.onLeadershipTerm(logPosition += 64, nowNs);
            } else if (choice < 98) {
                nowNs += 1L + random.nextInt(1_000_000_000) * 1_000L;
                engine.onTimer(logPosition += 64, nowNs);
            } else {
                switchOn();
            }
        }

        private void apply() {
            final List<Entry> entries = new ArrayList<>();
            if (random.nextBoolean()) {
                entries.addAll(model.entries());
            }
            for (int i = random.nextInt(4); i > 0; i--) {
                entries.add(entry());
            }
            if (!entries.isEmpty() && random.nextBoolean()) {
                entries.remove(random.nextInt(entries.size()));
            }
            final List<Entry> distinct = random.nextInt(20) == 0 ? entries : distinct(entries);
            final long version = model.version() + (random.nextInt(6) == 0 ? -random.nextInt(2) : 1);
            final boolean isCheckOnly = random.nextInt(4) == 0;
            assertSame(
                    model.apply(version, isCheckOnly, distinct),
                    command(PolicyCommands.apply(version, isCheckOnly, distinct)),
                    "apply " + version + " " + distinct);
        }

        private void publish() {
            final boolean isAtomic = random.nextInt(4) == 0;
            final PublishBuilder builder = new PublishBuilder(1, 1, sequence + 1);
            if (isAtomic) {
                builder.atomic();
            }
            final List<String> names = new ArrayList<>();
            for (int i = 1 + random.nextInt(4); i > 0; i--) {
                names.add(name());
                builder.entry(names.get(names.size() - 1), "x");
            }
            sequence += names.size();
            final List<Answer> expected = model.publish(names, isAtomic);
            final Published published = EngineFixture.decodePublished(send(builder.build()));
            assertEquals(ResultCode.ACCEPTED, published.code());
            final List<Answer> actual = published.results().stream()
                    .map(result -> new Answer(result.code(), result.detail()))
                    .toList();
            final boolean isAllAccepted = expected.stream().allMatch(answer -> answer.code() == ResultCode.ACCEPTED);
            assertEquals(isAllAccepted ? List.of() : expected, actual, "publish " + names);
            expected.forEach(answer -> seen.add(answer.code()));
        }

        private void describe() {
            final Described described = PolicyCommands.decode(send(PolicyCommands.describe()));
            assertEquals(model.version(), described.version());
            assertEquals(model.entries(), described.entries());
        }

        private void restore() {
            final long hash = engine.stateHash();
            final FakeOutbox fresh = new FakeOutbox();
            engine = EngineFixture.restore(EngineFixture.snapshotOf(engine, logPosition), fresh);
            outbox = fresh;
            assertTrue(engine.isRestored());
            assertEquals(hash, engine.stateHash());
        }

        private void switchOn() {
            model.switchOn();
            assertEquals(
                    ResultCode.ACCEPTED,
                    command(Commands.setFeatureLevel(Engine.MESSAGING_LEVEL)).code());
        }

        private String name() {
            if (random.nextInt(12) == 0) {
                return OTHER_NAMES[random.nextInt(OTHER_NAMES.length)];
            }
            final String name = NAMES[random.nextInt(NAMES.length)];
            return random.nextInt(3) == 0 ? name : name + "/$" + random.nextInt(4);
        }

        private Entry entry() {
            final boolean isBad = random.nextInt(25) == 0;
            final String filter =
                    isBad ? BAD_FILTERS[random.nextInt(BAD_FILTERS.length)] : FILTERS[random.nextInt(FILTERS.length)];
            final int partitions = random.nextInt(40) == 0 ? random.nextInt(3_000) - 1_000 : random.nextInt(5);
            return new Entry(filter, partitions, random.nextInt(4) == 0);
        }

        private Answer command(final byte[] command) {
            final CommandReplyDecoder reply = EngineFixture.decode(new CommandReplyDecoder(), send(command));
            return new Answer(reply.code(), reply.detail());
        }

        private byte[] send(final byte[] command) {
            engine.onCommand(
                    EngineFixture.SESSION_ID, logPosition += 64, nowNs, new UnsafeBuffer(command), 0, command.length);
            return outbox.replies.get(outbox.replies.size() - 1).bytes();
        }

        private void assertSame(final Answer expected, final Answer actual, final String what) {
            assertEquals(expected, actual, what);
            seen.add(expected.code());
        }
    }

    private static List<Entry> distinct(final List<Entry> entries) {
        final List<Entry> distinct = new ArrayList<>();
        for (final Entry entry : entries) {
            distinct.removeIf(other -> other.filter().equals(entry.filter()));
            distinct.add(entry);
        }
        return distinct;
    }
}
