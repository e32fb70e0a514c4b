package io.lockstep.client;

import io.lockstep.client.internal.ShardCall;
import io.lockstep.client.internal.ShardConnection;
import io.lockstep.codecs.CloseMemberEncoder;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.OpenMemberEncoder;
import io.lockstep.codecs.RenewMemberEncoder;
import io.lockstep.codecs.ResultCode;
import java.util.concurrent.ThreadLocalRandom;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

/**
 * The client as a member of the shards in which it has consumers or groups: opens the member, renews its lease three times
 * as often as is needed, and opens it again where the shard knows it no more. One of a client; belongs to the thread that
 * owns it.
 */
final class MemberDuty implements ClientDuty {
    private static final int RENEWALS_IN_LEASE = 3;

    private final LockstepClient client;
    private final long leaseNs;
    private final long memberId;
    private final Membership[] memberships;
    private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
    private final MessageHeaderEncoder headerEncoder = new MessageHeaderEncoder();
    private final CommandReplyDecoder reply = new CommandReplyDecoder();
    private final OpenMemberEncoder openMember = new OpenMemberEncoder();
    private final RenewMemberEncoder renewMember = new RenewMemberEncoder();
    private final CloseMemberEncoder closeMember = new CloseMemberEncoder();
    private boolean isClosed;

    MemberDuty(final LockstepClient client, final long leaseNs) {
        this.client = client;
        this.leaseNs = leaseNs;
        this.memberId = ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
        this.memberships = new Membership[client.shardCount()];
        for (int i = 0; i < memberships.length; i++) {
            memberships[i] = new Membership(i);
        }
    }

    long memberId() {
        return memberId;
    }

    /** The member is to be opened in a shard and kept. */
    void join(final int shardId) {
        memberships[shardId].isWanted = true;
    }

    boolean isOpen(final int shardId) {
        return memberships[shardId].isOpen;
    }

    /** How often the member was opened in a shard: where it rises, what it held is gone. */
    long openings(final int shardId) {
        return memberships[shardId].openings;
    }

    /** Why the shard does not take the member, or null. */
    String refusal(final int shardId) {
        return memberships[shardId].refusal;
    }

    /** The shard said that it does not know the member. */
    void onUnknown(final int shardId) {
        memberships[shardId].isOpen = false;
    }

    @Override
    public int doWork(final long nowNs) {
        int workCount = 0;
        for (final Membership membership : memberships) {
            workCount += membership.doWork(nowNs);
        }
        return workCount;
    }

    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        client.remove(this);
        for (final Membership membership : memberships) {
            membership.close();
        }
    }

    private final class Membership implements ShardCall.Listener {
        private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        private final int shardId;
        private boolean isWanted;
        private boolean isOpen;
        private long openings;
        private long sentNs;
        private ShardCall call;
        private String refusal;

        private Membership(final int shardId) {
            this.shardId = shardId;
        }

        private int doWork(final long nowNs) {
            if (!isWanted || call != null || (isOpen && nowNs - sentNs < leaseNs / RENEWALS_IN_LEASE)) {
                return 0;
            }
            final ShardConnection connection = client.connection(shardId);
            final long correlationId = connection.nextCorrelationId();
            final int length;
            if (isOpen) {
                renewMember
                        .wrapAndApplyHeader(buffer, 0, headerEncoder)
                        .correlationId(correlationId)
                        .memberId(memberId);
                length = MessageHeaderEncoder.ENCODED_LENGTH + renewMember.encodedLength();
            } else {
                openMember
                        .wrapAndApplyHeader(buffer, 0, headerEncoder)
                        .correlationId(correlationId)
                        .memberId(memberId)
                        .leaseNs(leaseNs);
                length = MessageHeaderEncoder.ENCODED_LENGTH + openMember.encodedLength();
            }
            sentNs = nowNs;
            call = new ShardCall(connection, correlationId, buffer, length, nowNs + leaseNs, this);
            client.begin(call);
            return 1;
        }

        @Override
        public void onAnswer(final int templateId, final DirectBuffer answer, final int offset, final int length) {
            call = null;
            if (templateId != CommandReplyDecoder.TEMPLATE_ID) {
                return;
            }
            reply.wrapAndApplyHeader(answer, offset, headerDecoder);
            final long detail = reply.detail();
            final ResultCode code = reply.code();
            refusal = null;
            if (code == ResultCode.ACCEPTED) {
                openings += isOpen ? 0 : 1;
                isOpen = true;
            } else {
                refusal = code == ResultCode.MEMBER_UNKNOWN || code == ResultCode.NOT_SEEDED
                        ? null
                        : "shard " + shardId + " takes no member: " + code + ", detail " + detail;
                isOpen = false;
            }
        }

        @Override
        public void onTimeout() {
            call = null;
        }

        // Sent once and not waited for: without it the lease runs out a little later.
        private void close() {
            if (call != null) {
                call.cancel();
            }
            final ShardConnection connection = client.connection(shardId);
            if (isWanted && connection.isConnected()) {
                closeMember
                        .wrapAndApplyHeader(buffer, 0, headerEncoder)
                        .correlationId(connection.nextCorrelationId())
                        .memberId(memberId);
                connection.offer(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + closeMember.encodedLength());
            }
        }
    }
}
