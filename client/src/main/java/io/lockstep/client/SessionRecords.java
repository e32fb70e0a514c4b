package io.lockstep.client;

import io.lockstep.codecs.EventRecordDecoder;
import io.lockstep.codecs.GroupAssignmentRecordDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.wire.RecordLayout;
import java.nio.ByteOrder;
import org.agrona.DirectBuffer;

/**
 * Reads the records that gateways need beside messages: that a session moved or ended, and that a group handed something out.
 * Allocates nothing.
 */
final class SessionRecords {
    private static final int SESSION_ID_OFFSET =
            MessageHeaderDecoder.ENCODED_LENGTH + EventRecordDecoder.firstValueEncodingOffset();
    private static final int EPOCH_OFFSET =
            MessageHeaderDecoder.ENCODED_LENGTH + EventRecordDecoder.secondValueEncodingOffset();
    private static final int SESSION_CHANGED = RecordKind.SESSION_CHANGED.value();
    private static final int GROUP_ASSIGNED = RecordKind.GROUP_ASSIGNED.value();

    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final GroupAssignmentRecordDecoder assignment = new GroupAssignmentRecordDecoder();

    /** Tells the listener where the record is one of these; any other is passed over. */
    void tell(
            final SubscriberListener listener,
            final int shardId,
            final DirectBuffer buffer,
            final int offset,
            final long endPosition) {
        final int kind = RecordLayout.kind(buffer, offset);
        if (kind == SESSION_CHANGED) {
            listener.onSessionChanged(
                    shardId,
                    buffer.getLong(offset + SESSION_ID_OFFSET, ByteOrder.LITTLE_ENDIAN),
                    buffer.getLong(offset + EPOCH_OFFSET, ByteOrder.LITTLE_ENDIAN),
                    endPosition);
        } else if (kind == GROUP_ASSIGNED) {
            assignment.wrapAndApplyHeader(buffer, offset, header);
            final long memberId = assignment.memberId();
            final int groupId = assignment.groupId();
            final GroupAssignmentRecordDecoder.EntriesDecoder entries = assignment.entries();
            while (entries.hasNext()) {
                entries.next();
                listener.onGroupAssigned(
                        shardId, groupId, memberId, entries.position(), entries.recordLength(), entries.attempt());
            }
        }
    }
}
