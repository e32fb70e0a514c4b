package io.lockstep.cluster.core;

import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import io.lockstep.topic.TopicName;
import io.lockstep.wire.MessageHeaders;
import org.agrona.DirectBuffer;

/** Decides whether messages and new topics are allowed. Changes nothing and allocates nothing. */
final class EntryCheck {
    private final PartList parts;
    private final MessagePipeline pipeline;
    private final PartitionRule partitionRule;

    EntryCheck(final PartList parts, final MessagePipeline pipeline) {
        this.parts = parts;
        this.pipeline = pipeline;
        this.partitionRule = new PartitionRule(parts);
    }

    /**
     * Checks one entry of a publish command as if some topics had been created and messages accepted before it.
     *
     * @param content           of the entry; its traits are read here.
     * @param topic             of the entry, or null where there is none yet.
     * @param isPlanned         whether an earlier entry creates the topic.
     * @param lastTopicSequence of the topic when it is this entry's turn.
     * @param plannedTopics     number of topics that earlier entries create.
     * @param plannedBytes      of state that earlier entries add.
     */
    ResultCode check(
            final PublishFrame frame,
            final int entry,
            final MessageContent content,
            final Topic topic,
            final boolean isPlanned,
            final long lastTopicSequence,
            final int plannedTopics,
            final long plannedBytes) {
        final int nameOffset = frame.nameOffset(entry);
        final int nameLength = frame.nameLength(entry);
        ResultCode code = checkName(frame.buffer(), nameOffset, nameLength, topic);
        if (code == ResultCode.ACCEPTED) {
            code = checkContent(frame, entry);
        }
        if (code == ResultCode.ACCEPTED && topic == null && !isPlanned) {
            code = parts.settings().isSet(EngineSetting.AUTO_CREATE_TOPICS)
                    ? checkCreation(nameLength, plannedTopics, plannedBytes)
                    : ResultCode.TOPIC_UNKNOWN;
            if (code == ResultCode.ACCEPTED
                    && pipeline.isOn()
                    && !parts.quotas().mayCreateTopic(frame.producerId(), plannedTopics)) {
                code = ResultCode.TOO_MANY_TOPICS_OF_PRODUCER;
            }
        }
        if (code == ResultCode.ACCEPTED
                && frame.expectedTopicSequence(entry) != PublishFrame.NO_CONDITION
                && frame.expectedTopicSequence(entry) != lastTopicSequence) {
            code = ResultCode.EXPECTED_SEQUENCE_MISMATCH;
        }
        return code == ResultCode.ACCEPTED && pipeline.isOn()
                ? checkFeatures(content, topic, frame.isAtomic(), plannedBytes)
                : code;
    }

    /**
     * Whether the shard must be seeded before it takes topics, producers and messages: it knows neither its limits nor its
     * slots yet, and what it took would be in the wrong shard for good. Logs in which no leadership term begins, which
     * tests make and made, are exempt.
     */
    boolean isSeedMissing() {
        return !parts.shard().isSeeded() && parts.leases().hasTerm();
    }

    /** Checks a name, its shard and its partition; an existing topic has a valid name. */
    ResultCode checkName(final DirectBuffer buffer, final int offset, final int length, final Topic topic) {
        if (topic == null && !TopicName.isValid(buffer, offset, length)) {
            return ResultCode.BAD_TOPIC;
        }
        if (isReserved(buffer, offset, length)) {
            return ResultCode.RESERVED_TOPIC;
        }
        final boolean isHere =
                topic != null ? parts.shard().isOwnerOf(topic) : parts.shard().isOwnerOf(buffer, offset, length);
        if (!isHere) {
            return ResultCode.WRONG_SHARD;
        }
        return pipeline.isOn() ? partitionRule.check(buffer, offset, length, topic) : ResultCode.ACCEPTED;
    }

    /** Checks whether there is room for one more topic. */
    ResultCode checkCreation(final int nameLength, final int plannedTopics, final long plannedBytes) {
        if (parts.topics().topicCount() + plannedTopics >= parts.settings().value(EngineSetting.MAX_TOPICS)) {
            return ResultCode.TOO_MANY_TOPICS;
        }
        return hasRoomFor(plannedBytes + TopicsPart.costOf(nameLength)) ? ResultCode.ACCEPTED : ResultCode.STATE_FULL;
    }

