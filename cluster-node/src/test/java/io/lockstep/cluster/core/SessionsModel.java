package io.lockstep.cluster.core;

import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.SessionUpdate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** What the engine must do with client sessions, said with plain collections. Times in nanoseconds of cluster time. */
final class SessionsModel {
    static final int MAX_SESSIONS = 6;
    static final int MAX_SUBSCRIPTIONS = 4;
    static final long MAX_EXPIRY_NS = 40_000_000_000L;
    static final int WINDOW = 1024;
    private static final long NEVER = Long.MAX_VALUE;
    private static final long CONNECTED = -1;

    /** A subscription. */
    static final class Sub {
        final String filter;
        final int subscriptionId;
        final long from;
        final int options;
        long until = Long.MAX_VALUE;
        boolean isRetainedDue;

        Sub(final String filter, final int subscriptionId, final long from, final int options) {
            this.filter = filter;
            this.subscriptionId = subscriptionId;
            this.from = from;
            this.options = options;
        }

        String text() {
            return filter
                    + '|'
                    + subscriptionId
                    + '|'
                    + from
                    + '|'
                    + until
                    + '|'
                    + (options + (isRetainedDue ? 0x80 : 0));
        }
    }

    /** A session. */
    static final class Entry {
        long id;
        String clientId;
        long epoch;
        long memberId;
        long connectionId;
        boolean wasPresent;
        long expiryNs;
        SessionRequests.WillText will;
        long disconnectedNs = CONNECTED;
        long cursorPosition;
        long cursorOrdinal;
        final TreeMap<Long, Boolean> isDone = new TreeMap<>();
        final TreeSet<Integer> packets = new TreeSet<>();
        final List<Sub> subs = new ArrayList<>();

        boolean isConnected() {
            return disconnectedNs == CONNECTED;
        }

        long liveSubs() {
            return subs.stream().filter(sub -> sub.until == Long.MAX_VALUE).count();
        }
    }

    private record Lease(long lengthNs, long endNs) {}

    final Map<String, Entry> sessions = new TreeMap<>();
    final Map<Long, Lease> members = new TreeMap<>();
    /** Topics and payloads of what is published, and moves of sessions, in the order of the journal. */
    final List<String> journal = new ArrayList<>();

    private final boolean isDeletionTold;
    private long nowNs;
    private long termBeginNs;

    SessionsModel(final boolean isDeletionTold) {
        this.isDeletionTold = isDeletionTold;
    }

    void pass(final long toNs) {
        while (true) {
            long nextNs = NEVER;
            for (final Lease lease : members.values()) {
                nextNs = Math.min(nextNs, lease.endNs());
            }
            for (final Entry entry : sessions.values()) {
                nextNs = Math.min(nextNs, dueNs(entry));
            }
            if (nextNs > toNs) {
                break;
            }
            nowNs = Math.max(nowNs, nextNs);
            for (final Long memberId : List.copyOf(members.keySet())) {
                if (members.get(memberId).endNs() <= nowNs) {
                    closeMember(memberId);
                }
            }
            settle();
        }
        nowNs = toNs;
    }

    void beginTerm() {
        termBeginNs = nowNs;
        members.replaceAll((id, lease) -> new Lease(lease.lengthNs(), nowNs + lease.lengthNs()));
    }

    void openMember(final long memberId, final long lengthNs) {
        members.put(memberId, new Lease(lengthNs, nowNs + lengthNs));
    }

    void closeMember(final long memberId) {
        if (members.remove(memberId) != null) {
            for (final Entry entry : sessions.values()) {
                if (entry.memberId == memberId && entry.isConnected()) {
                    entry.disconnectedNs = nowNs;
                }
            }
        }
    }

