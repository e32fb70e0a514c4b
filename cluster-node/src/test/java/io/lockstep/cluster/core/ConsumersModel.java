package io.lockstep.cluster.core;

import io.lockstep.codecs.ConsumerStart;
import io.lockstep.codecs.ResultCode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** Members and durable consumers as plain maps and lists, and the records that they cause. */
final class ConsumersModel {
    static final int MAX_CONSUMERS = 4;
    static final int MAX_ACKS = 16;
    private static final long HAND_OVER_NS = 5_000_000_000L;
    private static final long NEVER = Long.MAX_VALUE;

    record Event(long consumerId, long epoch, long owner, long wanted, long position) {}

    private static final class Lease {
        private long lengthNs;
        private long endNs;
    }

    static final class Entry {
        long id;
        String name;
        List<String> filters;
        int lane;
        long position;
        TreeSet<Long> acks = new TreeSet<>();
        List<Long> members = new ArrayList<>();
        long owner;
        long epoch;
        long wanted;
        long handOverSinceNs;
        long handOverEndNs = NEVER;

        private long newWanted() {
            if (members.isEmpty()) {
                return 0;
            }
            return lane < 0
                    ? members.get(0)
                    : members.stream().sorted().toList().get(lane % members.size());
        }
    }

    final Map<Long, Entry> consumers = new TreeMap<>();
    final List<Event> events = new ArrayList<>();
    private final Map<Long, Lease> members = new TreeMap<>();
    private long nextId = 1;
    private long nowNs;

    /** Everything that ends until then, in the order of time; of equals the leases first. */
    void pass(final long toNs) {
        while (true) {
            final long leaseEndNs = members.values().stream()
                    .mapToLong(lease -> lease.endNs)
                    .min()
                    .orElse(NEVER);
            final long handOverEndNs = consumers.values().stream()
                    .mapToLong(entry -> entry.handOverEndNs)
                    .min()
                    .orElse(NEVER);
            nowNs = Math.max(nowNs, Math.min(leaseEndNs, handOverEndNs));
            if (nowNs > toNs || Math.min(leaseEndNs, handOverEndNs) == NEVER) {
                nowNs = toNs;
                return;
            }
            if (leaseEndNs <= handOverEndNs) {
                for (final long memberId : List.copyOf(members.keySet())) {
                    if (members.get(memberId).endNs <= nowNs) {
                        closeMember(memberId);
                    }
                }
            } else {
                consumers.values().stream()
                        .filter(entry -> entry.handOverEndNs <= nowNs)
                        .sorted(Comparator.comparingLong((Entry entry) -> entry.handOverSinceNs)
                                .thenComparingLong(entry -> entry.id))
                        .toList()
                        .forEach(this::move);
            }
        }
    }

    void beginTerm() {
        members.values().forEach(lease -> lease.endNs = nowNs + lease.lengthNs);
        for (final Entry entry : consumers.values()) {
            if (entry.handOverEndNs != NEVER) {
                entry.handOverEndNs = nowNs + HAND_OVER_NS;
            }
        }
    }

    void openMember(final long memberId, final long lengthNs) {
        final Lease lease = members.computeIfAbsent(memberId, ignored -> new Lease());
        lease.lengthNs = lengthNs;
        lease.endNs = nowNs + lengthNs;
    }

    void closeMember(final long memberId) {
        members.remove(memberId);
        for (final Entry entry : consumers.values()) {
            if (entry.members.remove(memberId)) {
                settle(entry);
            }
        }
    }

    ResultCode open(
            final long memberId,
            final String name,
            final int lane,
            final List<String> filters,
            final long position,
            final long end,
            final long knownId) {
        if (name.contains("#") || lane < -1 || lane > 1023 || filters.isEmpty() || filters.contains("a/#/b")) {
            return ResultCode.BAD_CONSUMER;
        }
        if (!members.containsKey(memberId)) {
            return ResultCode.MEMBER_UNKNOWN;
        }
        final Entry existing = find(name);
        if (knownId != 0 && (existing == null || existing.id != knownId)) {
            return ResultCode.CONSUMER_UNKNOWN;
        }
        if (existing != null && (!existing.filters.equals(filters) || existing.lane != lane)) {
            return ResultCode.CONSUMER_MISMATCH;
        }
        if (existing == null) {
            if (position < 0 || position > end || position % 32 != 0) {
                return ResultCode.BAD_POSITION;
            }
            if (consumers.size() == MAX_CONSUMERS) {
                return ResultCode.TOO_MANY_CONSUMERS;
            }
            final Entry entry = new Entry();
            entry.id = nextId++;
            entry.name = name;
            entry.lane = lane;
            entry.filters = filters;
            entry.position = position;
            consumers.put(entry.id, entry);
        }
        final Entry entry = find(name);
        if (!entry.members.contains(memberId)) {
            entry.members.add(memberId);
            settle(entry);
        }
        return ResultCode.ACCEPTED;
    }

