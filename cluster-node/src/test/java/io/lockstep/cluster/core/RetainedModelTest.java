package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import io.lockstep.topic.TopicFilter;
import io.lockstep.wire.MessageHeaders;
import io.lockstep.wire.RecordLayout;
import io.lockstep.wire.ReservedHeaders;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/**
 * Last values against a simple model, with random commands, time jumps, new terms, and a second engine that is restored
 * from a snapshot now and then and must put out the same bytes.
 */
class RetainedModelTest {
    private static final int SEEDS = 1_000;
    private static final int STEPS = 60;
    private static final long PRODUCER = 42;
    private static final long SESSION = 7;
    private static final String[] FILTERS = {"", "#", "a/+", "a/b/#", "a/b/c", "x", "+/+/+", "nothing/#", "none"};

    private static final Set<ResultCode> REACHED = EnumSet.noneOf(ResultCode.class);
    private static final Set<String> COVERED = new TreeSet<>();

    @Test
    void shouldKeepWhatTheModelKeeps() {
        final long firstSeed = TestSeed.next("RetainedModelTest");
        final int count = TestSeed.count(SEEDS);
        for (int i = 0; i < count; i++) {
            final long seed = firstSeed + i;
            try {
                new Run(seed).run();
            } catch (final AssertionError | RuntimeException ex) {
                throw TestSeed.failureOf(seed, ex);
            }
        }

        TestSeed.assertReached(
                SEEDS,
                EnumSet.of(
                        ResultCode.ACCEPTED,
                        ResultCode.RETAINED_FULL,
                        ResultCode.RETAINED_TOO_LARGE,
                        ResultCode.STATE_FULL,
                        ResultCode.BAD_HEADERS,
                        ResultCode.BATCH_REFUSED,
                        ResultCode.BAD_TOPIC,
                        ResultCode.MALFORMED),
                REACHED);
        TestSeed.assertReached(
                SEEDS,
                Set.of("batch accepted", "expired", "many pages", "newer than asked for", "replaced", "timer"),
                COVERED);
    }

    /** One seed. */
    private static final class Run {
        private final Random random;
        private final FakeOutbox outbox = new FakeOutbox();
        private final Engine engine = new Engine(outbox);
        private FakeOutbox otherOutbox = new FakeOutbox();
        private Engine other = new Engine(otherOutbox);
        private final RetainedModel model;
        private long logPosition;
        private long nowNs = 5_000_000_000_000L;

        private Run(final long seed) {
            // The first numbers of seeds that follow each other are alike unless the bits are spread.
            random = new Random(seed * 0x9E3779B97F4A7C15L);
            apply(Commands.seedShard(0, 1, Map.of(), List.of()));
            apply(Commands.openProducer(PRODUCER, 1_024, false));
            if (random.nextInt(4) == 0) {
                // Producers that take almost as much as the lowest cap of the state.
                final long enough = EngineSetting.MAX_STATE_BYTES.lowest() - 1_000;
                for (int i = 0; engine.stateBytes() < enough; i++) {
                    final boolean isFar = engine.stateBytes() < enough - 10_000;
                    apply(Commands.openProducer(1_000 + i, isFar ? 1_024 : 64, false));
                }
            }
            model = new RetainedModel(
                    PRODUCER,
                    engine.stateBytes(),
                    EngineSetting.MAX_RETAINED_BYTES.defaultValue(),
                    EngineSetting.MAX_STATE_BYTES.defaultValue());
        }

        private void run() {
            for (int step = 0; step < STEPS; step++) {
                if (random.nextInt(3) == 0) {
                    nowNs += random.nextInt(4) == 0 ? random.nextLong(4_000_000_000L) : random.nextLong(300_000_000L);
                }
                step();
                check();
            }
        }

        private void step() {
            final int dice = random.nextInt(100);
            if (dice < 60) {
                publish();
            } else if (dice < 72) {
                list();
            } else if (dice < 76) {
                model.quota = random.nextInt(3) == 0 ? 16 << 20 : random.nextInt(8_000);
                apply(Commands.change(EngineSetting.MAX_RETAINED_BYTES, model.quota));
            } else if (dice < 80) {
                model.cap = random.nextInt(3) > 0
                        ? EngineSetting.MAX_STATE_BYTES.defaultValue()
                        : Math.max(EngineSetting.MAX_STATE_BYTES.lowest(), engine.stateBytes() + random.nextInt(2_000));
                apply(Commands.change(EngineSetting.MAX_STATE_BYTES, model.cap));
            } else if (dice < 84) {
                beginTerm();
            } else if (dice < 90) {
                restoreOther();
            } else if (dice < 92) {
                sendNonsense();
            } else {
                fireTimer();
            }
        }

