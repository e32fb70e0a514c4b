package io.lockstep.cluster.core;

import io.lockstep.codecs.ConsumerStart;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import io.lockstep.topic.TopicFilter;
import io.lockstep.topic.TopicName;
import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;

/** Commands about durable consumers. */
final class ConsumerHandler {
    private static final long[] NO_ACKS = {};
    private static final int OTHER_FILTERS = 1;
    private static final int OTHER_LANE = 2;
    private static final int BAD_NAME = 1;
    private static final int BAD_LANE = 2;
    private static final int BAD_FILTERS = 3;

    private final PartList parts;
    private final ConsumersPart consumers;
    private final EntryCheck entryCheck;
    private final ConsumerOwnership ownership;
    private final ReplyProxy replies;
    private final ConsumerReplies consumerReplies;
    private final Consumer[] page = new Consumer[Limits.MAX_CONSUMERS_IN_PAGE];
    private final UnsafeBuffer nameBuffer = new UnsafeBuffer(0, 0);

    ConsumerHandler(
            final PartList parts,
            final EntryCheck entryCheck,
            final ConsumerOwnership ownership,
            final ReplyProxy replies,
            final ConsumerReplies consumerReplies) {
        this.parts = parts;
        this.consumers = parts.consumers();
        this.entryCheck = entryCheck;
        this.ownership = ownership;
        this.replies = replies;
        this.consumerReplies = consumerReplies;
    }

    /** What a member asks for when it joins. Nobody compares these. */
    @SuppressWarnings("ArrayRecordComponent")
    record Opening(
            long correlationId,
            long memberId,
            int lane,
            ConsumerStart startKind,
            long startPosition,
            long knownConsumerId,
            byte[] name,
            byte[] filters) {}

    void onOpen(final long clusterSessionId, final long logPosition, final Opening opening) {
        final Consumer existing = consumers.find(opening.name());
        final long startPosition = positionOf(opening.startKind(), opening.startPosition());
        final ResultCode code = checkOpening(opening, existing, startPosition);
        if (code != ResultCode.ACCEPTED) {
            consumerReplies.refused(clusterSessionId, opening.correlationId(), code, detailOf(code, opening, existing));
            return;
        }
        final Consumer consumer = existing != null
                ? existing
                : consumers.create(opening.lane(), opening.name(), opening.filters(), startPosition);
        if (!consumer.hasMember(opening.memberId())) {
            ownership.join(consumer, opening.memberId(), logPosition);
        }
        consumerReplies.opened(clusterSessionId, opening.correlationId(), consumer);
    }

