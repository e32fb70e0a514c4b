package io.lockstep.client;

import io.lockstep.topic.PartitionName;
import io.lockstep.topic.TopicFilter;
import io.lockstep.topic.TopicPolicies;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** What an exact filter matches: its topic, or all partitions of it. */
final class ExactTopics {
    private ExactTopics() {}

    /** Names of all topics that can hold messages for an exact filter. */
    static List<DirectBuffer> of(final TopicFilter filter, final TopicPolicies policies) {
        final String topic = filter.toString();
        final DirectBuffer name = buffer(topic);
        final int partitions = filter.isOfPartitions() ? 0 : policies.partitionsOf(name, 0, name.capacity());
        if (partitions == 0) {
            return List.of(name);
        }
        final List<DirectBuffer> names = new ArrayList<>();
        for (int partition = 0; partition < partitions; partition++) {
            names.add(buffer(PartitionName.nameOf(topic, partition)));
        }
        return names;
    }

    private static DirectBuffer buffer(final String text) {
        return new UnsafeBuffer(text.getBytes(StandardCharsets.UTF_8));
    }
}