    ResultCode open(
            final long memberId,
            final long connectionId,
            final long givenEpoch,
            final long givenId,
            final long newEpoch,
            final long expiryNs,
            final boolean isCleanStart,
            final String clientId,
            final SessionRequests.WillText will,
            final java.util.function.LongSupplier journalEnd) {
        final Entry existing = sessions.get(clientId);
        final boolean isHome = givenEpoch == 0;
        if (existing != null
                && existing.isConnected()
                && existing.memberId == memberId
                && existing.connectionId == connectionId
                && (isHome || (existing.id == givenId && existing.epoch == givenEpoch))) {
            return ResultCode.ACCEPTED;
        }
        if (clientId.isEmpty() || expiryNs < 0 || (isHome ? givenId != 0 : givenId <= 0 || givenId > givenEpoch)) {
            return ResultCode.BAD_SESSION;
        }
        if (!members.containsKey(memberId)) {
            return ResultCode.MEMBER_UNKNOWN;
        }
        if (!isHome && existing != null && existing.epoch >= givenEpoch) {
            return ResultCode.SESSION_MOVED;
        }
        if (existing == null && sessions.size() >= MAX_SESSIONS) {
            return ResultCode.TOO_MANY_SESSIONS;
        }
        if (will != null && will.topic().contains("#")) {
            return ResultCode.BAD_TOPIC;
        }
        Entry entry = existing;
        final boolean goesOn =
                existing != null && (isHome ? !isCleanStart && existing.expiryNs > 0 : existing.id == givenId);
        if (goesOn) {
            if (existing.isConnected() && existing.will != null && existing.will.delayNs() == 0) {
                publishWill(existing);
            }
            tell(existing, newEpoch);
        } else {
            if (existing != null) {
                end(existing);
            }
            entry = new Entry();
            entry.id = isHome ? newEpoch : givenId;
            entry.clientId = clientId;
            entry.cursorPosition = journalEnd.getAsLong();
            sessions.put(clientId, entry);
        }
        entry.epoch = newEpoch;
        entry.memberId = memberId;
        entry.connectionId = connectionId;
        entry.wasPresent = goesOn;
        entry.expiryNs = Math.min(expiryNs, MAX_EXPIRY_NS);
        entry.will = will;
        entry.disconnectedNs = CONNECTED;
        return ResultCode.ACCEPTED;
    }

    ResultCode change(
            final long sessionId,
            final long epoch,
            final List<SessionRequests.Change> changes,
            final long position,
            final List<Integer> results) {
        final Entry entry = find(sessionId);
        if (entry == null) {
            return ResultCode.SESSION_UNKNOWN;
        }
        if (entry.epoch != epoch) {
            return ResultCode.SESSION_MOVED;
        }
        if (changes.isEmpty()
                || changes.stream().anyMatch(change -> change.filter().equals("a/#/b") || change.options() == 3)) {
            return ResultCode.BAD_SESSION;
        }
        for (final SessionRequests.Change change : changes) {
            results.add(change(entry, change, position));
        }
        entry.subs.removeIf(sub -> sub.until <= entry.cursorPosition);
        return ResultCode.ACCEPTED;
    }

    private static int change(final Entry entry, final SessionRequests.Change change, final long position) {
        final Sub present = entry.subs.stream()
                .filter(sub -> sub.until == Long.MAX_VALUE && sub.filter.equals(change.filter()))
                .findFirst()
                .orElse(null);
        if (!change.isSubscribing()) {
            if (present == null) {
                return 4;
            }
            present.until = position;
            return 3;
        }
        final int handling = change.options() >> 4;
        if (present != null
                && present.options == change.options()
                && present.subscriptionId == change.subscriptionId()) {
            present.isRetainedDue |= handling == 0;
            return 2;
        }
        if ((present == null && entry.liveSubs() >= MAX_SUBSCRIPTIONS) || entry.subs.size() >= 2 * MAX_SUBSCRIPTIONS) {
            return 5;
        }
        if (present != null) {
            present.until = position;
        }
        final Sub sub = new Sub(change.filter(), change.subscriptionId(), position, change.options());
        sub.isRetainedDue = handling == 0 || (present == null ? handling == 1 : present.isRetainedDue);
        entry.subs.add(sub);
        return present == null ? 0 : 1;
    }

    boolean update(final SessionRequests.Update update, final long journalEnd) {
        final Entry entry = find(update.sessionId());
        if (entry == null || entry.epoch != update.epoch()) {
            return false;
        }
        final long value = update.value();
        if (update.kind() == SessionUpdate.RELEASED) {
            entry.packets.remove((int) value);
        } else if (update.kind() == SessionUpdate.RETAINED_SENT) {
            entry.subs.stream().filter(sub -> sub.from == value).forEach(sub -> sub.isRetainedDue = false);
        } else if (update.kind() == SessionUpdate.CURSOR) {
            return moveCursor(entry, value, update.position(), journalEnd);
        } else if (value > entry.cursorOrdinal) {
            if (value > entry.cursorOrdinal + WINDOW) {
                return false;
            }
            entry.isDone.merge(value, update.kind() == SessionUpdate.DONE, Boolean::logicalOr);
        }
        return true;
    }

