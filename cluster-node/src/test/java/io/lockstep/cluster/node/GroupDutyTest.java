package io.lockstep.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.archive.replay.JournalRecordHandler;
import io.lockstep.cluster.service.GroupNeeds;
import io.lockstep.cluster.service.ServiceStatus;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.FeedGroupDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.MessageRecordEncoder;
import io.lockstep.codecs.PutDeadLetterDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.ResultCode;
import io.lockstep.topic.TopicFilter;
import io.lockstep.topic.TopicSlots;
import io.lockstep.wire.JournalFormat;
import io.lockstep.wire.MessageHeaders;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** The duty against a journal in memory and a shard that believes nothing. */
class GroupDutyTest {
    private static final int GROUP_ID = 3;

    private final FakeJournals journals = new FakeJournals();
    private final FakeShard shard = new FakeShard();
    private final RecordingListener listener = new RecordingListener();
    private final List<GroupNeeds.Dead> dead = new ArrayList<>();
    private GroupDuty duty = new GroupDuty(0, journals::open, shard, listener);
    private long windowEnd;
    private int room = 10;
    private boolean isLagging = true;
    private long firstReadablePosition;
    private long nowNs = System.nanoTime();

    @Test
    void shouldTellWhatMatchesInStretchesWhenTheWindowIsSmall() {
        // given
        for (int i = 0; i < 35; i++) {
            journals.add(i % 5 == 0 ? "other/x" : "jobs/" + i, Map.of(), "p" + i);
        }

        // when
        run(() -> windowEnd == journals.end());

        // then
        assertEquals(journals.positionsOf("jobs/"), shard.fed);
        assertEquals(3, shard.feeds, "10, 10 and 8 messages");
        assertEquals(List.of(), listener.errors);
    }

    @Test
    void shouldTellKeyAndExpiryWhenAMessageHasThem() {
        // given
        final Map<String, String> headers = new LinkedHashMap<>();
        headers.put("unit", "m");
        headers.put("$key", "pump-7");
        headers.put("$expiryMs", "1500");
        journals.add("jobs/1", headers, "x");
        journals.add("jobs/2", Map.of(), "y");

        // when
        run(() -> windowEnd == journals.end());

        // then
        final byte[] key = "pump-7".getBytes(StandardCharsets.UTF_8);
        final int hash = TopicSlots.hash(new UnsafeBuffer(key), 0, key.length);
        assertEquals(List.of("1500 TRUE " + hash + " topic 1", "-1 FALSE 0 topic 2"), shard.traits);
    }

    @Test
    void shouldGoOnWhereTheShardSaysWhenTheDutyIsNew() {
        // given
        for (int i = 0; i < 25; i++) {
            journals.add("jobs/" + i, Map.of(), "p" + i);
        }
        run(() -> shard.feeds == 1);

        // when
        duty.close();
        duty = new GroupDuty(0, journals::open, shard, listener);
        run(() -> windowEnd == journals.end());

        // then
        assertEquals(journals.positionsOf("jobs/"), shard.fed);
    }

    @Test
    void shouldReadAgainWhenTheGroupWasMovedBack() {
        // given
        for (int i = 0; i < 5; i++) {
            journals.add("jobs/" + i, Map.of(), "p" + i);
        }
        run(() -> windowEnd == journals.end());

        // when
        windowEnd = 0;
        shard.fed.clear();
        run(() -> windowEnd == journals.end());

        // then
        assertEquals(journals.positionsOf("jobs/"), shard.fed);
    }

    @Test
    void shouldSkipWhatRetentionRemovedWhenTheGroupLagsBehindIt() {
        // given
        for (int i = 0; i < 8; i++) {
            journals.add("jobs/" + i, Map.of(), "p" + i);
        }
        final List<Long> all = journals.positionsOf("jobs/");
        firstReadablePosition = all.get(4);

        // when
        run(() -> windowEnd == journals.end());

        // then
        assertEquals(all.subList(5, 8), shard.fed);
    }

    @Test
    void shouldBringHeadersAndPayloadWhenAMessageIsDead() {
        // given
        isLagging = false;
        journals.add("jobs/1", Map.of("unit", "m"), "one");
        journals.add("jobs/2", Map.of(), "x".repeat(100_000));
        journals.add("jobs/3", Map.of(), "three");
        final List<Long> positions = journals.positionsOf("jobs/");
        for (int i = 0; i < 3; i++) {
            dead.add(new GroupNeeds.Dead(GROUP_ID, positions.get(i), journals.lengthAt(positions.get(i))));
        }

        // when
        run(dead::isEmpty);

        // then
        assertEquals(List.of("{unit=m} one", "{} 100000 bytes", "{} three"), shard.buried);
        assertEquals(List.of(), listener.errors);
    }

