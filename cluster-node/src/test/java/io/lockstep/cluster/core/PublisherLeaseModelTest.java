package io.lockstep.cluster.core;

import static io.lockstep.cluster.core.PublisherLeaseMessages.NO_FENCE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.cluster.core.EngineFixture.Answer;
import io.lockstep.cluster.core.EngineFixture.Published;
import io.lockstep.cluster.core.PublisherLeaseMessages.Lease;
import io.lockstep.cluster.core.PublisherLeaseModel.Asked;
import io.lockstep.cluster.core.PublisherLeaseModel.Guard;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.LeasesPageDecoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * The engine's publisher leases against a model, and two controllers against each other, with terms, restarts from
 * snapshots and jumps of time at random points. {@code -Dlockstep.seeds=N} runs more seeds.
 */
class PublisherLeaseModelTest {
    private static final int SEEDS = 1_000;
    private static final int STEPS = 120;
    private static final int CONTROLLER_STEPS = 200;
    private static final long MS = 1_000_000L;
    private static final long SECOND = 1_000_000_000L;
    private static final String[] TOPICS = {"a", "b/c", "d", "e/f/g", "h"};
    private static final long[] HOLDERS = {1, -7, Long.MAX_VALUE};
    private static final Set<ResultCode> CODES = EnumSet.of(
            ResultCode.LEASE_HELD,
            ResultCode.FENCED,
            ResultCode.LEASE_NEEDED,
            ResultCode.LEASE_LOST,
            ResultCode.TOO_MANY_LEASES,
            ResultCode.TOPIC_UNKNOWN,
            ResultCode.EXPECTED_SEQUENCE_MISMATCH,
            ResultCode.BATCH_REFUSED,
            ResultCode.ACCEPTED);

    /** One engine and its model. */
    private static final class Run {
        private final Random random;
        private final RestartingEngine engine = new RestartingEngine();
        private final PublisherLeaseModel model = new PublisherLeaseModel();
        private final Map<String, Long> greatestAccepted = new HashMap<>();
        private final Set<ResultCode> seen = EnumSet.noneOf(ResultCode.class);
        private long sequence;

        private Run(final long seed) {
            random = new Random(seed);
            engine.raiseFeatureLevel();
            engine.apply(Commands.seedShard(0, 1, Map.of(), List.of()));
            engine.apply(Commands.openProducer(1, 64, false));
        }

        private void step() {
            engine.advance(random.nextInt(12) == 0 ? random.nextInt(4_000) * MS : random.nextInt(200) * MS);
            final long nowNs = engine.nowNs();
            final int choice = random.nextInt(100);
            if (choice < 3) {
                engine.beginTerm();
                model.beginTerm(nowNs);
            } else if (choice < 7) {
                engine.restart();
                return;
            } else if (choice < 14) {
                if (engine.fireTimer()) {
                    model.endWhatIsDue(nowNs);
                }
            } else {
                model.endWhatIsDue(nowNs);
                command(choice, nowNs);
            }
            assertEquals(model.changes, PublisherLeaseMessages.changes(engine.takeRecords()), "what readers are told");
            model.changes.clear();
            assertEquals(
                    model.guards.size() * (long) PublisherLeasesPart.LEASE_BYTES,
                    engine.engine().parts().publisherLeases().stateBytes());
        }

