package io.lockstep.client;

import io.lockstep.client.internal.ShardCall;
import io.lockstep.client.internal.ShardCommand;
import io.lockstep.codecs.CloseMemberEncoder;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.OpenMemberEncoder;
import io.lockstep.codecs.RenewMemberEncoder;
import io.lockstep.codecs.ResultCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;

/**
 * Keeps a client a member of the shards in which its consumers and groups take part: one member for a client, the same in
 * all shards, whose lease is renewed each third of its length. Where a lease ran out because the client was not driven or
 * could not reach the shard, the member is opened again and those who take part are told that they hold nothing any more.
 */
final class MemberDuty implements ClientDuty {
    /** Length of a lease where nobody asks for a shorter one. */
    static final long DEFAULT_LEASE_NS = TimeUnit.SECONDS.toNanos(10);

    private static final long CLOSE_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long OPEN_AGAIN_NS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Somebody who takes part in something in a shard as this member. */
    interface Participant {
        /**
         * The member is open in the shard: it may join.
         *
         * @param shardId of the shard.
         */
        void onMemberOpened(int shardId);

        /**
         * The shard forgot the member: all that it held is given back, and it will be opened again.
         *
         * @param shardId of the shard.
         */
        void onMemberLost(int shardId);
    }

    private final ShardAsker asker;
    private final long memberId;
    private final Membership[] memberships;
    private long leaseNs;
    private boolean isClosed;

    /**
     * Takes part nowhere yet, with a lease that is not longer than {@link #DEFAULT_LEASE_NS}.
     *
     * @param client that drives it.
     */
    MemberDuty(final LockstepClient client) {
        this(new ClientAsker(client), DEFAULT_LEASE_NS);
    }

    /**
     * Takes part nowhere yet.
     *
     * @param asker      asks the shards.
     * @param maxLeaseNs length of a lease where nobody asks for a shorter one.
     */
    MemberDuty(final ShardAsker asker, final long maxLeaseNs) {
        this.asker = asker;
        this.leaseNs = maxLeaseNs;
        this.memberId = ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
        this.memberships = new Membership[asker.shardCount()];
        Arrays.setAll(memberships, Membership::new);
    }

    /** The identity of this client among members. */
    long memberId() {
        return memberId;
    }

    /**
     * Takes part in a shard. The participant is told when the member is open there, also at once.
     *
     * @param shardId        of the shard.
     * @param wantedLeaseNs  the shortest lease that anybody asked for applies to all of them.
     * @param participant    is told.
     */
    void join(final int shardId, final long wantedLeaseNs, final Participant participant) {
        leaseNs = Math.min(leaseNs, wantedLeaseNs);
        final Membership membership = memberships[shardId];
        membership.participants.add(participant);
        if (membership.isOpen) {
            participant.onMemberOpened(shardId);
        }
    }

    /**
     * Takes part no more. Where nobody does, the member is closed.
     *
     * @param shardId     of the shard.
     * @param participant that took part.
     */
    void leave(final int shardId, final Participant participant) {
        memberships[shardId].participants.remove(participant);
    }

    /**
     * Whether the member is open in a shard, as far as is known.
     *
     * @param shardId of the shard.
     * @return true if so.
     */
    boolean isOpen(final int shardId) {
        return memberships[shardId].isOpen;
    }

    /**
     * Whether the lease lasts for certain: counted from when the last renewal that was answered had been sent.
     *
     * @param shardId of the shard.
     * @param nowNs   monotonic time.
     * @return false also where the member is not open.
     */
    boolean isLeaseSure(final int shardId, final long nowNs) {
        final Membership membership = memberships[shardId];
        return membership.isOpen && nowNs - membership.renewedNs < membership.openLeaseNs;
    }

    /**
     * The shard answered that it does not know the member.
     *
     * @param shardId of the shard.
     */
    void onUnknown(final int shardId) {
        memberships[shardId].lose();
    }

    /** {@inheritDoc} */
    @Override
    public int doWork(final long nowNs) {
        int workCount = 0;
        for (final Membership membership : memberships) {
            workCount += membership.doWork(nowNs);
        }
        return workCount;
    }

