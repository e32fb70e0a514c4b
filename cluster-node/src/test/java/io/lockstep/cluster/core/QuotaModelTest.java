package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.cluster.core.EngineFixture.Published;
import io.lockstep.codecs.ProducerOpenedDecoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import io.lockstep.wire.MessageHeaders;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * The engine's quotas against an exact model, with terms, restarts from snapshots, changed limits and jumps of time at
 * random points. {@code -Dlockstep.seeds=N} runs more seeds.
 */
class QuotaModelTest {
    private static final int SEEDS = 1_000;
    private static final int STEPS = 120;
    private static final int PRODUCERS = 3;
    private static final int TOPICS = 6;
    private static final long MS = 1_000_000L;
    private static final long[] RATES = {0, 1, 3, 7, 1_000, 100_000_000L};
    private static final long[] BYTE_RATES = {0, 1, 13, 1_000, 1L << 40};
    private static final Set<ResultCode> CODES = EnumSet.of(
            ResultCode.ACCEPTED,
            ResultCode.RATE_LIMITED,
            ResultCode.TOO_MANY_TOPICS_OF_PRODUCER,
            ResultCode.BATCH_REFUSED);

    /** One engine and its model. */
    private static final class Run {
        private final Random random;
        private final RestartingEngine engine = new RestartingEngine();
        private final QuotaModel model = new QuotaModel();
        private final Set<ResultCode> seen = EnumSet.noneOf(ResultCode.class);
        private final long[] sequences = new long[PRODUCERS];
        private final int[] epochs = new int[PRODUCERS];

        private Run(final long seed) {
            random = new Random(seed);
            engine.raiseFeatureLevel();
            engine.apply(Commands.seedShard(0, 1, Map.of(), List.of()));
            for (int i = 0; i < PRODUCERS; i++) {
                open(i);
            }
            changeLimits();
        }

        private void step() {
            engine.fireTimer();
            engine.advance(random.nextInt(10) == 0 ? random.nextInt(3_000) * MS : random.nextInt(200) * MS + 1);
            final int choice = random.nextInt(100);
            if (choice < 3) {
                engine.beginTerm();
            } else if (choice < 8) {
                engine.restart();
            } else if (choice < 13) {
                changeLimits();
            } else if (choice < 15) {
                final int producer = random.nextInt(PRODUCERS);
                engine.apply(Commands.closeProducer(producer, epochs[producer]));
                model.forget(producer);
                open(producer);
            } else {
                publish(random.nextInt(PRODUCERS), random.nextInt(3) == 0);
            }
        }

        private void open(final int producer) {
            final ProducerOpenedDecoder opened = EngineFixture.decode(
                    new ProducerOpenedDecoder(), engine.apply(Commands.openProducer(producer, 64, false)));
            epochs[producer] = opened.epoch();
            sequences[producer] = opened.lastSequence();
        }

        private void changeLimits() {
            final long rate = RATES[random.nextInt(RATES.length)];
            final long byteRate = BYTE_RATES[random.nextInt(BYTE_RATES.length)];
            final long topicRate = RATES[random.nextInt(RATES.length)];
            final long topicByteRate = BYTE_RATES[random.nextInt(BYTE_RATES.length)];
            final long topics = random.nextInt(4);
            engine.apply(Commands.change(EngineSetting.PRODUCER_RATE, rate));
            engine.apply(Commands.change(EngineSetting.PRODUCER_BYTE_RATE, byteRate));
            engine.apply(Commands.change(EngineSetting.TOPIC_RATE, topicRate));
            engine.apply(Commands.change(EngineSetting.TOPIC_BYTE_RATE, topicByteRate));
            engine.apply(Commands.change(EngineSetting.PRODUCER_TOPICS, topics));
            model.producerRates(rate, byteRate);
            model.topicRates(topicRate, topicByteRate);
            model.producerTopics(topics);
            // What changes and changes back between two messages is no change; the model sees it so too.
            publish(random.nextInt(PRODUCERS), false);
        }

