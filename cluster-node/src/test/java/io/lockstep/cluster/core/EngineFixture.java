package io.lockstep.cluster.core;

import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.ProducerOpenedDecoder;
import io.lockstep.codecs.PublishReplyDecoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import io.lockstep.wire.RecordLayout;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.sbe.MessageDecoderFlyweight;

/** An engine with a log of its own: feeds commands and decodes what comes back. */
final class EngineFixture {
    static final long SESSION_ID = 99;
    private static final int COMMAND_OFFSET = 16;

    record Opened(ResultCode code, int epoch, long lastSequence, long lastRefused, int windowLength, long detail) {}

    record Answer(ResultCode code, long detail) {}

    record EntryResult(ResultCode code, long position, long detail) {}

    record Published(
            ResultCode code,
            long detail,
            long firstSequence,
            long lastSequence,
            long lastPosition,
            List<EntryResult> results) {
        List<ResultCode> codes() {
            return results.stream().map(EntryResult::code).toList();
        }
    }

    final FakeOutbox outbox = new FakeOutbox();
    final Engine engine = new Engine(outbox);
    long logPosition;
    long nowNs = 1_000_000_000L;

    /** Applies a command and returns the bytes of its reply, or null. */
    byte[] apply(final byte[] command) {
        return apply(SESSION_ID, command);
    }

    /** The same for another session of the cluster. */
    byte[] apply(final long sessionId, final byte[] command) {
        final byte[] framed = new byte[command.length + 2 * COMMAND_OFFSET];
        System.arraycopy(command, 0, framed, COMMAND_OFFSET, command.length);
        logPosition += 64;
        final int repliesBefore = outbox.replies.size();
        engine.onCommand(sessionId, logPosition, nowNs, new UnsafeBuffer(framed), COMMAND_OFFSET, command.length);
        return outbox.replies.size() == repliesBefore
                ? null
                : outbox.replies.get(outbox.replies.size() - 1).bytes();
    }

    /** Another leader takes over. */
    void beginTerm() {
        logPosition += 64;
        engine.onLeadershipTerm(logPosition, nowNs);
    }

    Answer command(final byte[] command) {
        final CommandReplyDecoder reply = decode(new CommandReplyDecoder(), apply(command));
        return new Answer(reply.code(), reply.detail());
    }

    Opened open(final long producerId, final int windowLength, final boolean isOrdered) {
        final ProducerOpenedDecoder reply =
                decode(new ProducerOpenedDecoder(), apply(Commands.openProducer(producerId, windowLength, isOrdered)));
        return new Opened(
                reply.code(),
                reply.epoch(),
                reply.lastSequence(),
                reply.lastRefusedSequence(),
                reply.windowLength(),
                reply.detail());
    }

    Published publish(final PublishBuilder builder) {
        return decodePublished(apply(builder.build()));
    }

    static Published decodePublished(final byte[] bytes) {
        final PublishReplyDecoder reply = decode(new PublishReplyDecoder(), bytes);
        final List<EntryResult> results = new ArrayList<>();
        final Published head = new Published(
                reply.code(),
                reply.detail(),
                reply.firstSequence(),
                reply.lastSequence(),
                reply.lastPosition(),
                results);
        for (final PublishReplyDecoder.ResultsDecoder result : reply.results()) {
            results.add(new EntryResult(result.resultCode(), result.position(), result.resultDetail()));
        }
        return head;
    }

    void set(final EngineSetting setting, final long value) {
        final Answer answer = command(Commands.change(setting, value));
        if (answer.code() != ResultCode.ACCEPTED) {
            throw new AssertionError(setting + " = " + value + " was refused: " + answer);
        }
    }

    int kindOfRecord(final int index) {
        return RecordLayout.kind(new UnsafeBuffer(outbox.journal.get(index).bytes()), 0);
    }

    <T extends MessageDecoderFlyweight> T record(final T decoder, final int index) {
        return decode(decoder, outbox.journal.get(index).bytes());
    }

    List<byte[]> snapshot() {
        return snapshotOf(engine, logPosition);
    }

    static List<byte[]> snapshotOf(final Engine engine, final long logPosition) {
        final List<byte[]> messages = new ArrayList<>();
        engine.writeSnapshot(
                (buffer, offset, length) -> messages.add(FakeOutbox.copy(buffer, offset, length)), logPosition);
        return messages;
    }

    static Engine restore(final List<byte[]> snapshot, final Outbox outbox) {
        final Engine engine = new Engine(outbox);
        for (final byte[] message : snapshot) {
            engine.onSnapshotMessage(new UnsafeBuffer(message), 0, message.length);
        }
        return engine;
    }

    static <T extends MessageDecoderFlyweight> T decode(final T decoder, final byte[] bytes) {
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        final MessageHeaderDecoder header = new MessageHeaderDecoder().wrap(buffer, 0);
        if (header.templateId() != decoder.sbeTemplateId()) {
            throw new AssertionError(
                    "template " + decoder.sbeTemplateId() + " was expected, but found " + header.templateId());
        }
        decoder.wrap(buffer, MessageHeaderDecoder.ENCODED_LENGTH, header.blockLength(), header.version());
        return decoder;
    }
}
