package io.lockstep.client;

import io.lockstep.client.internal.ShardCommand;
import io.lockstep.codecs.AcquireLeaseEncoder;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.DropLeaseEncoder;
import io.lockstep.codecs.LeaseAnswerDecoder;
import io.lockstep.codecs.LeasesPageDecoder;
import io.lockstep.codecs.ListLeasesEncoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.ReleaseLeaseEncoder;
import io.lockstep.codecs.RenewLeaseEncoder;
import io.lockstep.topic.TopicFilter;
import java.util.List;
import org.agrona.DirectBuffer;

/**
 * The publisher leases of a cluster, to look at and to take, release and drop once; {@link LockstepClient#addLease} keeps
 * one. Each call waits for its answer. Made by {@link LockstepClient#leases()}; belongs to the thread that owns the client,
 * and is not to be called from a handler or listener.
 */
public final class Leases {
    private static final int PAGE_LENGTH = 100;

    private final LockstepClient client;

    Leases(final LockstepClient client) {
        this.client = client;
    }

    /**
     * Takes or renews the publisher lease of a topic once; nobody renews it then.
     *
     * @param topic      name of the topic.
     * @param holderId   who asks, any value but {@link Long#MIN_VALUE}: a holder that asks again renews its lease.
     * @param durationNs how long the lease is held, 1 s to 1 h.
     * @param timeoutNs  greatest time to wait.
     * @return what the shard answered.
     * @throws LockstepException where it did not answer in time.
     */
    public LeaseGrant acquire(final String topic, final long holderId, final long durationNs, final long timeoutNs) {
        return ask(topic, acquireCommand(topic, holderId, durationNs), timeoutNs);
    }

    /**
     * Ends a publisher lease that is held; the topic stays guarded.
     *
     * @param topic     name of the topic.
     * @param token     of the lease.
     * @param timeoutNs greatest time to wait.
     * @return what the shard answered.
     * @throws LockstepException where it did not answer in time.
     */
    public LeaseGrant release(final String topic, final long token, final long timeoutNs) {
        return ask(topic, releaseCommand(topic, token), timeoutNs);
    }

    /**
     * Guards a topic no longer: ends its publisher lease, whoever holds it, and lets everybody publish.
     *
     * @param topic     name of the topic.
     * @param timeoutNs greatest time to wait.
     * @return what the shard answered, with the last token.
     * @throws LockstepException where it did not answer in time.
     */
    public LeaseGrant drop(final String topic, final long timeoutNs) {
        return ask(
                topic,
                (buffer, header, correlationId) -> new DropLeaseEncoder()
                        .wrapAndApplyHeader(buffer, 0, header)
                        .correlationId(correlationId)
                        .topicName(topic),
                timeoutNs);
    }

    /**
     * The topics that publisher leases guard, of all shards.
     *
     * @param filter    topic filter; {@code #} for all.
     * @param timeoutNs greatest time to wait.
     * @return by shard, in the order in which the topics were created.
     * @throws LockstepException where a shard did not answer in time, or does not know leases.
     */
    public List<LeaseState> list(final String filter, final long timeoutNs) {
        final String checked = TopicFilter.parse(filter).toString();
        return PagedList.collect(
                client,
                LeasesPageDecoder.TEMPLATE_ID,
                "list its leases",
                (buffer, header, correlationId, after) -> new ListLeasesEncoder()
                        .wrapAndApplyHeader(buffer, 0, header)
                        .correlationId(correlationId)
                        .afterTopicId((int) after)
                        .maxLeases(PAGE_LENGTH)
                        .filter(checked),
                Leases::readPage,
                timeoutNs);
    }

    static ShardCommand acquireCommand(final String topic, final long holderId, final long durationNs) {
        return (buffer, header, correlationId) -> new AcquireLeaseEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .holderId(holderId)
                .durationNs(durationNs)
                .topicName(topic);
    }

    static ShardCommand renewCommand(final String topic, final long token) {
        return (buffer, header, correlationId) -> new RenewLeaseEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .token(token)
                .topicName(topic);
    }

    static ShardCommand releaseCommand(final String topic, final long token) {
        return (buffer, header, correlationId) -> new ReleaseLeaseEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .token(token)
                .topicName(topic);
    }

    /** What an answer says; also one that is a code alone. */
    static LeaseGrant grantOf(final int templateId, final DirectBuffer buffer, final int offset) {
        if (templateId == LeaseAnswerDecoder.TEMPLATE_ID) {
            final LeaseAnswerDecoder answer =
                    new LeaseAnswerDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
            return new LeaseGrant(
                    answer.code(), answer.detail(), answer.token(), answer.remainingNs(), answer.journalPosition());
        }
        final CommandReplyDecoder reply =
                new CommandReplyDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
        return new LeaseGrant(reply.code(), reply.detail(), 0, 0, reply.journalPosition());
    }

    private LeaseGrant ask(final String topic, final ShardCommand command, final long timeoutNs) {
        final BlockingCall call = BlockingCall.ask(client, client.shardOf(topic), command, timeoutNs);
        return grantOf(call.templateId(), call.answer(), 0);
    }

    private static long readPage(
            final int shardId, final DirectBuffer buffer, final int offset, final List<LeaseState> states) {
        final LeasesPageDecoder page =
                new LeasesPageDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
        final long after = page.isLast() == BooleanType.TRUE ? PagedList.LAST : page.scannedToTopicId();
        for (final LeasesPageDecoder.LeasesDecoder lease : page.leases()) {
            final long token = lease.token();
            final long holderId = lease.holderId();
            final long durationNs = lease.durationNs();
            final long remainingNs = lease.remainingNs();
            states.add(new LeaseState(lease.topicName(), shardId, token, holderId, durationNs, remainingNs));
        }
        return after;
    }
}