    @Test
    void shouldBuryWithoutContentWhenRetentionRemovedIt() {
        // given
        isLagging = false;
        journals.add("jobs/1", Map.of(), "one");
        journals.add("jobs/2", Map.of(), "two");
        dead.add(new GroupNeeds.Dead(GROUP_ID, journals.positionsOf("jobs/").get(0), 10));
        firstReadablePosition = journals.positionsOf("jobs/").get(0);

        // when
        run(dead::isEmpty);

        // then
        assertEquals(List.of("{} "), shard.buried);
    }

    @Test
    void shouldTryAgainWithPausesWhenTheShardRefuses() {
        // given
        isLagging = false;
        journals.add("jobs/1", Map.of(), "one");
        dead.add(new GroupNeeds.Dead(GROUP_ID, journals.end(), journals.lengthAt(journals.end())));
        shard.refusal = ResultCode.READ_ONLY;

        // when, then
        for (int i = 0; i < 2_000; i++) {
            turn();
        }
        assertEquals(1, listener.events.size(), listener.events::toString);
        assertTrue(shard.refused >= 3 && shard.refused <= 6, "in 10 s: " + shard.refused);
        shard.refusal = null;
        run(dead::isEmpty);
        assertEquals(List.of("{} one"), shard.buried);
    }

    @Test
    void shouldReadNothingWhenNothingIsNeeded() {
        // given
        isLagging = false;
        journals.add("jobs/1", Map.of(), "one");

        // when
        for (int i = 0; i < 100; i++) {
            turn();
        }

        // then
        assertEquals(0, journals.opened);
    }

    @Test
    void shouldCloseItsReadersWhenNothingIsNeededAnyMore() {
        // given
        journals.add("jobs/1", Map.of(), "one");
        run(() -> windowEnd == journals.end());

        // when
        isLagging = false;
        nowNs += TimeUnit.SECONDS.toNanos(10);
        turn();
        nowNs += TimeUnit.SECONDS.toNanos(10);
        turn();

        // then
        assertEquals(1, journals.opened);
        assertEquals(1, journals.closed);
    }

    private void run(final java.util.function.BooleanSupplier isDone) {
        for (int i = 0; i < 1_000 && !isDone.getAsBoolean(); i++) {
            turn();
        }
        assertTrue(isDone.getAsBoolean());
    }

    private void turn() {
        nowNs += TimeUnit.MILLISECONDS.toNanos(5);
        shard.poll(nowNs);
        duty.doWork(status(), nowNs);
    }

    private ServiceStatus status() {
        final List<GroupNeeds.Lag> lags = isLagging && windowEnd < journals.end()
                ? List.of(new GroupNeeds.Lag(GROUP_ID, windowEnd, room, List.of(TopicFilter.parse("jobs/+"))))
                : List.of();
        return new ServiceStatus(
                true,
                0,
                journals.end(),
                firstReadablePosition,
                0,
                0,
                0,
                -1,
                0,
                0,
                0,
                0,
                true,
                false,
                0,
                0,
                0,
                Long.MAX_VALUE,
                new GroupNeeds(lags, dead));
    }

    /** Records in memory, at the positions that a journal would give them. */
    private static final class FakeJournals {
        private record Entry(String topic, DirectBuffer record, int length, long position) {}

        private final List<Entry> entries = new ArrayList<>();
        private final MessageHeaderEncoder header = new MessageHeaderEncoder();
        private final MessageRecordEncoder encoder = new MessageRecordEncoder();
        private int opened;
        private int closed;

        private void add(final String topic, final Map<String, String> headers, final String payload) {
            final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
            final byte[] block = MessageHeaders.encode(headers);
            final byte[] content = payload.getBytes(StandardCharsets.UTF_8);
            encoder.wrapAndApplyHeader(buffer, 0, header)
                    .recordHeader()
                    .crc32c(0)
                    .kind(RecordKind.MESSAGE)
                    .flags()
                    .clear();
            encoder.recordHeader()
                    .reserved(0)
                    .shardSequence(entries.size() + 1L)
                    .raftLogPosition(0)
                    .timestampNs(1_000L + entries.size());
            encoder.topicSequence(1)
                    .producerId(1)
                    .producerSequence(1)
                    .topicId(entries.size() + 1)
                    .topicName(topic)
                    .putHeaders(block, 0, block.length)
                    .putPayload(content, 0, content.length);
            final int length = MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength();
            entries.add(new Entry(topic, buffer, length, JournalFormat.endPosition(end(), length)));
        }

        private long end() {
            return entries.isEmpty() ? 0 : entries.get(entries.size() - 1).position();
        }

        private List<Long> positionsOf(final String prefix) {
            return entries.stream()
                    .filter(entry -> entry.topic().startsWith(prefix))
                    .map(Entry::position)
                    .toList();
        }

