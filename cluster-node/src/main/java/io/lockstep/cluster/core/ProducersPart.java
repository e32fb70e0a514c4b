package io.lockstep.cluster.core;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ProducerItemDecoder;
import io.lockstep.codecs.ProducerItemEncoder;
import io.lockstep.codecs.ProducersItemDecoder;
import io.lockstep.codecs.ProducersItemEncoder;
import io.lockstep.config.EngineSetting;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.LongConsumer;
import org.agrona.BitUtil;
import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Part 6, the producers. They are kept in a hash map, whose order is never seen: snapshots are sorted by id, and the
 * choice of whom to evict does not depend on the order of iteration.
 */
final class ProducersPart implements Part {
    /** What a producer counts for besides its window: objects and its place in the map. */
    static final int PRODUCER_OVERHEAD_BYTES = 160;

    private static final int HEAD_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH + ProducersItemEncoder.BLOCK_LENGTH;
    private static final int FIXED_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH
            + ProducerItemEncoder.BLOCK_LENGTH
            + ProducerItemEncoder.answersHeaderLength();
    private static final int MAX_WINDOW = (int) EngineSetting.MAX_PRODUCER_WINDOW.highest();
    private static final Comparator<Producer> BY_ID = Comparator.comparingLong(Producer::id);
    private static final Comparator<Producer> BY_LAST_USE =
            Comparator.comparingLong(Producer::lastUseNs).thenComparingLong(Producer::id);

    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final ProducersItemEncoder headEncoder = new ProducersItemEncoder();
    private final ProducersItemDecoder headDecoder = new ProducersItemDecoder();
    private final ProducerItemEncoder encoder = new ProducerItemEncoder();
    private final ProducerItemDecoder decoder = new ProducerItemDecoder();
    private final Long2ObjectHashMap<Producer> producers = new Long2ObjectHashMap<>();

    private LongConsumer forgetListener = producerId -> {};
    private int forgottenEpoch;
    private long stateBytes = HEAD_LENGTH;

    static long costOf(final int windowLength) {
        return PRODUCER_OVERHEAD_BYTES + (long) windowLength * Long.BYTES;
    }

    /** The producer of an id, or null. */
    Producer find(final long producerId) {
        return producers.get(producerId);
    }

    /** Sets who is told of each producer that is closed or evicted. */
    void onForget(final LongConsumer listener) {
        forgetListener = listener;
    }

    int producerCount() {
        return producers.size();
    }

    /** Greatest epoch of a producer that was forgotten. */
    int forgottenEpoch() {
        return forgottenEpoch;
    }

    Producer create(final long producerId, final int windowLength, final boolean isOrdered, final long nowNs) {
        final Producer producer = new Producer(producerId, forgottenEpoch + 1, windowLength, isOrdered, nowNs);
        producers.put(producerId, producer);
        stateBytes += costOf(windowLength);
        return producer;
    }

    void takeOver(final Producer producer, final int windowLength, final boolean isOrdered, final long nowNs) {
        stateBytes += costOf(windowLength) - costOf(producer.windowLength());
        producer.takeOver(windowLength, isOrdered, nowNs);
    }

    void forget(final Producer producer) {
        producers.remove(producer.id());
        forgetListener.accept(producer.id());
        forgottenEpoch = Math.max(forgottenEpoch, producer.epoch());
        stateBytes -= costOf(producer.windowLength());
    }

    /**
     * The producers that were unused for longest, first the longest unused and of equals the one with the lowest id. Walks
     * over all producers once.
     *
     * @param lastUseNs greatest time of last use.
     * @param exempt    is left out; null for none.
     * @param limit     greatest number.
     */
    Producer[] longestUnused(final long lastUseNs, final Producer exempt, final int limit) {
        final PriorityQueue<Producer> found = new PriorityQueue<>(BY_LAST_USE.reversed());
        for (final Producer producer : producers.values()) {
            if (producer.lastUseNs() <= lastUseNs && producer != exempt) {
                found.add(producer);
                if (found.size() > limit) {
                    found.poll();
                }
            }
        }
        final Producer[] sorted = found.toArray(new Producer[0]);
        Arrays.sort(sorted, BY_LAST_USE);
        return sorted;
    }

    /** {@inheritDoc} */
    @Override
    public int id() {
        return 6;
    }

