package io.lockstep.testkit.sharing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What is promised of partitions and their members, as plain lists, sets and maps: who is a member until when, who owns a
 * partition and why it was taken from somebody, what is in it, who works on what, and what is acknowledged.
 */
final class SharingModel {
    private static final long HAND_OVER_NS = 5_000_000_000L;
    private static final long NEVER = Long.MAX_VALUE;

    /** Why a partition was taken from a member that owned it. */
    enum Cause {
        HANDED_OVER,
        LEFT,
        CLOSED,
        LEASE_OVER,
        OVERDUE
    }

    /** What the shard is told just now that may move a partition. */
    record Order(long memberId, int partition, boolean isKept) {}

    record Sent(long position, String key) {}

    /** A message that a member works on. */
    static final class Work {
        final long memberId;
        final Sent sent;
        // Its partition was taken from the member by force, so that another may work on the same key.
        private boolean isExcused;

        Work(final long memberId, final Sent sent) {
            this.memberId = memberId;
            this.sent = sent;
        }
    }

    static final class Partition {
        final List<Sent> sent = new ArrayList<>();
        // Positions that the shard accepted an acknowledgement of.
        final Set<Long> confirmed = new HashSet<>();
        // Positions that some member acknowledged.
        final Set<Long> acked = new HashSet<>();
        final List<Work> works = new ArrayList<>();
        final Set<Long> joined = new TreeSet<>();
        long epoch;
        long owner;
        long wanted;
        private long handOverEndNs = NEVER;
        // What the owner got since it began to read.
        private final Set<Long> delivered = new HashSet<>();
        private long lastDelivered = -1;
    }

    private record Lease(long lengthNs, long endNs) {}

    final List<Partition> partitions = new ArrayList<>();
    final Set<Cause> causes = EnumSet.noneOf(Cause.class);
    private final Map<Long, Lease> leases = new TreeMap<>();
    private Order order;
    private long nowNs;

    SharingModel(final int partitionCount) {
        for (int i = 0; i < partitionCount; i++) {
            partitions.add(new Partition());
        }
    }

    /** Time passes; the shard has not been told yet. */
    void pass(final long toNs) {
        nowNs = toNs;
    }

    /** No lease and no hand-over ends before its full length has passed in the new term. */
    void beginTerm() {
        leases.replaceAll((memberId, lease) -> new Lease(lease.lengthNs(), nowNs + lease.lengthNs()));
        for (final Partition partition : partitions) {
            if (partition.handOverEndNs != NEVER) {
                partition.handOverEndNs = nowNs + HAND_OVER_NS;
            }
        }
    }

    /** The shard is told something that may move partitions, or null: all that is told until the next call follows from it. */
    void beginOrder(final Order told) {
        order = told;
    }

    void openMember(final long memberId, final long lengthNs) {
        leases.put(memberId, new Lease(lengthNs, nowNs + lengthNs));
    }

    void renewMember(final long memberId) {
        openMember(memberId, leases.get(memberId).lengthNs());
    }

    void closeMember(final long memberId) {
        leases.remove(memberId);
        for (final Partition partition : partitions) {
            partition.joined.remove(memberId);
        }
    }

    /** A member is gone for good: nobody works on what it had. */
    void forgetWorks(final long memberId) {
        for (final Partition partition : partitions) {
            partition.works.removeIf(work -> work.memberId == memberId);
        }
    }

    void join(final long memberId, final int partition) {
        partitions.get(partition).joined.add(memberId);
    }

    void leave(final long memberId, final int partition) {
        partitions.get(partition).joined.remove(memberId);
    }

    void send(final int partition, final long position, final String key) {
        partitions.get(partition).sent.add(new Sent(position, key));
    }

    /** The shard accepted acknowledgements: nothing may be among them that no member acknowledged. */
    void confirm(final int partition, final long position, final Collection<Long> singles) {
        final Partition known = partitions.get(partition);
        for (final Sent sent : known.sent) {
            if (sent.position() <= position || singles.contains(sent.position())) {
                assertTrue(
                        known.acked.contains(sent.position()),
                        () -> "message " + sent + " of partition " + partition + " was skipped");
                known.confirmed.add(sent.position());
            }
        }
    }

    void ack(final Work work, final int partition) {
        final Partition known = partitions.get(partition);
        known.acked.add(work.sent.position());
        known.works.remove(work);
    }

    /** A member drops its work, because it learnt that it lost the partition. */
    void drop(final Work work, final int partition) {
        partitions.get(partition).works.remove(work);
    }

