package io.lockstep.gateway.bridge;

import io.lockstep.topic.SharedFilter;
import io.lockstep.topic.TopicFilter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The latest messages of one shard that shared subscriptions of this gateway may want: who gets a message, the shard tells in a
 * record behind it. Bounded; what had to go is read again. Bridge thread only.
 */
final class SharedStream {
    private static final int MAX_MESSAGES = 4_096;
    private static final long MAX_BYTES = 8L << 20;

    private final Map<String, Integer> useCounts = new HashMap<>();
    private final List<TopicFilter> filters = new ArrayList<>();
    private final LinkedHashMap<Long, Delivery> recent = new LinkedHashMap<>();
    private long bytes;

    /** A session takes part in a shared subscription. */
    void addUse(final String text) {
        final SharedFilter shared = SharedFilter.parse(text);
        if (useCounts.merge(shared.filter().toString(), 1, Integer::sum) == 1) {
            filters.add(shared.filter());
        }
    }

    /** It does so no more. */
    void removeUse(final String text) {
        final TopicFilter filter = SharedFilter.parse(text).filter();
        if (useCounts.merge(filter.toString(), -1, (before, change) -> before == 1 ? null : before - 1) == null) {
            filters.remove(filter);
        }
        if (filters.isEmpty()) {
            recent.clear();
            bytes = 0;
        }
    }

    /** A message of the stream. */
    void onMessage(final DeliverySource source) {
        if (filters.isEmpty()) {
            return;
        }
        final LinkMessage message = source.message();
        for (int i = 0; i < filters.size(); i++) {
            if (filters.get(i).matches(message.buffer(), message.topicOffset(), message.topicLength())) {
                keep(message.position(), source.delivery());
                return;
            }
        }
    }

    /** The message at a position, or null where it is not kept. */
    Delivery find(final long position) {
        return recent.get(position);
    }

    private void keep(final long position, final Delivery delivery) {
        recent.put(position, delivery);
        bytes += delivery.lengthBytes();
        final Iterator<Delivery> oldest = recent.values().iterator();
        while (recent.size() > MAX_MESSAGES || (bytes > MAX_BYTES && recent.size() > 1)) {
            bytes -= oldest.next().lengthBytes();
            oldest.remove();
        }
    }
}
