package io.lockstep.gateway.aeron;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.CommandReplyEncoder;
import io.lockstep.codecs.GatewayAnswerEncoder;
import io.lockstep.codecs.GatewayKeepAliveEncoder;
import io.lockstep.codecs.GatewayRefusal;
import io.lockstep.codecs.GatewayRefusedEncoder;
import io.lockstep.codecs.GatewayShardStateEncoder;
import io.lockstep.codecs.GatewayWelcomeEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.PublishReplyEncoder;
import io.lockstep.codecs.ReadLostEncoder;
import io.lockstep.codecs.ReadProgressEncoder;
import io.lockstep.codecs.ReadRecordEncoder;
import io.lockstep.codecs.ReadRefusedEncoder;
import io.lockstep.codecs.ResultCode;
import java.nio.ByteOrder;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Writes what the gateway says to native clients, each message at the beginning of one buffer; each method returns its
 * length. Shared by all sessions of one thread.
 */
final class FrontMessages {
    private static final int HEADER_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH;
    private static final int MAX_FRAME_LENGTH = 64 << 10;
    private static final int ANSWER_OFFSET =
            HEADER_LENGTH + GatewayAnswerEncoder.BLOCK_LENGTH + GatewayAnswerEncoder.answerHeaderLength();

    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(MAX_FRAME_LENGTH);
    private final UnsafeBuffer frame = new UnsafeBuffer(new byte[MAX_FRAME_LENGTH]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final GatewayWelcomeEncoder welcome = new GatewayWelcomeEncoder();
    private final GatewayRefusedEncoder refused = new GatewayRefusedEncoder();
    private final GatewayShardStateEncoder shardState = new GatewayShardStateEncoder();
    private final GatewayAnswerEncoder answer = new GatewayAnswerEncoder();
    private final GatewayKeepAliveEncoder keepAlive = new GatewayKeepAliveEncoder();
    private final ReadRecordEncoder record = new ReadRecordEncoder();
    private final ReadProgressEncoder progress = new ReadProgressEncoder();
    private final ReadLostEncoder readLost = new ReadLostEncoder();
    private final ReadRefusedEncoder readRefused = new ReadRefusedEncoder();
    private final CommandReplyEncoder commandReply = new CommandReplyEncoder();
    private final PublishReplyEncoder publishReply = new PublishReplyEncoder();

    /** What holds the message that was written last. */
    DirectBuffer buffer() {
        return buffer;
    }

    /** For the writers of all sessions to make pieces in. */
    MutableDirectBuffer frame() {
        return frame;
    }

    int welcome(final long sessionId, final int shardCount) {
        welcome.wrapAndApplyHeader(buffer, 0, header)
                .sessionId(sessionId)
                .timeoutNs(FrontLimits.TIMEOUT_NS)
                .shardCount(shardCount);
        return HEADER_LENGTH + welcome.encodedLength();
    }

    int refused(final GatewayRefusal code, final String reason) {
        refused.wrapAndApplyHeader(buffer, 0, header).refusal(code).reason(reason);
        return HEADER_LENGTH + refused.encodedLength();
    }

    int shardState(final int shardId, final boolean isConnected, final int leaderNodeId) {
        shardState
                .wrapAndApplyHeader(buffer, 0, header)
                .shardId(shardId)
                .leaderNodeId(leaderNodeId)
                .isConnected(isConnected ? BooleanType.TRUE : BooleanType.FALSE);
        return HEADER_LENGTH + shardState.encodedLength();
    }

    int keepAlive(final long sessionId) {
        keepAlive.wrapAndApplyHeader(buffer, 0, header).sessionId(sessionId);
        return HEADER_LENGTH + keepAlive.encodedLength();
    }

    int answer(final int shardId, final DirectBuffer source, final int offset, final int length) {
        answer.wrapAndApplyHeader(buffer, 0, header).shardId(shardId).putAnswer(source, offset, length);
        return HEADER_LENGTH + answer.encodedLength();
    }

    /** An answer with the correlation id that the client gave. */
    int answer(
            final int shardId,
            final DirectBuffer source,
            final int offset,
            final int length,
            final long correlationId) {
        final int messageLength = answer(shardId, source, offset, length);
        buffer.putLong(ANSWER_OFFSET + HEADER_LENGTH, correlationId, ByteOrder.LITTLE_ENDIAN);
        return messageLength;
    }

    /** The answer to a command that does not pass. */
    int commandReply(final int shardId, final long correlationId, final ResultCode code) {
        commandReply
                .wrapAndApplyHeader(buffer, ANSWER_OFFSET, header)
                .correlationId(correlationId)
                .detail(0)
                .journalPosition(0)
                .code(code);
        return finishAnswer(shardId, HEADER_LENGTH + commandReply.encodedLength());
    }

    /** The answer to messages that do not pass; nothing of them was consumed. */
    int publishReply(
            final int shardId,
            final long producerId,
            final long firstSequence,
            final int epoch,
            final ResultCode code,
            final long detail) {
        publishReply
                .wrapAndApplyHeader(buffer, ANSWER_OFFSET, header)
                .producerId(producerId)
                .firstSequence(firstSequence)
                .lastSequence(firstSequence)
                .lastPosition(-1)
                .detail(detail)
                .epoch(epoch)
                .code(code)
                .resultsCount(0);
        return finishAnswer(shardId, HEADER_LENGTH + publishReply.encodedLength());
    }

    int record(final long readId, final long position, final DirectBuffer source, final int offset, final int length) {
        record.wrapAndApplyHeader(buffer, 0, header)
                .readId(readId)
                .position(position)
                .putRecord(source, offset, length);
        return HEADER_LENGTH + record.encodedLength();
    }

    int progress(final long readId, final long position, final int nodeId, final String reason) {
        progress.wrapAndApplyHeader(buffer, 0, header)
                .readId(readId)
                .position(position)
                .nodeId(nodeId)
                .reason(reason);
        return HEADER_LENGTH + progress.encodedLength();
    }

    int readLost(final long readId, final long wantedPosition, final long firstReadablePosition) {
        readLost.wrapAndApplyHeader(buffer, 0, header)
                .readId(readId)
                .wantedPosition(wantedPosition)
                .firstReadablePosition(firstReadablePosition);
        return HEADER_LENGTH + readLost.encodedLength();
    }

    int readRefused(final long readId, final GatewayRefusal code, final String reason) {
        readRefused
                .wrapAndApplyHeader(buffer, 0, header)
                .readId(readId)
                .refusal(code)
                .reason(reason);
        return HEADER_LENGTH + readRefused.encodedLength();
    }

    private int finishAnswer(final int shardId, final int answerLength) {
        answer.wrapAndApplyHeader(buffer, 0, header).shardId(shardId);
        buffer.putInt(ANSWER_OFFSET - GatewayAnswerEncoder.answerHeaderLength(), answerLength, ByteOrder.LITTLE_ENDIAN);
        return ANSWER_OFFSET + answerLength;
    }
}
