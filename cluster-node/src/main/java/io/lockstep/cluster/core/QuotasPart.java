package io.lockstep.cluster.core;

import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ProducerQuotaItemDecoder;
import io.lockstep.codecs.ProducerQuotaItemEncoder;
import io.lockstep.codecs.QuotasItemDecoder;
import io.lockstep.codecs.QuotasItemEncoder;
import io.lockstep.codecs.TopicQuotaItemDecoder;
import io.lockstep.codecs.TopicQuotaItemEncoder;
import io.lockstep.config.EngineSetting;
import java.util.Arrays;
import java.util.Comparator;
import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Part 15, what producers and topics used of their limits. A producer or topic has a quota from its first message on while
 * a limit is set, so there are at most as many as producers and topics. They are kept in hash maps, whose order is never
 * seen. Allocates only for new quotas.
 */
final class QuotasPart implements Part {
    /** What a quota counts for: two buckets and the place in the map. */
    static final int QUOTA_BYTES = 128;

    private static final int HEAD_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH + QuotasItemEncoder.BLOCK_LENGTH;
    private static final int PRODUCER_LENGTH =
            MessageHeaderEncoder.ENCODED_LENGTH + ProducerQuotaItemEncoder.BLOCK_LENGTH;
    private static final int TOPIC_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH + TopicQuotaItemEncoder.BLOCK_LENGTH;
    private static final Comparator<Quota> BY_ID = Comparator.comparingLong(Quota::id);

