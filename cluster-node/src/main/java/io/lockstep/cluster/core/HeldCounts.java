package io.lockstep.cluster.core;

import org.agrona.collections.Long2LongHashMap;

/**
 * How many messages of each producer and for each topic are held back. It follows from the messages, so it is no state of
 * its own. Allocates only when more producers or topics have messages than ever before.
 */
final class HeldCounts {
    private final Long2LongHashMap ofProducers = new Long2LongHashMap(0);
    private final Long2LongHashMap ofTopics = new Long2LongHashMap(0);

    void add(final long producerId, final int topicId) {
        ofProducers.put(producerId, ofProducers.get(producerId) + 1);
        ofTopics.put(topicId, ofTopics.get(topicId) + 1);
    }

    void remove(final long producerId, final int topicId) {
        removeFrom(ofProducers, producerId);
        removeFrom(ofTopics, topicId);
    }

    long ofProducer(final long producerId) {
        return ofProducers.get(producerId);
    }

    long ofTopic(final int topicId) {
        return ofTopics.get(topicId);
    }

    private static void removeFrom(final Long2LongHashMap counts, final long key) {
        final long left = counts.get(key) - 1;
        if (left == 0) {
            counts.remove(key);
        } else {
            counts.put(key, left);
        }
    }
}