        private void publish() {
            final int count = random.nextInt(3) == 0 ? 1 + random.nextInt(6) : 1;
            final boolean isAtomic = random.nextBoolean();
            final List<RetainedModel.Message> messages = new ArrayList<>();
            final PublishBuilder builder = new PublishBuilder(PRODUCER, 1, model.nextSequence());
            for (int i = 0; i < count; i++) {
                messages.add(addMessage(builder));
            }
            final int valuesBefore = model.valueCount();
            final byte[] reply = apply((isAtomic ? builder.atomic() : builder).build());
            final EngineFixture.Published published = EngineFixture.decodePublished(reply);
            assertEquals(ResultCode.ACCEPTED, published.code());
            final List<Long> positions = new ArrayList<>();
            for (final FakeOutbox.JournalRecord record : outbox.journal) {
                if (RecordLayout.kind(new UnsafeBuffer(record.bytes()), 0) == RecordKind.MESSAGE.value()) {
                    positions.add(record.endPosition());
                }
            }
            final List<ResultCode> expected = isAtomic
                    ? model.publishBatch(messages, positions, nowNs)
                    : model.publish(messages, positions, nowNs);
            final List<ResultCode> actual = published.results().isEmpty()
                    ? expected.stream().map(code -> ResultCode.ACCEPTED).toList()
                    : published.codes();
            assertEquals(expected, actual);
            checkDetails(published);
            REACHED.addAll(actual);
            if (isAtomic && count > 1 && published.results().isEmpty()) {
                COVERED.add("batch accepted");
            }
            if (valuesBefore > 0 && model.valueCount() == valuesBefore && positions.size() == 1) {
                COVERED.add("replaced");
            }
        }

        private void checkDetails(final EngineFixture.Published published) {
            for (final EngineFixture.EntryResult result : published.results()) {
                if (result.code() == ResultCode.RETAINED_FULL) {
                    assertEquals(model.quota, result.detail());
                } else if (result.code() == ResultCode.RETAINED_TOO_LARGE) {
                    assertEquals(128 * 1024, result.detail());
                }
            }
        }

        private RetainedModel.Message addMessage(final PublishBuilder builder) {
            final String topic = switch (random.nextInt(4)) {
                case 0 -> "a/" + (char) ('a' + random.nextInt(6));
                case 1 -> "a/b/" + (char) ('a' + random.nextInt(4));
                case 2 -> "x";
                default -> "y/" + random.nextInt(12) + "/z";
            };
            final boolean isRetained = random.nextInt(5) > 0;
            final boolean hasBadHeader = random.nextInt(40) == 0;
            final long expiryMs = random.nextInt(3) > 0 ? -1 : random.nextInt(3_000);
            final Map<String, String> headers = new LinkedHashMap<>();
            if (random.nextInt(4) == 0) {
                headers.put("user", "u".repeat(random.nextInt(20)));
            }
            if (isRetained || hasBadHeader) {
                headers.put(ReservedHeaders.RETAIN, hasBadHeader ? "2" : "1");
            }
            if (expiryMs >= 0) {
                headers.put(ReservedHeaders.EXPIRY_MS, Long.toString(expiryMs));
            }
            final byte[] block = MessageHeaders.encode(headers);
            final byte[] payload = new byte[payloadLength()];
            Arrays.fill(payload, (byte) ('a' + random.nextInt(26)));
            builder.entry(topic.getBytes(StandardCharsets.UTF_8), block, payload, PublishFrame.NO_CONDITION);
            return new RetainedModel.Message(
                    topic,
                    isRetained,
                    hasBadHeader,
                    expiryMs,
                    RetainedMessages.text(block),
                    RetainedMessages.text(payload));
        }

        private int payloadLength() {
            final int dice = random.nextInt(400);
            if (dice == 0) {
                return 128 * 1024 - 10 + random.nextInt(20);
            }
            if (dice < 12) {
                return 5_000 + random.nextInt(20_000);
            }
            return dice < 60 ? 0 : 1 + random.nextInt(300);
        }

        private void list() {
            final String filterText = random.nextInt(20) == 0 ? "a/+b" : FILTERS[random.nextInt(FILTERS.length)];
            final byte[] filterBytes = filterText.getBytes(StandardCharsets.UTF_8);
            final int after = random.nextInt(3) > 0 ? 0 : random.nextInt(20) - 2;
            final long upTo = random.nextInt(3) > 0 ? -1 : random.nextLong(engine.journalPosition() + 1);
            final byte[] reply = apply(RetainedMessages.list(after, upTo, filterBytes));
            if (filterText.equals("a/+b")) {
                assertEquals(
                        ResultCode.BAD_TOPIC,
                        EngineFixture.decode(new CommandReplyDecoder(), reply).code());
                REACHED.add(ResultCode.BAD_TOPIC);
                return;
            }
            final List<RetainedMessages.Value> expected = model.list(nowNs).stream()
                    .filter(value -> value.topicId() > after)
                    .filter(value -> upTo < 0 || value.position() <= upTo)
                    .filter(value -> filterText.isEmpty() || matches(filterText, value.topic()))
                    .toList();
            assertEquals(expected, listFrom(after, upTo, filterBytes));
            if (model.list(nowNs).stream().anyMatch(value -> upTo >= 0 && value.position() > upTo)) {
                COVERED.add("newer than asked for");
            }
        }