    /** Whether the replicated state may grow. */
    boolean hasRoomFor(final long additionalBytes) {
        return lackingBytes(additionalBytes) <= 0;
    }

    /** By how much the replicated state would exceed its cap if it grew; 0 or less where it may grow. */
    long lackingBytes(final long additionalBytes) {
        return parts.stateBytes() + additionalBytes - parts.settings().value(EngineSetting.MAX_STATE_BYTES);
    }

    /** What a reply adds to the refusal of an entry. */
    long detailOf(
            final ResultCode code, final MessageContent content, final Topic topic, final long lastTopicSequence) {
        if (!pipeline.isOn()) {
            return detailOf(code, lastTopicSequence);
        }
        return detailOf(code, lastTopicSequence)
                + partitionRule.detailOf(code, content.buffer(), content.nameOffset(), content.nameLength(), topic)
                + pipeline.detailOf(code, content, topic);
    }

    /** What a reply adds to the refusal of a name. */
    long detailOfName(
            final ResultCode code, final DirectBuffer buffer, final int offset, final int length, final Topic topic) {
        return detailOf(code, 0) + partitionRule.detailOf(code, buffer, offset, length, topic);
    }

    /** What a reply adds to a code. */
    long detailOf(final ResultCode code, final long lastTopicSequence) {
        return switch (code) {
            case EXPECTED_SEQUENCE_MISMATCH -> lastTopicSequence;
            case WRONG_SHARD -> parts.shard().slotTableVersion();
            case PAYLOAD_TOO_LARGE -> parts.settings().value(EngineSetting.MAX_PAYLOAD_LENGTH);
            case TOO_MANY_TOPICS_OF_PRODUCER -> parts.settings().value(EngineSetting.PRODUCER_TOPICS);
            case HEADERS_TOO_LARGE -> parts.settings().value(EngineSetting.MAX_HEADERS_LENGTH);
            default -> 0;
        };
    }

    private boolean isReserved(final DirectBuffer buffer, final int offset, final int length) {
        return parts.shard().featureLevel() >= Engine.DOLLAR_TOPICS_LEVEL
                ? TopicName.isReserved(buffer, offset, length)
                : TopicName.isHidden(buffer, offset);
    }

    private ResultCode checkFeatures(
            final MessageContent content, final Topic topic, final boolean isInBatch, final long plannedBytes) {
        if (!content.readTraits()) {
            return ResultCode.BAD_HEADERS;
        }
        final ResultCode code = pipeline.check(content, topic, isInBatch);
        if (code != ResultCode.ACCEPTED) {
            return code;
        }
        final long bytes = pipeline.additionalBytes(content, topic);
        final long topicBytes = topic == null ? TopicsPart.costOf(content.nameLength()) : 0;
        return bytes == 0 || hasRoomFor(plannedBytes + topicBytes + bytes)
                ? ResultCode.ACCEPTED
                : ResultCode.STATE_FULL;
    }

    private ResultCode checkContent(final PublishFrame frame, final int entry) {
        if (frame.payloadLength(entry) > parts.settings().value(EngineSetting.MAX_PAYLOAD_LENGTH)) {
            return ResultCode.PAYLOAD_TOO_LARGE;
        }
        final int headersLength = frame.headersLength(entry);
        if (headersLength == 0) {
            return ResultCode.ACCEPTED;
        }
        if (headersLength > parts.settings().value(EngineSetting.MAX_HEADERS_LENGTH)) {
            return ResultCode.HEADERS_TOO_LARGE;
        }
        final int headers = MessageHeaders.countEntries(frame.buffer(), frame.headersOffset(entry), headersLength);
        return headers == MessageHeaders.MALFORMED || headers > parts.settings().value(EngineSetting.MAX_HEADER_COUNT)
                ? ResultCode.BAD_HEADERS
                : ResultCode.ACCEPTED;
    }
}
