package io.lockstep.cluster.core;

/** Moves the messages in the windows of groups from state to state, see {@link EntryState}. Allocates nothing. */
final class GroupWindow {
    private static final int NONE = GroupEntries.NONE;

    private final GroupEntries entries = new GroupEntries();
    private final EntryHeaps heaps = entries.heaps();
    private final KeyQueues keyQueues = entries.keyQueues();
    private final TopicsPart topics;
    private final LeasePart leases;
    // Of all groups: in flight until when, delayed until when.
    private int timers = NONE;
    private int deadCount;

    GroupWindow(final TopicsPart topics, final LeasePart leases) {
        this.topics = topics;
        this.leases = leases;
    }

    GroupEntries entries() {
        return entries;
    }

    /** Number of messages that wait for their dead letters. */
    int deadCount() {
        return deadCount;
    }

    /** When the first message is due, or {@link DueWork#NEVER}. */
    long dueNs() {
        return timers == NONE ? DueWork.NEVER : heaps.key(timers);
    }

    /** The entry that is due first. */
    int firstDue() {
        return timers;
    }

    /** Takes a message that matches the group's filters. */
    void add(
            final Group group,
            final long position,
            final int recordLength,
            final int topicId,
            final long expiryNs,
            final int keyHash,
            final boolean hasKey) {
        final boolean isKeyed = hasKey && group.isKeyOrdered();
        final int slot = entries.add(group, position, recordLength, topicId, expiryNs, isKeyed ? keyHash : 0, isKeyed);
        if (isKeyed && !keyQueues.add(slot)) {
            begin(slot, EntryState.BLOCKED);
        } else {
            begin(slot, EntryState.READY);
            offer(slot);
        }
    }

    /** The least entry that a member may take, or {@link GroupEntries#NONE}. */
    int nextFor(final Group group, final GroupMember member) {
        final int keyed = member.readyHeap();
        final int free = group.readyHeap();
        if (keyed == NONE || free == NONE) {
            return keyed == NONE ? free : keyed;
        }
        return entries.position(keyed) < entries.position(free) ? keyed : free;
    }

    /** Hands the entry that is next for a member to it. */
    void assign(final Group group, final GroupMember member, final int slot, final long nowNs) {
        takeReady(group, member, slot);
        moveTo(slot, EntryState.IN_FLIGHT);
        entries.attempts(slot, entries.attempts(slot) + 1);
        entries.member(slot, member);
        entries.hold(member.held(), slot);
        member.heldCount(member.heldCount() + 1);
        timers = heaps.add(timers, slot, nowNs + group.terms().ackTimeoutNs());
        group.totals().countAssigned(entries.attempts(slot) == 1);
    }

    /** Forgets the entry that is next for a member, as it has expired. */
    void expire(final Group group, final GroupMember member, final int slot) {
        takeReady(group, member, slot);
        group.totals().countExpired();
        finish(slot);
    }

    /** Forgets an entry that is in flight, as it is done. */
    void done(final int slot) {
        takeFromMember(slot);
        entries.group(slot).totals().countDone();
        finish(slot);
    }

    /** Gives the member that has an entry more time, or less. */
    void extend(final int slot, final long untilNs) {
        timers = heaps.remove(timers, slot);
        timers = heaps.add(timers, slot, untilNs);
    }

    /** Takes an entry from its member for good. */
    void giveUp(final int slot) {
        takeFromMember(slot);
        bury(slot, EntryState.GIVEN_UP);
    }

    /**
     * Takes an entry from its member for another attempt.
     *
     * @param delayNs  until then.
     * @param isJudged whether the attempt counts: with the last one the message is given up.
     */
    void takeBack(final int slot, final long delayNs, final boolean isJudged, final long nowNs) {
        final Group group = entries.group(slot);
        takeFromMember(slot);
        if (entries.expiresAtNs(slot) <= nowNs) {
            group.totals().countExpired();
            finish(slot);
        } else if (isJudged && group.terms().isLastAttempt(entries.attempts(slot))) {
            bury(slot, EntryState.USED_UP);
        } else if (delayNs > 0) {
            moveTo(slot, EntryState.DELAYED);
            timers = heaps.add(timers, slot, nowNs + delayNs);
        } else {
            moveTo(slot, EntryState.READY);
            offer(slot);
        }
    }

    /** Does what is due for the entry that is due first. */
    void onDue(final int slot, final long nowNs) {
        final Group group = entries.group(slot);
        if (entries.state(slot) == EntryState.DELAYED) {
            timers = heaps.removeLeast(timers);
            moveTo(slot, EntryState.READY);
            offer(slot);
            return;
        }
        // Without a leader nobody could settle: the time of members begins anew with each leadership term.
        final long timeoutNs = group.terms().ackTimeoutNs();
        final long endNs = leases.endOf(heaps.key(slot) - timeoutNs, timeoutNs);
        if (endNs > nowNs) {
            extend(slot, endNs);
        } else {
            takeBack(slot, group.terms().delayAfter(entries.attempts(slot)), true, nowNs);
        }
    }

    /** Forgets an entry whose dead letter was written. */
    void onDeadLetter(final int slot) {
        final Group group = entries.group(slot);
        entries.release(group.dead(), slot);
        group.totals().countDead();
        end(slot);
    }

