package io.lockstep.cluster.core;

import io.lockstep.config.EngineSetting;
import io.lockstep.topic.SharedFilter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The shared subscriptions of sessions, see decision 0016: each is a group that has the subscription's whole text as its name and
 * lives as long as a session has it. Its members are the connections of these sessions: a member has the epoch of its session as
 * id, so that a gateway that lost the session can settle nothing and take nothing. A session that is away is no member; what it
 * held is handed out again at once.
 */
final class SharedSubscriptions {
    // Until the connection ends a client may take as long as it wants.
    private static final GroupTerms TERMS = new GroupTerms(GroupTerms.MAX_TIMEOUT_NS, 0, 0, 0);
    // Until its gateway says how much the client takes.
    private static final int NO_CREDIT = 0;

    private final PartList parts;
    private final GroupsPart groups;
    private final GroupPlaces places;
    private final EntryCheck entryCheck;
    private final UnsafeBuffer nameBuffer = new UnsafeBuffer(0, 0);

    SharedSubscriptions(final PartList parts, final EntryCheck entryCheck) {
        this.parts = parts;
        this.groups = parts.groups();
        this.places = new GroupPlaces(parts);
        this.entryCheck = entryCheck;
    }

    /** Whether a filter stands for a shared subscription; before that feature level it is one like any other. */
    boolean isShared(final byte[] filter) {
        if (parts.shard().featureLevel() < Engine.SHARED_LEVEL) {
            return false;
        }
        nameBuffer.wrap(filter);
        return SharedFilter.isShared(nameBuffer, 0, filter.length);
    }

    /** Whether a filter is one of a shared subscription and a good one. */
    static boolean isGood(final byte[] filter) {
        return parse(filter) != null;
    }

    /** A connected session subscribes anew; false where it can't, because there are too many. */
    boolean join(final Session session, final byte[] filter) {
        final Group present = find(filter);
        if (present != null && present.subscriberCount() >= GroupMemberHandler.MAX_MEMBERS) {
            return false;
        }
        final Group group = present == null ? create(filter) : present;
        if (group == null) {
            return false;
        }
        group.subscriberCount(group.subscriberCount() + 1);
        groups.join(group, session.epoch(), NO_CREDIT);
        return true;
    }

    /** A session has a subscription no more; the last one takes the group with it. */
    void leave(final Session session, final byte[] filter) {
        final Group group = find(filter);
        if (group == null) {
            return;
        }
        removeMember(group, session);
        group.subscriberCount(group.subscriberCount() - 1);
        if (group.subscriberCount() == 0) {
            groups.delete(group);
        }
    }

    /** A session has a connection: it takes part again. */
    void onConnected(final Session session) {
        for (final SessionSubscription subscription : session.subscriptions()) {
            final Group group = groupOf(subscription);
            if (group != null && group.findMember(session.epoch()) == null) {
                groups.join(group, session.epoch(), NO_CREDIT);
            }
        }
    }

    /** The connection of a session is over, or about to be another's: others get what it held. */
    void onDisconnected(final Session session) {
        for (final SessionSubscription subscription : session.subscriptions()) {
            final Group group = groupOf(subscription);
            if (group != null) {
                removeMember(group, session);
            }
        }
    }

    /** A session ends with all of its subscriptions. */
    void onEnded(final Session session) {
        for (final SessionSubscription subscription : session.subscriptions()) {
            if (subscription.goesOn() && isShared(subscription.filter())) {
                leave(session, subscription.filter());
            }
        }
    }

    /** Counts how many sessions have each group, after a snapshot was read. */
    void count() {
        for (final Session session : parts.sessions().all()) {
            for (final SessionSubscription subscription : session.subscriptions()) {
                final Group group = groupOf(subscription);
                if (group != null) {
                    group.subscriberCount(group.subscriberCount() + 1);
                }
            }
        }
    }

    private Group groupOf(final SessionSubscription subscription) {
        return subscription.goesOn() && isShared(subscription.filter()) ? find(subscription.filter()) : null;
    }

    private void removeMember(final Group group, final Session session) {
        final GroupMember member = group.findMember(session.epoch());
        if (member != null) {
            groups.leave(group, member, false, parts.clock().nowNs());
        }
    }

    private Group find(final byte[] filter) {
        nameBuffer.wrap(filter);
        return groups.find(nameBuffer, 0, filter.length);
    }

    private Group create(final byte[] filter) {
        final SharedFilter shared = parse(filter);
        final long bytes = Group.GROUP_BYTES
                + filter.length
                + (long) shared.filter().toString().length();
        if (parts.consumers().count() + groups.groupCount() >= parts.settings().value(EngineSetting.MAX_CONSUMERS)
                || !entryCheck.hasRoomFor(bytes)) {
            return null;
        }
        final long position = parts.journal().position();
        final Group group = groups.create(filter, List.of(shared.filter()), false, position);
        group.terms(TERMS);
        places.start(group, position);
        return group;
    }

    private static SharedFilter parse(final byte[] filter) {
        try {
            return SharedFilter.parse(new String(filter, StandardCharsets.UTF_8));
        } catch (final IllegalArgumentException ex) {
            // The gateway is told by the result.
            return null;
        }
    }
}