        private int lengthAt(final long position) {
            return entries.stream()
                    .filter(entry -> entry.position() == position)
                    .findFirst()
                    .orElseThrow()
                    .length();
        }

        private LocalJournal open(final long begin) {
            opened++;
            return new LocalJournal() {
                private long position = begin;

                @Override
                public int poll(final JournalRecordHandler handler, final int recordLimit) {
                    int count = 0;
                    for (final Entry entry : entries) {
                        if (entry.position() > position && count < recordLimit) {
                            final Action action = handler.onRecord(entry.record(), 0, entry.length(), entry.position());
                            assertTrue(action == Action.CONTINUE || action == Action.BREAK);
                            position = entry.position();
                            count++;
                            if (action == Action.BREAK) {
                                return count;
                            }
                        }
                    }
                    return count;
                }

                @Override
                public long position() {
                    return position;
                }

                @Override
                public void moveTo(final long newPosition) {
                    position = newPosition;
                }

                @Override
                public boolean isLost() {
                    return false;
                }

                @Override
                public void close() {
                    closed++;
                }
            };
        }
    }

    /** Answers each command at the next poll, and takes only what fits what it knows. */
    private final class FakeShard implements ShardCommands {
        private final MessageHeaderDecoder header = new MessageHeaderDecoder();
        private final FeedGroupDecoder feedGroup = new FeedGroupDecoder();
        private final PutDeadLetterDecoder putDeadLetter = new PutDeadLetterDecoder();
        private final List<Long> fed = new ArrayList<>();
        private final List<String> traits = new ArrayList<>();
        private final List<String> buried = new ArrayList<>();
        private int feeds;
        private ResultCode refusal;
        private int refused;
        private Runnable answer;

        @Override
        public boolean isBusy() {
            return answer != null;
        }

        @Override
        public void send(
                final DirectBuffer buffer, final int length, final long correlationId, final ReplyHandler handler) {
            assertNull(answer, "one command at a time");
            header.wrap(buffer, 0);
            if (refusal != null) {
                refused++;
                final ResultCode code = refusal;
                answer = () -> handler.onReply(code, 0);
                return;
            }
            if (header.templateId() == FeedGroupDecoder.TEMPLATE_ID) {
                feedGroup.wrapAndApplyHeader(buffer, 0, header);
                assertEquals(correlationId, feedGroup.correlationId());
                final ResultCode code = onFeed();
                answer = () -> handler.onReply(code, windowEnd);
            } else {
                putDeadLetter.wrapAndApplyHeader(buffer, 0, header);
                assertEquals(correlationId, putDeadLetter.correlationId());
                final boolean isKnown = onDeadLetter();
                answer = () -> handler.onReply(isKnown ? ResultCode.ACCEPTED : ResultCode.NOT_DEAD, 0);
            }
        }

        private ResultCode onFeed() {
            final long from = feedGroup.fromPosition();
            final long through = feedGroup.throughPosition();
            assertEquals(GROUP_ID, feedGroup.groupId());
            if (from != windowEnd || through > journals.end()) {
                return ResultCode.BAD_FEED;
            }
            feeds++;
            assertTrue(through > from);
            for (final FeedGroupDecoder.EntriesDecoder entry : feedGroup.entries()) {
                final long position = entry.position();
                entry.timestampNs();
                final long expiryMs = entry.expiryMs();
                assertEquals(journals.lengthAt(position), entry.recordLength());
                final int topicId = entry.topicId();
                final int keyHash = entry.keyHash();
                final BooleanType hasKey = entry.hasKey();
                traits.add(expiryMs + " " + hasKey + " " + keyHash + " topic " + topicId);
                fed.add(position);
            }
            windowEnd = through;
            return ResultCode.ACCEPTED;
        }

        private boolean onDeadLetter() {
            final long position = putDeadLetter.position();
            assertEquals(GROUP_ID, putDeadLetter.groupId());
            final boolean isKnown = dead.removeIf(entry -> entry.position() == position);
            if (isKnown) {
                final byte[] block = new byte[putDeadLetter.headersLength()];
                putDeadLetter.getHeaders(block, 0, block.length);
                final byte[] payload = new byte[putDeadLetter.payloadLength()];
                putDeadLetter.getPayload(payload, 0, payload.length);
                buried.add(MessageHeaders.decode(new UnsafeBuffer(block), 0, block.length) + " "
                        + (payload.length > 100
                                ? payload.length + " bytes"
                                : new String(payload, StandardCharsets.UTF_8)));
            }
            return isKnown;
        }

        @Override
        public void describe(final long correlationId, final DescriptionHandler handler) {
            throw new AssertionError("not asked for");
        }

        @Override
        public int poll(final long now) {
            if (answer != null) {
                final Runnable told = answer;
                answer = null;
                told.run();
                return 1;
            }
            return 0;
        }

        @Override
        public void disconnect() {}

        @Override
        public void close() {}
    }
}
