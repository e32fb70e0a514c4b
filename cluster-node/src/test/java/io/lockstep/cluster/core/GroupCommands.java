package io.lockstep.cluster.core;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.DeleteGroupEncoder;
import io.lockstep.codecs.DescribeGroupEncoder;
import io.lockstep.codecs.FeedGroupEncoder;
import io.lockstep.codecs.LeaveGroupEncoder;
import io.lockstep.codecs.ListGroupsEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.OpenGroupEncoder;
import io.lockstep.codecs.PutDeadLetterEncoder;
import io.lockstep.codecs.SeekGroupEncoder;
import io.lockstep.codecs.SetGroupCreditEncoder;
import io.lockstep.codecs.SettleGroupEncoder;
import io.lockstep.topic.TopicSlots;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.sbe.MessageEncoderFlyweight;

/** Encodes the commands of groups for tests. */
final class GroupCommands {
    static final int START = 0;
    static final int LIVE = 1;
    static final int POSITION = 2;
    static final int DONE = 1;
    static final int REJECT = 2;
    static final int EXTEND = 3;
    static final int GIVE_UP = 4;

    private static final MessageHeaderEncoder HEADER = new MessageHeaderEncoder();

    /** What a member asks for when it joins. */
    record Opening(
            long memberId,
            String name,
            List<String> filters,
            boolean isKeyOrdered,
            int credit,
            GroupTerms terms,
            int startKind,
            long startPosition) {
        Opening with(final int newCredit, final GroupTerms newTerms) {
            return new Opening(memberId, name, filters, isKeyOrdered, newCredit, newTerms, startKind, startPosition);
        }
    }

    /** What becomes of a message. */
    record Verdict(long position, int attempt, int verdict, long delayNs) {}

    /** A message that is fed to a group. */
    record Fed(long position, int recordLength, int topicId, long timestampNs, long expiryMs, String key) {}

    private GroupCommands() {}

    static byte[] open(final Opening opening) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final OpenGroupEncoder encoder = new OpenGroupEncoder()
                .wrapAndApplyHeader(buffer, 0, HEADER)
                .correlationId(Commands.CORRELATION_ID)
                .memberId(opening.memberId())
                .startPosition(opening.startPosition())
                .ackTimeoutNs(opening.terms().ackTimeoutNs())
                .minDelayNs(opening.terms().minDelayNs())
                .maxDelayNs(opening.terms().maxDelayNs())
                .credit(opening.credit())
                .maxAttempts(opening.terms().maxAttempts())
                .startKind((short) opening.startKind())
                .isKeyOrdered(bool(opening.isKeyOrdered()));
        final OpenGroupEncoder.FiltersEncoder filters =
                encoder.filtersCount(opening.filters().size());
        for (final String filter : opening.filters()) {
            filters.next().filter(filter);
        }
        encoder.groupName(opening.name());
        return bytes(buffer, encoder);
    }

    static byte[] leave(final long memberId, final int groupId) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new LeaveGroupEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(Commands.CORRELATION_ID)
                        .memberId(memberId)
                        .groupId(groupId));
    }

    static byte[] settle(final long memberId, final int groupId, final List<Verdict> verdicts) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final SettleGroupEncoder encoder = new SettleGroupEncoder()
                .wrapAndApplyHeader(buffer, 0, HEADER)
                .correlationId(Commands.CORRELATION_ID)
                .memberId(memberId)
                .groupId(groupId);
        final SettleGroupEncoder.EntriesEncoder entries = encoder.entriesCount(verdicts.size());
        for (final Verdict verdict : verdicts) {
            entries.next()
                    .position(verdict.position())
                    .delayNs(verdict.delayNs())
                    .attempt(verdict.attempt())
                    .verdict((short) verdict.verdict());
        }
        return bytes(buffer, encoder);
    }

    static byte[] credit(final long memberId, final int groupId, final int credit) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new SetGroupCreditEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(Commands.CORRELATION_ID)
                        .memberId(memberId)
                        .groupId(groupId)
                        .credit(credit));
    }

    static byte[] feed(
            final int groupId, final long fromPosition, final long throughPosition, final List<Fed> messages) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final FeedGroupEncoder encoder = new FeedGroupEncoder()
                .wrapAndApplyHeader(buffer, 0, HEADER)
                .correlationId(Commands.CORRELATION_ID)
                .fromPosition(fromPosition)
                .throughPosition(throughPosition)
                .groupId(groupId);
        final FeedGroupEncoder.EntriesEncoder entries = encoder.entriesCount(messages.size());
        for (final Fed message : messages) {
            entries.next()
                    .position(message.position())
                    .timestampNs(message.timestampNs())
                    .expiryMs(message.expiryMs())
                    .recordLength(message.recordLength())
                    .topicId(message.topicId())
                    .keyHash(message.key() == null ? 0 : hashOf(message.key()))
                    .hasKey(bool(message.key() != null));
        }
        return bytes(buffer, encoder);
    }

    static byte[] deadLetter(final int groupId, final long position, final byte[] headers, final byte[] payload) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new PutDeadLetterEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(Commands.CORRELATION_ID)
                        .position(position)
                        .groupId(groupId)
                        .putHeaders(headers, 0, headers.length)
                        .putPayload(payload, 0, payload.length));
    }

    static byte[] delete(final int groupId) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new DeleteGroupEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(Commands.CORRELATION_ID)
                        .groupId(groupId));
    }

    static byte[] seek(final int groupId, final int startKind, final long position) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new SeekGroupEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(Commands.CORRELATION_ID)
                        .position(position)
                        .groupId(groupId)
                        .startKind((short) startKind));
    }

    static byte[] list(final int afterGroupId, final int maxGroups, final String filter) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new ListGroupsEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(Commands.CORRELATION_ID)
                        .afterGroupId(afterGroupId)
                        .maxGroups(maxGroups)
                        .filter(filter));
    }

    static byte[] describe(final int groupId, final String name) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new DescribeGroupEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(Commands.CORRELATION_ID)
                        .groupId(groupId)
                        .groupName(name));
    }

    static int hashOf(final String key) {
        final byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        return TopicSlots.hash(new UnsafeBuffer(bytes), 0, bytes.length);
    }

    private static byte[] bytes(final ExpandableArrayBuffer buffer, final MessageEncoderFlyweight encoder) {
        return FakeOutbox.copy(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }

    private static BooleanType bool(final boolean value) {
        return value ? BooleanType.TRUE : BooleanType.FALSE;
    }
}
