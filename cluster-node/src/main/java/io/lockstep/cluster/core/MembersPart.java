package io.lockstep.cluster.core;

import io.lockstep.codecs.MemberItemDecoder;
import io.lockstep.codecs.MemberItemEncoder;
import io.lockstep.codecs.MembersItemDecoder;
import io.lockstep.codecs.MembersItemEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import java.util.Arrays;
import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Part 12, the members, in the order of their ids. When the first lease may run out is state too: it is moved up by new
 * leases and found again by looking at all of them, so a renewal costs nothing.
 */
final class MembersPart implements Part {
    /** What a member counts for: the object and its places in the map and the list. */
    static final int MEMBER_BYTES = 96;

    private static final int HEAD_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH + MembersItemEncoder.BLOCK_LENGTH;
    private static final int ITEM_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH + MemberItemEncoder.BLOCK_LENGTH;
    private static final int INITIAL_CAPACITY = 16;

    private final LeasePart leases;
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[Math.max(HEAD_LENGTH, ITEM_LENGTH)]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final MembersItemEncoder headEncoder = new MembersItemEncoder();
    private final MembersItemDecoder headDecoder = new MembersItemDecoder();
    private final MemberItemEncoder encoder = new MemberItemEncoder();
    private final MemberItemDecoder decoder = new MemberItemDecoder();
    private final Long2ObjectHashMap<Member> byId = new Long2ObjectHashMap<>();
    private Member[] members = new Member[INITIAL_CAPACITY];
    private int memberCount;
    private long nextCheckNs = DueWork.NEVER;

    MembersPart(final LeasePart leases) {
        this.leases = leases;
    }

    /** The member of an id, or null. */
    Member find(final long memberId) {
        return byId.get(memberId);
    }

    int memberCount() {
        return memberCount;
    }

    /** A member by its place in the order of ids. */
    Member at(final int index) {
        return members[index];
    }

    /** When leases are to be looked at, or {@link DueWork#NEVER}. */
    long nextCheckNs() {
        return nextCheckNs;
    }

    /** Adds a member whose id is not known. */
    void add(final long memberId, final long leaseNs, final long nowNs) {
        insert(new Member(memberId, leaseNs, nowNs));
        noteLease(byId.get(memberId));
    }

    /** Takes note of a lease that may have become shorter. */
    void noteLease(final Member member) {
        nextCheckNs = Math.min(nextCheckNs, endOf(member));
    }

    /** Removes a member that is known. */
    void remove(final long memberId) {
        final int index = indexOf(memberId);
        byId.remove(memberId);
        memberCount--;
        for (int i = index; i < memberCount; i++) {
            members[i] = members[i + 1];
        }
        members[memberCount] = null;
        if (memberCount == 0) {
            nextCheckNs = DueWork.NEVER;
        }
    }

    /** Whether the lease of a member has run out. */
    boolean isExpired(final Member member, final long nowNs) {
        return nowNs >= endOf(member);
    }

    /** Finds out when the first lease runs out. */
    void planNextCheck() {
        long nextNs = DueWork.NEVER;
        for (int i = 0; i < memberCount; i++) {
            nextNs = Math.min(nextNs, endOf(members[i]));
        }
        nextCheckNs = nextNs;
    }

    /** {@inheritDoc} */
    @Override
    public int id() {
        return 12;
    }

    /** {@inheritDoc} */
    @Override
    public boolean isWritten() {
        return memberCount > 0;
    }

    /** {@inheritDoc} */
    @Override
    public long itemCount() {
        return memberCount + 1L;
    }

    /** {@inheritDoc} */
    @Override
    public void writeTo(final SnapshotSink sink) {
        headEncoder.wrapAndApplyHeader(buffer, 0, header).nextCheckNs(nextCheckNs);
        sink.append(buffer, 0, HEAD_LENGTH);
        for (int i = 0; i < memberCount; i++) {
            encoder.wrapAndApplyHeader(buffer, 0, header)
                    .memberId(members[i].id())
                    .leaseNs(members[i].leaseNs())
                    .renewedNs(members[i].renewedNs());
            sink.append(buffer, 0, ITEM_LENGTH);
        }
    }

    /** {@inheritDoc} */
    @Override
    public void readItem(final int templateId, final DirectBuffer item, final int offset, final int length) {
        if (templateId == MembersItemDecoder.TEMPLATE_ID) {
            ItemReader.wrap(headDecoder, templateId, item, offset, length);
            nextCheckNs = headDecoder.nextCheckNs();
        } else {
            ItemReader.wrap(decoder, templateId, item, offset, length);
            insert(new Member(decoder.memberId(), decoder.leaseNs(), decoder.renewedNs()));
        }
    }

    /** {@inheritDoc} */
    @Override
    public long stateBytes() {
        return (long) memberCount * MEMBER_BYTES;
    }

    private long endOf(final Member member) {
        return leases.endOf(member.renewedNs(), member.leaseNs());
    }

    private void insert(final Member member) {
        if (memberCount == members.length) {
            members = Arrays.copyOf(members, 2 * memberCount);
        }
        final int index = -(indexOf(member.id()) + 1);
        for (int i = memberCount; i > index; i--) {
            members[i] = members[i - 1];
        }
        members[index] = member;
        memberCount++;
        byId.put(member.id(), member);
    }

    // As a binary search of the JDK says it: the index, or where it would be as -(index + 1).
    private int indexOf(final long memberId) {
        int low = 0;
        int high = memberCount - 1;
        while (low <= high) {
            final int middle = (low + high) >>> 1;
            final int order = Long.compare(members[middle].id(), memberId);
            if (order == 0) {
                return middle;
            } else if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -(low + 1);
    }
}
