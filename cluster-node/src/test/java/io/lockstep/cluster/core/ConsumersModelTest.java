package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.ConsumerOpenedDecoder;
import io.lockstep.codecs.ConsumerRecordDecoder;
import io.lockstep.codecs.ConsumerStart;
import io.lockstep.codecs.ConsumersPageDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import io.lockstep.wire.RecordLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Durable consumers against a model, while members come and go, leases end, leaders change and replicas restart. */
class ConsumersModelTest {
    private static final int SEEDS = 1_000;
    private static final int STEPS = 150;
    private static final int MEMBERS = 6;
    private static final long SECOND_NS = 1_000_000_000L;
    private static final List<String> NAMES = List.of("a", "b/1", "b/2", "c", "ü", "bad/#");
    private static final List<List<String>> FILTERS =
            List.of(List.of("x/#"), List.of("x/#", "y"), List.of(), List.of("a/#/b"));

    @Test
    void shouldKeepCursorsAndOwnersAsTheModelDoes() {
        final Set<ResultCode> seen = EnumSet.noneOf(ResultCode.class);
        EngineModelRun.forSeeds("ConsumersModelTest", SEEDS, seed -> new Simulation(seed, seen).run());
        TestSeed.assertReached(
                SEEDS,
                EnumSet.of(
                        ResultCode.ACCEPTED,
                        ResultCode.BAD_POSITION,
                        ResultCode.MEMBER_UNKNOWN,
                        ResultCode.CONSUMER_UNKNOWN,
                        ResultCode.CONSUMER_MISMATCH,
                        ResultCode.NOT_OWNER,
                        ResultCode.TOO_MANY_CONSUMERS,
                        ResultCode.TOO_MANY_ACKS,
                        ResultCode.BAD_CONSUMER),
                seen);
    }

    private static final class Simulation {
        private final EngineModelRun run;
        private final Random random;
        private final ConsumersModel model = new ConsumersModel();
        private final Set<ResultCode> seen;
        private int recordsSeen;
        private long producerSequence;

        Simulation(final long seed, final Set<ResultCode> seen) {
            this.run = new EngineModelRun(seed);
            this.random = run.random;
            this.seen = seen;
            run.apply(Commands.change(EngineSetting.MAX_CONSUMERS, ConsumersModel.MAX_CONSUMERS));
            run.apply(Commands.change(EngineSetting.MAX_PENDING_ACKS, ConsumersModel.MAX_ACKS));
            run.apply(Commands.openProducer(1, 1024, false));
        }

        void run() {
            for (int step = 0; step < STEPS; step++) {
                model.pass(run.nowNs());
                act();
                assertEqual("step " + step);
            }
        }

        private void act() {
            switch (random.nextInt(16)) {
                case 0 -> {
                    run.pass(random.nextLong(random.nextBoolean() ? SECOND_NS : 20 * SECOND_NS));
                    model.pass(run.nowNs());
                }
                case 1 -> run.restart();
                case 2 -> {
                    if (random.nextInt(3) == 0) {
                        run.beginTerm();
                        model.beginTerm();
                    }
                }
                case 3, 4 -> {
                    final long memberId = memberId();
                    final long leaseNs = SECOND_NS + random.nextLong(20 * SECOND_NS);
                    assertEquals(ResultCode.ACCEPTED, code(run.apply(Commands.openMember(memberId, leaseNs))));
                    model.openMember(memberId, leaseNs);
                }
                case 5 -> {
                    if (random.nextInt(3) == 0) {
                        final long memberId = memberId();
                        model.closeMember(memberId);
                        run.apply(Commands.closeMember(memberId));
                    }
                }
                case 6 -> publish();
                case 7, 8, 9 -> open();
                case 10, 11, 12 -> ack();
                case 13 -> leave();
                case 14 -> seekOrDelete();
                default -> list();
            }
        }

        private void publish() {
            final byte[] reply = run.apply(new PublishBuilder(1, 1, ++producerSequence)
                    .entry("x/1", "m".repeat(random.nextInt(200)))
                    .build());
            assertEquals(
                    ResultCode.ACCEPTED, EngineFixture.decodePublished(reply).code());
        }

