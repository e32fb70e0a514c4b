package io.lockstep.archive.verify;

import io.lockstep.codecs.CheckpointRecordDecoder;
import io.lockstep.codecs.ConsumerRecordDecoder;
import io.lockstep.codecs.EventRecordDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageRecordDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.wire.RecordLayout;
import org.agrona.DirectBuffer;

/**
 * A record as an object, for printing. Fields that its kind does not have are 0 or empty. Immutable, apart from the
 * arrays, which belong to whoever has the entry.
 *
 * @param beginPosition    of its first frame.
 * @param endPosition      behind it.
 * @param isIntact         whether its checksum is right; if not, the other fields may be nonsense.
 * @param kind             name of its kind.
 * @param length           in bytes.
 * @param shardSequence    of it.
 * @param raftLogPosition  of the command that caused it.
 * @param timestampNs      of it.
 * @param topicId          of a message.
 * @param topicName        of a message.
 * @param topicSequence    of a message.
 * @param producerId       of a message.
 * @param producerSequence of a message.
 * @param headers          header block of a message.
 * @param payload          of a message.
 * @param rollingHash      of a checkpoint.
 * @param firstValue       of an event; the record count of a checkpoint.
 * @param secondValue      of an event; the message count of a checkpoint.
 */
// The arrays are payloads for printing; nothing compares entries.
@SuppressWarnings("ArrayRecordComponent")
public record JournalEntry(
        long beginPosition,
        long endPosition,
        boolean isIntact,
        String kind,
        int length,
        long shardSequence,
        long raftLogPosition,
        long timestampNs,
        int topicId,
        String topicName,
        long topicSequence,
        long producerId,
        long producerSequence,
        byte[] headers,
        byte[] payload,
        long rollingHash,
        long firstValue,
        long secondValue) {
    private static final byte[] EMPTY = new byte[0];

    static JournalEntry of(final JournalCursor cursor, final RecordLayout layout) {
        final DirectBuffer buffer = cursor.buffer();
        final int offset = cursor.offset();
        final int length = cursor.length();
        final boolean isIntact = layout.isIntact(buffer, offset, length);
        if (!isIntact) {
            return plain(cursor, false, "DAMAGED", 0, 0, 0);
        }
        final MessageHeaderDecoder header = new MessageHeaderDecoder().wrap(buffer, offset);
        final int body = offset + MessageHeaderDecoder.ENCODED_LENGTH;
        final int kindValue = RecordLayout.kind(buffer, offset);
        final RecordKind kind = RecordKind.get((short) kindValue);
        final String kindName = kind == RecordKind.NULL_VAL ? "KIND_" + kindValue : kind.name();
        return switch (header.templateId()) {
            case MessageRecordDecoder.TEMPLATE_ID ->
                message(
                        cursor,
                        kindName,
                        new MessageRecordDecoder().wrap(buffer, body, header.blockLength(), header.version()));
            case CheckpointRecordDecoder.TEMPLATE_ID -> {
                final CheckpointRecordDecoder decoder =
                        new CheckpointRecordDecoder().wrap(buffer, body, header.blockLength(), header.version());
                yield plain(
                        cursor, true, kindName, decoder.rollingHash(), decoder.recordCount(), decoder.messageCount());
            }
            case EventRecordDecoder.TEMPLATE_ID -> {
                final EventRecordDecoder decoder =
                        new EventRecordDecoder().wrap(buffer, body, header.blockLength(), header.version());
                yield plain(cursor, true, kindName, 0, decoder.firstValue(), decoder.secondValue());
            }
            case ConsumerRecordDecoder.TEMPLATE_ID -> {
                final ConsumerRecordDecoder decoder =
                        new ConsumerRecordDecoder().wrap(buffer, body, header.blockLength(), header.version());
                yield plain(cursor, true, kindName, 0, decoder.consumerId(), decoder.ownerMemberId());
            }
            default -> plain(cursor, true, kindName, 0, 0, 0);
        };
    }

    private static JournalEntry message(
            final JournalCursor cursor, final String kindName, final MessageRecordDecoder decoder) {
        final long topicSequence = decoder.topicSequence();
        final long producerId = decoder.producerId();
        final long producerSequence = decoder.producerSequence();
        final int topicId = decoder.topicId();
        final String topicName = decoder.topicName();
        final byte[] headers = new byte[decoder.headersLength()];
        decoder.getHeaders(headers, 0, headers.length);
        final byte[] payload = new byte[decoder.payloadLength()];
        decoder.getPayload(payload, 0, payload.length);
        return new JournalEntry(
                cursor.beginPosition(),
                cursor.endPosition(),
                true,
                kindName,
                cursor.length(),
                RecordLayout.shardSequence(cursor.buffer(), cursor.offset()),
                RecordLayout.raftLogPosition(cursor.buffer(), cursor.offset()),
                RecordLayout.timestampNs(cursor.buffer(), cursor.offset()),
                topicId,
                topicName,
                topicSequence,
                producerId,
                producerSequence,
                headers,
                payload,
                0,
                0,
                0);
    }

    private static JournalEntry plain(
            final JournalCursor cursor,
            final boolean isIntact,
            final String kindName,
            final long rollingHash,
            final long firstValue,
            final long secondValue) {
        final boolean hasHead = cursor.length() >= RecordLayout.MIN_RECORD_LENGTH;
        return new JournalEntry(
                cursor.beginPosition(),
                cursor.endPosition(),
                isIntact,
                kindName,
                cursor.length(),
                hasHead ? RecordLayout.shardSequence(cursor.buffer(), cursor.offset()) : 0,
                hasHead ? RecordLayout.raftLogPosition(cursor.buffer(), cursor.offset()) : 0,
                hasHead ? RecordLayout.timestampNs(cursor.buffer(), cursor.offset()) : 0,
                0,
                "",
                0,
                0,
                0,
                EMPTY,
                EMPTY,
                rollingHash,
                firstValue,
                secondValue);
    }
}
