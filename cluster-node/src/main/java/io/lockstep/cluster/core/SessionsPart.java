package io.lockstep.cluster.core;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.SessionItemDecoder;
import io.lockstep.codecs.SessionItemEncoder;
import io.lockstep.codecs.SubscriptionItemDecoder;
import io.lockstep.codecs.SubscriptionItemEncoder;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.collections.Object2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Part 16, the pieces of client sessions, in the order of their ids; the hash maps beside are for look-up only. What is due
 * is kept in the order of its time. Look-up by id allocates nothing.
 */
final class SessionsPart implements Part {
    /** What a piece counts for besides its texts, subscriptions, marks, packet ids and will. */
    static final int SESSION_BYTES = 400;

    /** What a subscription counts for besides its filter. */
    static final int SUBSCRIPTION_BYTES = 96;

    private static final int MARK_BYTES = Long.BYTES;
    private static final int PACKET_BYTES = Integer.BYTES;
    private static final byte[] NOTHING = {};
    private static final Comparator<Session> BY_DUE_TIME =
            Comparator.<Session>comparingLong(session -> session.dueNs()).thenComparingLong(Session::id);

    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final SessionItemEncoder encoder = new SessionItemEncoder();
    private final SessionItemDecoder decoder = new SessionItemDecoder();
    private final SubscriptionItemEncoder subscriptionEncoder = new SubscriptionItemEncoder();
    private final SubscriptionItemDecoder subscriptionDecoder = new SubscriptionItemDecoder();
    private final LeasePart leases;
    private final TreeMap<Long, Session> byOrder = new TreeMap<>();
    private final Long2ObjectHashMap<Session> byId = new Long2ObjectHashMap<>();
    private final Object2ObjectHashMap<String, Session> byClientId = new Object2ObjectHashMap<>();
    private final TreeSet<Session> queue = new TreeSet<>(BY_DUE_TIME);
    private long stateBytes;
    private Session lastRead;
    private int subscriptionsAhead;
    // Found again when the session that held it moved; no state of its own.
    private long lowestPosition = Long.MAX_VALUE;
    private boolean isLowestKnown = true;

    SessionsPart(final LeasePart leases) {
        this.leases = leases;
    }

    static long costOf(final int clientIdLength, final Will will) {
        return SESSION_BYTES + (long) clientIdLength + willBytes(will);
    }

    static long costOfSubscription(final int filterLength) {
        return SUBSCRIPTION_BYTES + (long) filterLength;
    }

    static long willBytes(final Will will) {
        return will == null ? 0 : will.bytes();
    }

    int count() {
        return byOrder.size();
    }

    /** The session of an id, or null. */
    Session find(final long sessionId) {
        return byId.get(sessionId);
    }

    /** The session of a client, or null. */
    Session find(final byte[] clientId) {
        return byClientId.get(textOf(clientId));
    }

    /** The session with the lowest id above another, or null. */
    Session after(final long sessionId) {
        final Long nextId = byOrder.higherKey(sessionId);
        return nextId == null ? null : byId.get(nextId.longValue());
    }

    /** All sessions in the order of their ids. */
    Iterable<Session> all() {
        return byOrder.values();
    }

    /** The session for which something is to be done first, or null. */
    Session firstDue() {
        return queue.isEmpty() ? null : queue.first();
    }

    /** The lowest cursor, or the greatest number where there is no session. */
    long lowestPosition() {
        if (!isLowestKnown) {
            lowestPosition = Long.MAX_VALUE;
            for (final Session session : byOrder.values()) {
                lowestPosition = Math.min(lowestPosition, session.cursorPosition());
            }
            isLowestKnown = true;
        }
        return lowestPosition;
    }

    Session create(final long sessionId, final byte[] clientId, final long position) {
        final Session session = new Session(sessionId, clientId, position, 0);
        place(session);
        return session;
    }

    void remove(final Session session) {
        queue.remove(session);
        byOrder.remove(session.id());
        byId.remove(session.id());
        byClientId.remove(textOf(session.clientId()));
        stateBytes -= costOf(session);
        isLowestKnown &= session.cursorPosition() != lowestPosition;
    }

    void connect(
            final Session session,
            final long epoch,
            final long memberId,
            final long connectionId,
            final boolean isPresent,
            final long expiryNs,
            final Will will) {
        queue.remove(session);
        stateBytes += willBytes(will) - willBytes(session.will());
        session.connect(epoch, memberId, connectionId, isPresent, expiryNs, will);
        session.dueNs(DueWork.NEVER);
    }

    void disconnect(final Session session, final long nowNs) {
        session.disconnect(nowNs);
        enqueue(session);
    }

    void expiryNs(final Session session, final long expiryNs) {
        session.expiryNs(expiryNs);
        enqueue(session);
    }

    void forgetWill(final Session session) {
        stateBytes -= willBytes(session.will());
        session.forgetWill();
        enqueue(session);
    }

