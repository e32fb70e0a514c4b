package io.lockstep.client;

import io.lockstep.codecs.EventRecordDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.wire.RecordLayout;
import java.nio.ByteOrder;
import org.agrona.DirectBuffer;

/** Reads the records that tell that a session moved or ended, by their fixed offsets. */
final class SessionChange {
    private static final int SESSION_ID_OFFSET =
            MessageHeaderDecoder.ENCODED_LENGTH + EventRecordDecoder.firstValueEncodingOffset();
    private static final int EPOCH_OFFSET =
            MessageHeaderDecoder.ENCODED_LENGTH + EventRecordDecoder.secondValueEncodingOffset();
    private static final int KIND = RecordKind.SESSION_CHANGED.value();

    private SessionChange() {}

    /** Tells the listener where the record is one of these; any other is passed over. */
    static void tell(
            final SubscriberListener listener,
            final int shardId,
            final DirectBuffer buffer,
            final int offset,
            final long endPosition) {
        if (RecordLayout.kind(buffer, offset) == KIND) {
            listener.onSessionChanged(
                    shardId,
                    buffer.getLong(offset + SESSION_ID_OFFSET, ByteOrder.LITTLE_ENDIAN),
                    buffer.getLong(offset + EPOCH_OFFSET, ByteOrder.LITTLE_ENDIAN),
                    endPosition);
        }
    }
}