        private void open() {
            final long memberId = memberId();
            final int pick = random.nextInt(24) == 0 ? NAMES.size() - 1 : random.nextInt(NAMES.size() - 1);
            final int lane = random.nextInt(12) == 0 ? random.nextInt(1030) - 3 : pick - 1;
            final List<String> filters = FILTERS.get(random.nextInt(12) == 0 ? random.nextInt(4) : pick % 2);
            final ConsumerStart kind = ConsumerStart.get((short) random.nextInt(3));
            final long given = position();
            final long end = run.engine().journalPosition();
            final long start =
                    ConsumersModel.positionOf(kind, given, run.engine().firstReadablePosition(), end);
            final ConsumersModel.Entry existing = model.find(NAMES.get(pick));
            final boolean isAgain = random.nextInt(4) == 0;
            final long knownId = isAgain ? (existing == null ? 7 : existing.id - random.nextInt(2)) : 0;
            final ResultCode expected = model.open(memberId, NAMES.get(pick), lane, filters, start, end, knownId);
            final ConsumerOpenedDecoder opened = EngineFixture.decode(
                    new ConsumerOpenedDecoder(),
                    run.apply(ConsumerRequests.open(memberId, NAMES.get(pick), lane, filters, kind, given, knownId)));
            assertEquals(expected, opened.code());
            seen.add(expected);
            if (expected == ResultCode.ACCEPTED) {
                final ConsumersModel.Entry entry = model.find(NAMES.get(pick));
                assertEquals(entry.id, opened.consumerId());
                assertEquals(entry.epoch, opened.ownerEpoch());
                assertEquals(entry.owner, opened.ownerMemberId());
                assertEquals(entry.wanted, opened.wantedMemberId());
                assertEquals(entry.position, opened.position());
                final byte[] acks = new byte[opened.acksLength()];
                opened.getAcks(acks, 0, acks.length);
                final UnsafeBuffer buffer = new UnsafeBuffer(acks);
                final List<Long> list = new ArrayList<>();
                for (int i = 0; i < acks.length; i += Long.BYTES) {
                    list.add(buffer.getLong(i, ByteOrder.LITTLE_ENDIAN));
                }
                assertEquals(List.copyOf(entry.acks), list);
            }
        }

        private void ack() {
            final ConsumersModel.Entry entry = anyConsumer();
            final boolean isOwner = entry != null && random.nextInt(8) != 0;
            final long consumerId = entry == null ? 999 : entry.id;
            final long memberId = isOwner ? entry.owner : memberId();
            final long epoch = isOwner ? entry.epoch : random.nextInt(4);
            final long end = run.engine().journalPosition();
            final long position = random.nextBoolean() ? -1 : nearPosition(entry);
            final TreeSet<Long> acks = new TreeSet<>();
            for (int i = random.nextInt(6); i > 0; i--) {
                acks.add(32 * (1 + random.nextLong(end / 32 + (random.nextInt(20) == 0 ? 3 : 0))));
            }
            final ResultCode expected = model.ack(consumerId, memberId, epoch, position, acks, end);
            assertEquals(expected, code(run.apply(ConsumerRequests.ack(consumerId, memberId, epoch, position, acks))));
            seen.add(expected);
        }

        private void leave() {
            final ConsumersModel.Entry entry = anyConsumer();
            final long consumerId = entry == null ? 999 : entry.id;
            final long memberId = entry != null && random.nextBoolean() ? entry.owner : memberId();
            final long epoch = entry != null && random.nextInt(4) != 0 ? entry.epoch : 1;
            final boolean isKept = random.nextBoolean();
            final ResultCode expected = model.leave(consumerId, memberId, epoch, isKept);
            assertEquals(expected, code(run.apply(ConsumerRequests.leave(consumerId, memberId, epoch, isKept))));
        }

        private void seekOrDelete() {
            final ConsumersModel.Entry entry = anyConsumer();
            final long consumerId = entry == null ? 999 : entry.id;
            if (random.nextInt(4) == 0) {
                final ResultCode expected = model.delete(consumerId);
                assertEquals(expected, code(run.apply(ConsumerRequests.delete(consumerId))));
                seen.add(expected);
            } else {
                final ConsumerStart kind = ConsumerStart.get((short) random.nextInt(3));
                final long given = position();
                final ResultCode expected = model.seek(
                        consumerId,
                        kind,
                        given,
                        run.engine().firstReadablePosition(),
                        run.engine().journalPosition());
                assertEquals(expected, code(run.apply(ConsumerRequests.seek(consumerId, kind, given))));
                seen.add(expected);
            }
        }

