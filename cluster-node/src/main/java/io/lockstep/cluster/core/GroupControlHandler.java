package io.lockstep.cluster.core;

import io.lockstep.codecs.FeedGroupDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.ResultCode;
import io.lockstep.topic.TopicFilter;
import io.lockstep.wire.MessageHeaders;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** What operators and the leader's node do with groups: look, move, delete, and help them on. */
final class GroupControlHandler {
    /** Greatest number of messages of a feed. */
    static final int MAX_FED = 1_024;

    /** Greatest number of groups in a page. */
    static final int MAX_IN_PAGE = 100;

    private static final long DELETED = -1;

    private final PartList parts;
    private final GroupsPart groups;
    private final GroupPlaces places;
    private final GroupFeeder feeder;
    private final EntryCheck entryCheck;
    private final JournalAppender appender;
    private final MessagePipeline pipeline;
    private final ReplyProxy replies;
    private final GroupReplies groupReplies;
    private final DeadLetters deadLetters = new DeadLetters();
    private final Group[] page = new Group[MAX_IN_PAGE];

    GroupControlHandler(
            final PartList parts,
            final GroupPlaces places,
            final GroupFeeder feeder,
            final EntryCheck entryCheck,
            final JournalAppender appender,
            final MessagePipeline pipeline,
            final ReplyProxy replies,
            final GroupReplies groupReplies) {
        this.parts = parts;
        this.groups = parts.groups();
        this.places = places;
        this.feeder = feeder;
        this.entryCheck = entryCheck;
        this.appender = appender;
        this.pipeline = pipeline;
        this.replies = replies;
        this.groupReplies = groupReplies;
    }

    void onDelete(final long sessionId, final long logPosition, final long correlationId, final int groupId) {
        final Group group = groups.find(groupId);
        if (group == null) {
            replies.commandReply(sessionId, correlationId, ResultCode.GROUP_UNKNOWN, 0);
            return;
        }
        if (group.subscriberCount() > 0) {
            // Sessions have it; it goes with the last of their subscriptions.
            replies.commandReply(sessionId, correlationId, ResultCode.BAD_GROUP, 0);
            return;
        }
        groups.delete(group);
        appender.appendEvent(RecordKind.GROUP_MOVED, groupId, DELETED, logPosition);
        replies.commandReply(sessionId, correlationId, ResultCode.ACCEPTED, 0);
    }

    void onSeek(
            final long sessionId,
            final long logPosition,
            final long correlationId,
            final int groupId,
            final int startKind,
            final long position) {
        final Group group = groups.find(groupId);
        if (group == null) {
            replies.commandReply(sessionId, correlationId, ResultCode.GROUP_UNKNOWN, 0);
            return;
        }
        if (!GroupPlaces.isKind(startKind)) {
            replies.commandReply(sessionId, correlationId, ResultCode.BAD_GROUP, 0);
            return;
        }
        if (!places.isPlace(startKind, position)) {
            replies.commandReply(
                    sessionId,
                    correlationId,
                    ResultCode.BAD_POSITION,
                    parts.journal().position());
            return;
        }
        final long place = places.of(startKind, position);
        groups.window().clear(group);
        // A group that goes on live does so in front of the record that tells it.
        places.start(group, place);
        appender.appendEvent(RecordKind.GROUP_MOVED, groupId, place, logPosition);
        replies.commandReply(sessionId, correlationId, ResultCode.ACCEPTED, place);
    }

    void onList(
            final long sessionId,
            final long correlationId,
            final int afterGroupId,
            final int maxGroups,
            final byte[] filterText) {
        final TopicFilter filter = filterText.length == 0 ? null : QueryHandler.parse(filterText);
        if (filter == null && filterText.length > 0) {
            replies.commandReply(sessionId, correlationId, ResultCode.BAD_TOPIC, 0);
            return;
        }
        final int maxInPage = Math.max(1, Math.min(maxGroups, MAX_IN_PAGE));
        int index = groups.indexBehind(Math.max(0, afterGroupId));
        int scannedToGroupId = Math.max(0, afterGroupId);
        final int scanEnd = Math.min(groups.groupCount(), index + Limits.MAX_TOPICS_SCANNED);
        int count = 0;
        while (index < scanEnd && count < maxInPage) {
            final Group group = groups.at(index);
            if (filter == null || filter.matches(group.name(), 0, group.name().capacity())) {
                page[count++] = group;
            }
            scannedToGroupId = group.id();
            index++;
        }
        groupReplies.page(sessionId, correlationId, scannedToGroupId, index == groups.groupCount(), page, count);
    }

