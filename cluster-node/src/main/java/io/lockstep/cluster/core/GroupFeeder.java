package io.lockstep.cluster.core;

import io.lockstep.codecs.FeedGroupDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.MessageRecordEncoder;
import io.lockstep.config.EngineSetting;
import io.lockstep.wire.JournalFormat;

/**
 * Brings messages into the windows of groups: those that are published now, those that the shard remembers, and those
 * that somebody read in the journal. A window that is full stops its group, which goes on from there when there is room.
 */
final class GroupFeeder {
    /** Window that a group has even where the state of the shard is at its cap, so that it gets on. */
    static final int LEAST_WINDOW = 16;

    private static final long NS_PER_MS = 1_000_000L;

    private final PartList parts;
    private final GroupsPart groups;
    private final EntryCheck entryCheck;

    GroupFeeder(final PartList parts, final EntryCheck entryCheck) {
        this.parts = parts;
        this.groups = parts.groups();
        this.entryCheck = entryCheck;
    }

    /** Length of the record of a message in bytes. */
    static int recordLength(final int nameLength, final int headersLength, final int payloadLength) {
        return MessageHeaderEncoder.ENCODED_LENGTH
                + MessageRecordEncoder.BLOCK_LENGTH
                + MessageRecordEncoder.topicNameHeaderLength()
                + nameLength
                + MessageRecordEncoder.headersHeaderLength()
                + headersLength
                + MessageRecordEncoder.payloadHeaderLength()
                + payloadLength;
    }

    /** When a message expires, or {@link RecentMessages#NEVER}. */
    static long expiryOf(final long timestampNs, final long expiryMs) {
        return expiryMs < 0 || expiryMs > (Long.MAX_VALUE - timestampNs) / NS_PER_MS
                ? RecentMessages.NEVER
                : timestampNs + expiryMs * NS_PER_MS;
    }

    /** A message was published. */
    void onMessage(final MessageContent content, final Topic topic, final long position) {
        final MessageTraits traits = content.traits();
        final int length = recordLength(topic.nameLength(), content.headersLength(), content.payloadLength());
        final long expiryNs = expiryOf(parts.clock().nowNs(), traits.expiryMs());
        groups.recent().add(position, length, topic.id(), expiryNs, traits.keyHash(), traits.hasKey());
        for (final Group group : groups.matches().groupsOf(topic.id())) {
            if (group.isLagging()) {
                continue;
            }
            if (hasRoom(group)) {
                groups.window().add(group, position, length, topic.id(), expiryNs, traits.keyHash(), traits.hasKey());
                groups.setPending(group);
            } else {
                groups.lag(group, position - JournalFormat.framedLength(length));
            }
        }
    }

    /** Place up to which a group knows the messages that match. */
    long windowEndOf(final Group group) {
        return group.isLagging() ? group.windowEnd() : parts.journal().position();
    }

    /** Number of messages that fit the window of a group. */
    int roomOf(final Group group) {
        final int room = (int) parts.settings().value(EngineSetting.GROUP_WINDOW) - group.entryCount();
        return hasRoom(group) ? room : 0;
    }

    /** Whether a lagging group can go on with what the shard remembers. */
    boolean canFill(final Group group) {
        return group.isLagging() && group.windowEnd() >= groups.recent().beginPosition() && hasRoom(group);
    }

    /** Whether a lagging group needs somebody to read the journal for it. */
    boolean needsFeed(final Group group) {
        return group.isLagging() && group.windowEnd() < groups.recent().beginPosition() && hasRoom(group);
    }

    /** Goes on with what the shard remembers, and returns the number of messages looked at. */
    int fill(final Group group, final int limit) {
        if (!canFill(group)) {
            return 0;
        }
        final RecentMessages recent = groups.recent();
        long number = recent.firstBehind(group.windowEnd());
        int count = 0;
        while (number < recent.end()) {
            if (count == limit) {
                return count;
            }
            count++;
            if (groups.matches().isMatch(group, recent.topicId(number))) {
                if (!hasRoom(group)) {
                    groups.lag(
                            group, recent.position(number) - JournalFormat.framedLength(recent.recordLength(number)));
                    return count;
                }
                groups.window()
                        .add(
                                group,
                                recent.position(number),
                                recent.recordLength(number),
                                recent.topicId(number),
                                recent.expiresAtNs(number),
                                recent.keyHash(number),
                                recent.hasKey(number));
            }
            groups.lag(group, recent.position(number));
            number++;
        }
        groups.catchUp(group);
        return count;
    }

    /** Whether the messages of a feed can be: of this stretch, in rising order, and matching. */
    boolean isFeed(
            final Group group,
            final long fromPosition,
            final long throughPosition,
            final FeedGroupDecoder.EntriesDecoder entries) {
        if (!group.isLagging()
                || fromPosition != group.windowEnd()
                || throughPosition < fromPosition
                || throughPosition > parts.journal().position()
                || throughPosition % JournalFormat.FRAME_ALIGNMENT != 0) {
            return false;
        }
        long end = fromPosition;
        for (final FeedGroupDecoder.EntriesDecoder entry : entries) {
            final int topicId = entry.topicId();
            final int length = entry.recordLength();
            if (length <= 0
                    || length > JournalFormat.MAX_RECORD_LENGTH
                    || entry.position() - JournalFormat.framedLength(length) < end
                    || entry.position() > throughPosition
                    || entry.position() % JournalFormat.FRAME_ALIGNMENT != 0
                    || entry.timestampNs() > parts.clock().nowNs()
                    || topicId < 1
                    || topicId > parts.topics().topicCount()
                    || !WireShape.isBoolean(entry.hasKeyRaw())
                    || !groups.matches().isMatch(group, topicId)) {
                return false;
            }
            end = entry.position();
        }
        return true;
    }

    /** Takes a feed that was checked, as much of it as there is room for. */
    void feed(final Group group, final long throughPosition, final FeedGroupDecoder.EntriesDecoder entries) {
        groups.setPending(group);
        for (final FeedGroupDecoder.EntriesDecoder entry : entries) {
            if (!hasRoom(group)) {
                groups.lag(group, entry.position() - JournalFormat.framedLength(entry.recordLength()));
                return;
            }
            groups.window()
                    .add(
                            group,
                            entry.position(),
                            entry.recordLength(),
                            entry.topicId(),
                            expiryOf(entry.timestampNs(), entry.expiryMs()),
                            entry.keyHash(),
                            WireShape.isTrue(entry.hasKeyRaw()));
        }
        groups.lag(group, throughPosition);
    }

    private boolean hasRoom(final Group group) {
        final int count = group.entryCount();
        return count < parts.settings().value(EngineSetting.GROUP_WINDOW)
                && (count < LEAST_WINDOW || entryCheck.hasRoomFor(GroupEntries.ENTRY_BYTES));
    }
}
