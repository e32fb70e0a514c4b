package io.lockstep.topic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class SlotTableTest {
    @Test
    void shouldDealSlotsOutInTurnWhenThereAreNoRoutes() {
        final SlotTable table = SlotTable.ofShards(3, List.of());

        assertEquals(3360 % 3, table.shardOf("a"));
        assertEquals(1027 % 3, table.shardOf("plant/7/boiler/temp"));
        assertTrue(table.isWithin(3));
        assertFalse(table.isWithin(2));
    }

    @Test
    void shouldLetTheLongestPrefixWinWhenSeveralMatch() {
        final List<TopicRoute> routes =
                List.of(new TopicRoute("plant", 5), new TopicRoute("plant/7/boiler", 7), new TopicRoute("plant/7", 6));
        final SlotTable table = SlotTable.ofShards(1, routes);

        assertEquals(5, table.shardOf("plant/8"));
        assertEquals(6, table.shardOf("plant/7/pump"));
        assertEquals(7, table.shardOf("plant/7/boiler/temp"));
        assertEquals(List.of("plant/7/boiler", "plant/7", "plant"), prefixesOf(table));
    }

    @Test
    void shouldMatchPrefixesWhenALevelEndsThere() {
        final SlotTable table = SlotTable.ofShards(1, List.of(new TopicRoute("plant/7", 1)));

        assertEquals(1, table.shardOf("plant/7"));
        assertEquals(1, table.shardOf("plant/7/"));
        assertEquals(0, table.shardOf("plant/77"));
        assertEquals(0, table.shardOf("plant/"));
        assertEquals(0, table.shardOf("plant"));
        assertEquals(0, table.shardOf("xplant/7/a"));
    }

    @Test
    void shouldSpreadPartitionsOverShardsUnlessARouteSaysElse() {
        final SlotTable table = SlotTable.ofShards(
                2, List.of(new TopicRoute("b", 1), new TopicRoute("c", 1), new TopicRoute("c/$2", 0)));

        for (int partition = 0; partition < 8; partition++) {
            // Slot 3360 is that of "a".
            assertEquals(partition % 2, table.shardOf("a/$" + partition), "partition " + partition);
            assertEquals(1, table.shardOf("b/$" + partition), "partition " + partition);
            assertEquals(partition == 2 ? 0 : 1, table.shardOf("c/$" + partition), "partition " + partition);
        }
        final byte[] name = "a/$1".getBytes(StandardCharsets.UTF_8);
        final UnsafeBuffer buffer = new UnsafeBuffer(name);
        assertEquals(
                table.shardOfSlot(TopicSlots.slotOfName(buffer, 0, name.length)),
                table.shardOfName(buffer, 0, name.length));
    }

    @Test
    void shouldBeEqualWhenOnlyTheOrderOfRoutesDiffers() {
        final TopicRoute first = new TopicRoute("b", 0);
        final TopicRoute second = new TopicRoute("a", 1);
        final SlotTable table = SlotTable.ofShards(2, List.of(first, second));

        assertEquals(table, SlotTable.ofShards(2, List.of(second, first)));
        assertEquals(table, SlotTable.ofShards(2, List.of(first)).with(second));
        assertEquals(table, table.with(new TopicRoute("c", 1)).without("c"));
        assertNotEquals(table, table.with(new TopicRoute("a", 0)));
        assertNotEquals(table, SlotTable.ofShards(1, List.of(first, second)));
    }

    @Test
    void shouldRefuseRoutesThatCannotBe() {
        for (final String prefix : new String[] {"", "a/", "/", "a/+", "#", "$sys", "x".repeat(257), "a\0"}) {
            assertThrows(IllegalArgumentException.class, () -> new TopicRoute(prefix, 0), prefix);
        }
        final TopicRoute twice = new TopicRoute("a", 0);
        assertThrows(IllegalArgumentException.class, () -> SlotTable.ofShards(1, List.of(twice, twice)));
        final List<TopicRoute> many = IntStream.rangeClosed(0, SlotTable.MAX_ROUTES)
                .mapToObj(i -> new TopicRoute("t" + i, 0))
                .toList();
        assertThrows(IllegalArgumentException.class, () -> SlotTable.ofShards(1, many));
    }

    private static List<String> prefixesOf(final SlotTable table) {
        return table.routes().stream().map(TopicRoute::prefix).toList();
    }
}
