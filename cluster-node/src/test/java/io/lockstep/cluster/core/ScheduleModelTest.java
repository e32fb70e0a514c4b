package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.cluster.core.ScheduleModel.Delivered;
import io.lockstep.cluster.core.ScheduleModel.Held;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.EventRecordDecoder;
import io.lockstep.codecs.MessageRecordDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.ScheduleDescribedDecoder;
import io.lockstep.codecs.ScheduledPageDecoder;
import io.lockstep.config.EngineSetting;
import io.lockstep.topic.TopicFilter;
import io.lockstep.wire.MessageHeaders;
import io.lockstep.wire.RecordLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** The schedule against a sorted map. */
class ScheduleModelTest {
    private static final int SEEDS = 1_000;
    private static final int STEPS = 100;
    private static final int MAX_HEADERS = 120;
    private static final long MS = 1_000_000L;
    private static final List<String> TOPICS = List.of("a", "a/b", "plant/7/boiler", "z");
    private static final List<Long> PRODUCERS = List.of(7L, -8L);
    private static final List<String> FILTERS = List.of("", "#", "a/#", "z", "plant/+/boiler", "none");

    private static final class Walk {
        private final EngineModelRun run;
        private final Set<ResultCode> seen;
        private final ScheduleModel model;
        private final List<Long> ids = new ArrayList<>();
        private final int maxPayload;
        private final Map<Long, Long> sequences = new HashMap<>(Map.of(PRODUCERS.get(0), 0L, PRODUCERS.get(1), 0L));
        private int recordsChecked;

        Walk(final long seed, final Set<ResultCode> seen) {
            this.run = new EngineModelRun(seed);
            this.seen = seen;
            final boolean isBig = run.random.nextInt(10) == 0;
            // Big messages reach the cap of the state, small ones the limits of the schedule.
            final int maxCount = isBig ? 100 : 8;
            final long maxBytes = isBig ? 256 << 20 : 2_560;
            maxPayload = isBig ? 400_000 : 300;
            model = new ScheduleModel(maxCount, maxBytes, MAX_HEADERS);
            run.apply(Commands.change(EngineSetting.MAX_SCHEDULED, maxCount));
            run.apply(Commands.change(EngineSetting.MAX_SCHEDULED_BYTES, maxBytes));
            run.apply(Commands.change(EngineSetting.MAX_HEADERS_LENGTH, MAX_HEADERS));
            run.apply(Commands.change(EngineSetting.MAX_STATE_BYTES, 1 << 20));
            PRODUCERS.forEach(id -> run.apply(Commands.openProducer(id, 64, false)));
            changeLimits();
            recordsChecked = run.outbox.journal.size();
        }

        void step() {
            switch (run.random.nextInt(18)) {
                case 0 -> {
                    final long fromNs = run.nowNs();
                    run.pass(run.random.nextLong(run.random.nextBoolean() ? 3 * MS : 5_000 * MS));
                    expect(model.pass(fromNs, run.nowNs()));
                }
                case 1 -> run.tick();
                case 2 -> run.restart();
                case 3 -> run.beginTerm();
                case 4 -> setReadOnly();
                case 5 -> cancel();
                case 6 -> list();
                case 7 -> publishBatch();
                case 8 -> describe();
                case 9 -> changeLimits();
                default -> publish();
            }
            final SchedulePart part = run.engine().parts().schedule();
            assertEquals(model.held.size(), part.count());
            assertEquals(model.heldBytes(), part.stateBytes());
        }

        private void changeLimits() {
            model.producerLimit = run.random.nextInt(6);
            model.topicLimit = run.random.nextInt(4);
            expectTurn(run.apply(Commands.change(EngineSetting.PRODUCER_SCHEDULED, model.producerLimit)));
            expectTurn(run.apply(Commands.change(EngineSetting.TOPIC_SCHEDULED, model.topicLimit)));
        }

        private void describe() {
            final byte[] reply = run.apply(Commands.describeSchedule());
            expect(model.pass(run.nowNs(), run.nowNs()));
            final ScheduleDescribedDecoder described = EngineFixture.decode(new ScheduleDescribedDecoder(), reply);
            assertEquals(run.nowNs(), described.timestampNs());
            assertEquals(model.held.size(), described.heldCount());
            assertEquals(model.heldBytes(), described.heldBytes());
            assertEquals(
                    model.held.values().stream().mapToLong(Held::dueNs).min().orElse(-1), described.nextDueNs());
            assertEquals(model.released, described.releasedCount());
            assertEquals(model.latenessSumUs, described.latenessSumUs());
            assertEquals(model.greatestLatenessUs, described.greatestLatenessUs());
        }