    void onAck(
            final long clusterSessionId,
            final long correlationId,
            final long consumerId,
            final long memberId,
            final long ownerEpoch,
            final long position,
            final AckList acks) {
        final Consumer consumer = consumers.find(consumerId);
        if (consumer == null) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.CONSUMER_UNKNOWN, 0);
            return;
        }
        if (!isOwner(consumer, memberId, ownerEpoch)) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.NOT_OWNER, consumer.ownerEpoch());
            return;
        }
        final long end = parts.journal().position();
        if (position < Limits.NO_POSITION
                || position > end
                || acks.greatest() > end
                || (position != Limits.NO_POSITION && !AckList.isAligned(position))) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.BAD_POSITION, end);
            return;
        }
        final long newPosition = Math.max(consumer.position(), position);
        final int ackCount = acks.merge(consumer, newPosition);
        final long maxAcks = parts.settings().value(EngineSetting.MAX_PENDING_ACKS);
        // Where the limit was lowered, what is kept already stays and may shrink.
        if (ackCount > maxAcks && ackCount > consumer.ackCount()) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.TOO_MANY_ACKS, maxAcks);
            return;
        }
        final long growth = (long) (ackCount - consumer.ackCount()) * Long.BYTES;
        if (growth > 0 && !entryCheck.hasRoomFor(growth)) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.STATE_FULL, 0);
            return;
        }
        consumers.acknowledge(consumer, newPosition, acks.merged(), ackCount);
        replies.commandReply(clusterSessionId, correlationId, ResultCode.ACCEPTED, newPosition);
    }

    void onLeave(
            final long clusterSessionId,
            final long logPosition,
            final long correlationId,
            final long consumerId,
            final long memberId,
            final long ownerEpoch,
            final boolean isKept) {
        final Consumer consumer = consumers.find(consumerId);
        if (consumer == null) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.CONSUMER_UNKNOWN, 0);
            return;
        }
        if (!isKept && consumer.hasMember(memberId)) {
            ownership.leave(consumer, memberId, logPosition);
        } else if (isKept && isOwner(consumer, memberId, ownerEpoch)) {
            ownership.release(consumer, logPosition);
        }
        replies.commandReply(clusterSessionId, correlationId, ResultCode.ACCEPTED, consumer.ownerEpoch());
    }

    void onSeek(
            final long clusterSessionId,
            final long logPosition,
            final long correlationId,
            final long consumerId,
            final ConsumerStart startKind,
            final long startPosition) {
        final Consumer consumer = consumers.find(consumerId);
        if (consumer == null) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.CONSUMER_UNKNOWN, 0);
            return;
        }
        final long position = positionOf(startKind, startPosition);
        if (!isPosition(position)) {
            replies.commandReply(
                    clusterSessionId,
                    correlationId,
                    ResultCode.BAD_POSITION,
                    parts.journal().position());
            return;
        }
        consumers.acknowledge(consumer, position, NO_ACKS, 0);
        ownership.renew(consumer, logPosition);
        replies.commandReply(clusterSessionId, correlationId, ResultCode.ACCEPTED, position);
    }

    void onDelete(
            final long clusterSessionId, final long logPosition, final long correlationId, final long consumerId) {
        final Consumer consumer = consumers.find(consumerId);
        if (consumer == null) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.CONSUMER_UNKNOWN, 0);
            return;
        }
        ownership.delete(consumer, logPosition);
        replies.commandReply(clusterSessionId, correlationId, ResultCode.ACCEPTED, 0);
    }

    void onList(
            final long clusterSessionId,
            final long correlationId,
            final long afterConsumerId,
            final int maxConsumers,
            final byte[] filterText) {
        final TopicFilter filter = filterText.length == 0 ? null : QueryHandler.parse(filterText);
        if (filter == null && filterText.length > 0) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.BAD_TOPIC, 0);
            return;
        }
        final int maxInPage = Math.max(1, Math.min(maxConsumers, Limits.MAX_CONSUMERS_IN_PAGE));
        int count = 0;
        int pageLength = 0;
        long scannedTo = afterConsumerId;
        Consumer next = consumers.after(afterConsumerId);
        for (int i = 0; next != null && count < maxInPage && i < Limits.MAX_CONSUMERS_SCANNED; i++) {
            nameBuffer.wrap(next.name());
            if (filter == null || filter.matches(nameBuffer, 0, next.name().length)) {
                pageLength += ConsumerReplies.lengthOf(next);
                // One always fits the reply, however long its filters are.
                if (count > 0 && pageLength > Limits.MAX_PAGE_LENGTH) {
                    break;
                }
                page[count++] = next;
            }
            scannedTo = next.id();
            next = consumers.after(scannedTo);
        }
        consumerReplies.page(clusterSessionId, correlationId, next == null, scannedTo, page, count);
        Arrays.fill(page, 0, count, null);
    }

    private ResultCode checkOpening(final Opening opening, final Consumer existing, final long startPosition) {
        if (entryCheck.isSeedMissing()) {
            return ResultCode.NOT_SEEDED;
        }
        if (badPartOf(opening) != 0) {
            return ResultCode.BAD_CONSUMER;
        }
        if (parts.members().find(opening.memberId()) == null) {
            return ResultCode.MEMBER_UNKNOWN;
        }
        if (opening.knownConsumerId() != 0 && (existing == null || existing.id() != opening.knownConsumerId())) {
            return ResultCode.CONSUMER_UNKNOWN;
        }
        if (existing != null && differenceOf(opening, existing) != 0) {
            return ResultCode.CONSUMER_MISMATCH;
        }
        if (existing == null) {
            if (!isPosition(startPosition)) {
                return ResultCode.BAD_POSITION;
            }
            if (consumers.count() + parts.groups().groupCount()
                    >= parts.settings().value(EngineSetting.MAX_CONSUMERS)) {
                return ResultCode.TOO_MANY_CONSUMERS;
            }
        } else if (existing.hasMember(opening.memberId())) {
            return ResultCode.ACCEPTED;
        }
        return checkRoom(opening, existing);
    }

    private static boolean isOwner(final Consumer consumer, final long memberId, final long ownerEpoch) {
        return memberId != Consumer.NOBODY
                && consumer.ownerMemberId() == memberId
                && consumer.ownerEpoch() == ownerEpoch;
    }

    private ResultCode checkRoom(final Opening opening, final Consumer existing) {
        final boolean isFull = existing != null && existing.memberCount() >= Limits.MAX_MEMBERS_OF_CONSUMER;
        if (isFull || consumers.countOf(opening.memberId()) >= Limits.MAX_CONSUMERS_OF_MEMBER) {
            return ResultCode.CONSUMER_FULL;
        }
        final long cost = existing == null ? ConsumersPart.costOf(opening.name().length, opening.filters().length) : 0;
        return entryCheck.hasRoomFor(cost + ConsumersPart.MEMBERSHIP_BYTES)
                ? ResultCode.ACCEPTED
                : ResultCode.STATE_FULL;
    }

    private long detailOf(final ResultCode code, final Opening opening, final Consumer existing) {
        return switch (code) {
            case BAD_CONSUMER -> badPartOf(opening);
            case CONSUMER_MISMATCH -> differenceOf(opening, existing);
            case BAD_POSITION -> parts.journal().position();
            case TOO_MANY_CONSUMERS -> parts.settings().value(EngineSetting.MAX_CONSUMERS);
            case CONSUMER_FULL ->
                existing != null && existing.memberCount() >= Limits.MAX_MEMBERS_OF_CONSUMER
                        ? Limits.MAX_MEMBERS_OF_CONSUMER
                        : Limits.MAX_CONSUMERS_OF_MEMBER;
            default -> 0;
        };
    }

    private int badPartOf(final Opening opening) {
        nameBuffer.wrap(opening.name());
        if (opening.name().length > Limits.MAX_CONSUMER_NAME_LENGTH
                || !TopicName.isValid(nameBuffer, 0, opening.name().length)) {
            return BAD_NAME;
        }
        if (opening.lane() < Consumer.NO_LANE || opening.lane() > Limits.MAX_LANE) {
            return BAD_LANE;
        }
        return opening.filters() == null ? BAD_FILTERS : 0;
    }

    private static int differenceOf(final Opening opening, final Consumer existing) {
        if (!Arrays.equals(opening.filters(), existing.filters())) {
            return OTHER_FILTERS;
        }
        return opening.lane() == existing.lane() ? 0 : OTHER_LANE;
    }

    private long positionOf(final ConsumerStart startKind, final long startPosition) {
        return switch (startKind) {
            case START -> parts.journal().firstReadablePosition();
            case LIVE -> parts.journal().position();
            default -> startPosition;
        };
    }

    private boolean isPosition(final long position) {
        return position >= 0 && position <= parts.journal().position() && AckList.isAligned(position);
    }
}
