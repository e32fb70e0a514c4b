package io.lockstep.cluster.core;

import io.lockstep.access.rules.Permissions;
import io.lockstep.access.rules.Principal;
import io.lockstep.access.rules.SessionPrincipal;
import java.util.Arrays;
import org.agrona.DirectBuffer;

/**
 * Who sends commands, or on whose behalf a message is published, with what was found out of its permissions. What is
 * remembered never changes an answer, because the name of a topic and the rules of a version never do: so it is no state.
 */
final class Caller {
    private static final int REMEMBERED_TOPICS = 64;
    private static final int NO_TOPIC = 0;

    private final SessionPrincipal who;
    private final int[] topicIds = new int[REMEMBERED_TOPICS];
    private final boolean[] answers = new boolean[REMEMBERED_TOPICS];
    private long version;
    private Permissions permissions;

    Caller(final SessionPrincipal who) {
        this.who = who;
    }

    boolean isTrusted() {
        return who.isTrusted();
    }

    SessionPrincipal.Proof proof() {
        return who.proof();
    }

    Principal principal() {
        return who.principal();
    }

    /** What the rules in force come to; allocates only where they are others than last time. */
    Permissions permissions(final AccessPart access) {
        if (permissions == null || version != access.version()) {
            version = access.version();
            permissions = access.rules().permissionsOf(who.principal());
            Arrays.fill(topicIds, NO_TOPIC);
        }
        return permissions;
    }

    /**
     * Whether the rules, where there are any, let it publish a message; {@code topic} is null where it does not exist yet.
     */
    boolean mayPublish(
            final AccessPart access, final Topic topic, final DirectBuffer buffer, final int offset, final int length) {
        if (!access.isOn() || isTrusted()) {
            return true;
        }
        final Permissions current = permissions(access);
        if (topic == null) {
            return current.mayPublish(buffer, offset, length);
        }
        final int place = topic.id() & (REMEMBERED_TOPICS - 1);
        if (topicIds[place] != topic.id()) {
            answers[place] = current.mayPublish(topic.name(), 0, topic.nameLength());
            topicIds[place] = topic.id();
        }
        return answers[place];
    }

    /** Whether the rules, where there are any, let it subscribe to a valid filter. */
    boolean maySubscribe(final AccessPart access, final String filter) {
        return !access.isOn() || isTrusted() || permissions(access).maySubscribe(filter);
    }
}
