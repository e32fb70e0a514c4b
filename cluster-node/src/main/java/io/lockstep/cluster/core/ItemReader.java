package io.lockstep.cluster.core;

import io.lockstep.codecs.MessageHeaderDecoder;
import org.agrona.DirectBuffer;
import org.agrona.sbe.MessageDecoderFlyweight;

/** Wraps snapshot items for parts after checking that their bytes hold what the part is about to read. */
final class ItemReader {
    private ItemReader() {}

    static <T extends MessageDecoderFlyweight> T wrap(
            final T decoder, final int templateId, final DirectBuffer buffer, final int offset, final int length) {
        if (templateId != decoder.sbeTemplateId()) {
            throw new IllegalStateException("a snapshot item with template " + decoder.sbeTemplateId()
                    + " was expected, but template " + templateId + " was found");
        }
        if (!WireShape.hasBlock(buffer, offset, length, decoder.sbeBlockLength())) {
            throw new IllegalStateException("a snapshot item with template " + templateId + " of " + length
                    + " bytes is shorter than its fields");
        }
        decoder.wrap(
                buffer,
                offset + MessageHeaderDecoder.ENCODED_LENGTH,
                WireShape.blockLength(buffer, offset),
                WireShape.version(buffer, offset));
        return decoder;
    }

    static void checkVariableEnd(final int end, final int templateId) {
        if (end == WireShape.MALFORMED) {
            throw new IllegalStateException(
                    "the variable data of a snapshot item with template " + templateId + " is longer than the item");
        }
    }
}