        private void command(final int choice, final long nowNs) {
            final String topic = topic();
            if (choice < 36) {
                final long holderId = HOLDERS[random.nextInt(HOLDERS.length)];
                final long durationNs = SECOND + random.nextInt(3_000) * MS;
                final Lease expected = model.acquire(topic, holderId, durationNs, nowNs);
                assertLease(expected, PublisherLeaseMessages.acquire(topic, holderId, durationNs));
            } else if (choice < 50) {
                final long token = token(topic);
                assertLease(model.renew(topic, token, nowNs), PublisherLeaseMessages.renew(topic, token));
            } else if (choice < 56) {
                final long token = token(topic);
                assertLease(model.release(topic, token), PublisherLeaseMessages.release(topic, token));
            } else if (choice < 58) {
                assertLease(model.drop(topic), PublisherLeaseMessages.drop(topic));
            } else if (choice < 62) {
                list(nowNs);
            } else if (choice < 64) {
                model.maxLeases = random.nextInt(4) == 0 ? 1_024 : random.nextInt(4);
                engine.apply(Commands.change(EngineSetting.MAX_LEASES, model.maxLeases));
            } else if (choice < 66) {
                model.isAutoCreate = random.nextInt(3) > 0;
                engine.apply(Commands.change(EngineSetting.AUTO_CREATE_TOPICS, model.isAutoCreate ? 1 : 0));
            } else {
                publish(random.nextInt(4) == 0);
            }
        }

        private void assertLease(final Lease expected, final byte[] command) {
            assertEquals(expected, PublisherLeaseMessages.answer(engine.apply(command)));
            seen.add(expected.code());
        }

        private void publish(final boolean isAtomic) {
            final int count = 1 + random.nextInt(3);
            final PublishBuilder builder = new PublishBuilder(1, 1, sequence + 1);
            if (isAtomic) {
                builder.atomic();
            }
            final List<Asked> entries = new ArrayList<>();
            final Map<String, Integer> before = new HashMap<>();
            for (int i = 0; i < count; i++) {
                final String topic = topic();
                final long fence = random.nextInt(5) == 0 ? NO_FENCE : token(topic);
                final Asked asked =
                        new Asked(topic, fence, expectedSequence(topic, before.merge(topic, 1, Integer::sum)));
                entries.add(asked);
                builder.entry(
                        topic.getBytes(StandardCharsets.UTF_8),
                        PublisherLeaseMessages.fence(fence),
                        new byte[] {1},
                        asked.expectedSequence());
            }
            final List<Answer> expected = isAtomic ? expectedOfBatch(entries) : expectedOfEach(entries);
            final Published published = EngineFixture.decodePublished(engine.apply(builder.build()));
            assertEquals(ResultCode.ACCEPTED, published.code());
            sequence += count;
            final boolean isAllAccepted = expected.stream().allMatch(answer -> answer.code() == ResultCode.ACCEPTED);
            final List<Answer> answers = published.results().stream()
                    .map(result -> new Answer(result.code(), result.detail()))
                    .toList();
            assertEquals(isAllAccepted ? List.of() : expected, answers, () -> "publish " + entries);
            for (int i = 0; i < count; i++) {
                final ResultCode code = expected.get(i).code();
                final String topic = entries.get(i).topic();
                final long fence = entries.get(i).fence();
                seen.add(code);
                if (code == ResultCode.ACCEPTED && fence != NO_FENCE) {
                    final long greatest = greatestAccepted.getOrDefault(topic, 0L);
                    assertTrue(fence >= greatest, "token " + fence + " was accepted after " + greatest);
                    greatestAccepted.put(topic, fence);
                }
            }
        }

        private List<Answer> expectedOfEach(final List<Asked> entries) {
            final List<Answer> answers = new ArrayList<>();
            for (final Asked asked : entries) {
                final Answer answer = model.publish(asked, 0);
                answers.add(answer);
                if (answer.code() == ResultCode.ACCEPTED) {
                    model.accept(asked.topic());
                }
            }
            return answers;
        }

        private List<Answer> expectedOfBatch(final List<Asked> entries) {
            final Map<String, Integer> planned = new HashMap<>();
            for (int i = 0; i < entries.size(); i++) {
                final int ahead = planned.getOrDefault(entries.get(i).topic(), 0);
                final Answer answer = model.publish(entries.get(i), ahead);
                if (answer.code() != ResultCode.ACCEPTED) {
                    final List<Answer> answers = new ArrayList<>(
                            Collections.nCopies(entries.size(), new Answer(ResultCode.BATCH_REFUSED, 0)));
                    answers.set(i, answer);
                    return answers;
                }
                planned.put(entries.get(i).topic(), ahead + 1);
            }
            entries.forEach(asked -> model.accept(asked.topic()));
            return Collections.nCopies(entries.size(), new Answer(ResultCode.ACCEPTED, 0));
        }