    private final UnsafeBuffer buffer =
            new UnsafeBuffer(new byte[Math.max(HEAD_LENGTH, Math.max(PRODUCER_LENGTH, TOPIC_LENGTH))]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final QuotasItemEncoder headEncoder = new QuotasItemEncoder();
    private final QuotasItemDecoder headDecoder = new QuotasItemDecoder();
    private final ProducerQuotaItemEncoder producerEncoder = new ProducerQuotaItemEncoder();
    private final ProducerQuotaItemDecoder producerDecoder = new ProducerQuotaItemDecoder();
    private final TopicQuotaItemEncoder topicEncoder = new TopicQuotaItemEncoder();
    private final TopicQuotaItemDecoder topicDecoder = new TopicQuotaItemDecoder();
    private final Long2ObjectHashMap<Quota> producers = new Long2ObjectHashMap<>();
    private final Long2ObjectHashMap<Quota> topics = new Long2ObjectHashMap<>();
    private final SettingsPart settings;

    // The limits that the quotas were counted under; 0 for none.
    private long producerRate;
    private long producerByteRate;
    private long topicRate;
    private long topicByteRate;
    private long producerTopics;

    QuotasPart(final SettingsPart settings) {
        this.settings = settings;
    }

    /** Takes note of limits that changed: what was counted under others is forgotten. */
    void followSettings() {
        final long newProducerRate = settings.value(EngineSetting.PRODUCER_RATE);
        final long newProducerByteRate = settings.value(EngineSetting.PRODUCER_BYTE_RATE);
        if (newProducerRate != producerRate || newProducerByteRate != producerByteRate) {
            producerRate = newProducerRate;
            producerByteRate = newProducerByteRate;
            for (final Quota quota : producers.values()) {
                quota.resetBuckets();
            }
        }
        final long newTopicRate = settings.value(EngineSetting.TOPIC_RATE);
        final long newTopicByteRate = settings.value(EngineSetting.TOPIC_BYTE_RATE);
        if (newTopicRate != topicRate || newTopicByteRate != topicByteRate) {
            topicRate = newTopicRate;
            topicByteRate = newTopicByteRate;
            topics.clear();
        }
        final long newProducerTopics = settings.value(EngineSetting.PRODUCER_TOPICS);
        if (newProducerTopics != producerTopics) {
            producerTopics = newProducerTopics;
            if (newProducerTopics == 0) {
                for (final Quota quota : producers.values()) {
                    quota.createdTopics(0);
                }
            }
        }
        if (!hasProducerLimit() && !producers.isEmpty()) {
            producers.clear();
        }
    }

    /** How long a producer has to wait until anything of it is taken, 0 where it need not. */
    long producerRetryAfterNs(final long producerId, final long nowNs) {
        final Quota quota = producers.get(producerId);
        return quota == null ? 0 : quota.retryAfterNs(nowNs);
    }

    /** How long has to be waited until a topic takes anything, 0 where that is not needed. */
    long topicRetryAfterNs(final Topic topic, final long nowNs) {
        final Quota quota = topic == null ? null : topics.get(topic.id());
        return quota == null ? 0 : quota.retryAfterNs(nowNs);
    }

    /** Whether topics have a rate. */
    boolean hasTopicRate() {
        return topicRate > 0 || topicByteRate > 0;
    }

    /** Whether a producer may create one more topic besides some that it is about to create. */
    boolean mayCreateTopic(final long producerId, final int plannedTopics) {
        if (producerTopics == 0) {
            return true;
        }
        final Quota quota = producers.get(producerId);
        return (quota == null ? 0 : quota.createdTopics()) + (long) plannedTopics < producerTopics;
    }

    /** A producer created a topic. */
    void countTopic(final long producerId) {
        if (producerTopics > 0) {
            final Quota quota = producerQuota(producerId);
            quota.createdTopics(quota.createdTopics() + 1);
        }
    }

    /** A message of a producer was accepted for a topic. */
    void take(final long producerId, final Topic topic, final int payloadLength, final long nowNs) {
        if (producerRate > 0 || producerByteRate > 0) {
            producerQuota(producerId).take(nowNs, payloadLength, producerRate, producerByteRate);
        }
        if (hasTopicRate()) {
            Quota quota = topics.get(topic.id());
            if (quota == null) {
                quota = new Quota(topic.id());
                topics.put(topic.id(), quota);
            }
            quota.take(nowNs, payloadLength, topicRate, topicByteRate);
        }
    }

    /** A producer was closed or evicted. */
    void forgetProducer(final long producerId) {
        producers.remove(producerId);
    }

    /** {@inheritDoc} */
    @Override
    public int id() {
        return 15;
    }

    /** {@inheritDoc} */
    @Override
    public boolean isWritten() {
        return !producers.isEmpty() || !topics.isEmpty();
    }

    /** {@inheritDoc} */
    @Override
    public long itemCount() {
        return 1L + producers.size() + topics.size();
    }

    /** {@inheritDoc} */
    @Override
    public void writeTo(final SnapshotSink sink) {
        headEncoder
                .wrapAndApplyHeader(buffer, 0, header)
                .producerRate(producerRate)
                .producerByteRate(producerByteRate)
                .topicRate(topicRate)
                .topicByteRate(topicByteRate)
                .producerTopics(producerTopics);
        sink.append(buffer, 0, HEAD_LENGTH);
        for (final Quota quota : sorted(producers)) {
            producerEncoder
                    .wrapAndApplyHeader(buffer, 0, header)
                    .producerId(quota.id())
                    .messagesFilledNs(quota.messages().filledNs())
                    .messagesRemainder(quota.messages().remainder())
                    .bytesFilledNs(quota.bytes().filledNs())
                    .bytesRemainder(quota.bytes().remainder())
                    .createdTopics(quota.createdTopics());
            sink.append(buffer, 0, PRODUCER_LENGTH);
        }
        for (final Quota quota : sorted(topics)) {
            topicEncoder
                    .wrapAndApplyHeader(buffer, 0, header)
                    .messagesFilledNs(quota.messages().filledNs())
                    .messagesRemainder(quota.messages().remainder())
                    .bytesFilledNs(quota.bytes().filledNs())
                    .bytesRemainder(quota.bytes().remainder())
                    .topicId((int) quota.id());
            sink.append(buffer, 0, TOPIC_LENGTH);
        }
    }

    /** {@inheritDoc} */
    @Override
    public void readItem(final int templateId, final DirectBuffer item, final int offset, final int length) {
        if (templateId == QuotasItemDecoder.TEMPLATE_ID) {
            ItemReader.wrap(headDecoder, templateId, item, offset, length);
            producerRate = headDecoder.producerRate();
            producerByteRate = headDecoder.producerByteRate();
            topicRate = headDecoder.topicRate();
            topicByteRate = headDecoder.topicByteRate();
            producerTopics = headDecoder.producerTopics();
        } else if (templateId == ProducerQuotaItemDecoder.TEMPLATE_ID) {
            ItemReader.wrap(producerDecoder, templateId, item, offset, length);
            final Quota quota = producerQuota(producerDecoder.producerId());
            quota.messages().restore(producerDecoder.messagesFilledNs(), producerDecoder.messagesRemainder());
            quota.bytes().restore(producerDecoder.bytesFilledNs(), producerDecoder.bytesRemainder());
            quota.createdTopics(producerDecoder.createdTopics());
        } else {
            ItemReader.wrap(topicDecoder, templateId, item, offset, length);
            final Quota quota = new Quota(topicDecoder.topicId());
            quota.messages().restore(topicDecoder.messagesFilledNs(), topicDecoder.messagesRemainder());
            quota.bytes().restore(topicDecoder.bytesFilledNs(), topicDecoder.bytesRemainder());
            topics.put(quota.id(), quota);
        }
    }

    /** {@inheritDoc} */
    @Override
    public long stateBytes() {
        return (long) QUOTA_BYTES * (producers.size() + topics.size());
    }

    private boolean hasProducerLimit() {
        return producerRate > 0 || producerByteRate > 0 || producerTopics > 0;
    }

    private Quota producerQuota(final long producerId) {
        final Quota known = producers.get(producerId);
        if (known != null) {
            return known;
        }
        final Quota quota = new Quota(producerId);
        producers.put(producerId, quota);
        return quota;
    }

    private static Quota[] sorted(final Long2ObjectHashMap<Quota> quotas) {
        final Quota[] sorted = quotas.values().toArray(new Quota[0]);
        Arrays.sort(sorted, BY_ID);
        return sorted;
    }
}