        private void publish(final int producer, final boolean isAtomic) {
            final int count = 1 + random.nextInt(4);
            final List<String> names = new ArrayList<>();
            final int[] lengths = new int[count];
            final PublishBuilder builder = new PublishBuilder(producer, epochs[producer], sequences[producer] + 1);
            if (isAtomic) {
                builder.atomic();
            }
            for (int i = 0; i < count; i++) {
                names.add("t/" + random.nextInt(TOPICS));
                lengths[i] = random.nextInt(40);
                // What is delayed counts when it is accepted, and not again when it is released.
                final boolean isDelayed = !isAtomic && random.nextInt(3) == 0;
                builder.entry(
                        names.get(i).getBytes(StandardCharsets.UTF_8),
                        isDelayed
                                ? MessageHeaders.encode(Map.of("$delayMs", Integer.toString(random.nextInt(2_000))))
                                : new byte[0],
                        new byte[lengths[i]],
                        PublishFrame.NO_CONDITION);
            }
            final byte[] command = builder.build();
            final long retryAfterNs = model.retryAfterNs(producer, names, engine.nowNs());
            final Published published = EngineFixture.decodePublished(engine.apply(command));
            if (retryAfterNs > 0) {
                seen.add(published.code());
                assertEquals(ResultCode.RATE_LIMITED, published.code());
                assertEquals(retryAfterNs, published.detail());
                if (retryAfterNs > 3_600_000 * MS || random.nextBoolean()) {
                    return;
                }
                // Nothing was consumed: a nanosecond before its time it is refused again, and then it is taken.
                engine.advance(retryAfterNs - 1);
                final Published early = EngineFixture.decodePublished(engine.apply(command));
                assertEquals(1, early.detail(), "a nanosecond too early");
                engine.advance(1);
                check(producer, isAtomic, names, lengths, EngineFixture.decodePublished(engine.apply(command)));
                return;
            }
            check(producer, isAtomic, names, lengths, published);
        }

        private void check(
                final int producer,
                final boolean isAtomic,
                final List<String> names,
                final int[] lengths,
                final Published published) {
            assertEquals(ResultCode.ACCEPTED, published.code());
            sequences[producer] += names.size();
            final List<ResultCode> codes = expect(producer, isAtomic, names, lengths);
            seen.addAll(codes);
            // Where nothing was refused and nothing is delayed, the answer is short.
            final boolean isShort = published.codes().isEmpty();
            assertEquals(isShort ? Collections.nCopies(codes.size(), ResultCode.ACCEPTED) : published.codes(), codes);
            published.results().stream()
                    .filter(result -> result.code() == ResultCode.TOO_MANY_TOPICS_OF_PRODUCER)
                    .forEach(result -> assertEquals(model.producerTopics, result.detail()));
        }

        private List<ResultCode> expect(
                final int producer, final boolean isAtomic, final List<String> names, final int[] lengths) {
            final List<ResultCode> codes = new ArrayList<>();
            final Set<String> planned = new HashSet<>();
            for (int i = 0; i < names.size(); i++) {
                final String name = names.get(i);
                final boolean isNew = !model.topics.contains(name) && !planned.contains(name);
                if (isNew && !model.mayCreate(producer, planned.size())) {
                    codes.add(ResultCode.TOO_MANY_TOPICS_OF_PRODUCER);
                    if (isAtomic) {
                        break;
                    }
                    continue;
                }
                codes.add(ResultCode.ACCEPTED);
                if (isAtomic && isNew) {
                    planned.add(name);
                } else if (!isAtomic) {
                    model.accept(producer, name, lengths[i], engine.nowNs());
                }
            }
            if (isAtomic && codes.contains(ResultCode.TOO_MANY_TOPICS_OF_PRODUCER)) {
                final int offender = codes.size() - 1;
                codes.clear();
                for (int i = 0; i < names.size(); i++) {
                    codes.add(i == offender ? ResultCode.TOO_MANY_TOPICS_OF_PRODUCER : ResultCode.BATCH_REFUSED);
                }
            } else if (isAtomic) {
                for (int i = 0; i < names.size(); i++) {
                    model.accept(producer, names.get(i), lengths[i], engine.nowNs());
                }
            }
            return codes;
        }
    }

