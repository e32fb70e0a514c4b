package io.lockstep.client;

import io.aeron.DirectBufferVector;
import io.lockstep.client.internal.ShardCall;
import io.lockstep.client.internal.ShardCommand;
import io.lockstep.client.internal.ShardIngress;
import io.lockstep.codecs.CommandReplyEncoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ResultCode;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.sbe.MessageEncoderFlyweight;

/** Notes what is asked, and answers when it is told to. */
final class FakeAsker implements ShardAsker {
    /** A question; the command begins at 0 of the buffer. */
    record Asked(int shardId, int templateId, DirectBuffer command, long deadlineNs, ShardCall call) {
        /** Answers with a message that begins at 0. */
        void answer(final DirectBuffer buffer, final MessageEncoderFlyweight encoder) {
            final int offset = 24;
            final int length = MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength();
            final ExpandableArrayBuffer shifted = new ExpandableArrayBuffer();
            shifted.putBytes(offset, buffer, 0, length);
            call.onAnswer(encoder.sbeTemplateId(), shifted, offset, length);
        }

        /** Answers with a code alone. */
        void answer(final ResultCode code, final long detail) {
            final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
            answer(
                    buffer,
                    new CommandReplyEncoder()
                            .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                            .correlationId(call.correlationId())
                            .detail(detail)
                            .journalPosition(4096)
                            .code(code));
        }
    }

    final List<Asked> asked = new ArrayList<>();
    final List<ShardCall.Listener> listeners = new ArrayList<>();
    final List<ClientDuty> duties = new ArrayList<>();
    long nowNs = Long.MAX_VALUE - 5_000_000_000L;
    private final int shardCount;
    private long correlationId;

    FakeAsker(final int shardCount) {
        this.shardCount = shardCount;
    }

    @Override
    public int shardCount() {
        return shardCount;
    }

    @Override
    public long nowNs() {
        return nowNs;
    }

    @Override
    public ShardCall ask(
            final int shardId, final ShardCommand command, final long deadlineNs, final ShardCall.Listener listener) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final MessageEncoderFlyweight encoder = command.encode(buffer, new MessageHeaderEncoder(), ++correlationId);
        final int length = MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength();
        final ShardCall call =
                new ShardCall(shardId, new NoIngress(), correlationId, buffer, length, deadlineNs, listener);
        final int templateId = new MessageHeaderDecoder().wrap(buffer, 0).templateId();
        asked.add(new Asked(shardId, templateId, buffer, deadlineNs, call));
        listeners.add(listener);
        return call;
    }

    @Override
    public boolean awaitEnds(final List<ShardCall> awaited, final long timeoutNs) {
        return false;
    }

    @Override
    public void add(final ClientDuty duty) {
        duties.add(duty);
    }

    @Override
    public void remove(final ClientDuty duty) {
        duties.remove(duty);
    }

    /** The question that was asked last. */
    Asked last() {
        return asked.get(asked.size() - 1);
    }

    /** No answer came to the question that was asked last. */
    void timeOutLast() {
        listeners.get(listeners.size() - 1).onTimeout();
    }

    private static final class NoIngress implements ShardIngress {
        @Override
        public boolean isConnected() {
            return false;
        }

        @Override
        public long offer(final DirectBuffer buffer, final int offset, final int length) {
            throw new AssertionError("nobody sends");
        }

        @Override
        public long offer(final DirectBufferVector[] vectors) {
            throw new AssertionError("nobody sends");
        }

        @Override
        public long nextCorrelationId() {
            throw new AssertionError("the asker numbers");
        }

        @Override
        public String lastError() {
            return "";
        }
    }
}