    /** The journal tells how a partition stands. */
    void change(final int partition, final long epoch, final long owner, final long wanted) {
        final Partition known = partitions.get(partition);
        assertTrue(epoch >= known.epoch, "epochs rise");
        if (epoch == known.epoch) {
            assertEquals(known.owner, owner, "an owner keeps its epoch");
        } else {
            assertEquals(wanted, owner, "a new owner is the one that is wanted");
            if (known.owner != 0) {
                take(known, partition);
            }
            known.delivered.clear();
            known.lastDelivered = -1;
        }
        if (owner == wanted) {
            known.handOverEndNs = NEVER;
        } else if (known.handOverEndNs == NEVER) {
            known.handOverEndNs = nowNs + HAND_OVER_NS;
        }
        known.epoch = epoch;
        known.owner = owner;
        known.wanted = wanted;
    }

    private void take(final Partition known, final int partition) {
        final Cause cause = causeOf(known, partition);
        causes.add(cause);
        for (final Work work : known.works) {
            if (work.memberId == known.owner && !work.isExcused) {
                assertTrue(
                        cause != Cause.HANDED_OVER,
                        () -> "partition " + partition + " was handed over while its owner works on " + work.sent);
                work.isExcused = true;
            }
        }
    }

    private Cause causeOf(final Partition known, final int partition) {
        if (order != null && order.memberId() == known.owner) {
            if (order.partition() < 0) {
                return Cause.CLOSED;
            }
            if (order.partition() == partition) {
                assertTrue(!order.isKept() || known.wanted != known.owner, "handed over, but nobody waits");
                return order.isKept() ? Cause.HANDED_OVER : Cause.LEFT;
            }
        }
        if (leases.get(known.owner).endNs() <= nowNs) {
            return Cause.LEASE_OVER;
        }
        assertTrue(
                known.handOverEndNs <= nowNs,
                () -> "partition " + partition + " was taken from member " + known.owner + " without a cause");
        return Cause.OVERDUE;
    }

    /** A member gets a message, in one of its readings. */
    Work deliver(final long memberId, final long epoch, final int partition, final long position) {
        final Partition known = partitions.get(partition);
        final String what = "message " + position + " of partition " + partition + " to member " + memberId;
        assertEquals(known.owner, memberId, () -> what + ", which is not the owner");
        assertEquals(known.epoch, epoch, () -> what + " in an epoch that is over");
        assertTrue(position > known.lastDelivered, () -> what + " out of order");
        assertTrue(!known.confirmed.contains(position), () -> what + " again, though it was acknowledged");
        Sent found = null;
        for (final Sent sent : known.sent) {
            if (sent.position() == position) {
                found = sent;
            } else if (sent.position() < position) {
                assertTrue(
                        known.confirmed.contains(sent.position()) || known.delivered.contains(sent.position()),
                        () -> what + ", but " + sent + " before it was skipped");
            }
        }
        final Work work = new Work(memberId, found);
        for (final Work other : known.works) {
            assertTrue(
                    other.memberId == memberId
                            || other.isExcused
                            || !other.sent.key().equals(found.key()),
                    () -> what + " while member " + other.memberId + " works on " + other.sent + " of its key");
        }
        known.delivered.add(position);
        known.lastDelivered = position;
        known.works.add(work);
        return work;
    }

    /** What has to be true at any time. */
    void check() {
        for (final Map.Entry<Long, Lease> lease : List.copyOf(leases.entrySet())) {
            if (lease.getValue().endNs() <= nowNs) {
                closeMember(lease.getKey());
            }
        }
        for (int i = 0; i < partitions.size(); i++) {
            final Partition partition = partitions.get(i);
            assertEquals(ownerOf(i, partition.joined), partition.wanted, "who is to own partition " + i);
            assertTrue(
                    partition.joined.isEmpty() ? partition.owner == 0 : partition.joined.contains(partition.owner),
                    "partition " + i + " is owned by " + partition.owner + ", members are " + partition.joined);
        }
    }

    /** Partition i belongs to member i modulo their number, in the order of their ids. */
    static long ownerOf(final int partition, final Set<Long> members) {
        final List<Long> sorted = members.stream().sorted().toList();
        return sorted.isEmpty() ? 0 : sorted.get(partition % sorted.size());
    }

    boolean isAllConfirmed() {
        return partitions.stream().allMatch(partition -> partition.confirmed.size() == partition.sent.size());
    }
}