        private void list(final long nowNs) {
            final List<String> expected = model.guards.values().stream()
                    .sorted(Comparator.comparingInt(guard -> model.idOf(guard.topic)))
                    .map(guard -> textOf(
                            model.idOf(guard.topic),
                            guard.token,
                            guard.holderId,
                            guard.durationNs,
                            model.remainingNs(guard, nowNs),
                            guard.topic))
                    .toList();
            final List<String> listed = new ArrayList<>();
            final int pageLength = 1 + random.nextInt(3);
            int after = 0;
            boolean isLast = false;
            while (!isLast) {
                final LeasesPageDecoder page = EngineFixture.decode(
                        new LeasesPageDecoder(), engine.apply(PublisherLeaseMessages.list(after, pageLength, "")));
                isLast = page.isLast() == BooleanType.TRUE;
                after = page.scannedToTopicId();
                for (final LeasesPageDecoder.LeasesDecoder lease : page.leases()) {
                    listed.add(textOf(
                            lease.topicId(),
                            lease.token(),
                            lease.holderId(),
                            lease.durationNs(),
                            lease.remainingNs(),
                            lease.topicName()));
                }
            }
            assertEquals(expected, listed);
        }

        private String topic() {
            return TOPICS[random.nextInt(TOPICS.length)];
        }

        // Mostly none or the right one, as if all entries ahead in the command were taken; now and then one beside it.
        private long expectedSequence(final String topic, final int ordinal) {
            final int choice = random.nextInt(10);
            if (choice < 5) {
                return PublishFrame.NO_CONDITION;
            }
            final long right = model.sequenceOf(topic) + ordinal - 1;
            return choice < 8 ? right : Math.max(0, right - 2 + random.nextInt(5));
        }

        private long token(final String topic) {
            final Guard guard = model.guards.get(topic);
            final long newest = guard == null ? 1 : guard.token;
            return random.nextInt(3) == 0 ? Math.max(0, newest - 2 + random.nextInt(4)) : newest;
        }

        private static String textOf(
                final int topicId,
                final long token,
                final long holderId,
                final long durationNs,
                final long remainingNs,
                final String topic) {
            return topicId + " " + token + " " + holderId + " " + durationNs + " " + remainingNs + " " + topic;
        }
    }

    /** A process that publishes while it believes that it holds the lease, and asks again when it does not. */
    private static final class Controller {
        private final long id;
        private final Random random;
        private long token;
        private long heldUntilNs;
        private long nextSequence = 1;

        private Controller(final long id, final Random random) {
            this.id = id;
            this.random = random;
        }

        private boolean believesAt(final long realNs) {
            return realNs < heldUntilNs;
        }
    }

    /** A command on its way to the engine. */
    // Nobody compares these as a whole or changes the bytes.
    @SuppressWarnings("ArrayRecordComponent")
    private record Sent(Controller controller, long sentNs, byte[] command, boolean isPublish, long token) {}

    @Test
    void shouldDoWhatTheModelDoes() {
        final Set<ResultCode> seen = EnumSet.noneOf(ResultCode.class);
        final long first = TestSeed.next("PublisherLeaseModelTest");
        final int count = TestSeed.count(SEEDS);
        for (long seed = first; seed < first + count; seed++) {
            try {
                final Run run = new Run(seed);
                for (int step = 0; step < STEPS; step++) {
                    run.step();
                }
                seen.addAll(run.seen);
            } catch (final RuntimeException | AssertionError ex) {
                throw TestSeed.failureOf(seed, ex);
            }
        }
        TestSeed.assertReached(SEEDS, CODES, seen);
    }