    /** Forgets all entries of a group. */
    void clear(final Group group) {
        int slot = group.all().first();
        while (slot != NONE) {
            final int next = entries.after(slot);
            final EntryState state = entries.state(slot);
            if (state == EntryState.IN_FLIGHT || state == EntryState.DELAYED) {
                timers = heaps.remove(timers, slot);
            }
            if (entries.hasKey(slot) && state != EntryState.BLOCKED && !state.isDead()) {
                keyQueues.forget(slot);
            }
            end(slot);
            slot = next;
        }
        group.dead().clear();
        group.readyHeap(NONE);
        for (int i = 0; i < group.memberCount(); i++) {
            final GroupMember member = group.member(i);
            member.held().clear();
            member.heldCount(0);
            member.readyHeap(NONE);
        }
    }

    /** Finds the members of all keys anew, as the members of the group have changed. */
    void route(final Group group) {
        if (!group.isKeyOrdered()) {
            return;
        }
        group.readyHeap(NONE);
        for (int i = 0; i < group.memberCount(); i++) {
            group.member(i).readyHeap(NONE);
        }
        for (int slot = group.all().first(); slot != NONE; slot = entries.after(slot)) {
            if (entries.state(slot) == EntryState.READY) {
                offer(slot);
            }
        }
    }

    /** When an entry is due that is in flight or delayed. */
    long dueNs(final int slot) {
        return heaps.key(slot);
    }

    /** Puts the entry that was added last into a state of a snapshot; members were restored before. */
    void restore(final int slot, final EntryState state, final long memberId, final long dueNs) {
        final Group group = entries.group(slot);
        final boolean isFirst = !entries.hasKey(slot) || state.isDead() || keyQueues.add(slot);
        if (isFirst == (state == EntryState.BLOCKED)) {
            throw new IllegalStateException("the snapshot holds a message of group " + group.id() + " at position "
                    + entries.position(slot) + " in state " + state + ", which its key forbids");
        }
        begin(slot, state);
        switch (state) {
            case READY -> offer(slot);
            case IN_FLIGHT -> {
                final GroupMember member = group.findMember(memberId);
                if (member == null) {
                    throw new IllegalStateException("the snapshot holds a message of group " + group.id() + " in flight"
                            + " with " + memberId + ", who is no member");
                }
                entries.member(slot, member);
                entries.hold(member.held(), slot);
                member.heldCount(member.heldCount() + 1);
                timers = heaps.add(timers, slot, dueNs);
            }
            case DELAYED -> timers = heaps.add(timers, slot, dueNs);
            case USED_UP, GIVEN_UP -> entries.hold(group.dead(), slot);
            case BLOCKED -> {
                // Its place in the queue of its key is all.
            }
        }
    }

    private void offer(final int slot) {
        final Group group = entries.group(slot);
        final GroupMember member = entries.hasKey(slot) ? group.memberOfKey(entries.keyHash(slot)) : null;
        final long position = entries.position(slot);
        if (member == null) {
            group.readyHeap(heaps.add(group.readyHeap(), slot, position));
        } else {
            member.readyHeap(heaps.add(member.readyHeap(), slot, position));
        }
    }

    private void takeReady(final Group group, final GroupMember member, final int slot) {
        if (slot == member.readyHeap()) {
            member.readyHeap(heaps.removeLeast(slot));
        } else {
            group.readyHeap(heaps.removeLeast(slot));
        }
    }

    private void takeFromMember(final int slot) {
        final GroupMember member = entries.member(slot);
        timers = heaps.remove(timers, slot);
        entries.release(member.held(), slot);
        entries.member(slot, null);
        member.heldCount(member.heldCount() - 1);
    }

    private void bury(final int slot, final EntryState state) {
        final Group group = entries.group(slot);
        freeKey(slot);
        if (isDeadLetter(topics.ofId(entries.topicId(slot)))) {
            // Dead letters of dead letters would go round for ever.
            group.totals().countDropped();
            end(slot);
        } else {
            moveTo(slot, state);
            entries.hold(group.dead(), slot);
        }
    }

    private void finish(final int slot) {
        freeKey(slot);
        end(slot);
    }

    private void freeKey(final int slot) {
        final int next = entries.hasKey(slot) ? keyQueues.removeFirst(slot) : NONE;
        if (next != NONE) {
            moveTo(next, EntryState.READY);
            offer(next);
        }
    }

    private void begin(final int slot, final EntryState state) {
        entries.state(slot, state);
        entries.group(slot).addToCount(state, 1);
        deadCount += state.isDead() ? 1 : 0;
    }

    private void end(final int slot) {
        entries.group(slot).addToCount(entries.state(slot), -1);
        deadCount -= entries.state(slot).isDead() ? 1 : 0;
        entries.remove(slot);
    }

    private void moveTo(final int slot, final EntryState state) {
        final EntryState before = entries.state(slot);
        if (!before.canMoveTo(state)) {
            throw new IllegalStateException(
                    "a message of group " + entries.group(slot).id() + " at position " + entries.position(slot)
                            + " cannot become " + state + " as it is " + before);
        }
        entries.group(slot).addToCount(before, -1);
        begin(slot, state);
    }

    private static boolean isDeadLetter(final Topic topic) {
        return DeadLetters.isDeadTopic(topic.name(), topic.nameLength());
    }
}