    /** {@inheritDoc} */
    @Override
    public long itemCount() {
        return 1L + producers.size();
    }

    /** {@inheritDoc} */
    @Override
    public void writeTo(final SnapshotSink sink) {
        final Producer[] sorted = producers.values().toArray(new Producer[0]);
        Arrays.sort(sorted, BY_ID);
        int mostAnswers = 0;
        for (final Producer producer : sorted) {
            mostAnswers = Math.max(mostAnswers, producer.answerCount());
        }
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[FIXED_LENGTH + mostAnswers * Long.BYTES]);
        headEncoder.wrapAndApplyHeader(buffer, 0, header).forgottenEpoch(forgottenEpoch);
        sink.append(buffer, 0, HEAD_LENGTH);
        final byte[] answers = new byte[mostAnswers * Long.BYTES];
        final UnsafeBuffer answersBuffer = new UnsafeBuffer(answers);
        for (final Producer producer : sorted) {
            write(producer, buffer, answersBuffer, sink);
        }
    }

    /** {@inheritDoc} */
    @Override
    public void readItem(final int templateId, final DirectBuffer item, final int offset, final int length) {
        if (templateId == ProducersItemDecoder.TEMPLATE_ID) {
            ItemReader.wrap(headDecoder, templateId, item, offset, length);
            forgottenEpoch = headDecoder.forgottenEpoch();
            return;
        }
        ItemReader.wrap(decoder, templateId, item, offset, length);
        final int answersHeader = WireShape.endOfBlock(item, offset);
        final int end = WireShape.endOfBytes(item, answersHeader, offset + length);
        ItemReader.checkVariableEnd(end, templateId);
        final int answersOffset = answersHeader + ProducerItemDecoder.answersHeaderLength();
        final int answerCount = (end - answersOffset) / Long.BYTES;
        checkProducer(decoder.producerId(), decoder.windowLength(), answerCount);
        final Producer producer = new Producer(
                decoder.producerId(),
                decoder.epoch(),
                decoder.windowLength(),
                decoder.ordered() == BooleanType.TRUE,
                decoder.lastUseNs());
        producer.restore(decoder.lastSequence(), decoder.lastRefusedSequence(), decoder.notedRefusal());
        for (int i = 0; i < answerCount; i++) {
            producer.restoreAnswer(
                    producer.lastSequence() - answerCount + 1 + i,
                    item.getLong(answersOffset + i * Long.BYTES, ByteOrder.LITTLE_ENDIAN));
        }
        producers.put(producer.id(), producer);
        stateBytes += costOf(producer.windowLength());
    }

    /** {@inheritDoc} */
    @Override
    public long stateBytes() {
        return stateBytes;
    }

    private void write(
            final Producer producer, final UnsafeBuffer buffer, final UnsafeBuffer answers, final SnapshotSink sink) {
        final int answerCount = producer.answerCount();
        for (int i = 0; i < answerCount; i++) {
            final long sequence = producer.lastSequence() - answerCount + 1 + i;
            answers.putLong(i * Long.BYTES, producer.answerOf(sequence), ByteOrder.LITTLE_ENDIAN);
        }
        encoder.wrapAndApplyHeader(buffer, 0, header)
                .producerId(producer.id())
                .lastSequence(producer.lastSequence())
                .lastRefusedSequence(producer.lastRefused())
                .notedRefusal(producer.notedRefusal())
                .lastUseNs(producer.lastUseNs())
                .epoch(producer.epoch())
                .windowLength(producer.windowLength())
                .ordered(producer.isOrdered() ? BooleanType.TRUE : BooleanType.FALSE)
                .putAnswers(answers, 0, answerCount * Long.BYTES);
        sink.append(buffer, 0, FIXED_LENGTH + answerCount * Long.BYTES);
    }

    private void checkProducer(final long producerId, final int windowLength, final int answerCount) {
        if (!BitUtil.isPowerOfTwo(windowLength) || windowLength > MAX_WINDOW || answerCount > windowLength) {
            throw new IllegalStateException("the snapshot gives producer " + producerId + " a window of " + windowLength
                    + " with " + answerCount + " answers");
        }
        if (producers.containsKey(producerId)) {
            throw new IllegalStateException("the snapshot holds producer " + producerId + " twice");
        }
    }
}