    @Test
    void shouldNeverTakeMessagesUnderTwoTokensWhenControllersArePausedAndLeadersChange() {
        final long first = TestSeed.next("PublisherLeaseModelTest, controllers");
        long accepted = 0;
        long fenced = 0;
        final int count = TestSeed.count(SEEDS);
        for (long seed = first; seed < first + count; seed++) {
            try {
                final long[] counts = contend(new Random(seed));
                accepted += counts[0];
                fenced += counts[1];
            } catch (final RuntimeException | AssertionError ex) {
                throw TestSeed.failureOf(seed, ex);
            }
        }
        System.out.println("controllers: " + accepted + " messages accepted, " + fenced + " fenced");
        if (TestSeed.isWhole(SEEDS)) {
            assertTrue(accepted > count && fenced > count / 10, accepted + " accepted, " + fenced + " fenced");
        }
    }

    // The clock of a leader is off by a constant; commands take a while and overtake each other, and answers get lost.
    private static long[] contend(final Random random) {
        final RestartingEngine engine = new RestartingEngine();
        engine.raiseFeatureLevel();
        engine.apply(Commands.seedShard(0, 1, Map.of(), List.of()));
        engine.beginTerm();
        final List<Controller> controllers = List.of(new Controller(1, random), new Controller(2, random));
        for (final Controller controller : controllers) {
            engine.apply(Commands.openProducer(controller.id, 1_024, false));
        }
        final List<Sent> network = new ArrayList<>();
        final long[] counts = new long[2];
        long realNs = engine.nowNs();
        long offNs = 0;
        long greatestToken = 0;
        for (int step = 0; step < CONTROLLER_STEPS; step++) {
            realNs += random.nextInt(random.nextInt(20) == 0 ? 5_000 : 300) * MS;
            if (random.nextInt(30) == 0) {
                offNs = (random.nextInt(6_000) - 3_000) * MS;
                engine.advance(Math.max(0, realNs + offNs - engine.nowNs()));
                engine.beginTerm();
            } else if (random.nextInt(20) == 0) {
                engine.restart();
            }
            engine.advance(Math.max(0, realNs + offNs - engine.nowNs()));
            final long held = realNs;
            assertTrue(
                    controllers.stream().filter(c -> c.believesAt(held)).count() <= 1,
                    "both believe to hold the lease");
            final Controller controller = controllers.get(random.nextInt(controllers.size()));
            network.add(send(controller, realNs));
            while (network.size() > 4 || (!network.isEmpty() && random.nextInt(3) > 0)) {
                final Sent sent = network.remove(random.nextInt(network.size()));
                final boolean isAnswered = random.nextInt(5) > 0;
                if (!sent.isPublish()) {
                    onLease(sent, PublisherLeaseMessages.answer(engine.apply(sent.command())), isAnswered);
                    continue;
                }
                final Published published = EngineFixture.decodePublished(engine.apply(sent.command()));
                if (published.code() != ResultCode.ACCEPTED) {
                    sent.controller().nextSequence = published.detail();
                } else if (published.results().isEmpty()) {
                    assertTrue(sent.token() >= greatestToken, sent.token() + " was accepted after " + greatestToken);
                    greatestToken = sent.token();
                    counts[0]++;
                } else {
                    counts[1] += published.codes().contains(ResultCode.FENCED) ? 1 : 0;
                }
            }
        }
        return counts;
    }