        private void setReadOnly() {
            final boolean isReadOnly = run.random.nextInt(4) == 0;
            expectTurn(run.apply(Commands.setReadOnly(1, isReadOnly)));
            model.isReadOnly = isReadOnly;
        }

        private void cancel() {
            final long id = ids.isEmpty() || run.random.nextInt(8) == 0
                    ? 32L * run.random.nextInt(1_000)
                    : ids.get(run.random.nextInt(ids.size()));
            final byte[] reply = run.apply(Commands.cancelScheduled(id));
            expect(model.pass(run.nowNs(), run.nowNs()));
            final Held held = model.held.get(id);
            final ResultCode expected = model.cancel(id);
            assertEquals(
                    expected,
                    EngineFixture.decode(new CommandReplyDecoder(), reply).code());
            seen.add(expected);
            if (held != null) {
                final EventRecordDecoder event = nextEvent(RecordKind.SCHEDULE_CANCELLED);
                assertEquals(id, event.firstValue());
            }
        }

        private void list() {
            final String filterText = FILTERS.get(run.random.nextInt(FILTERS.size()));
            final int maxEntries = 1 + run.random.nextInt(5);
            final List<Held> found = new ArrayList<>();
            long after = 0;
            boolean isLast = false;
            while (!isLast) {
                final byte[] reply = run.apply(Commands.listScheduled(after, maxEntries, filterText));
                expect(model.pass(run.nowNs(), run.nowNs()));
                final ScheduledPageDecoder page = EngineFixture.decode(new ScheduledPageDecoder(), reply);
                assertEquals(model.held.size(), page.heldCount());
                assertEquals(model.heldBytes(), page.heldBytes());
                assertEquals(run.nowNs(), page.timestampNs());
                after = page.scannedToPosition();
                isLast = page.isLast() == BooleanType.TRUE;
                for (final ScheduledPageDecoder.ScheduledDecoder entry : page.scheduled()) {
                    final Held held = model.held.get(entry.schedulePosition());
                    assertEquals(held.dueNs(), entry.dueNs());
                    assertEquals(held.producerId(), entry.producerId());
                    assertEquals(held.producerSequence(), entry.producerSequence());
                    assertEquals(held.headersLength(), entry.headersLength());
                    assertEquals(held.payload().length(), entry.payloadLength());
                    assertEquals(held.topic(), entry.topicName());
                    found.add(held);
                }
            }
            final TopicFilter filter = filterText.isEmpty() ? null : TopicFilter.parse(filterText);
            final List<Held> expected = model.held.values().stream()
                    .filter(held -> filter == null
                            || filter.matches(
                                    new UnsafeBuffer(bytes(held.topic())),
                                    0,
                                    held.topic().length()))
                    .toList();
            assertEquals(expected, found);
        }

        // A message that would be held back spoils an atomic batch.
        private void publishBatch() {
            final long producerId = anyProducer();
            final Map<String, String> headers = Map.of("$delayMs", "5");
            final PublishBuilder builder = new PublishBuilder(producerId, 1, sequences.get(producerId) + 1).atomic();
            builder.entry("a", "1");
            builder.entry(bytes("a"), MessageHeaders.encode(headers), bytes("2"), PublishFrame.NO_CONDITION);
            final EngineFixture.Published reply = EngineFixture.decodePublished(run.apply(builder.build()));
            expect(model.pass(run.nowNs(), run.nowNs()));
            sequences.merge(producerId, 2L, Long::sum);
            assertEquals(
                    model.isReadOnly
                            ? List.of(ResultCode.READ_ONLY, ResultCode.BATCH_REFUSED)
                            : List.of(ResultCode.BATCH_REFUSED, ResultCode.BAD_SCHEDULE),
                    reply.codes());
        }

