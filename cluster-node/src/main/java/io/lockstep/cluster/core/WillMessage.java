package io.lockstep.cluster.core;

import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import io.lockstep.wire.MessageHeaders;
import org.agrona.concurrent.UnsafeBuffer;

/** Checks wills when they are left, and publishes them when their time has come. */
final class WillMessage {
    private final PartList parts;
    private final EntryCheck entryCheck;
    private final MessagePipeline pipeline;
    private final ClientAccess access;
    private final MessageContent content = new MessageContent();
    private final UnsafeBuffer buffer = new UnsafeBuffer(0, 0);

    WillMessage(
            final PartList parts,
            final EntryCheck entryCheck,
            final MessagePipeline pipeline,
            final ClientAccess access) {
        this.parts = parts;
        this.entryCheck = entryCheck;
        this.pipeline = pipeline;
        this.access = access;
    }

    /** Whether a will can be left that makes the state grow; what only its time will tell is not looked at. */
    ResultCode check(final long clusterSessionId, final Will will, final long additionalBytes, final long logPosition) {
        final Topic topic = wrap(will);
        ResultCode code = entryCheck.checkName(buffer, 0, will.topic().length, topic);
        if (code == ResultCode.ACCEPTED) {
            code = checkContent(will);
        }
        if (code == ResultCode.ACCEPTED) {
            code = access.check(clusterSessionId, content, topic, logPosition);
        }
        if (code == ResultCode.ACCEPTED) {
            code = topic == null ? checkCreation(will, additionalBytes) : checkRoom(additionalBytes);
        }
        return code;
    }

    long detailOf(final ResultCode code, final Will will) {
        return switch (code) {
            case WILL_TOO_LARGE -> Limits.MAX_RETAINED_LENGTH;
            default -> entryCheck.detailOfName(code, buffer, 0, will.topic().length, wrap(will));
        };
    }

    /** Creates the topic of a will that was checked, where it does not exist. */
    void createTopic(final Will will) {
        if (wrap(will) == null) {
            parts.topics().create(buffer, 0, will.topic().length);
        }
    }

    /** Publishes a will; it is dropped where the rules for messages forbid it by now. */
    void publish(final Will will, final long logPosition) {
        final Topic topic = wrap(will);
        if (topic != null
                && content.readTraits()
                && access.mayPublish(content, topic, logPosition)
                && pipeline.check(content, topic, false) == ResultCode.ACCEPTED
                && hasRoom(pipeline.additionalBytes(content, topic))) {
            pipeline.append(content, topic, JournalAppender.NO_BATCH, logPosition);
        }
    }

    private ResultCode checkContent(final Will will) {
        if (will.headers().length + will.payload().length > Limits.MAX_RETAINED_LENGTH) {
            return ResultCode.WILL_TOO_LARGE;
        }
        if (will.payload().length > parts.settings().value(EngineSetting.MAX_PAYLOAD_LENGTH)) {
            return ResultCode.PAYLOAD_TOO_LARGE;
        }
        if (will.headers().length > parts.settings().value(EngineSetting.MAX_HEADERS_LENGTH)) {
            return ResultCode.HEADERS_TOO_LARGE;
        }
        final int count = will.headers().length == 0
                ? 0
                : MessageHeaders.countEntries(buffer, will.topic().length, will.headers().length);
        final boolean isGood = count != MessageHeaders.MALFORMED
                && count <= parts.settings().value(EngineSetting.MAX_HEADER_COUNT)
                && content.readTraits()
                && !content.traits().isDelayed()
                && !content.traits().hasPacket();
        return isGood ? ResultCode.ACCEPTED : ResultCode.BAD_HEADERS;
    }

    private ResultCode checkCreation(final Will will, final long additionalBytes) {
        return parts.settings().isSet(EngineSetting.AUTO_CREATE_TOPICS)
                ? entryCheck.checkCreation(will.topic().length, 0, additionalBytes)
                : ResultCode.TOPIC_UNKNOWN;
    }

    private ResultCode checkRoom(final long additionalBytes) {
        return hasRoom(additionalBytes) ? ResultCode.ACCEPTED : ResultCode.STATE_FULL;
    }

    private boolean hasRoom(final long additionalBytes) {
        return additionalBytes == 0 || entryCheck.hasRoomFor(additionalBytes);
    }

    // Returns the topic, or null where there is none yet.
    private Topic wrap(final Will will) {
        final int topicLength = will.topic().length;
        final int headersLength = will.headers().length;
        buffer.wrap(new byte[topicLength + headersLength + will.payload().length]);
        buffer.putBytes(0, will.topic());
        buffer.putBytes(topicLength, will.headers());
        buffer.putBytes(topicLength + headersLength, will.payload());
        // As dead letters: of the engine itself, under a sequence that rises.
        content.wrap(buffer, DeadLetters.PRODUCER_ID, parts.journal().shardSequence() + 1)
                .name(0, topicLength)
                .headers(topicLength, headersLength)
                .payload(topicLength + headersLength, will.payload().length);
        return topicLength == 0 ? null : parts.topics().find(buffer, 0, topicLength);
    }
}
