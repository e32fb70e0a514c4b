package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.ConsumerOpenedDecoder;
import io.lockstep.codecs.ConsumerStart;
import io.lockstep.codecs.ConsumersPageDecoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import java.lang.management.ManagementFactory;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConsumerCommandTest {
    private static final long LEASE_NS = 3_600_000_000_000L;
    private static final List<String> FILTERS = List.of("x/#");

    private final EngineFixture fixture = new EngineFixture();

    @BeforeEach
    void raiseFeatureLevel() {
        fixture.command(Commands.setFeatureLevel(Engine.MESSAGING_LEVEL));
    }

    @Test
    void shouldBoundTheMembersOfAConsumer() {
        for (int memberId = 1; memberId <= Limits.MAX_MEMBERS_OF_CONSUMER; memberId++) {
            fixture.command(Commands.openMember(memberId, LEASE_NS));
            assertEquals(ResultCode.ACCEPTED, open(memberId, "one").code());
        }
        fixture.command(Commands.openMember(99_999, LEASE_NS));

        final ConsumerOpenedDecoder opened = open(99_999, "one");

        assertEquals(ResultCode.CONSUMER_FULL, opened.code());
        assertEquals(Limits.MAX_MEMBERS_OF_CONSUMER, opened.detail());
        assertEquals(ResultCode.ACCEPTED, open(7, "one").code());
    }

    @Test
    void shouldBoundTheConsumersOfAMember() {
        fixture.set(EngineSetting.MAX_CONSUMERS, 100_000);
        fixture.command(Commands.openMember(1, LEASE_NS));
        for (int i = 0; i < Limits.MAX_CONSUMERS_OF_MEMBER; i++) {
            assertEquals(ResultCode.ACCEPTED, open(1, "c" + i).code());
        }

        final ConsumerOpenedDecoder opened = open(1, "one more");

        assertEquals(ResultCode.CONSUMER_FULL, opened.code());
        assertEquals(Limits.MAX_CONSUMERS_OF_MEMBER, opened.detail());
    }

    @Test
    void shouldAnswerAPageWithTheLongestFilters() {
        fixture.command(Commands.openMember(1, LEASE_NS));
        final List<String> longest = Collections.nCopies(Limits.MAX_FILTERS, "f".repeat(1024));
        for (int i = 0; i < 3; i++) {
            fixture.apply(ConsumerRequests.open(1, "c" + i, -1, longest, ConsumerStart.LIVE, 0));
        }

        final ConsumersPageDecoder page =
                EngineFixture.decode(new ConsumersPageDecoder(), fixture.apply(ConsumerRequests.list(0, 100, "")));

        assertEquals(1, page.scannedToConsumerId());
        assertEquals(1, page.consumers().count());
    }

    @Test
    void shouldRefuseCommandsBelowTheFeatureLevel() {
        final EngineFixture older = new EngineFixture();

        assertEquals(
                ResultCode.UNSUPPORTED,
                older.command(ConsumerRequests.delete(1)).code());
    }

    @Test
    void shouldRefuseAcksThatDoNotRise() {
        fixture.command(Commands.openMember(1, LEASE_NS));
        open(1, "one");

        assertEquals(
                ResultCode.MALFORMED,
                fixture.command(ConsumerRequests.ack(1, 1, 1, -1, List.of(64L, 32L)))
                        .code());
    }

    @Test
    void shouldNeverThrowWhateverTheBytesAre() {
        final Random random = new Random(TestSeed.next("ConsumerCommandTest.shouldNeverThrowWhateverTheBytesAre"));
        fixture.command(Commands.openMember(1, LEASE_NS));
        final List<byte[]> commands = List.of(
                ConsumerRequests.open(1, "one", -1, List.of("x/#", "y"), ConsumerStart.POSITION, 0),
                ConsumerRequests.ack(1, 1, 1, 64, List.of(96L, 128L)),
                ConsumerRequests.leave(1, 1, 1, true),
                ConsumerRequests.seek(1, ConsumerStart.LIVE, 0),
                ConsumerRequests.delete(1),
                ConsumerRequests.list(0, 10, "one/#"));
        for (int i = 0; i < 20_000; i++) {
            final byte[] command = commands.get(random.nextInt(commands.size())).clone();
            for (int flips = random.nextInt(4); flips > 0; flips--) {
                command[random.nextInt(command.length)] = (byte) random.nextInt(256);
            }
            fixture.apply(random.nextInt(4) == 0 ? Arrays.copyOf(command, random.nextInt(command.length)) : command);
        }

        final Engine restored = EngineFixture.restore(fixture.snapshot(), new FakeOutbox());
        assertEquals(fixture.engine.stateHash(), restored.stateHash());
        assertEquals(fixture.engine.stateBytes(), restored.stateBytes());
    }

    @Test
    void shouldAllocateNothingWhenAcksAreTaken() {
        fixture.command(Commands.openMember(1, LEASE_NS));
        open(1, "one");
        for (int i = 1; i <= 200; i++) {
            fixture.command(Commands.setReadOnly(0, i % 2 == 0));
        }
        fixture.outbox.clear();
        final UnsafeBuffer ack =
                new UnsafeBuffer(ConsumerRequests.ack(1, 1, 1, -1, List.of(64L, 128L, 192L, 320L, 1024L)));
        final UnsafeBuffer cumulative = new UnsafeBuffer(ConsumerRequests.ack(1, 1, 1, 32, List.of(96L)));
        final CountingOutbox outbox = new CountingOutbox();
        final Engine engine = EngineFixture.restore(fixture.snapshot(), outbox);
        acknowledge(engine, ack, cumulative, 20_000);
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        final long threadId = Thread.currentThread().getId();
        long allocated = Long.MAX_VALUE;
        for (int round = 0; round < 3 && allocated > 0; round++) {
            final long before = threads.getThreadAllocatedBytes(threadId);
            acknowledge(engine, ack, cumulative, 50_000);
            allocated = threads.getThreadAllocatedBytes(threadId) - before;
        }

        assertTrue(allocated < 1_024, allocated + " bytes for 100,000 acknowledgements");
        assertEquals(ResultCode.ACCEPTED.value(), outbox.lastCode);
    }

    private static final class CountingOutbox implements Outbox {
        private static final int CODE_OFFSET = WireShape.HEADER_LENGTH + CommandReplyDecoder.codeEncodingOffset();
        private int lastCode;

        @Override
        public void journal(final DirectBuffer buffer, final int offset, final int length, final long endPosition) {
            // Nothing is kept of it.
        }

        @Override
        public void reply(final long clusterSessionId, final DirectBuffer buffer, final int offset, final int length) {
            lastCode = buffer.getShort(offset + CODE_OFFSET, ByteOrder.LITTLE_ENDIAN);
        }

        @Override
        public void requestTimer(final long deadlineNs) {
            // Nothing is kept of it.
        }
    }

    private void acknowledge(
            final Engine engine, final UnsafeBuffer first, final UnsafeBuffer second, final int rounds) {
        for (int i = 0; i < rounds; i++) {
            engine.onCommand(1, fixture.logPosition, fixture.nowNs, first, 0, first.capacity());
            engine.onCommand(1, fixture.logPosition, fixture.nowNs, second, 0, second.capacity());
        }
    }

    private ConsumerOpenedDecoder open(final long memberId, final String name) {
        return EngineFixture.decode(
                new ConsumerOpenedDecoder(),
                fixture.apply(ConsumerRequests.open(memberId, name, -1, FILTERS, ConsumerStart.START, 0)));
    }
}
