package io.lockstep.cluster.core;

import java.util.ArrayList;
import java.util.List;

/**
 * A shard's piece of the session of a client behind a gateway: which connection has it, what it subscribes to, how far it
 * got, and what it published and did not release. Changed through {@link SessionsPart} and {@link SessionHandler} only.
 *
 * <table>
 * <caption>States</caption>
 * <tr><th>from</th><th>event</th><th>to</th></tr>
 * <tr><td>connected</td><td>close, or the gateway's lease ends</td><td>disconnected: will and end become due</td></tr>
 * <tr><td>any</td><td>another connection opens it, under a newer epoch</td><td>connected</td></tr>
 * <tr><td>disconnected</td><td>its time is over</td><td>gone</td></tr>
 * </table>
 */
final class Session {
    /** Stands in {@link #disconnectedNs} while there is a connection. */
    static final long CONNECTED = -1;

    private final long id;
    private final byte[] clientId;
    private final SessionMarks marks = new SessionMarks();
    private final PacketIds packets = new PacketIds();
    private final List<SessionSubscription> subscriptions = new ArrayList<>();
    private long epoch;
    private long memberId;
    private long connectionId;
    private boolean wasPresent;
    private long expiryNs;
    private Will will;
    private long disconnectedNs = CONNECTED;
    private long cursorPosition;
    private long cursorOrdinal;
    // When something is to be done, in the order of the part's queue: follows from the fields above and the leases.
    private long dueNs = DueWork.NEVER;

    Session(final long id, final byte[] clientId, final long cursorPosition, final long cursorOrdinal) {
        this.id = id;
        this.clientId = clientId;
        this.cursorPosition = cursorPosition;
        this.cursorOrdinal = cursorOrdinal;
    }

    void connect(
            final long newEpoch,
            final long newMemberId,
            final long newConnectionId,
            final boolean isPresent,
            final long newExpiryNs,
            final Will newWill) {
        epoch = newEpoch;
        memberId = newMemberId;
        connectionId = newConnectionId;
        wasPresent = isPresent;
        expiryNs = newExpiryNs;
        will = newWill;
        disconnectedNs = CONNECTED;
    }

    void disconnect(final long nowNs) {
        disconnectedNs = nowNs;
    }

    void expiryNs(final long newExpiryNs) {
        expiryNs = newExpiryNs;
    }

    void forgetWill() {
        will = null;
    }

    void moveCursor(final long position, final long ordinal) {
        cursorPosition = position;
        cursorOrdinal = ordinal;
    }

    boolean isConnected() {
        return disconnectedNs == CONNECTED;
    }

    boolean isOf(final long otherMemberId, final long otherConnectionId) {
        return isConnected() && memberId == otherMemberId && connectionId == otherConnectionId;
    }

    /** The subscription with a filter that goes on, or null. */
    SessionSubscription find(final byte[] filter) {
        for (final SessionSubscription subscription : subscriptions) {
            if (subscription.goesOn() && subscription.hasFilter(filter)) {
                return subscription;
            }
        }
        return null;
    }

    /** Number of subscriptions that go on. */
    int subscriptionCount() {
        int count = 0;
        for (final SessionSubscription subscription : subscriptions) {
            count += subscription.goesOn() ? 1 : 0;
        }
        return count;
    }

    long id() {
        return id;
    }

    byte[] clientId() {
        return clientId;
    }

    SessionMarks marks() {
        return marks;
    }

    PacketIds packets() {
        return packets;
    }

    List<SessionSubscription> subscriptions() {
        return subscriptions;
    }

    long epoch() {
        return epoch;
    }

    long memberId() {
        return memberId;
    }

    long connectionId() {
        return connectionId;
    }

    boolean wasPresent() {
        return wasPresent;
    }

    long expiryNs() {
        return expiryNs;
    }

    /** The will, or null. */
    Will will() {
        return will;
    }

    long disconnectedNs() {
        return disconnectedNs;
    }

    long cursorPosition() {
        return cursorPosition;
    }

    long cursorOrdinal() {
        return cursorOrdinal;
    }

    long dueNs() {
        return dueNs;
    }

    void dueNs(final long newDueNs) {
        dueNs = newDueNs;
    }
}
