package io.lockstep.gateway.aeron;

import io.aeron.Publication;
import io.lockstep.client.link.FrameReader;
import io.lockstep.client.link.FrameSink;
import io.lockstep.client.link.LinkProtocol;
import io.lockstep.codecs.GatewayAnswerDecoder;
import io.lockstep.codecs.GatewayCommandEncoder;
import io.lockstep.codecs.GatewayHelloEncoder;
import io.lockstep.codecs.GatewayRefusedDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.sbe.MessageEncoderFlyweight;

/** A native client without a network: what it sends lies in a queue, what it gets in a list of whole messages. */
final class FakeClient implements ClientStream, FrameSink {
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
    private final Deque<byte[]> outgoing = new ArrayDeque<>();
    private final FrameReader reader = new FrameReader(LinkProtocol.MAX_MESSAGE_LENGTH);
    private final List<UnsafeBuffer> received = new ArrayList<>();
    private int responseStreamId;
    private boolean isHearing = true;
    private boolean isBlocked;
    private boolean isSent = true;
    private boolean isGone;
    private boolean isClosed;
    private String rejectReason;

    void isHearing(final boolean newIsHearing) {
        isHearing = newIsHearing;
    }

    void isBlocked(final boolean newIsBlocked) {
        isBlocked = newIsBlocked;
    }

    /** Whether what it was sent has left the machine. */
    void isSent(final boolean newIsSent) {
        isSent = newIsSent;
    }

    void leave() {
        isGone = true;
    }

    boolean isClosed() {
        return isClosed;
    }

    String rejectReason() {
        return rejectReason;
    }

    int unsentCount() {
        return outgoing.size();
    }

    void hello(final String user, final String password) {
        hello(LinkProtocol.VERSION, user, password);
    }

    void hello(final int version, final String user, final String password) {
        final byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
        send(new GatewayHelloEncoder()
                .wrapAndApplyHeader(new ExpandableArrayBuffer(), 0, header)
                .protocolVersion(version)
                .responseStreamId(77)
                .clientName("fake")
                .user(user)
                .putPassword(bytes, 0, bytes.length));
    }

    void command(final int shardId, final MessageEncoderFlyweight command) {
        send(new GatewayCommandEncoder()
                .wrapAndApplyHeader(new ExpandableArrayBuffer(), 0, header)
                .shardId(shardId)
                .putCommand(
                        command.buffer(),
                        command.offset() - MessageHeaderEncoder.ENCODED_LENGTH,
                        command.encodedLength() + MessageHeaderEncoder.ENCODED_LENGTH));
    }

    void send(final MessageEncoderFlyweight message) {
        final byte[] frame = new byte[message.encodedLength() + MessageHeaderEncoder.ENCODED_LENGTH];
        message.buffer().getBytes(message.offset() - MessageHeaderEncoder.ENCODED_LENGTH, frame);
        sendBytes(frame);
    }

    void sendBytes(final byte[] frame) {
        outgoing.add(frame);
    }

    MessageHeaderEncoder header() {
        return header;
    }

    /** Messages of a kind, oldest first; they are forgotten. */
    List<UnsafeBuffer> take(final int templateId) {
        final List<UnsafeBuffer> taken = new ArrayList<>();
        received.removeIf(message -> {
            final boolean isOfKind = headerDecoder.wrap(message, 0).templateId() == templateId;
            if (isOfKind) {
                taken.add(message);
            }
            return isOfKind;
        });
        return taken;
    }

    /** What shards answered, without what is around it; forgotten. */
    List<UnsafeBuffer> takeAnswers() {
        final List<UnsafeBuffer> answers = new ArrayList<>();
        for (final UnsafeBuffer message : take(GatewayAnswerDecoder.TEMPLATE_ID)) {
            final GatewayAnswerDecoder decoder =
                    new GatewayAnswerDecoder().wrapAndApplyHeader(message, 0, headerDecoder);
            final byte[] bytes = new byte[decoder.answerLength()];
            decoder.getAnswer(bytes, 0, bytes.length);
            answers.add(new UnsafeBuffer(bytes));
        }
        return answers;
    }

    /** Why it was refused, or null. */
    String refusal() {
        final List<UnsafeBuffer> refusals = take(GatewayRefusedDecoder.TEMPLATE_ID);
        return refusals.isEmpty()
                ? null
                : new GatewayRefusedDecoder()
                        .wrapAndApplyHeader(refusals.get(0), 0, headerDecoder)
                        .refusal()
                        .name();
    }

    @Override
    public int poll(final FrameTaker taker, final int limit) {
        int count = 0;
        while (count < limit && !outgoing.isEmpty()) {
            final byte[] frame = outgoing.peek();
            if (!taker.onFrame(new UnsafeBuffer(frame), 0, frame.length)) {
                break;
            }
            outgoing.remove();
            count++;
        }
        return count;
    }

    @Override
    public boolean isGone() {
        return isGone;
    }

    @Override
    public void answerOn(final int newResponseStreamId) {
        responseStreamId = newResponseStreamId;
    }

    @Override
    public FrameSink sink() {
        return isHearing && responseStreamId == 77 ? this : null;
    }

    @Override
    public boolean isDeaf() {
        return false;
    }

    @Override
    public boolean isSent() {
        return isSent;
    }

    @Override
    public void close() {
        isClosed = true;
    }

    @Override
    public void reject(final String reason) {
        rejectReason = reason;
    }

    @Override
    public long offer(final DirectBuffer buffer, final int offset, final int length) {
        if (isBlocked) {
            return Publication.BACK_PRESSURED;
        }
        reader.onFrame(buffer, offset, length, (message, messageOffset, messageLength) -> {
            final byte[] bytes = new byte[messageLength];
            message.getBytes(messageOffset, bytes);
            received.add(new UnsafeBuffer(bytes));
            return true;
        });
        return 1;
    }

    @Override
    public int maxFrameLength() {
        return 1_376;
    }
}
