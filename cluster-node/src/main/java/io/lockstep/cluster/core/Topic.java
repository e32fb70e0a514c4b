package io.lockstep.cluster.core;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** One topic: its name, which never changes, and what was published to it. */
final class Topic {
    private final int id;
    private final int hash;
    private final UnsafeBuffer name;
    private long lastSequence;
    private long lastTimestampNs;
    private long payloadBytes;
    // Where the topic belongs under a table: found once, because prefixes are slow to compare. No state of its own.
    private long tableGeneration = -1;
    private int shardId;

    Topic(final int id, final int hash, final byte[] name) {
        this.id = id;
        this.hash = hash;
        this.name = new UnsafeBuffer(name);
    }

    void countMessage(final long timestampNs, final int payloadLength) {
        lastSequence++;
        lastTimestampNs = timestampNs;
        payloadBytes += payloadLength;
    }

    void restore(final long sequence, final long timestampNs, final long sumOfPayloadBytes) {
        lastSequence = sequence;
        lastTimestampNs = timestampNs;
        payloadBytes = sumOfPayloadBytes;
    }

    boolean hasName(final DirectBuffer buffer, final int offset, final int length) {
        return name.capacity() == length && BytesEqual.areEqual(name, 0, buffer, offset, length);
    }

    int id() {
        return id;
    }

    int hash() {
        return hash;
    }

    /** The shard to which the topic belongs by a shard's table; a generation stands for one table and one rule. */
    int shardUnder(final long generation, final ShardPart shard) {
        if (tableGeneration != generation) {
            tableGeneration = generation;
            shardId = shard.shardUnder(shard.slotTable(), name, 0, name.capacity());
        }
        return shardId;
    }

    DirectBuffer name() {
        return name;
    }

    int nameLength() {
        return name.capacity();
    }

    long lastSequence() {
        return lastSequence;
    }

    long lastTimestampNs() {
        return lastTimestampNs;
    }

    long payloadBytes() {
        return payloadBytes;
    }
}
