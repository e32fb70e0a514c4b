package io.lockstep.cluster.core;

import io.lockstep.codecs.CloseMemberDecoder;
import io.lockstep.codecs.OpenMemberDecoder;
import io.lockstep.codecs.RenewMemberDecoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import org.agrona.DirectBuffer;

/** Members come, renew their leases and go; whoever held something for one that went is told. */
final class MemberHandler implements CommandFamily, DueWork {
    /** Shortest lease. */
    static final long MIN_LEASE_NS = 1_000_000_000L;

    /** Longest lease. */
    static final long MAX_LEASE_NS = 3_600_000_000_000L;

    private static final long NO_MEMBER = 0;

    // One that goes may give back a thousand messages; many that go at once shall not stop the shard.
    private static final int MAX_EXPIRED_IN_TURN = 16;

    private final PartList parts;
    private final MembersPart members;
    private final EntryCheck entryCheck;
    private final ReplyProxy replies;
    private final MemberListener[] listeners;
    private final OpenMemberDecoder openMember = new OpenMemberDecoder();
    private final RenewMemberDecoder renewMember = new RenewMemberDecoder();
    private final CloseMemberDecoder closeMember = new CloseMemberDecoder();

    MemberHandler(
            final PartList parts,
            final EntryCheck entryCheck,
            final ReplyProxy replies,
            final MemberListener... listeners) {
        this.parts = parts;
        this.members = parts.members();
        this.entryCheck = entryCheck;
        this.replies = replies;
        this.listeners = listeners.clone();
    }

    /** {@inheritDoc} */
    @Override
    public boolean isOwnerOf(final int templateId) {
        return templateId == OpenMemberDecoder.TEMPLATE_ID
                || templateId == RenewMemberDecoder.TEMPLATE_ID
                || templateId == CloseMemberDecoder.TEMPLATE_ID;
    }

    /** {@inheritDoc} */
    @Override
    public boolean onCommand(
            final long clusterSessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        return switch (WireShape.templateId(buffer, offset)) {
            case OpenMemberDecoder.TEMPLATE_ID -> {
                final boolean isWellFormed = WireShape.wrap(openMember, buffer, offset, length)
                        && openMember.memberId() != NO_MEMBER
                        && openMember.memberId() != OpenMemberDecoder.memberIdNullValue();
                if (isWellFormed) {
                    final ResultCode code = open(openMember.memberId(), openMember.leaseNs());
                    reply(clusterSessionId, openMember.correlationId(), code);
                }
                yield isWellFormed;
            }
            case RenewMemberDecoder.TEMPLATE_ID -> {
                final boolean isWellFormed = WireShape.wrap(renewMember, buffer, offset, length);
                if (isWellFormed) {
                    reply(clusterSessionId, renewMember.correlationId(), renew(renewMember.memberId()));
                }
                yield isWellFormed;
            }
            default -> {
                final boolean isWellFormed = WireShape.wrap(closeMember, buffer, offset, length);
                if (isWellFormed) {
                    final long correlationId = closeMember.correlationId();
                    close(closeMember.memberId(), logPosition);
                    reply(clusterSessionId, correlationId, ResultCode.ACCEPTED);
                }
                yield isWellFormed;
            }
        };
    }

    /** {@inheritDoc} */
    @Override
    public long dueNs() {
        return members.nextCheckNs();
    }

    /** {@inheritDoc} */
    @Override
    public void run(final long nowNs, final long logPosition) {
        int expired = 0;
        int index = 0;
        while (index < members.memberCount() && expired < MAX_EXPIRED_IN_TURN) {
            final Member member = members.at(index);
            if (members.isExpired(member, nowNs)) {
                close(member.id(), logPosition);
                expired++;
            } else {
                index++;
            }
        }
        members.planNextCheck();
    }

    private ResultCode open(final long memberId, final long leaseNs) {
        if (leaseNs < MIN_LEASE_NS || leaseNs > MAX_LEASE_NS) {
            return ResultCode.BAD_LEASE;
        }
        final Member known = members.find(memberId);
        if (known != null) {
            known.renew(parts.clock().nowNs(), leaseNs);
            members.noteLease(known);
            return ResultCode.ACCEPTED;
        }
        if (members.memberCount() >= parts.settings().value(EngineSetting.MAX_MEMBERS)) {
            return ResultCode.TOO_MANY_MEMBERS;
        }
        if (!entryCheck.hasRoomFor(MembersPart.MEMBER_BYTES)) {
            return ResultCode.STATE_FULL;
        }
        members.add(memberId, leaseNs, parts.clock().nowNs());
        return ResultCode.ACCEPTED;
    }

    private ResultCode renew(final long memberId) {
        final Member member = members.find(memberId);
        if (member == null) {
            return ResultCode.MEMBER_UNKNOWN;
        }
        member.renew(parts.clock().nowNs());
        return ResultCode.ACCEPTED;
    }

    private void close(final long memberId, final long logPosition) {
        if (members.find(memberId) != null) {
            members.remove(memberId);
            for (final MemberListener listener : listeners) {
                listener.onMemberGone(memberId, logPosition);
            }
        }
    }

    private void reply(final long clusterSessionId, final long correlationId, final ResultCode code) {
        final long detail =
                code == ResultCode.TOO_MANY_MEMBERS ? parts.settings().value(EngineSetting.MAX_MEMBERS) : 0;
        replies.commandReply(clusterSessionId, correlationId, code, detail);
    }
}
