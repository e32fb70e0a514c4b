package io.lockstep.topic;

import org.agrona.DirectBuffer;

/**
 * Names of the partitions of a topic: partition 3 of {@code orders} is the topic {@code orders/$3}. A name is that of a
 * partition where its last level is {@code $} and a number from 0 to 65,535 without leading zeros, and something is in
 * front of that level. Such names are reserved: only a topic policy lets them be published to. Methods allocate nothing
 * unless they return text.
 */
public final class PartitionName {
    /** What is no partition. */
    public static final int NONE = -1;

    /** Greatest number of partitions of a topic. */
    public static final int MAX_PARTITIONS = 1024;

    private static final int MAX_NUMBER = 65_535;
    private static final int MAX_DIGITS = 5;

    private PartitionName() {}

    /**
     * Length of the name of the topic of which a name may be a partition.
     *
     * @param buffer that holds the name.
     * @param offset of its first byte.
     * @param length in bytes.
     * @return that of the part in front of the last level where the name is that of a partition, else {@code length}.
     */
    public static int baseLength(final DirectBuffer buffer, final int offset, final int length) {
        int index = length - 1;
        while (index > 0 && isDigit(buffer.getByte(offset + index)) && length - index <= MAX_DIGITS) {
            index--;
        }
        if (index < 2
                || index == length - 1
                || buffer.getByte(offset + index) != '$'
                || buffer.getByte(offset + index - 1) != '/') {
            return length;
        }
        final boolean hasLeadingZero = buffer.getByte(offset + index + 1) == '0' && length - index > 2;
        return hasLeadingZero || numberOf(buffer, offset + index + 1, offset + length) > MAX_NUMBER
                ? length
                : index - 1;
    }

    /**
     * The number of a partition.
     *
     * @param buffer that holds the name.
     * @param offset of its first byte.
     * @param length in bytes.
     * @return from 0, or {@link #NONE} where the name is not that of a partition.
     */
    public static int partitionOf(final DirectBuffer buffer, final int offset, final int length) {
        final int baseLength = baseLength(buffer, offset, length);
        return baseLength == length ? NONE : numberOf(buffer, offset + baseLength + 2, offset + length);
    }

    /**
     * The name of a partition.
     *
     * @param topic     name of the topic.
     * @param partition from 0.
     * @return the name, which may be too long for a topic.
     */
    public static String nameOf(final String topic, final int partition) {
        return topic + "/$" + partition;
    }

    private static int numberOf(final DirectBuffer buffer, final int begin, final int end) {
        int number = 0;
        for (int index = begin; index < end; index++) {
            number = 10 * number + buffer.getByte(index) - '0';
        }
        return number;
    }

    private static boolean isDigit(final byte value) {
        return value >= '0' && value <= '9';
    }
}
