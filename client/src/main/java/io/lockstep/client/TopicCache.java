package io.lockstep.client;

import io.lockstep.topic.PartitionName;
import io.lockstep.topic.TopicName;
import io.lockstep.topic.TopicPolicies;
import java.nio.charset.StandardCharsets;
import org.agrona.collections.Object2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Names of topics with their bytes, shards and partitions, so that the steady path neither encodes text nor hashes it
 * again. Bounded: at the limit it starts anew. Belongs to the thread that owns the client.
 */
final class TopicCache {
    static final class Entry {
        private final byte[] name;
        private final int shardId;
        // Made one by one, when the first message goes to each.
        private final Entry[] partitions;
        private int nextPartition;

        private Entry(final byte[] name, final int shardId, final int partitionCount) {
            this.name = name;
            this.shardId = shardId;
            this.partitions = partitionCount == 0 ? NO_PARTITIONS : new Entry[partitionCount];
        }

        /** Number of partitions, 0 where the topic has none. */
        int partitionCount() {
            return partitions.length;
        }

        /** The partition whose turn it is. */
        int nextPartition() {
            nextPartition = nextPartition + 1 >= partitions.length ? 0 : nextPartition + 1;
            return nextPartition;
        }

        byte[] name() {
            return name;
        }

        int shardId() {
            return shardId;
        }
    }

    private static final int MAX_ENTRIES = 4096;
    private static final int MAX_PARTITION_ENTRIES = 65_536;
    private static final Entry[] NO_PARTITIONS = {};

    private final Object2ObjectHashMap<String, Entry> entries = new Object2ObjectHashMap<>();
    private final SlotTables tables;
    private TopicPolicies policies = TopicPolicies.NONE;
    private int partitionEntries;
    private long generation;

    TopicCache(final SlotTables tables) {
        this.tables = tables;
    }

    /** Topics may have other shards now. */
    void onTablesChanged() {
        clear();
        generation++;
    }

    /** Topics may have other numbers of partitions now. */
    void onPoliciesChanged(final TopicPolicies newPolicies) {
        policies = newPolicies;
        onTablesChanged();
    }

    /** Another number whenever topics may have got other shards or partitions. */
    long generation() {
        return generation;
    }

    /** The entry of a topic, or null where that is no name for users' topics. */
    Entry find(final String topic) {
        final Entry known = entries.get(topic);
        return known != null ? known : add(topic);
    }

    /** A partition of a topic that has it, or null where its name is too long. */
    Entry partition(final Entry topic, final int partition) {
        final Entry known = topic.partitions[partition];
        return known != null ? known : addPartition(topic, partition);
    }

    private Entry add(final String topic) {
        final byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        final UnsafeBuffer buffer = new UnsafeBuffer(name);
        if (!TopicName.isValid(buffer, 0, name.length) || TopicName.isReserved(buffer, 0, name.length)) {
            return null;
        }
        final boolean isPartition = PartitionName.partitionOf(buffer, 0, name.length) != PartitionName.NONE;
        final int partitionCount = isPartition ? 0 : policies.partitionsOf(buffer, 0, name.length);
        final Entry entry = new Entry(name, tables.shardOf(buffer, 0, name.length), partitionCount);
        if (entries.size() >= MAX_ENTRIES) {
            clear();
        }
        entries.put(topic, entry);
        return entry;
    }

    private Entry addPartition(final Entry topic, final int partition) {
        final String text = PartitionName.nameOf(new String(topic.name, StandardCharsets.UTF_8), partition);
        final byte[] name = text.getBytes(StandardCharsets.UTF_8);
        if (name.length > TopicName.MAX_LENGTH) {
            return null;
        }
        if (++partitionEntries > MAX_PARTITION_ENTRIES) {
            clear();
        }
        topic.partitions[partition] = new Entry(name, tables.shardOf(new UnsafeBuffer(name), 0, name.length), 0);
        return topic.partitions[partition];
    }

    private void clear() {
        entries.clear();
        partitionEntries = 0;
    }
}
