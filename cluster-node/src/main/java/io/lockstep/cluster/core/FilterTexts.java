package io.lockstep.cluster.core;

import io.lockstep.codecs.OpenConsumerDecoder;
import java.io.ByteArrayOutputStream;
import org.agrona.DirectBuffer;

/** The topic filters in a command: a group of texts. Reused; what was read is valid until the next one is. */
final class FilterTexts {
    private static final int SEPARATOR = 0;

    private final ByteArrayOutputStream joined = new ByteArrayOutputStream();
    private boolean areGood;

    /** Reads the group; the index behind it, or {@link WireShape#MALFORMED}. */
    int read(final DirectBuffer buffer, final int groupIndex, final int end) {
        joined.reset();
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
        return areGood ? joined.toByteArray() : null;
    }

    private void add(final DirectBuffer buffer, final int offset, final int end) {
        if (!areGood) {
            return;
        }
        final byte[] text = QueryHandler.copy(buffer, offset, end - offset);
        areGood = QueryHandler.parse(text) != null;
        if (joined.size() > 0) {
            joined.write(SEPARATOR);
        }
        joined.write(text, 0, text.length);
    }
}