    private static boolean moveCursor(
            final Entry entry, final long ordinal, final long position, final long journalEnd) {
        final boolean isBehind = ordinal <= entry.cursorOrdinal && position <= entry.cursorPosition;
        if (isBehind) {
            return true;
        }
        final boolean isPossible = position <= journalEnd
                && position % 32 == 0
                && ordinal - entry.cursorOrdinal <= (position - entry.cursorPosition) / 32;
        if (!isPossible) {
            return false;
        }
        if (ordinal >= entry.cursorOrdinal && position >= entry.cursorPosition) {
            entry.cursorOrdinal = ordinal;
            entry.cursorPosition = position;
            entry.isDone.headMap(ordinal, true).clear();
            entry.subs.removeIf(sub -> sub.until <= position);
        }
        return true;
    }

    ResultCode close(final long sessionId, final long epoch, final long expiryNs, final boolean isWillKept) {
        final Entry entry = find(sessionId);
        if (entry == null) {
            return ResultCode.SESSION_UNKNOWN;
        }
        if (entry.epoch != epoch) {
            return ResultCode.SESSION_MOVED;
        }
        if (!isWillKept) {
            entry.will = null;
        }
        if (expiryNs >= 0) {
            entry.expiryNs = Math.min(expiryNs, MAX_EXPIRY_NS);
        }
        if (entry.isConnected()) {
            entry.disconnectedNs = nowNs;
        }
        if (dueNs(entry) <= nowNs) {
            dealWith(entry);
        }
        return ResultCode.ACCEPTED;
    }

    ResultCode delete(final String clientId) {
        final Entry entry = sessions.get(clientId);
        if (entry == null) {
            return ResultCode.SESSION_UNKNOWN;
        }
        end(entry, isDeletionTold ? -1 : 0);
        return ResultCode.ACCEPTED;
    }

    ResultCode publish(
            final long sessionId, final long epoch, final int packetId, final String topic, final String payload) {
        final Entry entry = find(sessionId);
        if (entry == null) {
            return ResultCode.SESSION_UNKNOWN;
        }
        if (entry.epoch != epoch) {
            return ResultCode.SESSION_MOVED;
        }
        if (!entry.packets.add(packetId)) {
            return ResultCode.PACKET_KNOWN;
        }
        journal.add(topic + '=' + payload);
        return ResultCode.ACCEPTED;
    }

    Entry find(final long sessionId) {
        return sessions.values().stream()
                .filter(entry -> entry.id == sessionId)
                .findFirst()
                .orElse(null);
    }

    List<Entry> inOrder() {
        return sessions.values().stream()
                .sorted(Comparator.comparingLong(entry -> entry.id))
                .toList();
    }

    /** Deals with all whose time is over, in the order of time and id. */
    void settle() {
        while (true) {
            final Entry first = sessions.values().stream()
                    .min(Comparator.comparingLong(this::dueNs).thenComparingLong(entry -> entry.id))
                    .orElse(null);
            if (first == null || dueNs(first) > nowNs) {
                return;
            }
            dealWith(first);
        }
    }

    private void dealWith(final Entry entry) {
        if (endNs(entry, entry.expiryNs) <= nowNs) {
            end(entry);
        } else {
            publishWill(entry);
        }
    }

    private void end(final Entry entry) {
        end(entry, 0);
    }

    private void end(final Entry entry, final long how) {
        publishWill(entry);
        sessions.remove(entry.clientId);
        tell(entry, how);
    }

    private void publishWill(final Entry entry) {
        if (entry.will != null) {
            journal.add(entry.will.topic() + '=' + entry.will.payload());
            entry.will = null;
        }
    }

    private void tell(final Entry entry, final long epoch) {
        if (entry.id % 64 == 0) {
            journal.add("session " + entry.id + " -> " + epoch);
        }
    }

    private long dueNs(final Entry entry) {
        final long willNs = entry.will == null ? NEVER : endNs(entry, entry.will.delayNs());
        return Math.min(willNs, endNs(entry, entry.expiryNs));
    }

    private long endNs(final Entry entry, final long lengthNs) {
        return entry.isConnected() ? NEVER : Math.max(entry.disconnectedNs, termBeginNs) + lengthNs;
    }
}
