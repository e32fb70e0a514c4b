package io.lockstep.codecs;

import java.nio.ByteOrder;
import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.sbe.MessageDecoderFlyweight;

/** Decodes any message by its name, and bends messages into what older and newer writers would have sent. */
final class Flyweights {
    private static final int HEADER_LENGTH = MessageHeaderDecoder.ENCODED_LENGTH;

    private Flyweights() {}

    /** The fields of a message as text, without what the flyweight says of versions and lengths. */
    static String fieldsOf(final String name, final byte[] message) {
        final UnsafeBuffer buffer = new UnsafeBuffer(message);
        final MessageHeaderDecoder header = new MessageHeaderDecoder().wrap(buffer, 0);
        final MessageDecoderFlyweight decoder = decoder(name);
        decoder.wrap(buffer, HEADER_LENGTH, header.blockLength(), header.version());
        final String text = decoder.toString();
        return text.substring(text.indexOf(':') + 1);
    }

    static int blockLengthOf(final String name) {
        return decoder(name).sbeBlockLength();
    }

    /** What a writer of a later version sends: more fields at the end of the block. */
    static byte[] withLongerBlock(final byte[] message, final int added) {
        final int blockEnd = HEADER_LENGTH + blockLength(message);
        final byte[] longer = new byte[message.length + added];
        System.arraycopy(message, 0, longer, 0, blockEnd);
        Arrays.fill(longer, blockEnd, blockEnd + added, (byte) 0xEE);
        System.arraycopy(message, blockEnd, longer, blockEnd + added, message.length - blockEnd);
        return withHead(longer, blockLength(message) + added, 2);
    }

    private static byte[] withHead(final byte[] message, final int blockLength, final int version) {
        new MessageHeaderEncoder()
                .wrap(new UnsafeBuffer(message), 0)
                .blockLength(blockLength)
                .templateId(new UnsafeBuffer(message).getShort(2, ByteOrder.LITTLE_ENDIAN))
                .schemaId(MessageHeaderDecoder.SCHEMA_ID)
                .version(version);
        return message;
    }

    private static int blockLength(final byte[] message) {
        return new MessageHeaderDecoder().wrap(new UnsafeBuffer(message), 0).blockLength();
    }

    private static MessageDecoderFlyweight decoder(final String name) {
        try {
            return Class.forName("io.lockstep.codecs." + name + "Decoder")
                    .asSubclass(MessageDecoderFlyweight.class)
                    .getConstructor()
                    .newInstance();
        } catch (final ReflectiveOperationException ex) {
            throw new IllegalStateException("no decoder for " + name, ex);
        }
    }
}
