package io.lockstep.archive.history;

import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.Long2LongHashMap;

/**
 * Watches a stream of messages as a consumer gets it and tells gaps, duplicates and reorderings: per topic by topic
 * sequence, per producer by producer sequence, and in the shard by shard sequence. Pure; memory grows with the number
 * of topics and producers and with the number of missing messages of a topic, which is bounded.
 *
 * <p>A message that comes with a higher topic sequence than the next opens a gap. If one of the missing ones comes later
 * it closes that part of the gap and counts as reordered; whatever is still missing at the end is lost. A sequence that
 * was there before is a duplicate.
 */
public final class StreamChecker {
    /** Missing messages that are remembered one by one for each topic; more than these count as lost for good. */
    public static final int MAX_REMEMBERED = 100_000;

    private static final long MISSING = Long.MIN_VALUE;

    private final Int2ObjectHashMap<Topic> topics = new Int2ObjectHashMap<>();
    private final Long2LongHashMap lastProducerSequence = new Long2LongHashMap(MISSING);
    private final boolean isWholeShard;
    private long lastShardSequence = MISSING;
    private long messages;
    private long duplicates;
    private long reordered;
    private long lost;
    private long shardFaults;
    private long producerFaults;
    private String firstFault;

    /**
     * Makes a checker.
     *
     * @param isWholeShard whether every record of the shard is fed, so that shard sequences must be dense; otherwise
     *                     they must only rise.
     */
    public StreamChecker(final boolean isWholeShard) {
        this.isWholeShard = isWholeShard;
    }

    /**
     * A message was delivered. The first one of a topic may have any sequence.
     *
     * @param topicId          of the message.
     * @param topicSequence    in its topic.
     * @param shardSequence    in its shard.
     * @param producerId       of its producer.
     * @param producerSequence of its producer.
     * @return true if it is the one that had to come.
     */
    public boolean onMessage(
            final int topicId,
            final long topicSequence,
            final long shardSequence,
            final long producerId,
            final long producerSequence) {
        messages++;
        final boolean isTopicRight = checkTopic(topicId, topicSequence);
        final boolean isShardRight = checkShard(shardSequence);
        final boolean isProducerRight = checkProducer(producerId, producerSequence);
        return isTopicRight && isShardRight && isProducerRight;
    }

    /**
     * A record of the shard that is no message was delivered. Needed only where the whole shard is fed.
     *
     * @param shardSequence of it.
     * @return true if it is the one that had to come.
     */
    public boolean onOther(final long shardSequence) {
        return checkShard(shardSequence);
    }

    /**
     * Messages that were delivered, duplicates included.
     *
     * @return the count.
     */
    public long messages() {
        return messages;
    }

    /**
     * Messages that were delivered more than once.
     *
     * @return the count of the additional deliveries.
     */
    public long duplicates() {
        return duplicates;
    }

    /**
     * Messages that came behind a later one of their topic.
     *
     * @return the count.
     */
    public long reordered() {
        return reordered;
    }

    /**
     * Messages of a topic that are missing between its first and its last one.
     *
     * @return the count; it falls when one comes after all.
     */
    public long missing() {
        return lost;
    }

    /**
     * Breaks of the shard sequence.
     *
     * @return the count.
     */
    public long shardFaults() {
        return shardFaults;
    }

    /**
     * Messages whose producer sequence did not rise.
     *
     * @return the count.
     */
    public long producerFaults() {
        return producerFaults;
    }

    /**
     * Whether nothing is wrong so far.
     *
     * @return true if so.
     */
    public boolean isClean() {
        return duplicates == 0 && reordered == 0 && lost == 0 && shardFaults == 0 && producerFaults == 0;
    }

    /**
     * The first thing that was wrong.
     *
     * @return a sentence, or null.
     */
    public String firstFault() {
        return firstFault;
    }

    private boolean checkTopic(final int topicId, final long sequence) {
        Topic topic = topics.get(topicId);
        if (topic == null) {
            topic = new Topic();
            topic.first = sequence;
            topic.last = sequence;
            topics.put(topicId, topic);
            return true;
        }
        if (sequence == topic.last + 1) {
            topic.last = sequence;
            return true;
        }
        if (sequence > topic.last) {
            fault("topic", topicId, topic.last, sequence);
            openGap(topic, topic.last + 1, sequence);
            topic.last = sequence;
            return false;
        }
        fault("topic", topicId, topic.last, sequence);
        if (sequence < topic.first) {
            reordered++;
        } else if (topic.missing.remove(sequence) != MISSING) {
            reordered++;
            lost--;
        } else {
            duplicates++;
        }
        return false;
    }

    private void openGap(final Topic topic, final long from, final long to) {
        lost += to - from;
        for (long sequence = from; sequence < to && topic.missing.size() < MAX_REMEMBERED; sequence++) {
            topic.missing.put(sequence, sequence);
        }
    }

    private boolean checkShard(final long sequence) {
        final long last = lastShardSequence;
        lastShardSequence = Math.max(last, sequence);
        if (last == MISSING || (isWholeShard ? sequence == last + 1 : sequence > last)) {
            return true;
        }
        shardFaults++;
        fault("shard", 0, last, sequence);
        return false;
    }

    private boolean checkProducer(final long producerId, final long sequence) {
        final long last = lastProducerSequence.get(producerId);
        if (last == MISSING || sequence > last) {
            lastProducerSequence.put(producerId, sequence);
            return true;
        }
        producerFaults++;
        fault("producer", producerId, last, sequence);
        return false;
    }

    private void fault(final String what, final long id, final long last, final long sequence) {
        if (firstFault == null) {
            firstFault = what + " " + id + ": sequence " + sequence + " follows " + last + " at message " + messages;
        }
    }

    private static final class Topic {
        private final Long2LongHashMap missing = new Long2LongHashMap(MISSING);
        private long first;
        private long last;
    }
}
