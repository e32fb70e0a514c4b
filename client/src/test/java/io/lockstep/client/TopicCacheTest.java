package io.lockstep.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

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

    @ParameterizedTest
    @ValueSource(strings = {"", "a/+", "#", "$dead/a", "a\u0000b"})
    void shouldFindNothingWhenTextIsNoUserTopic(final String text) {
        assertNull(cache.find(text));
    }
}
