package io.lockstep.client.link;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.GatewayAnswerDecoder;
import io.lockstep.codecs.GatewayShardStateDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.ReadLostDecoder;
import io.lockstep.codecs.ReadProgressDecoder;
import io.lockstep.codecs.ReadRecordDecoder;
import io.lockstep.codecs.ReadRefusedDecoder;
import org.agrona.DirectBuffer;

/** Turns what a gateway sends into calls. What it does not know it passes over: a newer gateway may say more. */
final class LinkDecoder {
    private final LinkListener listener;
    private final GatewayShardStateDecoder shardState = new GatewayShardStateDecoder();
    private final GatewayAnswerDecoder answer = new GatewayAnswerDecoder();
    private final ReadRecordDecoder record = new ReadRecordDecoder();
    private final ReadProgressDecoder progress = new ReadProgressDecoder();
    private final ReadLostDecoder lost = new ReadLostDecoder();
    private final ReadRefusedDecoder refused = new ReadRefusedDecoder();

    LinkDecoder(final LinkListener listener) {
        this.listener = listener;
    }

    void decode(final MessageHeaderDecoder header, final DirectBuffer buffer, final int offset) {
        switch (header.templateId()) {
            case GatewayAnswerDecoder.TEMPLATE_ID -> {
                answer.wrapAndApplyHeader(buffer, offset, header);
                final int shardId = answer.shardId();
                final int length = answer.answerLength();
                listener.onAnswer(shardId, buffer, answer.limit() + GatewayAnswerDecoder.answerHeaderLength(), length);
            }
            case ReadRecordDecoder.TEMPLATE_ID -> {
                record.wrapAndApplyHeader(buffer, offset, header);
                final long readId = record.readId();
                final long position = record.position();
                final int length = record.recordLength();
                listener.onRecord(
                        readId, position, buffer, record.limit() + ReadRecordDecoder.recordHeaderLength(), length);
            }
            case ReadProgressDecoder.TEMPLATE_ID -> {
                progress.wrapAndApplyHeader(buffer, offset, header);
                listener.onProgress(
                        progress.readId(),
                        progress.position(),
                        progress.nodeId(),
                        progress.reasonLength() == 0 ? null : progress.reason());
            }
            case GatewayShardStateDecoder.TEMPLATE_ID -> {
                shardState.wrapAndApplyHeader(buffer, offset, header);
                listener.onShardState(
                        shardState.shardId(), shardState.isConnected() == BooleanType.TRUE, shardState.leaderNodeId());
            }
            case ReadLostDecoder.TEMPLATE_ID -> {
                lost.wrapAndApplyHeader(buffer, offset, header);
                listener.onReadLost(lost.readId(), lost.wantedPosition(), lost.firstReadablePosition());
            }
            case ReadRefusedDecoder.TEMPLATE_ID -> {
                refused.wrapAndApplyHeader(buffer, offset, header);
                listener.onReadRefused(refused.readId(), refused.refusal() + ", " + refused.reason());
            }
            default -> {
                // A keep-alive says all by coming.
            }
        }
    }
}
