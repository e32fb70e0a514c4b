package io.lockstep.gateway.aeron;

import io.lockstep.access.rules.Permissions;
import io.lockstep.codecs.AckConsumerDecoder;
import io.lockstep.codecs.AcquireLeaseDecoder;
import io.lockstep.codecs.ApplyTopicPoliciesDecoder;
import io.lockstep.codecs.CancelScheduledDecoder;
import io.lockstep.codecs.CloseMemberDecoder;
import io.lockstep.codecs.CloseProducerDecoder;
import io.lockstep.codecs.CreateTopicDecoder;
import io.lockstep.codecs.DeleteConsumerDecoder;
import io.lockstep.codecs.DeleteGroupDecoder;
import io.lockstep.codecs.DeleteSessionDecoder;
import io.lockstep.codecs.DescribeGroupDecoder;
import io.lockstep.codecs.DescribeScheduleDecoder;
import io.lockstep.codecs.DescribeSlotTableDecoder;
import io.lockstep.codecs.DescribeTopicPoliciesDecoder;
import io.lockstep.codecs.DropLeaseDecoder;
import io.lockstep.codecs.LeaveConsumerDecoder;
import io.lockstep.codecs.LeaveGroupDecoder;
import io.lockstep.codecs.ListConsumersDecoder;
import io.lockstep.codecs.ListGroupsDecoder;
import io.lockstep.codecs.ListLeasesDecoder;
import io.lockstep.codecs.ListRetainedDecoder;
import io.lockstep.codecs.ListScheduledDecoder;
import io.lockstep.codecs.ListSessionsDecoder;
import io.lockstep.codecs.ListTopicsDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.OpenConsumerDecoder;
import io.lockstep.codecs.OpenGroupDecoder;
import io.lockstep.codecs.OpenMemberDecoder;
import io.lockstep.codecs.OpenProducerDecoder;
import io.lockstep.codecs.PublishDecoder;
import io.lockstep.codecs.ReleaseLeaseDecoder;
import io.lockstep.codecs.RenewLeaseDecoder;
import io.lockstep.codecs.RenewMemberDecoder;
import io.lockstep.codecs.SeekConsumerDecoder;
import io.lockstep.codecs.SeekGroupDecoder;
import io.lockstep.codecs.SetGroupCreditDecoder;
import io.lockstep.codecs.SettleGroupDecoder;
import io.lockstep.wire.MessageHeaders;
import io.lockstep.wire.ReservedHeaders;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Which commands pass a gateway. What is not listed here never does: what nodes and gateways send, and what is done to a
 * cluster as a whole. Belongs to the thread of the front end; allocates nothing for {@code Publish}.
 */
final class CommandRules {
    /** What becomes of a command. */
    enum Verdict {
        /** It goes to the shard. */
        PASS,
        /** The rules do not allow it. */
        DENIED,
        /** Nobody may send it through a gateway. */
        UNSUPPORTED
    }

    private static final String EVERYTHING = "#";
    // No topic has it in its name, so that the shard refuses the message before it looks at anything else.
    private static final byte NO_TEXT = 0;
    // What only a gateway itself says: for whom it speaks, and under which packet id of an MQTT session.
    private static final byte[] PRINCIPAL_KEY = ReservedHeaders.bytesOf(ReservedHeaders.PRINCIPAL);
    private static final byte[] PACKET_KEY = ReservedHeaders.bytesOf(ReservedHeaders.PACKET);

    private final PublishDecoder publish = new PublishDecoder();
    private final CreateTopicDecoder createTopic = new CreateTopicDecoder();
    private final ListTopicsDecoder listTopics = new ListTopicsDecoder();
    private final ListRetainedDecoder listRetained = new ListRetainedDecoder();
    private final AcquireLeaseDecoder acquireLease = new AcquireLeaseDecoder();
    private final OpenConsumerDecoder openConsumer = new OpenConsumerDecoder();
    private final OpenGroupDecoder openGroup = new OpenGroupDecoder();
    private final MessageHeaders.EntryConsumer headerCheck = this::onHeader;
    private boolean speaksForOthers;

