package io.lockstep.topic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Where a topic lives follows from these values: they are for ever. */
class TopicSlotsTest {
    @Test
    void shouldHaveItsGoldenValues() {
        assertGolden("a", 0xe40c292c, 3360);
        assertGolden("plant/7/boiler/temp", 0x3f9cab9f, 1027);
        assertGolden("sensors/1", 0x22a656ac, 1034);
        assertGolden("$dead/a", 0xa227ac0d, 3626);
        assertGolden("äöü", 0x43db70b8, 867);
        assertGolden("x".repeat(1024), 0x315c6dc5, 3225);
        assertGolden("t/0", 0xe671dd3c, 2893);
        assertGolden("t/1", 0xe771decf, 2494);
    }

    @Test
    void shouldPutPartitionsIntoTheSlotsBehindThatOfTheirTopic() {
        assertSlot("a/$0", 3360);
        assertSlot("a/$1", 3361);
        assertSlot("a/$735", 4095);
        assertSlot("a/$736", 0);
        assertSlot("a/$1023", 287);
        assertSlot("a/$65535", 3359);
        assertSlot("plant/7/boiler/temp/$2", 1029);
        // Not those of partitions, so that they have the slots that they had ever since.
        assertSlot("a/$01", slotOfName("a/$01"));
        assertSlot("$1", slotOfName("$1"));
        assertSlot("/$1", slotOfName("/$1"));
    }

    @Test
    void shouldDealSlotsOutInTurn() {
        assertEquals(4096, TopicSlots.COUNT);
        assertEquals(0, TopicSlots.defaultShardOf(0, 3));
        assertEquals(1, TopicSlots.defaultShardOf(4, 3));
        assertEquals(2, TopicSlots.defaultShardOf(4094, 3));
        assertEquals(0, TopicSlots.defaultShardOf(4095, 1));
    }

    @Test
    void shouldSpreadLikeNamesEvenly() {
        final int[] topicsOfShard = new int[4];
        for (int i = 0; i < 40_000; i++) {
            final UnsafeBuffer name = buffer("plant/" + i % 100 + "/sensor/" + i);
            topicsOfShard[TopicSlots.defaultShardOf(TopicSlots.slotOf(name, 0, name.capacity()), 4)]++;
        }
        for (final int topics : topicsOfShard) {
            assertTrue(topics > 9_000 && topics < 11_000, topics + " of 10,000");
        }
    }

    private static void assertGolden(final String name, final int hash, final int slot) {
        final UnsafeBuffer exact = buffer(name);
        final UnsafeBuffer shifted = buffer("___" + name + "___");
        assertEquals(hash, TopicSlots.hash(exact, 0, exact.capacity()), name);
        assertEquals(slot, TopicSlots.slotOf(exact, 0, exact.capacity()), name);
        assertEquals(slot, TopicSlots.slotOf(shifted, 3, exact.capacity()), name);
    }

    private static void assertSlot(final String name, final int slot) {
        final UnsafeBuffer buffer = buffer(name);
        assertEquals(slot, TopicSlots.slotOf(buffer, 0, buffer.capacity()), name);
    }

    private static int slotOfName(final String name) {
        final UnsafeBuffer buffer = buffer(name);
        return TopicSlots.slotOfName(buffer, 0, buffer.capacity());
    }

    private static UnsafeBuffer buffer(final String text) {
        return new UnsafeBuffer(text.getBytes(StandardCharsets.UTF_8));
    }
}