    /** {@inheritDoc} */
    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            final List<ShardCall> closings = new ArrayList<>();
            for (final Membership membership : memberships) {
                if (membership.isOpen) {
                    closings.add(membership.close());
                }
            }
            asker.awaitEnds(closings, CLOSE_TIMEOUT_NS);
            asker.remove(this);
        }
    }

    private final class Membership {
        private final int shardId;
        private final List<Participant> participants = new ArrayList<>();
        private ShardCall call;
        private boolean isOpen;
        private long openLeaseNs;
        private long renewedNs;
        private long nextNs;
        private boolean hasNext;

        private Membership(final int shardId) {
            this.shardId = shardId;
        }

        private int doWork(final long nowNs) {
            if (call != null && !call.isEnded()) {
                return 0;
            }
            if (participants.isEmpty()) {
                if (isOpen) {
                    close();
                }
                return 0;
            }
            if (isOpen && openLeaseNs <= leaseNs) {
                if (nowNs - renewedNs >= openLeaseNs / 3) {
                    renew(nowNs);
                    return 1;
                }
                return 0;
            }
            if (!hasNext || nowNs - nextNs >= 0) {
                open(nowNs);
                return 1;
            }
            return 0;
        }

        private void open(final long nowNs) {
            final long askedLeaseNs = leaseNs;
            hasNext = true;
            nextNs = nowNs + OPEN_AGAIN_NS;
            begin(
                    (buffer, header, correlationId) -> new OpenMemberEncoder()
                            .wrapAndApplyHeader(buffer, 0, header)
                            .correlationId(correlationId)
                            .memberId(memberId)
                            .leaseNs(askedLeaseNs),
                    nowNs,
                    askedLeaseNs);
        }

        private void renew(final long nowNs) {
            begin(
                    (buffer, header, correlationId) -> new RenewMemberEncoder()
                            .wrapAndApplyHeader(buffer, 0, header)
                            .correlationId(correlationId)
                            .memberId(memberId),
                    nowNs,
                    openLeaseNs);
        }

        private ShardCall close() {
            isOpen = false;
            hasNext = false;
            if (call != null) {
                call.cancel();
            }
            final ShardCommand command = (buffer, header, correlationId) -> new CloseMemberEncoder()
                    .wrapAndApplyHeader(buffer, 0, header)
                    .correlationId(correlationId)
                    .memberId(memberId);
            call = asker.ask(shardId, command, asker.nowNs() + CLOSE_TIMEOUT_NS, new Answer(code -> {}));
            return call;
        }

        private void begin(final ShardCommand command, final long nowNs, final long askedLeaseNs) {
            // A renewal that arrives late counts from when it arrives; the lease is sure from when it was sent.
            final Answer answer = new Answer(code -> onAnswer(code, nowNs, askedLeaseNs));
            call = asker.ask(shardId, command, nowNs + askedLeaseNs, answer);
        }

        private void onAnswer(final ResultCode code, final long sentNs, final long askedLeaseNs) {
            if (code == ResultCode.ACCEPTED) {
                renewedNs = sentNs;
                openLeaseNs = askedLeaseNs;
                if (!isOpen) {
                    isOpen = true;
                    for (final Participant participant : List.copyOf(participants)) {
                        participant.onMemberOpened(shardId);
                    }
                }
            } else if (code == ResultCode.MEMBER_UNKNOWN) {
                lose();
            }
        }

        private void lose() {
            if (isOpen) {
                isOpen = false;
                hasNext = false;
                for (final Participant participant : List.copyOf(participants)) {
                    participant.onMemberLost(shardId);
                }
            }
        }
    }

    private interface CodeHandler {
        void onCode(ResultCode code);
    }

    private static final class Answer implements ShardCall.Listener {
        private final CommandReplyDecoder reply = new CommandReplyDecoder();
        private final CodeHandler handler;

        private Answer(final CodeHandler handler) {
            this.handler = handler;
        }

        @Override
        public void onAnswer(final int templateId, final DirectBuffer buffer, final int offset, final int length) {
            if (templateId == CommandReplyDecoder.TEMPLATE_ID) {
                handler.onCode(reply.wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder())
                        .code());
            }
        }

        @Override
        public void onTimeout() {
            // The next turn asks again.
        }
    }
}