    /**
     * Judges a command that is no {@code Publish}.
     *
     * @throws IndexOutOfBoundsException where its bytes do not form a command.
     */
    Verdict judge(final Permissions permissions, final MessageHeaderDecoder header, final MutableDirectBuffer command) {
        return switch (header.templateId()) {
            case OpenProducerDecoder.TEMPLATE_ID,
                    CloseProducerDecoder.TEMPLATE_ID,
                    DescribeSlotTableDecoder.TEMPLATE_ID,
                    DescribeTopicPoliciesDecoder.TEMPLATE_ID,
                    OpenMemberDecoder.TEMPLATE_ID,
                    RenewMemberDecoder.TEMPLATE_ID,
                    CloseMemberDecoder.TEMPLATE_ID,
                    AckConsumerDecoder.TEMPLATE_ID,
                    LeaveConsumerDecoder.TEMPLATE_ID,
                    LeaveGroupDecoder.TEMPLATE_ID,
                    SettleGroupDecoder.TEMPLATE_ID,
                    SetGroupCreditDecoder.TEMPLATE_ID,
                    RenewLeaseDecoder.TEMPLATE_ID,
                    ReleaseLeaseDecoder.TEMPLATE_ID,
                    DescribeScheduleDecoder.TEMPLATE_ID -> Verdict.PASS;
            case CreateTopicDecoder.TEMPLATE_ID,
                    ListTopicsDecoder.TEMPLATE_ID,
                    ListRetainedDecoder.TEMPLATE_ID,
                    AcquireLeaseDecoder.TEMPLATE_ID,
                    OpenConsumerDecoder.TEMPLATE_ID,
                    OpenGroupDecoder.TEMPLATE_ID ->
                verdict(permissions == Permissions.ALL || isAllowed(permissions, header, command));
            // They tell of what others do.
            case ListScheduledDecoder.TEMPLATE_ID,
                    ListLeasesDecoder.TEMPLATE_ID,
                    ListConsumersDecoder.TEMPLATE_ID,
                    ListGroupsDecoder.TEMPLATE_ID,
                    DescribeGroupDecoder.TEMPLATE_ID,
                    ListSessionsDecoder.TEMPLATE_ID -> verdict(permissions.maySubscribe(EVERYTHING));
            // They change what belongs to others, which no rule is about.
            case CancelScheduledDecoder.TEMPLATE_ID,
                    DropLeaseDecoder.TEMPLATE_ID,
                    SeekConsumerDecoder.TEMPLATE_ID,
                    DeleteConsumerDecoder.TEMPLATE_ID,
                    SeekGroupDecoder.TEMPLATE_ID,
                    DeleteGroupDecoder.TEMPLATE_ID,
                    DeleteSessionDecoder.TEMPLATE_ID,
                    ApplyTopicPoliciesDecoder.TEMPLATE_ID -> verdict(permissions == Permissions.ALL);
            default -> Verdict.UNSUPPORTED;
        };
    }

    /**
     * Makes the topic of each message of a {@code Publish} that is not allowed, or has a header that only a gateway may write,
     * one that cannot be. So the shard refuses it in its place: its sequence is consumed, and the answer is kept like that of any other.
     *
     * @return the number of such messages.
     * @throws IndexOutOfBoundsException where its bytes do not form a command.
     */
    int deny(final Permissions permissions, final MessageHeaderDecoder header, final MutableDirectBuffer command) {
        publish.wrapAndApplyHeader(command, 0, header);
        int count = 0;
        final PublishDecoder.EntriesDecoder entries = publish.entries();
        while (entries.hasNext()) {
            entries.next();
            final int length = entries.topicNameLength();
            final int offset = publish.limit() + PublishDecoder.EntriesDecoder.topicNameHeaderLength();
            entries.skipTopicName();
            final int headersLength = entries.headersLength();
            final int headersOffset = publish.limit() + PublishDecoder.EntriesDecoder.headersHeaderLength();
            entries.skipHeaders();
            entries.skipPayload();
            command.checkLimit(publish.limit());
            if (length > 0
                    && (!permissions.mayPublish(command, offset, length)
                            || hasForeignHeader(command, headersOffset, headersLength))) {
                command.putByte(offset, NO_TEXT);
                count++;
            }
        }
        return count;
    }

    private boolean hasForeignHeader(final MutableDirectBuffer command, final int offset, final int length) {
        speaksForOthers = false;
        // What is no header block the shard refuses by itself.
        if (length > 0 && MessageHeaders.countEntries(command, offset, length) != MessageHeaders.MALFORMED) {
            MessageHeaders.forEach(command, offset, length, headerCheck);
        }
        return speaksForOthers;
    }

    private void onHeader(
            final DirectBuffer buffer,
            final int keyOffset,
            final int keyLength,
            final int valueOffset,
            final int valueLength) {
        speaksForOthers |= ReservedHeaders.isKey(PRINCIPAL_KEY, buffer, keyOffset, keyLength)
                || ReservedHeaders.isKey(PACKET_KEY, buffer, keyOffset, keyLength);
    }

    private boolean isAllowed(
            final Permissions permissions, final MessageHeaderDecoder header, final MutableDirectBuffer command) {
        return switch (header.templateId()) {
            case CreateTopicDecoder.TEMPLATE_ID ->
                permissions.mayPublish(
                        createTopic.wrapAndApplyHeader(command, 0, header).topicName());
            case AcquireLeaseDecoder.TEMPLATE_ID ->
                permissions.mayPublish(
                        acquireLease.wrapAndApplyHeader(command, 0, header).topicName());
            case ListTopicsDecoder.TEMPLATE_ID ->
                maySubscribe(
                        permissions,
                        listTopics.wrapAndApplyHeader(command, 0, header).filter());
            case ListRetainedDecoder.TEMPLATE_ID ->
                maySubscribe(
                        permissions,
                        listRetained.wrapAndApplyHeader(command, 0, header).filter());
            case OpenConsumerDecoder.TEMPLATE_ID -> {
                boolean isAllowed = true;
                for (final OpenConsumerDecoder.FiltersDecoder filter :
                        openConsumer.wrapAndApplyHeader(command, 0, header).filters()) {
                    isAllowed &= maySubscribe(permissions, filter.filter());
                }
                yield isAllowed;
            }
            case OpenGroupDecoder.TEMPLATE_ID -> {
                boolean isAllowed = true;
                for (final OpenGroupDecoder.FiltersDecoder filter :
                        openGroup.wrapAndApplyHeader(command, 0, header).filters()) {
                    isAllowed &= maySubscribe(permissions, filter.filter());
                }
                yield isAllowed;
            }
            default -> false;
        };
    }

    private static boolean maySubscribe(final Permissions permissions, final String filter) {
        return permissions.maySubscribe(filter.isEmpty() ? EVERYTHING : filter);
    }

    private static Verdict verdict(final boolean isAllowed) {
        return isAllowed ? Verdict.PASS : Verdict.DENIED;
    }
}
