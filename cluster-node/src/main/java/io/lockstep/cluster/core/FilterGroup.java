package io.lockstep.cluster.core;

import io.lockstep.codecs.OpenGroupDecoder.FiltersDecoder;
import io.lockstep.topic.TopicFilter;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;

/** Reads the filters of a group from a command or a snapshot; their group is the same in both. */
final class FilterGroup {
    /** Greatest number of filters. */
    static final int MAX_FILTERS = 32;

    /** Greatest sum of their lengths in bytes, so that a description stays a small message. */
    static final int MAX_BYTES = 8 * 1024;

    private final List<TopicFilter> filters = new ArrayList<>();
    private boolean areGood;

    /** Reads the group; the index behind it, or {@link WireShape#MALFORMED}. */
    int read(final DirectBuffer buffer, final int groupIndex, final int end) {
        filters.clear();
        areGood = true;
        if (!WireShape.hasGroup(buffer, groupIndex, end, FiltersDecoder.sbeBlockLength())) {
            return WireShape.MALFORMED;
        }
        final int blockLength = WireShape.blockLength(buffer, groupIndex);
        final int count = WireShape.groupCount(buffer, groupIndex);
        int index = groupIndex + FiltersDecoder.sbeHeaderSize();
        int bytes = 0;
        for (int i = 0; i < count; i++) {
            if (end - index < blockLength) {
                return WireShape.MALFORMED;
            }
            final int textIndex = index + blockLength;
            final int textEnd = WireShape.endOfText(buffer, textIndex, end);
            if (textEnd == WireShape.MALFORMED) {
                return WireShape.MALFORMED;
            }
            final int filterOffset = textIndex + FiltersDecoder.filterHeaderLength();
            bytes += textEnd - filterOffset;
            add(buffer, filterOffset, textEnd - filterOffset, bytes);
            index = textEnd;
        }
        areGood = areGood && count > 0;
        return index;
    }

    /** The filters that were read, in their order; null where they cannot be. Valid until the next ones are read. */
    List<TopicFilter> filters() {
        return areGood ? filters : null;
    }

    private void add(final DirectBuffer buffer, final int offset, final int length, final int bytes) {
        final TopicFilter filter = !areGood || filters.size() == MAX_FILTERS || bytes > MAX_BYTES
                ? null
                : QueryHandler.parse(QueryHandler.copy(buffer, offset, length));
        areGood = filter != null;
        if (areGood) {
            filters.add(filter);
        }
    }
}
