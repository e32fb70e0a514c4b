package io.lockstep.cluster.core;

/**
 * Says who owns a durable consumer, and tells it by a record. Without a lane the member that joined first owns it. With
 * one the place among the members decides, so that a member that joins or leaves moves it; then the owner is asked to
 * finish and hand over, and after {@link Limits#HAND_OVER_NS} the consumer moves anyway. An owner that is no member any
 * more is replaced at once.
 */
final class ConsumerOwnership implements DueWork, MemberListener {
    private final ConsumersPart consumers;
    private final ClockPart clock;
    private final LeasePart leases;
    private final JournalAppender appender;

    ConsumerOwnership(final PartList parts, final JournalAppender appender) {
        this.consumers = parts.consumers();
        this.clock = parts.clock();
        this.leases = parts.leases();
        this.appender = appender;
    }

    void join(final Consumer consumer, final long memberId, final long logPosition) {
        final long wantedBefore = consumer.wantedMemberId();
        consumers.join(consumer, memberId);
        settle(consumer, wantedBefore, logPosition);
    }

    void leave(final Consumer consumer, final long memberId, final long logPosition) {
        final long wantedBefore = consumer.wantedMemberId();
        consumers.leave(consumer, memberId);
        settle(consumer, wantedBefore, logPosition);
    }

    /** Takes the consumer from its owner, who stays a member, where another is wanted or, without a lane, waits. */
    void release(final Consumer consumer, final long logPosition) {
        final long ownerMemberId = consumer.ownerMemberId();
        if (consumer.lane() == Consumer.NO_LANE && consumer.memberCount() > 1) {
            consumers.leave(consumer, ownerMemberId);
            consumers.join(consumer, ownerMemberId);
        }
        if (consumer.wantedMemberId() != ownerMemberId) {
            move(consumer, logPosition);
        }
    }

    /** The owner has to open the consumer again, because its cursor was moved. */
    void renew(final Consumer consumer, final long logPosition) {
        consumer.raiseEpoch();
        appender.appendConsumer(consumer, consumer.position(), logPosition);
    }

    /** Forgets a consumer. */
    void delete(final Consumer consumer, final long logPosition) {
        while (consumer.memberCount() > 0) {
            consumers.leave(consumer, consumer.member(0));
        }
        consumers.delete(consumer);
        consumer.own(Consumer.NOBODY);
        appender.appendConsumer(consumer, Limits.NO_POSITION, logPosition);
    }

    /** {@inheritDoc} */
    @Override
    public void onMemberGone(final long memberId, final long logPosition) {
        Consumer consumer = consumers.firstOf(memberId);
        while (consumer != null) {
            leave(consumer, memberId, logPosition);
            consumer = consumers.firstOf(memberId);
        }
    }

    /** {@inheritDoc} */
    @Override
    public long dueNs() {
        final Consumer oldest = consumers.oldestHandOver();
        return oldest == null ? NEVER : leases.endOf(oldest.handOverSinceNs(), Limits.HAND_OVER_NS);
    }

    /** {@inheritDoc} */
    @Override
    public void run(final long nowNs, final long logPosition) {
        for (int i = 0; i < Limits.MAX_HAND_OVERS_IN_TURN && dueNs() <= nowNs; i++) {
            move(consumers.oldestHandOver(), logPosition);
        }
    }

    private void settle(final Consumer consumer, final long wantedBefore, final long logPosition) {
        final long wanted = consumer.wantedMemberId();
        final long owner = consumer.ownerMemberId();
        if (wanted != owner && !consumer.hasMember(owner)) {
            move(consumer, logPosition);
            return;
        }
        if (wanted == owner) {
            consumers.endHandOver(consumer);
        } else if (consumer.handOverSinceNs() == Consumer.NO_HAND_OVER) {
            consumers.beginHandOver(consumer, clock.nowNs());
        }
        if (wanted != wantedBefore) {
            appender.appendConsumer(consumer, consumer.position(), logPosition);
        }
    }

    private void move(final Consumer consumer, final long logPosition) {
        consumers.endHandOver(consumer);
        consumer.own(consumer.wantedMemberId());
        appender.appendConsumer(consumer, consumer.position(), logPosition);
    }
}
