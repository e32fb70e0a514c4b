package io.lockstep.cluster.core;

import io.lockstep.codecs.AckConsumerDecoder;
import io.lockstep.codecs.AcquireLeaseDecoder;
import io.lockstep.codecs.CancelScheduledDecoder;
import io.lockstep.codecs.CloseMemberDecoder;
import io.lockstep.codecs.CloseProducerDecoder;
import io.lockstep.codecs.CreateTopicDecoder;
import io.lockstep.codecs.DescribeGroupDecoder;
import io.lockstep.codecs.DescribeScheduleDecoder;
import io.lockstep.codecs.DescribeShardDecoder;
import io.lockstep.codecs.DescribeSlotTableDecoder;
import io.lockstep.codecs.DescribeTopicPoliciesDecoder;
import io.lockstep.codecs.LeaveConsumerDecoder;
import io.lockstep.codecs.LeaveGroupDecoder;
import io.lockstep.codecs.ListConsumersDecoder;
import io.lockstep.codecs.ListGroupsDecoder;
import io.lockstep.codecs.ListLeasesDecoder;
import io.lockstep.codecs.ListRetainedDecoder;
import io.lockstep.codecs.ListScheduledDecoder;
import io.lockstep.codecs.ListTopicsDecoder;
import io.lockstep.codecs.OpenConsumerDecoder;
import io.lockstep.codecs.OpenGroupDecoder;
import io.lockstep.codecs.OpenMemberDecoder;
import io.lockstep.codecs.OpenProducerDecoder;
import io.lockstep.codecs.PublishDecoder;
import io.lockstep.codecs.ReleaseLeaseDecoder;
import io.lockstep.codecs.RenewLeaseDecoder;
import io.lockstep.codecs.RenewMemberDecoder;
import io.lockstep.codecs.SetGroupCreditDecoder;
import io.lockstep.codecs.SettleGroupDecoder;
import io.lockstep.topic.TopicFilter;
import io.lockstep.topic.TopicName;
import java.nio.charset.StandardCharsets;
import org.agrona.DirectBuffer;

/**
 * Whether who sends a command may send it, by the access rules; publishing is asked for message by message, see
 * {@link AccessPublishRule}. A command that is not named here takes the right to administer, so that one that is forgotten
 * is refused. What is malformed passes: its handler says so.
 */
final class AccessGate {
    private final PartList parts;
    private final Callers callers;
    private final AccessAudit audit;
    private final CancelScheduledDecoder cancel = new CancelScheduledDecoder();

    AccessGate(final PartList parts, final Callers callers, final AccessAudit audit) {
        this.parts = parts;
        this.callers = callers;
        this.audit = audit;
    }

    Callers callers() {
        return callers;
    }

    /** Whether a command may be applied; where not, that was told. */
    boolean isOpen(
            final long clusterSessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (!parts.access().isOn()) {
            return true;
        }
        final Caller caller = callers.of(clusterSessionId);
        return caller.isTrusted() || isAllowed(caller, logPosition, buffer, offset, length);
    }

    private boolean isAllowed(
            final Caller caller,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        final int end = offset + length;
        final int index = WireShape.endOfBlock(buffer, offset);
        return switch (WireShape.templateId(buffer, offset)) {
            case PublishDecoder.TEMPLATE_ID,
                    OpenProducerDecoder.TEMPLATE_ID,
                    CloseProducerDecoder.TEMPLATE_ID,
                    ListTopicsDecoder.TEMPLATE_ID,
                    DescribeShardDecoder.TEMPLATE_ID,
                    DescribeSlotTableDecoder.TEMPLATE_ID,
                    DescribeTopicPoliciesDecoder.TEMPLATE_ID,
                    OpenMemberDecoder.TEMPLATE_ID,
                    RenewMemberDecoder.TEMPLATE_ID,
                    CloseMemberDecoder.TEMPLATE_ID,
                    AckConsumerDecoder.TEMPLATE_ID,
                    LeaveConsumerDecoder.TEMPLATE_ID,
                    ListConsumersDecoder.TEMPLATE_ID,
                    LeaveGroupDecoder.TEMPLATE_ID,
                    SettleGroupDecoder.TEMPLATE_ID,
                    SetGroupCreditDecoder.TEMPLATE_ID,
                    ListGroupsDecoder.TEMPLATE_ID,
                    DescribeGroupDecoder.TEMPLATE_ID,
                    DescribeScheduleDecoder.TEMPLATE_ID,
                    RenewLeaseDecoder.TEMPLATE_ID,
                    ReleaseLeaseDecoder.TEMPLATE_ID,
                    ListLeasesDecoder.TEMPLATE_ID -> true;
            case CreateTopicDecoder.TEMPLATE_ID, AcquireLeaseDecoder.TEMPLATE_ID ->
                mayPublish(caller, logPosition, buffer, index, end);
            case CancelScheduledDecoder.TEMPLATE_ID -> mayCancel(caller, logPosition, buffer, offset, length);
            case ListRetainedDecoder.TEMPLATE_ID, ListScheduledDecoder.TEMPLATE_ID ->
                maySubscribeTo(caller, logPosition, buffer, index, end);
            case OpenConsumerDecoder.TEMPLATE_ID, OpenGroupDecoder.TEMPLATE_ID ->
                maySubscribeToAll(caller, logPosition, buffer, index, end);
            default -> mayAdminister(caller, logPosition, WireShape.templateId(buffer, offset));
        };
    }