    private static Sent send(final Controller controller, final long realNs) {
        final Random random = controller.random;
        // A holder that was paused publishes as if it still held the lease.
        if (controller.token > 0 && random.nextInt(3) > 0) {
            final byte[] command = new PublishBuilder(controller.id, 1, controller.nextSequence++)
                    .entry(
                            new byte[] {'t'},
                            PublisherLeaseMessages.fence(controller.token),
                            new byte[] {1},
                            PublishFrame.NO_CONDITION)
                    .build();
            return new Sent(controller, realNs, command, true, controller.token);
        }
        final byte[] command = controller.believesAt(realNs)
                ? PublisherLeaseMessages.renew("t", controller.token)
                : PublisherLeaseMessages.acquire("t", controller.id, 2 * SECOND);
        return new Sent(controller, realNs, command, false, 0);
    }

    private static void onLease(final Sent sent, final Lease answer, final boolean isAnswered) {
        final Controller controller = sent.controller();
        if (!isAnswered) {
            return;
        }
        if (answer.code() == ResultCode.ACCEPTED && answer.token() >= controller.token) {
            controller.token = answer.token();
            controller.heldUntilNs = Math.max(controller.heldUntilNs, sent.sentNs() + 2 * SECOND);
        }
    }

    @Test
    void shouldListByFilterAndRefuseWhatIsNone() {
        final EngineFixture fixture = new EngineFixture();
        fixture.command(Commands.setFeatureLevel(Engine.MESSAGING_LEVEL));
        for (final String topic : Arrays.asList("a/1", "b", "a/2")) {
            fixture.apply(PublisherLeaseMessages.acquire(topic, 5, SECOND));
        }

        final LeasesPageDecoder page = EngineFixture.decode(
                new LeasesPageDecoder(), fixture.apply(PublisherLeaseMessages.list(0, 100, "a/+")));

        assertEquals(2, page.leases().count());
        assertEquals(
                ResultCode.BAD_TOPIC,
                fixture.command(PublisherLeaseMessages.list(0, 100, "a/#/b")).code());
        assertEquals(
                ResultCode.BAD_LEASE,
                PublisherLeaseMessages.answer(fixture.apply(PublisherLeaseMessages.acquire("a/1", 5, SECOND - 1)))
                        .code());
        assertEquals(
                ResultCode.MALFORMED,
                fixture.command(PublisherLeaseMessages.acquire("a/1", Long.MIN_VALUE, SECOND))
                        .code());
        assertEquals(
                ResultCode.RESERVED_TOPIC,
                PublisherLeaseMessages.answer(fixture.apply(PublisherLeaseMessages.acquire("$a", 5, SECOND)))
                        .code());
    }

    @Test
    void shouldEndManyLeasesInTurnsAndRefuseTheirHoldersAtOnce() {
        final EngineFixture fixture = new EngineFixture();
        fixture.command(Commands.setFeatureLevel(Engine.MESSAGING_LEVEL));
        final int count = 2 * PublisherLeaseHandler.MAX_ENDED_IN_TURN + 5;
        fixture.set(EngineSetting.MAX_LEASES, count);
        for (int i = 0; i < count; i++) {
            fixture.apply(PublisherLeaseMessages.acquire("t/" + i, 5, SECOND));
        }
        fixture.nowNs += SECOND;
        fixture.outbox.clear();

        final Lease late =
                PublisherLeaseMessages.answer(fixture.apply(PublisherLeaseMessages.renew("t/" + (count - 1), 1)));

        assertEquals(ResultCode.LEASE_LOST, late.code());
        assertEquals(
                PublisherLeaseHandler.MAX_ENDED_IN_TURN,
                PublisherLeaseMessages.changes(fixture.outbox.journal).size());
        assertEquals(fixture.nowNs, fixture.engine.timerDeadlineNs(), "what is left is due at once");
        final Lease taken = PublisherLeaseMessages.answer(
                fixture.apply(PublisherLeaseMessages.acquire("t/" + (count - 1), 6, SECOND)));
        assertEquals(2, taken.token());
        fixture.engine.onTimer(fixture.logPosition + 64, fixture.nowNs);
        assertEquals(
                count + 1,
                PublisherLeaseMessages.changes(fixture.outbox.journal).size());
    }
}
