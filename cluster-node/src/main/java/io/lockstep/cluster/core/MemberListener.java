package io.lockstep.cluster.core;

/** A feature in which members hold something. */
interface MemberListener {
    /**
     * A member closed or its lease ran out: what it held is given back. It is no longer in {@link MembersPart}.
     *
     * @param memberId    of the member.
     * @param logPosition of the command or timer event in the Raft log.
     */
    void onMemberGone(long memberId, long logPosition);
}
