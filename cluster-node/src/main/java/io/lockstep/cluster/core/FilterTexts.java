package io.lockstep.cluster.core;

import io.lockstep.codecs.OpenConsumerDecoder;
import io.lockstep.topic.TopicFilter;
import java.util.Arrays;
import org.agrona.DirectBuffer;

/** The topic filters in a command: a group of texts. Reused; what was read is valid until the next one is. */
final class FilterTexts {
    private static final byte SEPARATOR = 0;

    private final byte[] joined = new byte[Limits.MAX_FILTERS * (TopicFilter.MAX_LENGTH + 1)];
    private int length;
    private boolean areGood;

    /** Reads the group; the index behind it, or {@link WireShape#MALFORMED}. */
    int read(final DirectBuffer buffer, final int groupIndex, final int end) {
        length = 0;
        if (!WireShape.hasGroup(buffer, groupIndex, end, 0)) {
            return WireShape.MALFORMED;
        }
        final int blockLength = WireShape.blockLength(buffer, groupIndex);
        final int count = WireShape.groupCount(buffer, groupIndex);
        areGood = count > 0 && count <= Limits.MAX_FILTERS;
        int index = groupIndex + OpenConsumerDecoder.FiltersDecoder.sbeHeaderSize();
        for (int i = 0; i < count; i++) {
            if (end - index < blockLength) {
                return WireShape.MALFORMED;
            }
            final int textIndex = index + blockLength;
            final int textEnd = WireShape.endOfText(buffer, textIndex, end);
            if (textEnd == WireShape.MALFORMED) {
                return WireShape.MALFORMED;
            }
            add(buffer, textIndex + OpenConsumerDecoder.FiltersDecoder.filterHeaderLength(), textEnd);
            index = textEnd;
        }
        return index;
    }

    /** The filters in their order, U+0000 between them; null where they cannot be. */
    byte[] joined() {
        return areGood ? Arrays.copyOf(joined, length) : null;
    }

    private void add(final DirectBuffer buffer, final int offset, final int end) {
        if (!areGood) {
            return;
        }
        final byte[] text = QueryHandler.copy(buffer, offset, end - offset);
        areGood = QueryHandler.parse(text) != null;
        if (areGood && length > 0) {
            joined[length++] = SEPARATOR;
        }
        for (int i = 0; areGood && i < text.length; i++) {
            joined[length++] = text[i];
        }
    }
}
