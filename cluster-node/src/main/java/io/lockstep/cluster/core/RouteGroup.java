package io.lockstep.cluster.core;

import io.lockstep.codecs.ApplySlotTableDecoder.RoutesDecoder;
import io.lockstep.topic.SlotTable;
import io.lockstep.topic.TopicRoute;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;

/**
 * The prefix routes in a command or a snapshot item; the group has the same shape in all of them. Reused; what was read
 * is valid until the next one is.
 */
final class RouteGroup {
    private final List<TopicRoute> routes = new ArrayList<>();
    private boolean areGood;

    /** Reads the group; the index behind it, or {@link WireShape#MALFORMED}. */
    int read(final DirectBuffer buffer, final int groupIndex, final int end) {
        routes.clear();
        areGood = true;
        if (!WireShape.hasGroup(buffer, groupIndex, end, BlockLengths.ROUTE)) {
            return WireShape.MALFORMED;
        }
        final int blockLength = WireShape.blockLength(buffer, groupIndex);
        final int count = WireShape.groupCount(buffer, groupIndex);
        int index = groupIndex + RoutesDecoder.sbeHeaderSize();
        for (int i = 0; i < count; i++) {
            if (end - index < blockLength) {
                return WireShape.MALFORMED;
            }
            final int textIndex = index + blockLength;
            final int textEnd = WireShape.endOfText(buffer, textIndex, end);
            if (textEnd == WireShape.MALFORMED) {
                return WireShape.MALFORMED;
            }
            final int prefixOffset = textIndex + RoutesDecoder.prefixHeaderLength();
            add(buffer, prefixOffset, textEnd - prefixOffset, buffer.getInt(index, ByteOrder.LITTLE_ENDIAN));
            index = textEnd;
        }
        return index;
    }

    /** The routes that were read, in their order; null where they cannot be. */
    List<TopicRoute> routes() {
        return areGood ? routes : null;
    }

    /** The table of these routes and some slots; null where it cannot be. */
    SlotTable tableOf(final DirectBuffer slots, final int offset, final int lengthBytes) {
        return areGood && lengthBytes == SlotTable.SLOTS_LENGTH ? new SlotTable(slots, offset, routes) : null;
    }

    private void add(final DirectBuffer buffer, final int offset, final int length, final int shardId) {
        if (!areGood
                || routes.size() == Limits.MAX_ROUTES
                || shardId < 0
                || !TopicRoute.isPrefix(buffer, offset, length)) {
            areGood = false;
            return;
        }
        final String prefix = new String(QueryHandler.copy(buffer, offset, length), StandardCharsets.UTF_8);
        for (final TopicRoute other : routes) {
            if (other.prefix().equals(prefix)) {
                areGood = false;
                return;
            }
        }
        routes.add(new TopicRoute(prefix, shardId));
    }
}
