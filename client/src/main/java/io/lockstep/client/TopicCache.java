package io.lockstep.client;

import io.lockstep.topic.TopicName;
import java.nio.charset.StandardCharsets;
import org.agrona.collections.Object2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Names of topics with their bytes and shards, so that the steady path neither encodes text nor hashes it again. Bounded:
 * at the limit it starts anew. Belongs to the thread that owns the client.
 */
final class TopicCache {
    static final class Entry {
        private final byte[] name;
        private final int shardId;

        private Entry(final byte[] name, final int shardId) {
            this.name = name;
            this.shardId = shardId;
        }

        byte[] name() {
            return name;
        }

        int shardId() {
            return shardId;
        }
    }

    private static final int MAX_ENTRIES = 4096;

    private final Object2ObjectHashMap<String, Entry> entries = new Object2ObjectHashMap<>();
    private final SlotTables tables;
    private long generation;

    TopicCache(final SlotTables tables) {
        this.tables = tables;
    }

    /** Topics may have other shards now. */
    void onTablesChanged() {
        entries.clear();
        generation++;
    }

    /** Another number whenever topics may have got other shards. */
    long generation() {
        return generation;
    }

    /** The entry of a topic, or null where that is no name for users' topics. */
    Entry find(final String topic) {
        final Entry known = entries.get(topic);
        return known != null ? known : add(topic);
    }

    private Entry add(final String topic) {
        final byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        final UnsafeBuffer buffer = new UnsafeBuffer(name);
        if (!TopicName.isValid(buffer, 0, name.length) || TopicName.isReserved(buffer, 0)) {
            return null;
        }
        final Entry entry = new Entry(name, tables.shardOf(buffer, 0, name.length));
        if (entries.size() >= MAX_ENTRIES) {
            entries.clear();
        }
        entries.put(topic, entry);
        return entry;
    }
}