    void subscribe(final Session session, final SessionSubscription subscription) {
        session.subscriptions().add(subscription);
        stateBytes += costOfSubscription(subscription.filter().length);
    }

    /** Forgets the subscriptions that ended before the cursor. */
    void forgetEnded(final Session session) {
        final List<SessionSubscription> all = session.subscriptions();
        for (int i = all.size() - 1; i >= 0; i--) {
            if (all.get(i).untilPosition() <= session.cursorPosition()) {
                stateBytes -= costOfSubscription(all.remove(i).filter().length);
            }
        }
    }

    void moveCursor(final Session session, final long position, final long ordinal) {
        isLowestKnown &= session.cursorPosition() != lowestPosition || position == lowestPosition;
        session.moveCursor(position, ordinal);
        stateBytes -= (long) MARK_BYTES * session.marks().forgetUpTo(ordinal);
        forgetEnded(session);
    }

    void receive(final Session session, final long ordinal) {
        stateBytes += (long) MARK_BYTES * session.marks().receive(ordinal);
    }

    void finish(final Session session, final long ordinal) {
        stateBytes += (long) MARK_BYTES * session.marks().finish(ordinal);
    }

    void addPacket(final Session session, final int packetId) {
        session.packets().add(packetId);
        stateBytes += PACKET_BYTES;
    }

    void removePacket(final Session session, final int packetId) {
        stateBytes -= session.packets().remove(packetId) ? PACKET_BYTES : 0;
    }

    /** When the will is to be published, or {@link DueWork#NEVER}. */
    long willDueNs(final Session session) {
        return session.isConnected() || session.will() == null
                ? DueWork.NEVER
                : leases.endOf(session.disconnectedNs(), session.will().delayNs());
    }

    /** When the session ends, or {@link DueWork#NEVER}. */
    long endDueNs(final Session session) {
        return session.isConnected() ? DueWork.NEVER : leases.endOf(session.disconnectedNs(), session.expiryNs());
    }

    /** A leadership term began: who could not come back in the meantime has more time, and perhaps in another order. */
    void beginTerm() {
        queue.clear();
        for (final Session session : byOrder.values()) {
            session.dueNs(DueWork.NEVER);
            enqueue(session);
        }
    }

    /** {@inheritDoc} */
    @Override
    public int id() {
        return 16;
    }

    /** {@inheritDoc} */
    @Override
    public boolean isWritten() {
        return !byOrder.isEmpty();
    }

    /** {@inheritDoc} */
    @Override
    public long itemCount() {
        long count = byOrder.size();
        for (final Session session : byOrder.values()) {
            count += session.subscriptions().size();
        }
        return count;
    }

    /** {@inheritDoc} */
    @Override
    public void writeTo(final SnapshotSink sink) {
        for (final Session session : byOrder.values()) {
            write(session, sink);
            for (final SessionSubscription subscription : session.subscriptions()) {
                subscriptionEncoder
                        .wrapAndApplyHeader(buffer, 0, header)
                        .fromPosition(subscription.fromPosition())
                        .untilPosition(subscription.untilPosition())
                        .subscriptionId(subscription.subscriptionId())
                        .options((short) subscription.options())
                        .putFilter(subscription.filter(), 0, subscription.filter().length);
                sink.append(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + subscriptionEncoder.encodedLength());
            }
        }
    }

    /** {@inheritDoc} */
    @Override
    public void readItem(final int templateId, final DirectBuffer item, final int offset, final int length) {
        if (subscriptionsAhead > 0) {
            readSubscription(templateId, item, offset, length);
        } else {
            readSession(templateId, item, offset, length);
        }
    }

    /** {@inheritDoc} */
    @Override
    public long stateBytes() {
        return stateBytes;
    }