    @Test
    void shouldDoWhatTheModelDoes() {
        final Set<ResultCode> seen = EnumSet.noneOf(ResultCode.class);
        final long first = TestSeed.next("QuotaModelTest");
        for (long seed = first; seed < first + TestSeed.count(SEEDS); seed++) {
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
    void shouldTakeTheRateExactlyWhenAProducerSendsAsFastAsItMay() {
        final EngineFixture fixture = fixture();
        fixture.set(EngineSetting.PRODUCER_RATE, 7);
        final long beginNs = fixture.nowNs;
        long accepted = 0;
        while (accepted < 7_007) {
            final Published published = fixture.publish(new PublishBuilder(1, 1, accepted + 1).entry("t", "x"));
            if (published.code() == ResultCode.RATE_LIMITED) {
                fixture.nowNs += published.detail();
            } else {
                accepted++;
            }
        }

        // Seven at once; the last of the others when all but less than a second's worth is paid off.
        final long expectedNs = 1_000 * 1_000_000_000L - 1_000_000_000L / 7;
        assertTrue(
                Math.abs(fixture.nowNs - beginNs - expectedNs) <= 1,
                "it took " + (fixture.nowNs - beginNs) + " ns and not " + expectedNs);
    }

    @Test
    void shouldHoldNoQuotasWhenNoLimitIsSet() {
        final EngineFixture fixture = fixture();
        fixture.publish(new PublishBuilder(1, 1, 1).entry("t", "x"));
        assertEquals(0, fixture.engine.parts().quotas().stateBytes());

        fixture.set(EngineSetting.TOPIC_BYTE_RATE, 1);
        fixture.set(EngineSetting.PRODUCER_TOPICS, 1);
        fixture.publish(new PublishBuilder(1, 1, 2).entry("u", "x"));
        assertEquals(2 * QuotasPart.QUOTA_BYTES, fixture.engine.parts().quotas().stateBytes());
        fixture.command(Commands.closeProducer(1, 1));
        assertEquals(QuotasPart.QUOTA_BYTES, fixture.engine.parts().quotas().stateBytes());

        fixture.set(EngineSetting.TOPIC_BYTE_RATE, 0);
        fixture.set(EngineSetting.PRODUCER_TOPICS, 0);
        fixture.open(2, 16, false);
        fixture.publish(new PublishBuilder(2, 2, 1).entry("u", "x"));
        assertTrue(!fixture.engine.parts().quotas().isWritten());
    }

    @Test
    void shouldAnswerDuplicatesAlsoWhenTheRateIsReached() {
        final EngineFixture fixture = fixture();
        fixture.set(EngineSetting.TOPIC_RATE, 1);
        final Published first = fixture.publish(new PublishBuilder(1, 1, 1).entry("t", "x"));

        final Published again = fixture.publish(new PublishBuilder(1, 1, 1).entry("t", "x"));
        final Published other = fixture.publish(new PublishBuilder(1, 1, 2).entry("u", "x"));
        final Published limited =
                fixture.publish(new PublishBuilder(1, 1, 3).entry("u", "x").entry("v", "x"));

        assertEquals(first.lastPosition(), again.lastPosition());
        assertEquals(ResultCode.ACCEPTED, other.code());
        assertEquals(ResultCode.RATE_LIMITED, limited.code());
        assertEquals(1, limited.detail());
    }

    private static EngineFixture fixture() {
        final EngineFixture fixture = new EngineFixture();
        fixture.command(Commands.setFeatureLevel(Engine.MESSAGING_LEVEL));
        fixture.open(1, 16, false);
        return fixture;
    }
}
