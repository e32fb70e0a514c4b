package io.lockstep.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.topic.SlotTable;
import io.lockstep.topic.TopicRoute;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class SlotTablesTest {
    // By its hash the topic is shard 0's.
    private static final String TOPIC = "a";
    private static final SlotTable DEFAULT = SlotTable.ofShards(2, List.of());
    private static final SlotTable ROUTED = DEFAULT.with(new TopicRoute(TOPIC, 1));

    private final SlotTables tables = new SlotTables(2);

    @Test
    void shouldDealSlotsOutInTurnWhenNoShardToldItsTable() {
        assertEquals(0, shardOf(TOPIC));
        assertFalse(tables.onTable(0, 1, 0, 96, DEFAULT));
        assertEquals(0, shardOf(TOPIC));
    }

    @Test
    void shouldFollowTheNewestTableWhenAShardToldIt() {
        tables.onTable(0, 1, 0, 96, DEFAULT);

        assertTrue(tables.onTable(0, 2, 96, 128, ROUTED));

        assertEquals(1, shardOf(TOPIC));
        assertFalse(tables.onTable(0, 1, 0, 96, DEFAULT), "an older version");
        assertEquals(1, shardOf(TOPIC));
    }

    @Test
    void shouldAskTheShardThatOwnsATopicByItsOwnWordWhenAChangeIsHalfway() {
        final SlotTable three = SlotTable.ofShards(3, List.of());
        final SlotTables half = new SlotTables(3);
        for (int shardId = 0; shardId < 3; shardId++) {
            half.onTable(shardId, 1, 0, 96, three);
        }
        final String topic = ofShard(three, 0);

        // Shard 2 has the new table; shard 0 has not given the topic away and shard 1 would refuse it.
        half.onTable(2, 2, 96, 128, three.with(new TopicRoute(topic, 1)));

        assertEquals(0, shardOf(half, topic));
        half.onTable(0, 2, 96, 128, three.with(new TopicRoute(topic, 1)));
        assertEquals(1, shardOf(half, topic), "no shard says so, hence the newest table");
    }

    @Test
    void shouldBeginBeforeAllThatWasLetInWhenVersionsWereMissed() {
        tables.onTable(1, 1, 0, 96, DEFAULT);
        tables.onDescribed(1, 1, 320);
        tables.onDescribed(1, 3, 4_096);

        tables.onTable(1, 3, 2_048, 4_096, ROUTED);

        assertEquals(320, startOf(1), "version 2 may have let the topic in");
        tables.onTable(1, 4, 8_192, 9_000, ROUTED.with(new TopicRoute("b", 1)));
        assertEquals(4_096, startOf(1));
    }

    @Test
    void shouldBeginAtTheStartWhenAShardNeverToldItsTable() {
        assertEquals(0, startOf(1));
    }

    @Test
    void shouldBeginWhereTheShardWasSeenLastWhenItHasNotTakenTheTopicYet() {
        tables.onTable(1, 1, 0, 96, DEFAULT);
        tables.onDescribed(1, 1, 320);

        assertEquals(320, startOf(1));
    }

    private int shardOf(final String topic) {
        return shardOf(tables, topic);
    }

    private static int shardOf(final SlotTables tables, final String topic) {
        final byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        return tables.shardOf(new UnsafeBuffer(name), 0, name.length);
    }

    private long startOf(final int shardId) {
        final byte[] name = TOPIC.getBytes(StandardCharsets.UTF_8);
        return tables.startOf(new UnsafeBuffer(name), 0, name.length, shardId);
    }

    private static String ofShard(final SlotTable table, final int shardId) {
        int number = 0;
        while (table.shardOf("t" + number) != shardId) {
            number++;
        }
        return "t" + number;
    }
}
