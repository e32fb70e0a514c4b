package io.lockstep.cluster.core;

import io.lockstep.wire.RollingHash;
import java.util.List;

/**
 * The whole replicated state, part by part in the order of their ids. Snapshot, restore, hash, size and the tests of
 * the snapshot law go over the list, so that no part can be forgotten in one of them.
 */
final class PartList {
    private final ClockPart clock = new ClockPart();
    private final SettingsPart settings = new SettingsPart();
    private final ShardPart shard = new ShardPart();
    private final JournalPart journal = new JournalPart();
    private final TopicsPart topics = new TopicsPart();
    private final ProducersPart producers = new ProducersPart();
    private final LeasePart leases = new LeasePart();
    private final TopicPoliciesPart topicPolicies = new TopicPoliciesPart();
    private final RetainedPart retained = new RetainedPart();
    private final SchedulePart schedule = new SchedulePart();
    private final PublisherLeasesPart publisherLeases = new PublisherLeasesPart(leases);
    private final MembersPart members = new MembersPart(leases);
    private final ConsumersPart consumers = new ConsumersPart();
    private final GroupsPart groups = new GroupsPart(topics, leases);
    private final SessionsPart sessions = new SessionsPart(leases);
    private final QuotasPart quotas = new QuotasPart(settings);
    private final AccessPart access = new AccessPart();
    private final List<Part> all = List.of(
            clock,
            settings,
            shard,
            journal,
            topics,
            producers,
            leases,
            topicPolicies,
            publisherLeases,
            retained,
            schedule,
            members,
            consumers,
            groups,
            quotas,
            sessions,
            access);
    // An array, because the sum of sizes is asked for with every message.
    private final Part[] sized = all.toArray(new Part[0]);

    PartList() {
        producers.onForget(quotas::forgetProducer);
    }

    ClockPart clock() {
        return clock;
    }

    SettingsPart settings() {
        return settings;
    }

    ShardPart shard() {
        return shard;
    }

    JournalPart journal() {
        return journal;
    }

    TopicsPart topics() {
        return topics;
    }

    ProducersPart producers() {
        return producers;
    }

    LeasePart leases() {
        return leases;
    }

    TopicPoliciesPart topicPolicies() {
        return topicPolicies;
    }

    RetainedPart retained() {
        return retained;
    }

    SchedulePart schedule() {
        return schedule;
    }

    PublisherLeasesPart publisherLeases() {
        return publisherLeases;
    }

    MembersPart members() {
        return members;
    }

    GroupsPart groups() {
        return groups;
    }

    ConsumersPart consumers() {
        return consumers;
    }

    SessionsPart sessions() {
        return sessions;
    }

    QuotasPart quotas() {
        return quotas;
    }

    AccessPart access() {
        return access;
    }

    List<Part> all() {
        return all;
    }

    /** The part of an id, or null. */
    Part ofId(final int partId) {
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).id() == partId) {
                return all.get(i);
            }
        }
        return null;
    }

    /** Number of parts that a snapshot holds now. */
    int writtenCount() {
        int count = 0;
        for (int i = 0; i < all.size(); i++) {
            count += all.get(i).isWritten() ? 1 : 0;
        }
        return count;
    }

    /** Hash of all parts. */
    long hash() {
        long hash = RollingHash.SEED;
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).isWritten()) {
                hash = RollingHash.update(hash, all.get(i).hash());
            }
        }
        return hash;
    }

    /** Size that counts under {@code MAX_STATE_BYTES}. */
    long stateBytes() {
        long bytes = 0;
        for (final Part part : sized) {
            bytes += part.stateBytes();
        }
        return bytes;
    }
}
