package io.lockstep.testkit.feature;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.archive.replay.JournalReader;
import io.lockstep.archive.replay.JournalReaderContext;
import io.lockstep.archive.replay.JournalRecordHandler;
import io.lockstep.archive.replay.ReaderClient;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.GroupDetails;
import io.lockstep.client.GroupState;
import io.lockstep.client.LockstepClient;
import io.lockstep.codecs.GroupAssignmentRecordDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.testkit.Await;
import io.lockstep.wire.RecordLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** To whom a group handed out its messages, as the journals tell it. No state. */
final class GroupAssignments {
    /**
     * A hand-out.
     *
     * @param place       of the message.
     * @param attempt     how often it was handed out, this time included.
     * @param memberId    who got it.
     * @param timestampNs cluster time.
     */
    record Assignment(String place, int attempt, long memberId, long timestampNs) {}

    private GroupAssignments() {}

    /** Reads all hand-outs of a group, in the order of each journal. */
    static List<Assignment> read(final LockstepClient client, final String group, final List<NodeEndpoint> nodes) {
        final List<GroupState> states = client.groups().describe(group, FeatureLoad.TIMEOUT_NS).stream()
                .map(GroupDetails::state)
                .toList();
        return ReaderClient.use(aeron -> {
            final List<Assignment> found = new ArrayList<>();
            for (final GroupState state : states) {
                try (JournalReader reader = new JournalReader(new JournalReaderContext()
                        .aeron(aeron)
                        .nodes(nodes)
                        .shardId(state.shardId())
                        .start(StartPosition.start()))) {
                    final JournalRecordHandler handler = collector(state, found);
                    Await.await(
                            "the hand-outs of shard " + state.shardId(),
                            TimeUnit.NANOSECONDS.toSeconds(FeatureLoad.TIMEOUT_NS),
                            () -> {
                                client.doWork();
                                reader.poll(handler, 1_000);
                                return reader.position() >= state.journalPosition();
                            },
                            () -> reader.position() + " of " + state.journalPosition());
                }
            }
            return found;
        });
    }

    private static JournalRecordHandler collector(final GroupState state, final List<Assignment> found) {
        final GroupAssignmentRecordDecoder record = new GroupAssignmentRecordDecoder();
        final MessageHeaderDecoder header = new MessageHeaderDecoder();
        return (buffer, offset, length, endPosition) -> {
            if (RecordLayout.kind(buffer, offset) == RecordKind.GROUP_ASSIGNED.value()) {
                record.wrapAndApplyHeader(buffer, offset, header);
                if (record.groupId() == state.groupId()) {
                    final long memberId = record.memberId();
                    for (final GroupAssignmentRecordDecoder.EntriesDecoder entry : record.entries()) {
                        found.add(new Assignment(
                                GroupLoad.placeOf(state.shardId(), entry.position()),
                                entry.attempt(),
                                memberId,
                                RecordLayout.timestampNs(buffer, offset)));
                    }
                }
            }
            return Action.CONTINUE;
        };
    }
}
