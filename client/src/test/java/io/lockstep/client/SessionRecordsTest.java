package io.lockstep.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lockstep.codecs.EventRecordEncoder;
import io.lockstep.codecs.GroupAssignmentRecordEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.RecordKind;
import java.util.ArrayList;
import java.util.List;
import org.agrona.ExpandableArrayBuffer;
import org.junit.jupiter.api.Test;

class SessionRecordsTest {
    private static final int OFFSET = 64;

    private final List<String> told = new ArrayList<>();
    private final SessionRecords records = new SessionRecords();
    private final SubscriberListener listener = new SubscriberListener() {
        @Override
        public void onSessionChanged(final int shardId, final long sessionId, final long epoch, final long position) {
            told.add(shardId + " " + sessionId + " " + epoch + " " + position);
        }

        @Override
        public void onGroupAssigned(
                final int shardId,
                final int groupId,
                final long memberId,
                final long messagePosition,
                final int recordLength,
                final int attempt) {
            told.add(String.join(
                    " ",
                    List.of(
                            "group " + groupId,
                            "member " + memberId,
                            "message " + messagePosition,
                            "length " + recordLength,
                            "attempt " + attempt)));
        }
    };

    @Test
    void shouldTellWhichSessionMovedWhenTheRecordSaysSo() {
        records.tell(listener, 3, record(RecordKind.SESSION_CHANGED, 579, 643), OFFSET, 4096);
        records.tell(listener, 3, record(RecordKind.SESSION_CHANGED, 579, 0), OFFSET, 8192);

        assertEquals(List.of("3 579 643 4096", "3 579 0 8192"), told);
    }

    @Test
    void shouldTellEachMessageThatAGroupHandsOut() {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final GroupAssignmentRecordEncoder encoder =
                new GroupAssignmentRecordEncoder().wrapAndApplyHeader(buffer, OFFSET, new MessageHeaderEncoder());
        encoder.recordHeader().crc32c(0).kind(RecordKind.GROUP_ASSIGNED).flags().clear();
        encoder.recordHeader().reserved(0).shardSequence(11).raftLogPosition(12).timestampNs(13);
        encoder.memberId(643).groupId(7);
        final GroupAssignmentRecordEncoder.EntriesEncoder entries = encoder.entriesCount(2);
        entries.next().position(1024).recordLength(100).attempt(1);
        entries.next().position(2048).recordLength(200).attempt(3);

        records.tell(listener, 3, buffer, OFFSET, 4096);

        assertEquals(
                List.of(
                        "group 7 member 643 message 1024 length 100 attempt 1",
                        "group 7 member 643 message 2048 length 200 attempt 3"),
                told);
    }

    @Test
    void shouldTellNothingOfOtherRecords() {
        for (final RecordKind kind : RecordKind.values()) {
            if (kind != RecordKind.SESSION_CHANGED
                    && kind != RecordKind.GROUP_ASSIGNED
                    && kind != RecordKind.NULL_VAL
                    && kind != RecordKind.SBE_UNKNOWN) {
                records.tell(listener, 3, record(kind, 579, 643), OFFSET, 4096);
            }
        }

        assertEquals(List.of(), told);
    }

    private static ExpandableArrayBuffer record(final RecordKind kind, final long firstValue, final long secondValue) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final EventRecordEncoder encoder =
                new EventRecordEncoder().wrapAndApplyHeader(buffer, OFFSET, new MessageHeaderEncoder());
        encoder.recordHeader().crc32c(0).kind(kind).flags().clear();
        encoder.recordHeader().reserved(0).shardSequence(11).raftLogPosition(12).timestampNs(13);
        encoder.firstValue(firstValue).secondValue(secondValue);
        return buffer;
    }
}