        // All pages, each of them in the order of topics and not too long.
        private List<RetainedMessages.Value> listFrom(final int after, final long upTo, final byte[] filter) {
            final List<RetainedMessages.Value> values = new ArrayList<>();
            int scanned = after;
            for (int pages = 1; ; pages++) {
                final byte[] reply = apply(RetainedMessages.list(scanned, upTo, filter));
                final RetainedMessages.Page page = RetainedMessages.page(reply);
                assertEquals(engine.journalPosition(), page.journalPosition());
                assertTrue(page.values().size() <= 1 || reply.length <= Limits.MAX_PAGE_LENGTH + 100);
                values.addAll(page.values());
                if (page.isLast()) {
                    assertEquals(model.topicCount(), page.scannedToTopicId());
                    if (pages > 1) {
                        COVERED.add("many pages");
                    }
                    return values;
                }
                assertTrue(page.scannedToTopicId() > scanned, "a page that is not the last goes on");
                scanned = page.scannedToTopicId();
            }
        }

        private void sendNonsense() {
            final byte[] command = RetainedMessages.list("a/b");
            final byte[] reply = apply(Arrays.copyOf(command, command.length - 1 - random.nextInt(10)));
            assertEquals(
                    ResultCode.MALFORMED,
                    EngineFixture.decode(new CommandReplyDecoder(), reply).code());
            REACHED.add(ResultCode.MALFORMED);
        }

        private void beginTerm() {
            logPosition += 64;
            engine.onLeadershipTerm(logPosition, nowNs);
            other.onLeadershipTerm(logPosition, nowNs);
        }

        private void restoreOther() {
            final List<byte[]> snapshot = EngineFixture.snapshotOf(engine, logPosition);
            otherOutbox = new FakeOutbox();
            other = EngineFixture.restore(snapshot, otherOutbox);
            assertTrue(other.isRestored());
        }

        private void fireTimer() {
            final long deadlineNs = engine.timerDeadlineNs();
            if (deadlineNs != ClockPart.NONE) {
                nowNs = Math.max(nowNs, deadlineNs);
                clearOutboxes();
                logPosition += 64;
                engine.onTimer(logPosition, nowNs);
                other.onTimer(logPosition, nowNs);
                compareOutboxes();
                model.turn(nowNs);
                COVERED.add("timer");
            }
        }

        private byte[] apply(final byte[] command) {
            clearOutboxes();
            logPosition += 64;
            final UnsafeBuffer buffer = new UnsafeBuffer(command);
            engine.onCommand(SESSION, logPosition, nowNs, buffer, 0, command.length);
            other.onCommand(SESSION, logPosition, nowNs, buffer, 0, command.length);
            compareOutboxes();
            if (model != null) {
                final int before = model.valueCount();
                model.turn(nowNs);
                if (model.valueCount() < before) {
                    COVERED.add("expired");
                }
            }
            return outbox.replies.get(0).bytes();
        }

        private void clearOutboxes() {
            outbox.clear();
            otherOutbox.clear();
        }

        private void compareOutboxes() {
            assertEquals(outbox.timers, otherOutbox.timers);
            assertEquals(outbox.journal.size(), otherOutbox.journal.size());
            for (int i = 0; i < outbox.journal.size(); i++) {
                assertArrayEquals(
                        outbox.journal.get(i).bytes(),
                        otherOutbox.journal.get(i).bytes());
            }
            assertEquals(outbox.replies.size(), otherOutbox.replies.size());
            for (int i = 0; i < outbox.replies.size(); i++) {
                assertArrayEquals(
                        outbox.replies.get(i).bytes(),
                        otherOutbox.replies.get(i).bytes());
            }
        }

        private void check() {
            final RetainedPart part = engine.parts().retained();
            assertEquals(model.valueCount(), part.valueCount());
            assertEquals(model.valueBytes(), part.valueBytes());
            assertEquals(model.stateBytes(), engine.stateBytes());
            assertEquals(engine.stateHash(), other.stateHash());
            if (model.dueNs() != Long.MAX_VALUE && model.dueNs() > nowNs) {
                final long deadlineNs = engine.timerDeadlineNs();
                assertTrue(deadlineNs != ClockPart.NONE && deadlineNs <= model.dueNs(), "timer " + deadlineNs);
            }
            assertEquals(model.list(nowNs), listFrom(0, -1, new byte[0]));
        }

        private static boolean matches(final String filter, final String topic) {
            final byte[] name = topic.getBytes(StandardCharsets.UTF_8);
            return TopicFilter.parse(filter).matches(new UnsafeBuffer(name), 0, name.length);
        }
    }
}
