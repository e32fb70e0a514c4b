package io.lockstep.codecs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.lockstep.topic.TopicFilter;
import io.lockstep.topic.TopicName;
import io.lockstep.topic.TopicSlots;
import io.lockstep.wire.JournalFormat;
import io.lockstep.wire.RecordLayout;
import io.lockstep.wire.RollingHash;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.IntToLongFunction;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** What is done with the bytes of each message allocates nothing once it is warm. */
class CodecAllocationTest {
    private static final int WARM_UP = 20_000;
    private static final int MESSAGES = 100_000;
    private static final int HEADER_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH;
    private static final byte[] TOPIC = bytes("plant/7/boiler/temp");
    private static final byte[] HEADERS = bytes("hh");
    private static final byte[] PAYLOAD = bytes("x".repeat(100));

    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[1024]);
    private final UnsafeBuffer target = new UnsafeBuffer(new byte[1024]);
    private final MessageHeaderEncoder headerEncoder = new MessageHeaderEncoder();
    private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
    private final PublishEncoder publishEncoder = new PublishEncoder();
    private final PublishDecoder publishDecoder = new PublishDecoder();
    private final MessageRecordEncoder recordEncoder = new MessageRecordEncoder();
    private final MessageRecordDecoder recordDecoder = new MessageRecordDecoder();
    private final RecordLayout layout = new RecordLayout();

    @Test
    void shouldAllocateNothingWhenAPublishIsEncoded() {
        assertNoAllocation(this::encodePublish);
    }

    @Test
    void shouldAllocateNothingWhenAPublishIsDecoded() {
        encodePublish(1);

        assertNoAllocation(this::decodePublish);
    }

    @Test
    void shouldAllocateNothingWhenARecordIsEncodedAndSealed() {
        assertNoAllocation(this::encodeRecord);
    }

    @Test
    void shouldAllocateNothingWhenARecordIsCheckedAndDecoded() {
        final int length = (int) encodeRecord(1);

        assertNoAllocation(sequence -> checkRecord(buffer, length));
    }

    @Test
    void shouldAllocateNothingWhenARecordLiesOutsideOfTheHeap() {
        final int length = (int) encodeRecord(1);
        final UnsafeBuffer direct = new UnsafeBuffer(ByteBuffer.allocateDirect(1024));
        direct.putBytes(0, buffer, 0, length);

        assertNoAllocation(sequence -> checkRecord(direct, length));
    }

    @Test
    void shouldAllocateNothingWhenATopicIsMatched() {
        final UnsafeBuffer topic = new UnsafeBuffer(TOPIC);
        final TopicFilter single = TopicFilter.parse("plant/+/boiler/+");
        final TopicFilter open = TopicFilter.parse("plant/#");
        final TopicFilter exact = TopicFilter.parse("plant/7/boiler/temp");
        final TopicFilter other = TopicFilter.parse("plant/8/+/temp");

        assertNoAllocation(sequence -> (single.matches(topic, 0, TOPIC.length) ? 1 : 0)
                + (open.matches(topic, 0, TOPIC.length) ? 1 : 0)
                + (exact.matches(topic, 0, TOPIC.length) ? 1 : 0)
                + (other.matches(topic, 0, TOPIC.length) ? 0 : 1)
                + (TopicName.isValid(topic, 0, TOPIC.length) ? 1 : 0)
                + TopicSlots.slotOf(topic, 0, TOPIC.length));
    }

    private long encodePublish(final int sequence) {
        publishEncoder
                .wrapAndApplyHeader(buffer, 0, headerEncoder)
                .producerId(77)
                .firstSequence(sequence)
                .notedRefusal(0)
                .epoch(3)
                .atomic(BooleanType.FALSE);
        publishEncoder
                .entriesCount(1)
                .next()
                .expectedTopicSequence(-1)
                .putTopicName(TOPIC, 0, TOPIC.length)
                .putHeaders(HEADERS, 0, HEADERS.length)
                .putPayload(PAYLOAD, 0, PAYLOAD.length);
        return publishEncoder.encodedLength();
    }

    private long decodePublish(final int sequence) {
        publishDecoder.wrapAndApplyHeader(buffer, 0, headerDecoder);
        long sum = publishDecoder.producerId()
                + publishDecoder.firstSequence()
                + publishDecoder.notedRefusal()
                + publishDecoder.epoch()
                + publishDecoder.atomicRaw();
        final PublishDecoder.EntriesDecoder entries = publishDecoder.entries();
        while (entries.hasNext()) {
            sum += entries.next().expectedTopicSequence();
            sum += entries.getTopicName(target, 0, entries.topicNameLength());
            sum += entries.getHeaders(target, 0, entries.headersLength());
            sum += entries.getPayload(target, 0, entries.payloadLength());
        }
        return sum;
    }

    private long encodeRecord(final int sequence) {
        recordEncoder.wrapAndApplyHeader(buffer, 0, headerEncoder);
        final RecordHeaderEncoder header = recordEncoder.recordHeader();
        header.crc32c(0).kind(RecordKind.MESSAGE);
        header.flags().clear().batchBegin(true).batchEnd(true);
        header.reserved(0).shardSequence(sequence).raftLogPosition(6_400).timestampNs(sequence);
        recordEncoder
                .topicSequence(sequence)
                .producerId(77)
                .producerSequence(sequence)
                .topicId(9)
                .putTopicName(TOPIC, 0, TOPIC.length)
                .putHeaders(HEADERS, 0, HEADERS.length)
                .putPayload(PAYLOAD, 0, PAYLOAD.length);
        final int length = HEADER_LENGTH + recordEncoder.encodedLength();
        layout.seal(buffer, 0, length);
        return length;
    }

    private long checkRecord(final UnsafeBuffer record, final int length) {
        if (!layout.isIntact(record, 0, length)) {
            throw new AssertionError("the checksum of the record is wrong");
        }
        recordDecoder.wrapAndApplyHeader(record, 0, headerDecoder);
        return RecordLayout.shardSequence(record, 0)
                + RecordLayout.kind(record, 0)
                + RollingHash.update(RollingHash.SEED, record, 0, length)
                + JournalFormat.endPosition(0, length)
                + recordDecoder.recordHeader().timestampNs()
                + recordDecoder.topicSequence()
                + recordDecoder.producerSequence()
                + recordDecoder.getTopicName(target, 0, recordDecoder.topicNameLength())
                + recordDecoder.getHeaders(target, 0, recordDecoder.headersLength())
                + recordDecoder.getPayload(target, 0, recordDecoder.payloadLength());
    }

    private static void assertNoAllocation(final IntToLongFunction step) {
        long sum = repeat(step, WARM_UP);
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        final long threadId = Thread.currentThread().getId();
        long allocated = Long.MAX_VALUE;
        // A compilation or the measurement itself may allocate once; a steady allocation shows in every round.
        for (int round = 0; round < 3 && allocated > 0; round++) {
            final long before = threads.getThreadAllocatedBytes(threadId);
            sum += repeat(step, MESSAGES);
            allocated = threads.getThreadAllocatedBytes(threadId) - before;
        }

        assertEquals(0, allocated / MESSAGES, "bytes for each message");
        assertTrue(allocated < 1_024, allocated + " bytes for " + MESSAGES + " messages");
        assertTrue(sum != 0, "what was computed is used");
    }

    private static long repeat(final IntToLongFunction step, final int count) {
        long sum = 0;
        for (int i = 1; i <= count; i++) {
            sum += step.applyAsLong(i);
        }
        return sum;
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