    ResultCode ack(
            final long consumerId,
            final long memberId,
            final long epoch,
            final long position,
            final Collection<Long> acks,
            final long end) {
        final Entry entry = consumers.get(consumerId);
        if (entry == null) {
            return ResultCode.CONSUMER_UNKNOWN;
        }
        if (!entry.members.contains(memberId) || entry.owner != memberId || entry.epoch != epoch) {
            return ResultCode.NOT_OWNER;
        }
        if (position < -1
                || position > end
                || (position != -1 && position % 32 != 0)
                || acks.stream().anyMatch(ack -> ack > end)) {
            return ResultCode.BAD_POSITION;
        }
        final TreeSet<Long> newAcks = new TreeSet<>(entry.acks);
        newAcks.addAll(acks);
        newAcks.removeIf(ack -> ack <= Math.max(entry.position, position));
        if (newAcks.size() > MAX_ACKS) {
            return ResultCode.TOO_MANY_ACKS;
        }
        entry.position = Math.max(entry.position, position);
        entry.acks = newAcks;
        return ResultCode.ACCEPTED;
    }

    ResultCode leave(final long consumerId, final long memberId, final long epoch, final boolean isKept) {
        final Entry entry = consumers.get(consumerId);
        if (entry == null) {
            return ResultCode.CONSUMER_UNKNOWN;
        }
        if (!isKept) {
            if (entry.members.remove(memberId)) {
                settle(entry);
            }
        } else if (entry.members.contains(memberId) && entry.owner == memberId && entry.epoch == epoch) {
            if (entry.lane < 0) {
                entry.members.remove(memberId);
                entry.members.add(memberId);
            }
            if (entry.newWanted() != entry.owner) {
                move(entry);
            }
        }
        return ResultCode.ACCEPTED;
    }

    ResultCode seek(
            final long consumerId, final ConsumerStart kind, final long given, final long first, final long end) {
        final Entry entry = consumers.get(consumerId);
        if (entry == null) {
            return ResultCode.CONSUMER_UNKNOWN;
        }
        final long position = positionOf(kind, given, first, end);
        if (position < 0 || position > end || position % 32 != 0) {
            return ResultCode.BAD_POSITION;
        }
        entry.position = position;
        entry.acks.clear();
        entry.epoch++;
        tell(entry);
        return ResultCode.ACCEPTED;
    }

    ResultCode delete(final long consumerId) {
        final Entry entry = consumers.remove(consumerId);
        if (entry == null) {
            return ResultCode.CONSUMER_UNKNOWN;
        }
        events.add(new Event(entry.id, entry.epoch + 1, 0, 0, -1));
        return ResultCode.ACCEPTED;
    }

    static long positionOf(final ConsumerStart kind, final long given, final long first, final long end) {
        if (kind == ConsumerStart.START) {
            return first;
        }
        return kind == ConsumerStart.LIVE ? end : given;
    }

    Entry find(final String name) {
        return consumers.values().stream()
                .filter(entry -> entry.name.equals(name))
                .findFirst()
                .orElse(null);
    }

    private void settle(final Entry entry) {
        final long wanted = entry.newWanted();
        if (!entry.members.contains(entry.owner)) {
            move(entry);
        } else {
            if (wanted == entry.owner) {
                entry.handOverEndNs = NEVER;
            } else if (entry.handOverEndNs == NEVER) {
                entry.handOverSinceNs = nowNs;
                entry.handOverEndNs = nowNs + HAND_OVER_NS;
            }
            if (wanted != entry.wanted) {
                entry.wanted = wanted;
                tell(entry);
            }
        }
    }

    private void move(final Entry entry) {
        entry.wanted = entry.newWanted();
        entry.owner = entry.wanted;
        entry.epoch++;
        entry.handOverEndNs = NEVER;
        tell(entry);
    }

    private void tell(final Entry entry) {
        events.add(new Event(entry.id, entry.epoch, entry.owner, entry.wanted, entry.position));
    }
}