        private void list() {
            final String filter = random.nextBoolean() ? "" : "b/+";
            final List<Long> expected = model.consumers.values().stream()
                    .filter(entry -> filter.isEmpty() || entry.name.startsWith("b/"))
                    .map(entry -> entry.id)
                    .toList();
            final List<Long> actual = new ArrayList<>();
            final int maxConsumers = random.nextInt(3);
            long after = 0;
            boolean isLast = false;
            while (!isLast) {
                final ConsumersPageDecoder page = EngineFixture.decode(
                        new ConsumersPageDecoder(), run.apply(ConsumerRequests.list(after, maxConsumers, filter)));
                after = page.scannedToConsumerId();
                isLast = page.isLast() == io.lockstep.codecs.BooleanType.TRUE;
                for (final ConsumersPageDecoder.ConsumersDecoder entry : page.consumers()) {
                    final ConsumersModel.Entry known = model.consumers.get(entry.consumerId());
                    actual.add(known.id);
                    assertEquals(known.position, entry.position());
                    assertEquals(known.epoch, entry.ownerEpoch());
                    assertEquals(known.owner, entry.ownerMemberId());
                    assertEquals(known.wanted, entry.wantedMemberId());
                    assertEquals(known.acks.size(), entry.ackCount());
                    assertEquals(known.members.size(), entry.memberCount());
                    assertEquals(known.lane, entry.lane());
                    assertEquals(known.name, entry.name());
                    assertEquals(String.join("\0", known.filters), entry.filters());
                }
            }
            assertEquals(expected, actual);
        }

        private void assertEqual(final String step) {
            final ConsumersPart part = run.engine().parts().consumers();
            assertEquals(model.consumers.size(), part.count(), step);
            assertEquals(
                    model.consumers.values().stream()
                            .mapToLong(entry -> entry.position)
                            .min()
                            .orElse(Long.MAX_VALUE),
                    run.engine().heldPosition(),
                    step);
            for (final ConsumersModel.Entry entry : model.consumers.values()) {
                final Consumer consumer = part.find(entry.id);
                assertEquals(entry.name, new String(consumer.name(), StandardCharsets.UTF_8), step);
                assertEquals(entry.position, consumer.position(), step);
                assertEquals(entry.epoch, consumer.ownerEpoch(), step);
                assertEquals(entry.owner, consumer.ownerMemberId(), step);
                assertEquals(entry.wanted, consumer.wantedMemberId(), step);
                final List<Long> acks = new ArrayList<>();
                for (int i = 0; i < consumer.ackCount(); i++) {
                    acks.add(consumer.ack(i));
                }
                assertEquals(List.copyOf(entry.acks), acks, step);
                final Set<Long> members = new TreeSet<>();
                for (int i = 0; i < consumer.memberCount(); i++) {
                    members.add(consumer.member(i));
                }
                assertEquals(new TreeSet<>(entry.members), members, step);
            }
            final List<ConsumersModel.Event> events = new ArrayList<>();
            for (; recordsSeen < run.outbox.journal.size(); recordsSeen++) {
                final byte[] record = run.outbox.journal.get(recordsSeen).bytes();
                if (RecordLayout.kind(new UnsafeBuffer(record), 0) == RecordKind.CONSUMER_CHANGED.value()) {
                    final ConsumerRecordDecoder decoder = EngineFixture.decode(new ConsumerRecordDecoder(), record);
                    events.add(new ConsumersModel.Event(
                            decoder.consumerId(),
                            decoder.ownerEpoch(),
                            decoder.ownerMemberId(),
                            decoder.wantedMemberId(),
                            decoder.position()));
                }
            }
            assertEquals(model.events, events, step);
            model.events.clear();
        }

        private ConsumersModel.Entry anyConsumer() {
            final List<ConsumersModel.Entry> all = List.copyOf(model.consumers.values());
            return all.isEmpty() || random.nextInt(20) == 0 ? null : all.get(random.nextInt(all.size()));
        }

        private long memberId() {
            return random.nextInt(MEMBERS) - (MEMBERS + 1L);
        }

        private long position() {
            final long end = run.engine().journalPosition();
            return random.nextInt(8) == 0 ? random.nextLong(end + 200) - 40 : 32 * random.nextLong(end / 32 + 1);
        }

        private long nearPosition(final ConsumersModel.Entry entry) {
            if (entry == null || random.nextInt(4) == 0) {
                return position();
            }
            return Math.min(run.engine().journalPosition(), entry.position + 32L * random.nextInt(10));
        }

        private static ResultCode code(final byte[] reply) {
            return EngineFixture.decode(new CommandReplyDecoder(), reply).code();
        }
    }
}