        private void publish() {
            final String topic = TOPICS.get(run.random.nextInt(TOPICS.size()));
            final String payload = "p".repeat(run.random.nextInt(maxPayload));
            final Map<String, String> headers = headers();
            final boolean isConditional = run.random.nextInt(10) == 0;
            final long stateBytes = releaseAndMeasure();
            final long producerId = anyProducer();
            final long sequence = sequences.merge(producerId, 1L, Long::sum);
            final byte[] command = new PublishBuilder(producerId, 1, sequence)
                    .entry(
                            bytes(topic),
                            MessageHeaders.encode(headers),
                            bytes(payload),
                            conditionOf(topic, isConditional))
                    .build();
            final EngineFixture.Published reply = EngineFixture.decodePublished(run.apply(command));
            final long dueMs = ScheduleModel.dueMs(headers, run.nowNs());
            final Held message = ScheduleModel.toHold(dueMs, topic, producerId, sequence, headers, payload);
            ResultCode expected = ResultCode.ACCEPTED;
            if (model.isReadOnly) {
                expected = ResultCode.READ_ONLY;
            } else if (headersLengthOf(headers) > MAX_HEADERS) {
                expected = ResultCode.HEADERS_TOO_LARGE;
            } else if (headers.containsKey("$delayMs") && headers.containsKey("$deliverAtMs")) {
                expected = ResultCode.BAD_HEADERS;
            } else if (dueMs >= 0) {
                expected = model.check(message, dueMs, false, isConditional);
                final long topicBytes = isKnown(topic) ? 0 : TopicsPart.costOf(topic.length());
                if (expected == ResultCode.ACCEPTED && stateBytes + topicBytes + message.cost() > 1 << 20) {
                    expected = ResultCode.STATE_FULL;
                }
            }
            seen.add(expected);
            if (expected != ResultCode.ACCEPTED) {
                assertEquals(List.of(expected), reply.codes());
                assertEquals(
                        detailOf(expected),
                        expected == ResultCode.HEADERS_TOO_LARGE
                                ? 0
                                : reply.results().get(0).detail());
            } else if (dueMs >= 0) {
                final EventRecordDecoder event = nextEvent(RecordKind.SCHEDULED);
                assertEquals(message.dueNs(), event.firstValue());
                assertEquals(reply.lastPosition(), reply.results().get(0).position());
                model.hold(reply.lastPosition(), message);
                ids.add(reply.lastPosition());
                assertEquals(run.engine().journalPosition(), reply.lastPosition());
            } else {
                expect(List.of(model.deliver(run.nowNs(), message)));
            }
        }

        private long detailOf(final ResultCode code) {
            return switch (code) {
                case SCHEDULE_FULL -> model.held.size();
                case TOO_MANY_SCHEDULED_OF_PRODUCER -> model.producerLimit;
                case TOO_MANY_SCHEDULED_OF_TOPIC -> model.topicLimit;
                default -> 0;
            };
        }

        private long anyProducer() {
            return PRODUCERS.get(run.random.nextInt(PRODUCERS.size()));
        }

        // What is due is released before the command is looked at; so that the size of the state is known then.
        private long releaseAndMeasure() {
            run.apply(Commands.describeShard());
            expect(model.pass(run.nowNs(), run.nowNs()));
            return run.engine().stateBytes();
        }

        private boolean isKnown(final String topic) {
            return run.engine().parts().topics().find(new UnsafeBuffer(bytes(topic)), 0, topic.length()) != null;
        }

        private long conditionOf(final String topic, final boolean isConditional) {
            if (!isConditional) {
                return PublishFrame.NO_CONDITION;
            }
            final Topic known = run.engine().parts().topics().find(new UnsafeBuffer(bytes(topic)), 0, topic.length());
            return known == null ? 0 : known.lastSequence();
        }

        private Map<String, String> headers() {
            final Map<String, String> headers = new LinkedHashMap<>();
            if (run.random.nextBoolean()) {
                headers.put("user", "u".repeat(run.random.nextInt(run.random.nextInt(6) == 0 ? 120 : 20)));
            }
            final long nowMs = run.nowNs() / MS;
            switch (run.random.nextInt(12)) {
                case 0 -> headers.put("$deliverAtMs", Long.toString(nowMs - 5 + run.random.nextInt(2_000)));
                case 1 -> headers.put("$deliverAtMs", Long.toString(run.random.nextInt(1_000)));
                case 2 -> headers.put("$delayMs", "9223372036854");
                case 3 -> {
                    headers.put("$delayMs", "1");
                    headers.put("$deliverAtMs", "1");
                }
                case 4, 5 -> {} // At once.
                default -> headers.put("$delayMs", Integer.toString(run.random.nextInt(4_000)));
            }
            if (run.random.nextBoolean()) {
                headers.put("$key", "k");
                headers.put("$expiryMs", "1000");
            }
            return headers;
        }