    private void write(final Session session, final SnapshotSink sink) {
        final Will will = session.will();
        encoder.wrapAndApplyHeader(buffer, 0, header)
                .sessionId(session.id())
                .epoch(session.epoch())
                .memberId(session.memberId())
                .connectionId(session.connectionId())
                .expiryNs(session.expiryNs())
                .willDelayNs(will == null ? 0 : will.delayNs())
                .disconnectedNs(session.disconnectedNs())
                .cursorPosition(session.cursorPosition())
                .cursorOrdinal(session.cursorOrdinal())
                .subscriptionCount(session.subscriptions().size())
                .wasPresent(session.wasPresent() ? BooleanType.TRUE : BooleanType.FALSE)
                .hasWill(will == null ? BooleanType.FALSE : BooleanType.TRUE);
        final byte[] marks = SessionReplies.bytesOf(session.marks());
        final byte[] packets = SessionReplies.bytesOf(session.packets());
        encoder.putMarks(marks, 0, marks.length)
                .putPackets(packets, 0, packets.length)
                .putClientId(session.clientId(), 0, session.clientId().length);
        putWill(will == null ? new Will(NOTHING, NOTHING, NOTHING, 0) : will);
        sink.append(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }

    private void putWill(final Will will) {
        encoder.putWillTopic(will.topic(), 0, will.topic().length)
                .putWillHeaders(will.headers(), 0, will.headers().length)
                .putWillPayload(will.payload(), 0, will.payload().length);
    }

    private void readSession(final int templateId, final DirectBuffer item, final int offset, final int length) {
        ItemReader.wrap(decoder, templateId, item, offset, length);
        final int end = offset + length;
        int index = WireShape.endOfBytes(item, WireShape.endOfBlock(item, offset), end);
        index = index == WireShape.MALFORMED ? index : WireShape.endOfBytes(item, index, end);
        index = index == WireShape.MALFORMED ? index : WireShape.endOfText(item, index, end);
        index = index == WireShape.MALFORMED ? index : WireShape.endOfText(item, index, end);
        index = index == WireShape.MALFORMED ? index : WireShape.endOfBytes(item, index, end);
        index = index == WireShape.MALFORMED ? index : WireShape.endOfBytes(item, index, end);
        ItemReader.checkVariableEnd(index, templateId);
        final boolean hasWill = WireShape.isTrue(decoder.hasWillRaw());
        final DirectBuffer marks = copy(decoder.marksLength(), decoder::getMarks);
        final DirectBuffer packets = copy(decoder.packetsLength(), decoder::getPackets);
        final byte[] clientId =
                copy(decoder.clientIdLength(), decoder::getClientId).byteArray();
        final byte[] topic =
                copy(decoder.willTopicLength(), decoder::getWillTopic).byteArray();
        final byte[] headers =
                copy(decoder.willHeadersLength(), decoder::getWillHeaders).byteArray();
        final byte[] payload =
                copy(decoder.willPayloadLength(), decoder::getWillPayload).byteArray();
        final Will will = hasWill ? new Will(topic, headers, payload, decoder.willDelayNs()) : null;
        final Session session =
                new Session(decoder.sessionId(), clientId, decoder.cursorPosition(), decoder.cursorOrdinal());
        place(session);
        connect(
                session,
                decoder.epoch(),
                decoder.memberId(),
                decoder.connectionId(),
                WireShape.isTrue(decoder.wasPresentRaw()),
                decoder.expiryNs(),
                will);
        for (int i = 0; i < marks.capacity(); i += Long.BYTES) {
            final long mark = marks.getLong(i, ByteOrder.LITTLE_ENDIAN);
            if ((mark & 1) == 0) {
                receive(session, mark >> 1);
            } else {
                finish(session, mark >> 1);
            }
        }
        for (int i = 0; i < packets.capacity(); i += Short.BYTES) {
            addPacket(session, packets.getShort(i, ByteOrder.LITTLE_ENDIAN) & 0xFFFF);
        }
        if (decoder.disconnectedNs() != Session.CONNECTED) {
            disconnect(session, decoder.disconnectedNs());
        }
        lastRead = session;
        subscriptionsAhead = decoder.subscriptionCount();
    }

    private void readSubscription(final int templateId, final DirectBuffer item, final int offset, final int length) {
        ItemReader.wrap(subscriptionDecoder, templateId, item, offset, length);
        ItemReader.checkVariableEnd(
                WireShape.endOfText(item, WireShape.endOfBlock(item, offset), offset + length), templateId);
        final byte[] filter = copy(subscriptionDecoder.filterLength(), subscriptionDecoder::getFilter)
                .byteArray();
        final SessionSubscription subscription = new SessionSubscription(
                filter,
                subscriptionDecoder.subscriptionId(),
                subscriptionDecoder.options(),
                subscriptionDecoder.fromPosition());
        subscription.end(subscriptionDecoder.untilPosition());
        subscribe(lastRead, subscription);
        subscriptionsAhead--;
    }

    private interface BytesGetter {
        int get(byte[] target, int offset, int length);
    }

    private static DirectBuffer copy(final int length, final BytesGetter getter) {
        final byte[] bytes = new byte[length];
        getter.get(bytes, 0, length);
        return new UnsafeBuffer(bytes);
    }

    private void place(final Session session) {
        byOrder.put(session.id(), session);
        byId.put(session.id(), session);
        byClientId.put(textOf(session.clientId()), session);
        stateBytes += costOf(session);
        lowestPosition = Math.min(lowestPosition, session.cursorPosition());
    }

    private void enqueue(final Session session) {
        queue.remove(session);
        session.dueNs(Math.min(willDueNs(session), endDueNs(session)));
        if (session.dueNs() != DueWork.NEVER) {
            queue.add(session);
        }
    }

    private static long costOf(final Session session) {
        long bytes = costOf(session.clientId().length, session.will())
                + (long) MARK_BYTES * session.marks().count()
                + (long) PACKET_BYTES * session.packets().count();
        for (final SessionSubscription subscription : session.subscriptions()) {
            bytes += costOfSubscription(subscription.filter().length);
        }
        return bytes;
    }

    // One character for each byte, so that different bytes are different texts.
    private static String textOf(final byte[] clientId) {
        return new String(clientId, StandardCharsets.ISO_8859_1);
    }
}
