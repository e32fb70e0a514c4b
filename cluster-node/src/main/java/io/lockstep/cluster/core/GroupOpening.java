package io.lockstep.cluster.core;

import io.lockstep.topic.TopicFilter;
import java.util.List;
import org.agrona.DirectBuffer;

/**
 * What an {@code OpenGroup} asks for, as it came: nothing is checked.
 *
 * @param memberId      who joins.
 * @param startPosition where a new group starts, depending on the kind.
 * @param startKind     see {@link GroupPlaces}.
 * @param credit        of the member.
 * @param terms         of the group.
 * @param isKeyOrdered  whether the group keeps the order of keys.
 * @param filters       of the group; null where they cannot be.
 * @param buffer        that holds the name.
 * @param nameOffset    of its first byte.
 * @param nameLength    in bytes.
 */
record GroupOpening(
        long memberId,
        long startPosition,
        int startKind,
        int credit,
        GroupTerms terms,
        boolean isKeyOrdered,
        List<TopicFilter> filters,
        DirectBuffer buffer,
        int nameOffset,
        int nameLength) {}