        private void expectTurn(final byte[] reply) {
            assertTrue(reply != null);
            expect(model.pass(run.nowNs(), run.nowNs()));
        }

        /** The messages that came into the journal since the last look. */
        private void expect(final List<Delivered> expected) {
            final List<Delivered> found = new ArrayList<>();
            while (found.size() < expected.size() && recordsChecked < run.outbox.journal.size()) {
                final UnsafeBuffer record = nextRecord();
                if (RecordLayout.kind(record, 0) == RecordKind.MESSAGE.value()) {
                    found.add(deliveredIn(record));
                }
            }
            assertEquals(expected, found);
        }

        private EventRecordDecoder nextEvent(final RecordKind kind) {
            UnsafeBuffer record = nextRecord();
            while (RecordLayout.kind(record, 0) != kind.value()) {
                assertTrue(RecordLayout.kind(record, 0) != RecordKind.MESSAGE.value(), "a message was not expected");
                record = nextRecord();
            }
            return EngineFixture.decode(
                    new EventRecordDecoder(),
                    run.outbox.journal.get(recordsChecked - 1).bytes());
        }

        private UnsafeBuffer nextRecord() {
            return new UnsafeBuffer(run.outbox.journal.get(recordsChecked++).bytes());
        }

        /** Nothing is in the journal that was not expected. */
        void end() {
            while (recordsChecked < run.outbox.journal.size()) {
                assertTrue(RecordLayout.kind(nextRecord(), 0) != RecordKind.MESSAGE.value(), "a message too many");
            }
        }

        private static Delivered deliveredIn(final UnsafeBuffer record) {
            final byte[] bytes = new byte[record.capacity()];
            record.getBytes(0, bytes);
            final MessageRecordDecoder decoder = EngineFixture.decode(new MessageRecordDecoder(), bytes);
            final long topicSequence = decoder.topicSequence();
            final long producerSequence = decoder.producerSequence();
            final long producerId = decoder.producerId();
            final String topic = decoder.topicName();
            final byte[] headers = new byte[decoder.headersLength()];
            decoder.getHeaders(headers, 0, headers.length);
            final byte[] payload = new byte[decoder.payloadLength()];
            decoder.getPayload(payload, 0, payload.length);
            return new Delivered(
                    RecordLayout.timestampNs(record, 0),
                    topic,
                    topicSequence,
                    producerId,
                    producerSequence,
                    MessageHeaders.decode(new UnsafeBuffer(headers), 0, headers.length),
                    new String(payload, StandardCharsets.UTF_8));
        }

        private static int headersLengthOf(final Map<String, String> headers) {
            return MessageHeaders.encode(headers).length;
        }

        private static byte[] bytes(final String text) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
    }

    @Test
    void shouldReleaseCancelAndListAsTheModelDoes() {
        final Set<ResultCode> seen = EnumSet.noneOf(ResultCode.class);
        EngineModelRun.forSeeds("ScheduleModelTest", SEEDS, seed -> {
            final Walk walk = new Walk(seed, seen);
            for (int step = 0; step < STEPS; step++) {
                walk.step();
            }
            walk.end();
        });
        TestSeed.assertReached(
                SEEDS,
                EnumSet.of(
                        ResultCode.ACCEPTED,
                        ResultCode.READ_ONLY,
                        ResultCode.BAD_HEADERS,
                        ResultCode.HEADERS_TOO_LARGE,
                        ResultCode.STATE_FULL,
                        ResultCode.BAD_SCHEDULE,
                        ResultCode.SCHEDULE_FULL,
                        ResultCode.TOO_MANY_SCHEDULED_OF_PRODUCER,
                        ResultCode.TOO_MANY_SCHEDULED_OF_TOPIC,
                        ResultCode.SCHEDULE_UNKNOWN),
                seen);
    }
}
