package io.lockstep.codecs;

import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.agrona.MutableDirectBuffer;
import org.agrona.sbe.MessageEncoderFlyweight;

/** Samples of the messages of client sessions. */
final class GoldenSessionMessages {
    private static final long TIME_NS = 1_763_712_000_000_000_000L;
    private static final long SESSION_ID = 0x0102030405060740L;
    private static final byte[] MARKS = {6, 0, 0, 0, 0, 0, 0, 0, 15, 0, 0, 0, 0, 0, 0, 0};
    private static final byte[] PACKETS = {1, 0, -1, -1};
    private static final byte[] PRINCIPAL = {'u', 'a', 'n', 'n', 0, 'c'};

    private final Consumer<MessageEncoderFlyweight> sink;

    GoldenSessionMessages(final Consumer<MessageEncoderFlyweight> sink) {
        this.sink = sink;
    }

    void addAll(final MutableDirectBuffer buffer, final MessageHeaderEncoder header) {
        addCommands(buffer, header);
        addChanges(buffer, header);
        addReplies(buffer, header);
        addPages(buffer, header);
        addItems(buffer, header);
    }

    private void addCommands(final MutableDirectBuffer buffer, final MessageHeaderEncoder header) {
        sink.accept(new OpenSessionEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(0x0102030405060708L)
                .memberId(-7)
                .connectionId(-9)
                .epoch(SESSION_ID + 128)
                .sessionId(SESSION_ID)
                .expiryNs(60_000_000_000L)
                .willDelayNs(5_000_000_000L)
                .cleanStart(BooleanType.FALSE)
                .hasWill(BooleanType.TRUE)
                .clientId("pump-7")
                .willTopic("plant/7/state")
                .putWillHeaders(new byte[0], 0, 0)
                .putWillPayload(bytes("gone"), 0, 4));
        sink.accept(new DescribeSessionEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(2)
                .sessionId(SESSION_ID)
                .afterCount(300));
        sink.accept(new CloseSessionEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(3)
                .sessionId(SESSION_ID)
                .epoch(SESSION_ID + 128)
                .expiryNs(-1)
                .keepsWill(BooleanType.TRUE));
        sink.accept(new ListSessionsEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(4)
                .afterSessionId(SESSION_ID)
                .maxSessions(100)
                .filter("pump/#"));
        sink.accept(new DeleteSessionEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(5)
                .clientId("pump-7"));
    }

    private void addChanges(final MutableDirectBuffer buffer, final MessageHeaderEncoder header) {
        final ChangeSubscriptionsEncoder change = new ChangeSubscriptionsEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(1)
                .sessionId(SESSION_ID)
                .epoch(SESSION_ID + 128);
        final ChangeSubscriptionsEncoder.ChangesEncoder changes = change.changesCount(2);
        changes.next()
                .subscriptionId(268_435_455)
                .options((short) 0x22)
                .kind((short) 1)
                .filter("plant/+/#");
        changes.next().subscriptionId(0).options((short) 0).kind((short) 2).filter("b");
        change.putPrincipal(PRINCIPAL, 0, PRINCIPAL.length);
        sink.accept(change);
        final UpdateSessionsEncoder update = new UpdateSessionsEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(2);
        final UpdateSessionsEncoder.UpdatesEncoder updates = update.updatesCount(2);
        updates.next()
                .sessionId(SESSION_ID)
                .epoch(SESSION_ID + 128)
                .value(7)
                .position(4096)
                .kind(SessionUpdate.CURSOR);
        updates.next()
                .sessionId(SESSION_ID)
                .epoch(SESSION_ID + 128)
                .value(9)
                .position(0)
                .kind(SessionUpdate.RECEIVED);
        sink.accept(update);
    }

    private void addReplies(final MutableDirectBuffer buffer, final MessageHeaderEncoder header) {
        final SessionOpenedEncoder opened = new SessionOpenedEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(1)
                .journalPosition(8192)
                .detail(0)
                .sessionId(SESSION_ID)
                .epoch(SESSION_ID + 128)
                .cursorPosition(4096)
                .cursorOrdinal(2)
                .expiryNs(60_000_000_000L)
                .code(ResultCode.ACCEPTED)
                .isPresent(BooleanType.TRUE)
                .isLast(BooleanType.FALSE);
        opened.subscriptionsCount(1)
                .next()
                .fromPosition(1024)
                .untilPosition(Long.MAX_VALUE)
                .subscriptionId(268_435_455)
                .options((short) 0xA2)
                .filter("plant/+/#");
        opened.putMarks(MARKS, 0, MARKS.length).putPackets(PACKETS, 0, PACKETS.length);
        sink.accept(opened);
        final SubscriptionsChangedEncoder changed = new SubscriptionsChangedEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(2)
                .position(8192)
                .detail(0)
                .code(ResultCode.ACCEPTED)
                .putResults(new byte[] {0, 3}, 0, 2);
        sink.accept(changed);
        sink.accept(new SessionsUpdatedEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(3)
                .journalPosition(8192)
                .putRefused(PACKETS, 0, PACKETS.length));
    }

    private void addPages(final MutableDirectBuffer buffer, final MessageHeaderEncoder header) {
        final SessionSubscriptionsEncoder further = new SessionSubscriptionsEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(4)
                .journalPosition(8192)
                .code(ResultCode.ACCEPTED)
                .isLast(BooleanType.TRUE);
        further.subscriptionsCount(1)
                .next()
                .fromPosition(1024)
                .untilPosition(2048)
                .subscriptionId(0)
                .options((short) 1)
                .filter("b");
        sink.accept(further);
        final SessionsPageEncoder page = new SessionsPageEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(5)
                .journalPosition(8192)
                .scannedToSessionId(SESSION_ID)
                .isLast(BooleanType.TRUE);
        page.sessionsCount(1)
                .next()
                .sessionId(SESSION_ID)
                .epoch(SESSION_ID + 128)
                .memberId(-7)
                .cursorPosition(4096)
                .expiryNs(60_000_000_000L)
                .disconnectedNs(TIME_NS)
                .subscriptionCount(2)
                .markCount(2)
                .packetCount(2)
                .hasWill(BooleanType.TRUE)
                .clientId("pump-7");
        sink.accept(page);
    }

    private void addItems(final MutableDirectBuffer buffer, final MessageHeaderEncoder header) {
        sink.accept(new SessionItemEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .sessionId(SESSION_ID)
                .epoch(SESSION_ID + 128)
                .memberId(-7)
                .connectionId(-9)
                .expiryNs(60_000_000_000L)
                .willDelayNs(5_000_000_000L)
                .disconnectedNs(TIME_NS)
                .cursorPosition(4096)
                .cursorOrdinal(2)
                .subscriptionCount(1)
                .wasPresent(BooleanType.TRUE)
                .hasWill(BooleanType.TRUE)
                .putMarks(MARKS, 0, MARKS.length)
                .putPackets(PACKETS, 0, PACKETS.length)
                .clientId("pump-7")
                .willTopic("plant/7/state")
                .putWillHeaders(new byte[0], 0, 0)
                .putWillPayload(bytes("gone"), 0, 4));
        sink.accept(new SubscriptionItemEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .fromPosition(1024)
                .untilPosition(Long.MAX_VALUE)
                .subscriptionId(268_435_455)
                .options((short) 0xA2)
                .filter("plant/+/#"));
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