    private boolean mayPublish(
            final Caller caller, final long logPosition, final DirectBuffer buffer, final int index, final int end) {
        final int textEnd = WireShape.endOfText(buffer, index, end);
        if (textEnd == WireShape.MALFORMED) {
            return true;
        }
        final int text = index + CreateTopicDecoder.topicNameHeaderLength();
        final int length = textEnd - text;
        return !TopicName.isValid(buffer, text, length)
                || caller.permissions(parts.access()).mayPublish(buffer, text, length)
                || refuse(caller, "publish", textOf(buffer, text, length), logPosition);
    }

    // What was published for later is taken back by who may publish there.
    private boolean mayCancel(
            final Caller caller,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (!WireShape.wrap(cancel, buffer, offset, length)) {
            return true;
        }
        final int slot = parts.schedule().find(cancel.schedulePosition());
        if (slot < 0) {
            return true;
        }
        final Topic topic = parts.topics().ofId(parts.schedule().topicIdOf(slot));
        return caller.permissions(parts.access()).mayPublish(topic.name(), 0, topic.nameLength())
                || refuse(caller, "publish", textOf(topic.name(), 0, topic.nameLength()), logPosition);
    }

    private boolean maySubscribeTo(
            final Caller caller, final long logPosition, final DirectBuffer buffer, final int index, final int end) {
        final int textEnd = WireShape.endOfText(buffer, index, end);
        if (textEnd == WireShape.MALFORMED) {
            return true;
        }
        final int text = index + ListRetainedDecoder.filterHeaderLength();
        final byte[] bytes = QueryHandler.copy(buffer, text, textEnd - text);
        // No filter stands for all topics.
        final TopicFilter filter = bytes.length == 0 ? TopicFilter.parse("#") : QueryHandler.parse(bytes);
        return filter == null || maySubscribe(caller, logPosition, filter.toString());
    }

    private boolean maySubscribeToAll(
            final Caller caller, final long logPosition, final DirectBuffer buffer, final int index, final int end) {
        if (!WireShape.hasGroup(buffer, index, end, 0)) {
            return true;
        }
        // Consumers and groups have different limits, so that neither's reader may be used: what it does not take would
        // pass.
        final int blockLength = WireShape.blockLength(buffer, index);
        final int count = Math.min(WireShape.groupCount(buffer, index), Limits.MAX_FILTERS);
        int entry = index + OpenConsumerDecoder.FiltersDecoder.sbeHeaderSize();
        for (int i = 0; i < count; i++) {
            if (end - entry < blockLength) {
                return true;
            }
            final int textEnd = WireShape.endOfText(buffer, entry + blockLength, end);
            if (textEnd == WireShape.MALFORMED) {
                return true;
            }
            if (!maySubscribeTo(caller, logPosition, buffer, entry + blockLength, end)) {
                return false;
            }
            entry = textEnd;
        }
        return true;
    }

    private boolean maySubscribe(final Caller caller, final long logPosition, final String filter) {
        return caller.maySubscribe(parts.access(), filter) || refuse(caller, "subscribe", filter, logPosition);
    }

    private boolean mayAdminister(final Caller caller, final long logPosition, final int templateId) {
        return caller.permissions(parts.access()).mayAdminister()
                || refuse(caller, "admin, command " + templateId, null, logPosition);
    }

    private boolean refuse(final Caller caller, final String action, final String topic, final long logPosition) {
        audit.tell(caller.principal(), action, topic, logPosition);
        return false;
    }

    private static String textOf(final DirectBuffer buffer, final int offset, final int length) {
        return new String(QueryHandler.copy(buffer, offset, length), StandardCharsets.UTF_8);
    }
}
