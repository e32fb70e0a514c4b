package io.lockstep.topic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class PartitionNameTest {
    @Test
    void shouldTellPartitionsWhenTheLastLevelIsADollarAndANumber() {
        assertPartition("a/$0", 1, 0);
        assertPartition("a/$3", 1, 3);
        assertPartition("plant/7/orders/$12", 14, 12);
        assertPartition("a/$1023", 1, 1023);
        assertPartition("a/$65535", 1, 65_535);
        assertPartition("//$7", 1, 7);
        assertPartition("a/$1/$2", 4, 2);
        assertPartition("$dead/a/$3", 7, 3);
        assertPartition("ä/$9", 2, 9);
    }

    @Test
    void shouldTellNoPartitionWhenTheLastLevelIsSomethingElse() {
        for (final String name : List.of(
                "a",
                "7",
                "$3",
                "/$3",
                "a/3",
                "a/$",
                "a$3",
                "a/b$3",
                "a/$03",
                "a/$00",
                "a/$65536",
                "a/$100000",
                "a/$1234567",
                "a/$3/",
                "a/$3/b",
                "a/$x3",
                "a/$3x",
                "a/$-1",
                "1234567890")) {
            final UnsafeBuffer buffer = new UnsafeBuffer(name.getBytes(StandardCharsets.UTF_8));
            assertEquals(PartitionName.NONE, PartitionName.partitionOf(buffer, 0, buffer.capacity()), name);
            assertEquals(buffer.capacity(), PartitionName.baseLength(buffer, 0, buffer.capacity()), name);
        }
    }

    @Test
    void shouldNotLookInFrontOfTheName() {
        final UnsafeBuffer buffer = new UnsafeBuffer("a/$3".getBytes(StandardCharsets.UTF_8));
        for (int offset = 1; offset < 4; offset++) {
            assertEquals(PartitionName.NONE, PartitionName.partitionOf(buffer, offset, 4 - offset));
        }
        assertEquals(PartitionName.NONE, PartitionName.partitionOf(buffer, 4, 0));
    }

    @Test
    void shouldNamePartitionsSoThatTheyAreKnown() {
        for (int partition = 0; partition < PartitionName.MAX_PARTITIONS; partition++) {
            assertPartition(PartitionName.nameOf("t/1", partition), 3, partition);
        }
    }

    private static void assertPartition(final String name, final int baseLength, final int partition) {
        final byte[] bytes = ("..." + name + "55").getBytes(StandardCharsets.UTF_8);
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        assertEquals(baseLength, PartitionName.baseLength(buffer, 3, bytes.length - 5), name);
        assertEquals(partition, PartitionName.partitionOf(buffer, 3, bytes.length - 5), name);
    }
}
