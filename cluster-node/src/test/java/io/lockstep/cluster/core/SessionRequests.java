package io.lockstep.cluster.core;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.ChangeSubscriptionsEncoder;
import io.lockstep.codecs.CloseSessionEncoder;
import io.lockstep.codecs.DeleteSessionEncoder;
import io.lockstep.codecs.DescribeSessionEncoder;
import io.lockstep.codecs.ListSessionsEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.OpenSessionEncoder;
import io.lockstep.codecs.SessionUpdate;
import io.lockstep.codecs.UpdateSessionsEncoder;
import io.lockstep.wire.ReservedHeaders;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.sbe.MessageEncoderFlyweight;

/** Encodes commands about client sessions for tests. */
final class SessionRequests {
    private static final MessageHeaderEncoder HEADER = new MessageHeaderEncoder();

    private SessionRequests() {}

    /** A will for tests; the delay in nanoseconds. */
    record WillText(String topic, String payload, long delayNs) {}

    /** A change of a subscription. */
    record Change(boolean isSubscribing, String filter, int options, int subscriptionId) {}

    /** An update of a session. */
    record Update(long sessionId, long epoch, SessionUpdate kind, long value, long position) {}

    static byte[] open(
            final long memberId,
            final long connectionId,
            final long epoch,
            final long sessionId,
            final long expiryNs,
            final boolean isCleanStart,
            final String clientId,
            final WillText will) {
        return open(memberId, connectionId, epoch, sessionId, expiryNs, isCleanStart, clientId, will, new byte[0]);
    }

    static byte[] open(
            final long memberId,
            final long connectionId,
            final long epoch,
            final long sessionId,
            final long expiryNs,
            final boolean isCleanStart,
            final String clientId,
            final WillText will,
            final byte[] willHeaders) {
        final byte[] payload = bytes(will == null ? "" : will.payload());
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new OpenSessionEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(Commands.CORRELATION_ID)
                        .memberId(memberId)
                        .connectionId(connectionId)
                        .epoch(epoch)
                        .sessionId(sessionId)
                        .expiryNs(expiryNs)
                        .willDelayNs(will == null ? 0 : will.delayNs())
                        .cleanStart(bool(isCleanStart))
                        .hasWill(bool(will != null))
                        .clientId(clientId)
                        .willTopic(will == null ? "" : will.topic())
                        .putWillHeaders(willHeaders, 0, willHeaders.length)
                        .putWillPayload(payload, 0, payload.length));
    }

    static byte[] change(final long sessionId, final long epoch, final List<Change> changes) {
        return change(sessionId, epoch, changes, new byte[0]);
    }

    static byte[] change(final long sessionId, final long epoch, final List<Change> changes, final byte[] principal) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final ChangeSubscriptionsEncoder encoder = new ChangeSubscriptionsEncoder()
                .wrapAndApplyHeader(buffer, 0, HEADER)
                .correlationId(Commands.CORRELATION_ID)
                .sessionId(sessionId)
                .epoch(epoch);
        final ChangeSubscriptionsEncoder.ChangesEncoder group = encoder.changesCount(changes.size());
        for (final Change change : changes) {
            group.next()
                    .subscriptionId(change.subscriptionId())
                    .options((short) change.options())
                    .kind((short) (change.isSubscribing() ? 1 : 2))
                    .filter(change.filter());
        }
        return bytes(buffer, encoder.putPrincipal(principal, 0, principal.length));
    }

    static byte[] describe(final long sessionId, final int afterCount) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new DescribeSessionEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(Commands.CORRELATION_ID)
                        .sessionId(sessionId)
                        .afterCount(afterCount));
    }

    static byte[] update(final List<Update> updates) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final UpdateSessionsEncoder encoder = new UpdateSessionsEncoder()
                .wrapAndApplyHeader(buffer, 0, HEADER)
                .correlationId(Commands.CORRELATION_ID);
        final UpdateSessionsEncoder.UpdatesEncoder group = encoder.updatesCount(updates.size());
        for (final Update update : updates) {
            group.next()
                    .sessionId(update.sessionId())
                    .epoch(update.epoch())
                    .value(update.value())
                    .position(update.position())
                    .kind(update.kind());
        }
        return bytes(buffer, encoder);
    }

    static byte[] close(final long sessionId, final long epoch, final long expiryNs, final boolean isWillKept) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new CloseSessionEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(Commands.CORRELATION_ID)
                        .sessionId(sessionId)
                        .epoch(epoch)
                        .expiryNs(expiryNs)
                        .keepsWill(bool(isWillKept)));
    }

    static byte[] list(final long afterSessionId, final int maxSessions, final String filter) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new ListSessionsEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(Commands.CORRELATION_ID)
                        .afterSessionId(afterSessionId)
                        .maxSessions(maxSessions)
                        .filter(filter));
    }

    static byte[] delete(final String clientId) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new DeleteSessionEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(Commands.CORRELATION_ID)
                        .clientId(clientId));
    }

    /** The header block of a message of a session with QoS 2. */
    static byte[] packetHeaders(final long sessionId, final long epoch, final int packetId) {
        final byte[] key = bytes(ReservedHeaders.PACKET);
        final ByteArrayOutputStream block = new ByteArrayOutputStream();
        block.writeBytes(ByteBuffer.allocate(Short.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) key.length)
                .array());
        block.writeBytes(key);
        block.writeBytes(ByteBuffer.allocate(Integer.BYTES + ReservedHeaders.PACKET_LENGTH)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(ReservedHeaders.PACKET_LENGTH)
                .putLong(sessionId)
                .putLong(epoch)
                .putShort((short) packetId)
                .array());
        return block.toByteArray();
    }

    private static BooleanType bool(final boolean value) {
        return value ? BooleanType.TRUE : BooleanType.FALSE;
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] bytes(final ExpandableArrayBuffer buffer, final MessageEncoderFlyweight encoder) {
        return FakeOutbox.copy(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }
}
