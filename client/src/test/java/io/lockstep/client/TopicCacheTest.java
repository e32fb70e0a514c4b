package io.lockstep.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.lockstep.topic.TopicFilter;
import io.lockstep.topic.TopicPolicies;
import io.lockstep.topic.TopicPolicy;
import io.lockstep.topic.TopicSlots;
import java.nio.charset.StandardCharsets;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicCacheTest {
    private final TopicCache cache = new TopicCache(new SlotTables(3));

    @Test
    void shouldFindShardOfSlotWhenTopicIsNew() {
        // given
        final byte[] name = "plant/7/temp".getBytes(StandardCharsets.UTF_8);
        final int slot = TopicSlots.slotOf(new UnsafeBuffer(name), 0, name.length);

        // when
        final TopicCache.Entry entry = cache.find("plant/7/temp");

        // then
        assertEquals(slot % 3, entry.shardId());
        assertSame(entry, cache.find("plant/7/temp"));
    }

    @Test
    void shouldGoOnWhenThereAreMoreTopicsThanPlaces() {
        for (int i = 0; i < 20_000; i++) {
            assertNotNull(cache.find("topic/" + i));
        }
    }

    @Test
    void shouldFindPartitionsWhenPoliciesGiveThem() {
        cache.onPoliciesChanged(TopicPolicies.NONE.with(new TopicPolicy(TopicFilter.parse("orders/+"), 3, false)));
        final TopicCache.Entry topic = cache.find("orders/eu");

        assertEquals(3, topic.partitionCount());
        assertEquals(0, cache.find("orders").partitionCount());
        assertEquals(0, cache.find("orders/eu/$1").partitionCount());
        final TopicCache.Entry partition = cache.partition(topic, 1);
        assertSame(partition, cache.partition(topic, 1));
        assertEquals("orders/eu/$1", new String(partition.name(), StandardCharsets.UTF_8));
        assertEquals(cache.find("orders/eu/$1").shardId(), partition.shardId());
        assertEquals((cache.find("orders/eu").shardId() + 1) % 3, partition.shardId());
        assertNull(cache.partition(cache.find("orders/" + "x".repeat(1_016)), 2));
    }

    @Test
    void shouldTakePartitionsInTurn() {
        cache.onPoliciesChanged(TopicPolicies.NONE.with(new TopicPolicy(TopicFilter.parse("a"), 3, false)));
        final int[] taken = new int[3];
        for (int i = 0; i < 30; i++) {
            taken[cache.find("a").nextPartition()]++;
        }

        assertArrayEquals(new int[] {10, 10, 10}, taken);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a/+", "#", "$dead/a", "a\u0000b"})
    void shouldFindNothingWhenTextIsNoUserTopic(final String text) {
        assertNull(cache.find(text));
    }
}