    void onDescribe(
            final long sessionId,
            final long correlationId,
            final int groupId,
            final DirectBuffer buffer,
            final int nameOffset,
            final int nameLength) {
        final Group group = groupId == 0 ? groups.find(buffer, nameOffset, nameLength) : groups.find(groupId);
        if (group == null) {
            groupReplies.noDescription(sessionId, correlationId);
        } else {
            groupReplies.description(sessionId, correlationId, group);
        }
    }

    /** Takes what was read in the journal for a group. */
    void onFeed(
            final long sessionId,
            final long correlationId,
            final int groupId,
            final long fromPosition,
            final long throughPosition,
            final FeedGroupDecoder decoder) {
        final Group group = groups.find(groupId);
        if (group == null) {
            replies.commandReply(sessionId, correlationId, ResultCode.GROUP_UNKNOWN, 0);
            return;
        }
        final FeedGroupDecoder.EntriesDecoder entries = decoder.entries();
        if (entries.count() > MAX_FED || !feeder.isFeed(group, fromPosition, throughPosition, entries)) {
            replies.commandReply(sessionId, correlationId, ResultCode.BAD_FEED, feeder.windowEndOf(group));
            return;
        }
        decoder.sbeRewind();
        feeder.feed(group, throughPosition, decoder.entries());
        replies.commandReply(sessionId, correlationId, ResultCode.ACCEPTED, feeder.windowEndOf(group));
    }

    /** Publishes a dead letter; false where it is not the content of the message, so that nobody was answered. */
    boolean onDeadLetter(
            final long sessionId,
            final long logPosition,
            final long correlationId,
            final int groupId,
            final long position,
            final DirectBuffer buffer,
            final int headersOffset,
            final int headersLength,
            final int payloadOffset,
            final int payloadLength) {
        final Group group = groups.find(groupId);
        if (group == null) {
            replies.commandReply(sessionId, correlationId, ResultCode.GROUP_UNKNOWN, 0);
            return true;
        }
        final GroupEntries entries = groups.window().entries();
        final int slot = entries.find(group, position);
        if (slot == GroupEntries.NONE || !entries.state(slot).isDead()) {
            replies.commandReply(sessionId, correlationId, ResultCode.NOT_DEAD, 0);
            return true;
        }
        final Topic topic = parts.topics().ofId(entries.topicId(slot));
        if (entries.recordLength(slot) != GroupFeeder.recordLength(topic.nameLength(), headersLength, payloadLength)
                || MessageHeaders.countEntries(buffer, headersOffset, headersLength) == MessageHeaders.MALFORMED) {
            return false;
        }
        final UnsafeBuffer name = DeadLetters.topicOf(topic);
        final Topic known = parts.topics().find(name, 0, name.capacity());
        final ResultCode code = checkDeadLetter(known, name.capacity());
        if (code != ResultCode.ACCEPTED) {
            replies.commandReply(sessionId, correlationId, code, 0);
            return true;
        }
        final MessageContent content = deadLetters.make(
                entries,
                slot,
                topic,
                buffer,
                headersOffset,
                headersLength,
                payloadOffset,
                payloadLength,
                parts.journal().shardSequence() + 1);
        groups.window().onDeadLetter(slot);
        groups.setPending(group);
        final Topic deadTopic = known == null ? parts.topics().create(name, 0, name.capacity()) : known;
        final long deadPosition = pipeline.append(content, deadTopic, JournalAppender.NO_BATCH, logPosition);
        replies.commandReply(sessionId, correlationId, ResultCode.ACCEPTED, deadPosition);
        return true;
    }

    private ResultCode checkDeadLetter(final Topic known, final int nameLength) {
        if (parts.shard().isReadOnly()) {
            return ResultCode.READ_ONLY;
        }
        return known == null ? entryCheck.checkCreation(nameLength, 0, 0) : ResultCode.ACCEPTED;
    }
}
