package io.lockstep.client;

import io.lockstep.client.internal.ShardCall;
import io.lockstep.client.internal.ShardConnection;
import io.lockstep.codecs.AcquireLeaseEncoder;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.DropLeaseEncoder;
import io.lockstep.codecs.LeaseAnswerDecoder;
import io.lockstep.codecs.LeasesPageDecoder;
import io.lockstep.codecs.ListLeasesEncoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ReleaseLeaseEncoder;
import io.lockstep.codecs.RenewLeaseEncoder;
import io.lockstep.codecs.ResultCode;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.sbe.MessageEncoderFlyweight;

/** Encodes commands about publisher leases, decodes their answers, and waits for them where that is asked for. */
final class LeaseExchange {
    private static final int PAGE_LENGTH = 100;

    /** An answer that is waited for. */
    private static final class Awaited implements ShardCall.Listener {
        private LeaseGrant grant;
        private ResultCode refusal;
        private boolean isLastPage;
        private int scannedToTopicId;
        private final List<LeaseState> states = new ArrayList<>();
        private final int shardId;
        private boolean isEnded;

        private Awaited(final int shardId) {
            this.shardId = shardId;
        }

        @Override
        public void onAnswer(final int templateId, final DirectBuffer buffer, final int offset, final int length) {
            isEnded = true;
            if (templateId == LeasesPageDecoder.TEMPLATE_ID) {
                readPage(buffer, offset);
            } else {
                grant = grantOf(templateId, buffer, offset);
                refusal = grant.code();
            }
        }

        @Override
        public void onTimeout() {
            // Whoever waits has the same deadline.
        }

        private void readPage(final DirectBuffer buffer, final int offset) {
            final LeasesPageDecoder page =
                    new LeasesPageDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
            isLastPage = page.isLast() == BooleanType.TRUE;
            scannedToTopicId = page.scannedToTopicId();
            for (final LeasesPageDecoder.LeasesDecoder lease : page.leases()) {
                final long token = lease.token();
                final long holderId = lease.holderId();
                final long durationNs = lease.durationNs();
                final long remainingNs = lease.remainingNs();
                states.add(new LeaseState(lease.topicName(), shardId, token, holderId, durationNs, remainingNs));
            }
        }
    }

    private LeaseExchange() {}

    static ShardCall acquire(
            final ShardConnection connection,
            final String topic,
            final long holderId,
            final long durationNs,
            final long deadlineNs,
            final ShardCall.Listener listener) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final long correlationId = connection.nextCorrelationId();
        final AcquireLeaseEncoder command = new AcquireLeaseEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .correlationId(correlationId)
                .holderId(holderId)
                .durationNs(durationNs)
                .topicName(topic);
        return new ShardCall(connection, correlationId, buffer, lengthOf(command), deadlineNs, listener);
    }

    static ShardCall renew(
            final ShardConnection connection,
            final String topic,
            final long token,
            final long deadlineNs,
            final ShardCall.Listener listener) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final long correlationId = connection.nextCorrelationId();
        final RenewLeaseEncoder command = new RenewLeaseEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .correlationId(correlationId)
                .token(token)
                .topicName(topic);
        return new ShardCall(connection, correlationId, buffer, lengthOf(command), deadlineNs, listener);
    }

    static ShardCall release(
            final ShardConnection connection,
            final String topic,
            final long token,
            final long deadlineNs,
            final ShardCall.Listener listener) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final long correlationId = connection.nextCorrelationId();
        final ReleaseLeaseEncoder command = new ReleaseLeaseEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .correlationId(correlationId)
                .token(token)
                .topicName(topic);
        return new ShardCall(connection, correlationId, buffer, lengthOf(command), deadlineNs, listener);
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

    static LeaseGrant acquireAndWait(
            final LockstepClient client,
            final String topic,
            final long holderId,
            final long durationNs,
            final long timeoutNs) {
        final ShardConnection connection = client.connection(client.shardOf(topic));
        final long deadlineNs = client.nowNs() + timeoutNs;
        final Awaited awaited = new Awaited(connection.shardId());
        return await(client, awaited, acquire(connection, topic, holderId, durationNs, deadlineNs, awaited), deadlineNs)
                .grant;
    }

    static LeaseGrant releaseAndWait(
            final LockstepClient client, final String topic, final long token, final long timeoutNs) {
        final ShardConnection connection = client.connection(client.shardOf(topic));
        final long deadlineNs = client.nowNs() + timeoutNs;
        final Awaited awaited = new Awaited(connection.shardId());
        return await(client, awaited, release(connection, topic, token, deadlineNs, awaited), deadlineNs).grant;
    }

    static LeaseGrant dropAndWait(final LockstepClient client, final String topic, final long timeoutNs) {
        final ShardConnection connection = client.connection(client.shardOf(topic));
        final Awaited awaited = new Awaited(connection.shardId());
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final long correlationId = connection.nextCorrelationId();
        final DropLeaseEncoder command = new DropLeaseEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .correlationId(correlationId)
                .topicName(topic);
        final long deadlineNs = client.nowNs() + timeoutNs;
        return await(
                        client,
                        awaited,
                        new ShardCall(connection, correlationId, buffer, lengthOf(command), deadlineNs, awaited),
                        deadlineNs)
                .grant;
    }

    static List<LeaseState> listAndWait(final LockstepClient client, final String filter, final long timeoutNs) {
        final long deadlineNs = client.nowNs() + timeoutNs;
        final List<LeaseState> states = new ArrayList<>();
        for (int shardId = 0; shardId < client.shardCount(); shardId++) {
            int afterTopicId = 0;
            boolean isLast = false;
            while (!isLast) {
                final Awaited page = new Awaited(shardId);
                await(
                        client,
                        page,
                        list(client.connection(shardId), filter, afterTopicId, deadlineNs, page),
                        deadlineNs);
                if (page.refusal != null) {
                    throw new LockstepException("shard " + shardId + " refused to list leases: " + page.refusal);
                }
                isLast = page.isLastPage;
                afterTopicId = page.scannedToTopicId;
                states.addAll(page.states);
            }
        }
        return states;
    }

    private static ShardCall list(
            final ShardConnection connection,
            final String filter,
            final int afterTopicId,
            final long deadlineNs,
            final ShardCall.Listener listener) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final long correlationId = connection.nextCorrelationId();
        final ListLeasesEncoder command = new ListLeasesEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .correlationId(correlationId)
                .afterTopicId(afterTopicId)
                .maxLeases(PAGE_LENGTH)
                .filter(filter);
        return new ShardCall(connection, correlationId, buffer, lengthOf(command), deadlineNs, listener);
    }

    private static Awaited await(
            final LockstepClient client, final Awaited awaited, final ShardCall call, final long deadlineNs) {
        client.begin(call);
        while (!call.isEnded() && client.nowNs() - deadlineNs < 0) {
            client.workOrIdle();
        }
        if (!awaited.isEnded) {
            call.cancel();
            throw new LockstepException("shard " + call.shardId() + " did not answer in time and may have done what was"
                    + " asked or not; 'lockstep status' shows whether it has a leader");
        }
        return awaited;
    }

    private static int lengthOf(final MessageEncoderFlyweight command) {
        return MessageHeaderEncoder.ENCODED_LENGTH + command.encodedLength();
    }
}
