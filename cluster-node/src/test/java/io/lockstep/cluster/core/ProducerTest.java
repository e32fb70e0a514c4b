package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.cluster.core.EngineFixture.Opened;
import io.lockstep.codecs.OpenProducerDecoder;
import io.lockstep.codecs.ProducerOpenedDecoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import java.util.List;
import java.util.Map;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class ProducerTest {
    private static final long SECOND_NS = 1_000_000_000L;

    private final EngineFixture fixture = new EngineFixture();

    @Test
    void shouldOpenWithFirstEpochAndNothingPublished() {
        assertEquals(new Opened(ResultCode.ACCEPTED, 1, 0, 0, 16, 0), fixture.open(1, 16, true));
    }

    @Test
    void shouldRaiseEpochAndTellWhereTheProducerStandsWhenItIsTakenOver() {
        fixture.open(1, 16, true);
        fixture.publish(new PublishBuilder(1, 1, 1).entry("a", "1").entry("+", "2"));

        assertEquals(new Opened(ResultCode.ACCEPTED, 2, 2, 2, 16, 0), fixture.open(1, 16, true));
    }

    @Test
    void shouldRefuseWindowsOutOfRange() {
        for (final int window : new int[] {0, -1, 3, 32_768, Integer.MIN_VALUE}) {
            assertEquals(new Opened(ResultCode.BAD_WINDOW, 0, 0, 0, 0, 16_384), fixture.open(1, window, true));
        }
        fixture.set(EngineSetting.MAX_PRODUCER_WINDOW, 1_000);
        assertEquals(new Opened(ResultCode.BAD_WINDOW, 0, 0, 0, 0, 512), fixture.open(1, 1_024, true));
        assertEquals(ResultCode.ACCEPTED, fixture.open(1, 512, true).code());
        assertEquals(ResultCode.ACCEPTED, fixture.open(2, 1, true).code());
    }

    @Test
    void shouldRefuseTheNullIdentity() {
        assertEquals(
                ResultCode.MALFORMED,
                fixture.open(OpenProducerDecoder.producerIdNullValue(), 16, true)
                        .code());
    }

    @Test
    void shouldKeepNewestAnswersWhenWindowShrinksAndGrows() {
        fixture.open(1, 8, false);
        for (int i = 1; i <= 8; i++) {
            fixture.publish(new PublishBuilder(1, 1, i).entry(i % 2 == 0 ? "a" : "+", "x"));
        }

        fixture.open(1, 4, false);
        fixture.open(1, 16, false);

        for (int i = 1; i <= 8; i++) {
            final ResultCode wanted = i % 2 == 0 ? ResultCode.ACCEPTED : ResultCode.BAD_TOPIC;
            assertEquals(
                    List.of(i <= 4 ? ResultCode.ANSWER_FORGOTTEN : wanted),
                    fixture.publish(new PublishBuilder(1, 3, i).entry("a", "x")).codes(),
                    "sequence " + i);
        }
    }

    @Test
    void shouldForgetProducerWhenItsOwnerClosesIt() {
        fixture.open(1, 16, true);
        fixture.open(1, 16, true);

        assertEquals(
                new EngineFixture.Answer(ResultCode.PRODUCER_FENCED, 2), fixture.command(Commands.closeProducer(1, 1)));
        assertEquals(
                ResultCode.PRODUCER_UNKNOWN,
                fixture.command(Commands.closeProducer(1, 3)).code());
        assertEquals(
                ResultCode.ACCEPTED,
                fixture.command(Commands.closeProducer(1, 2)).code());
        assertEquals(
                ResultCode.PRODUCER_UNKNOWN,
                fixture.command(Commands.closeProducer(1, 2)).code());
        assertEquals(0, fixture.engine.producerCount());
    }

    @Test
    void shouldNeverGiveAnEpochTwiceWhenAProducerIsForgottenAndOpenedAgain() {
        fixture.open(1, 16, true);
        fixture.open(1, 16, true);
        fixture.command(Commands.closeProducer(1, 2));

        final Opened again = fixture.open(1, 16, true);

        assertEquals(3, again.epoch());
        assertEquals(0, again.lastSequence());
        assertEquals(
                ResultCode.PRODUCER_FENCED,
                fixture.publish(new PublishBuilder(1, 2, 1).entry("a", "old")).code());
    }

    @Test
    void shouldEvictTheLongestUnusedOfTheExpiredWhenTheTableIsFull() {
        fixture.set(EngineSetting.MAX_PRODUCERS, 3);
        fixture.set(EngineSetting.PRODUCER_EXPIRY, 10 * SECOND_NS);
        fixture.open(30, 16, true);
        fixture.open(20, 16, true);
        fixture.nowNs += SECOND_NS;
        fixture.open(10, 16, true);
        fixture.nowNs += 9 * SECOND_NS - 1;
        assertEquals(ResultCode.TOO_MANY_PRODUCERS, fixture.open(40, 16, true).code());

        fixture.nowNs += 1;
        assertEquals(ResultCode.ACCEPTED, fixture.open(40, 16, true).code());

        assertEquals(
                ResultCode.PRODUCER_UNKNOWN,
                fixture.publish(new PublishBuilder(20, 1, 1).entry("a", "x")).code());
        assertEquals(
                ResultCode.ACCEPTED,
                fixture.publish(new PublishBuilder(30, 1, 1).entry("a", "x")).code());
        assertEquals(3, fixture.engine.producerCount());
    }

    @Test
    void shouldEvictAsManyAsNeededWhenTheLimitWasLowered() {
        fixture.set(EngineSetting.PRODUCER_EXPIRY, SECOND_NS);
        for (int i = 0; i < 5; i++) {
            fixture.open(i, 16, true);
        }
        fixture.set(EngineSetting.MAX_PRODUCERS, 2);
        assertEquals(ResultCode.TOO_MANY_PRODUCERS, fixture.open(9, 16, true).code());

        fixture.nowNs += SECOND_NS;
        assertEquals(ResultCode.ACCEPTED, fixture.open(9, 16, true).code());

        assertEquals(2, fixture.engine.producerCount());
    }

    @Test
    void shouldRefuseProducersBeyondTheCapOfStateAndTakeCloses() {
        fixture.set(EngineSetting.MAX_STATE_BYTES, 1 << 20);
        int opened = 0;
        while (fixture.open(opened, 16_384, true).code() == ResultCode.ACCEPTED) {
            opened++;
        }

        assertEquals(ResultCode.STATE_FULL, fixture.open(opened, 16_384, true).code());
        assertTrue(opened >= 6, "only " + opened + " fitted");
        assertEquals(
                ResultCode.ACCEPTED,
                fixture.command(Commands.closeProducer(0, 1)).code());
        assertEquals(ResultCode.ACCEPTED, fixture.open(opened, 16_384, true).code());
        assertEquals(ResultCode.ACCEPTED, fixture.open(1, 16, true).code());
    }

    @Test
    void shouldEvictExpiredProducersWhenTheStateIsFull() {
        fixture.set(EngineSetting.MAX_STATE_BYTES, 1 << 20);
        fixture.set(EngineSetting.PRODUCER_EXPIRY, 10 * SECOND_NS);
        fixture.open(1, 16, true);
        int last = 1;
        while (fixture.open(last + 1, 16_384, true).code() == ResultCode.ACCEPTED) {
            fixture.nowNs += 1;
            last++;
        }
        fixture.nowNs += 10 * SECOND_NS - 2;
        final int before = fixture.engine.producerCount();
        fixture.publish(new PublishBuilder(3, 1, 1).entry("a", "x"));

        // The small one frees too little, so the longest unused of the great ones goes too.
        assertEquals(ResultCode.ACCEPTED, fixture.open(100, 16_384, true).code());
        assertEquals(before - 1, fixture.engine.producerCount());
        assertEquals(ResultCode.PRODUCER_UNKNOWN, codeOfPublish(1));
        assertEquals(ResultCode.PRODUCER_UNKNOWN, codeOfPublish(2));
        // The third was used since.
        assertEquals(ResultCode.ACCEPTED, fixture.open(101, 16_384, true).code());
        assertEquals(ResultCode.PRODUCER_UNKNOWN, codeOfPublish(4));
        assertEquals(
                ResultCode.ACCEPTED,
                fixture.publish(new PublishBuilder(3, 1, 2).entry("a", "x")).code());
        assertTrue(fixture.engine.stateBytes() <= 1 << 20, "the cap holds");
    }

    @Test
    void shouldEvictNobodyWhenThatWouldNotMakeRoomEnough() {
        fixture.set(EngineSetting.MAX_STATE_BYTES, 1 << 20);
        fixture.set(EngineSetting.PRODUCER_EXPIRY, SECOND_NS);
        fixture.open(1, 16, true);
        fixture.nowNs += SECOND_NS;
        int last = 1;
        while (fixture.open(last + 1, 16_384, true).code() == ResultCode.ACCEPTED) {
            last++;
        }

        assertEquals(
                ResultCode.ACCEPTED,
                fixture.publish(new PublishBuilder(1, 1, 1).entry("a", "x")).code());
        assertEquals(last, fixture.engine.producerCount());
    }

    @Test
    void shouldNotEvictTheProducerThatIsTakenOver() {
        fixture.set(EngineSetting.MAX_STATE_BYTES, 1 << 20);
        fixture.set(EngineSetting.PRODUCER_EXPIRY, SECOND_NS);
        fixture.open(1, 16, true);
        fixture.nowNs += 1;
        int last = 1;
        while (fixture.open(last + 1, 16_384, true).code() == ResultCode.ACCEPTED) {
            last++;
        }
        fixture.nowNs += SECOND_NS;

        assertEquals(new Opened(ResultCode.ACCEPTED, 2, 0, 0, 16_384, 0), fixture.open(1, 16_384, true));
        assertEquals(last - 1, fixture.engine.producerCount());
    }

    @Test
    void shouldEvictInStepsWhenTheLimitWasLoweredFar() {
        fixture.set(EngineSetting.MAX_PRODUCERS, 10_000);
        fixture.set(EngineSetting.PRODUCER_EXPIRY, SECOND_NS);
        final int opened = Limits.MAX_EVICTIONS + 1_000;
        for (int i = 0; i < opened; i++) {
            fixture.open(i, 1, true);
        }
        fixture.set(EngineSetting.MAX_PRODUCERS, 10);
        fixture.nowNs += SECOND_NS;

        assertEquals(
                ResultCode.TOO_MANY_PRODUCERS, fixture.open(20_000, 1, true).code());
        assertEquals(opened - Limits.MAX_EVICTIONS, fixture.engine.producerCount());
        assertEquals(ResultCode.ACCEPTED, fixture.open(20_000, 1, true).code());
        assertEquals(10, fixture.engine.producerCount());
    }

    @Test
    void shouldNotExpireAnybodyForAnOutageWhenTheLeaderChanges() {
        fixture.command(Commands.seed(0, 1, Map.of()));
        fixture.set(EngineSetting.MAX_PRODUCERS, 2);
        fixture.set(EngineSetting.PRODUCER_EXPIRY, 10 * SECOND_NS);
        fixture.open(1, 16, true);
        fixture.open(2, 16, true);
        fixture.nowNs += 60 * SECOND_NS;

        fixture.beginTerm();

        fixture.nowNs += 10 * SECOND_NS - 1;
        assertEquals(ResultCode.TOO_MANY_PRODUCERS, fixture.open(3, 16, true).code());
        fixture.nowNs += 1;
        assertEquals(ResultCode.ACCEPTED, fixture.open(3, 16, true).code());
        assertEquals(ResultCode.PRODUCER_UNKNOWN, codeOfPublish(1));
    }

    @Test
    void shouldKeepLeasesExtendedWhenASnapshotIsRestored() {
        fixture.command(Commands.seed(0, 1, Map.of()));
        fixture.set(EngineSetting.MAX_PRODUCERS, 1);
        fixture.set(EngineSetting.PRODUCER_EXPIRY, 10 * SECOND_NS);
        fixture.open(1, 16, true);
        fixture.nowNs += 60 * SECOND_NS;
        fixture.beginTerm();

        final FakeOutbox outbox = new FakeOutbox();
        final Engine restored = EngineFixture.restore(fixture.snapshot(), outbox);
        final UnsafeBuffer open = new UnsafeBuffer(Commands.openProducer(2, 16, true));
        restored.onCommand(1, fixture.logPosition + 64, fixture.nowNs + 10 * SECOND_NS - 1, open, 0, open.capacity());
        restored.onCommand(1, fixture.logPosition + 128, fixture.nowNs + 10 * SECOND_NS, open, 0, open.capacity());

        assertEquals(
                List.of(ResultCode.TOO_MANY_PRODUCERS, ResultCode.ACCEPTED),
                outbox.replies.stream()
                        .map(reply -> EngineFixture.decode(new ProducerOpenedDecoder(), reply.bytes())
                                .code())
                        .toList());
    }

    private ResultCode codeOfPublish(final long producerId) {
        return fixture.publish(new PublishBuilder(producerId, 1, 1).entry("a", "x"))
                .code();
    }
}
