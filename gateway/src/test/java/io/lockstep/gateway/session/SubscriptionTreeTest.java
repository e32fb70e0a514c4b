package io.lockstep.gateway.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.topic.TopicFilter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class SubscriptionTreeTest {
    private final SubscriptionTree tree = new SubscriptionTree();
    private final SessionSubscriptions first = new SessionSubscriptions("first", "first");
    private final SessionSubscriptions second = new SessionSubscriptions("second", "second");

    @Test
    void shouldMatchExactNameWhenFilterHasNoWildcard() {
        tree.add(first, TopicFilter.parse("plant/7/temp"), SubscriptionOptions.ofQos(1));

        assertEquals(Set.of("first"), match("plant/7/temp"));
        assertEquals(Set.of(), match("plant/7"));
        assertEquals(Set.of(), match("plant/7/temp/x"));
        assertEquals(Set.of(), match("plant/8/temp"));
    }

    @Test
    void shouldMatchParentWhenFilterEndsWithHash() {
        tree.add(first, TopicFilter.parse("plant/#"), SubscriptionOptions.ofQos(0));

        assertEquals(Set.of("first"), match("plant"));
        assertEquals(Set.of("first"), match("plant/"));
        assertEquals(Set.of("first"), match("plant/7/temp"));
        assertEquals(Set.of(), match("plants"));
    }

    @Test
    void shouldMatchOneLevelWhenFilterHasPlus() {
        tree.add(first, TopicFilter.parse("plant/+/temp"), SubscriptionOptions.ofQos(0));
        tree.add(second, TopicFilter.parse("+"), SubscriptionOptions.ofQos(0));

        assertEquals(Set.of("first"), match("plant/7/temp"));
        assertEquals(Set.of("first"), match("plant//temp"));
        assertEquals(Set.of(), match("plant/7/8/temp"));
        assertEquals(Set.of("second"), match("plant"));
    }

    @Test
    void shouldHideReservedNamesWhenFilterBeginsWithWildcard() {
        tree.add(first, TopicFilter.parse("#"), SubscriptionOptions.ofQos(0));
        tree.add(first, TopicFilter.parse("+/a"), SubscriptionOptions.ofQos(0));
        tree.add(second, TopicFilter.parse("$SYS/#"), SubscriptionOptions.ofQos(0));

        assertEquals(Set.of("second"), match("$SYS/a"));
        assertEquals(Set.of("second"), match("$SYS"));
        assertEquals(Set.of("first"), match("x/a"));
    }

    @Test
    void shouldGiveOneCopyWithGreatestQosWhenSubscriptionsOverlap() {
        tree.add(first, TopicFilter.parse("a/#"), SubscriptionOptions.ofQos(0));
        tree.add(first, TopicFilter.parse("a/b"), SubscriptionOptions.ofQos(1));
        tree.add(first, TopicFilter.parse("+/b"), SubscriptionOptions.ofQos(0));

        final List<SessionSubscriptions> matched = matched("a/b");

        assertEquals(List.of(first), matched);
        assertEquals(1, first.lastMatch().maximumQos());
    }

    @Test
    void shouldChangeQosWhenFilterIsSubscribedAgain() {
        assertTrue(tree.add(first, TopicFilter.parse("a"), SubscriptionOptions.ofQos(1)));
        assertFalse(tree.add(first, TopicFilter.parse("a"), SubscriptionOptions.ofQos(0)));

        matched("a");

        assertEquals(0, first.lastMatch().maximumQos());
        assertEquals(1, tree.subscriptionCount());
    }

    @Test
    void shouldMatchNothingWhenSessionLeft() {
        tree.add(first, TopicFilter.parse("a/+"), SubscriptionOptions.ofQos(1));
        tree.add(first, TopicFilter.parse("a/b"), SubscriptionOptions.ofQos(1));
        tree.add(second, TopicFilter.parse("a/b"), SubscriptionOptions.ofQos(1));

        tree.removeAll(first);

        assertEquals(Set.of("second"), match("a/b"));
        assertEquals(1, tree.subscriptionCount());
        assertEquals(0, first.count());
        assertFalse(tree.remove(first, "a/b"));
        assertTrue(tree.remove(second, "a/b"));
        assertEquals(0, tree.subscriptionCount());
    }

    @Test
    void shouldAgreeWithFiltersWhenSubscriptionsComeAndGo() {
        final long seed = Long.getLong("lockstep.seed", System.nanoTime());
        System.out.println("SubscriptionTreeTest seed " + seed);
        final Random random = new Random(seed);
        final List<SessionSubscriptions> sessions = new ArrayList<>();
        final Map<SessionSubscriptions, Map<String, Integer>> model = new HashMap<>();
        for (int i = 0; i < 20; i++) {
            final SessionSubscriptions session = new SessionSubscriptions("s" + i, "s" + i);
            sessions.add(session);
            model.put(session, new HashMap<>());
        }

        for (int step = 0; step < 20_000; step++) {
            final SessionSubscriptions session = sessions.get(random.nextInt(sessions.size()));
            final int action = random.nextInt(100);
            if (action < 40) {
                final String filter = randomFilter(random);
                final int qos = random.nextInt(2);
                tree.add(session, TopicFilter.parse(filter), SubscriptionOptions.ofQos(qos));
                model.get(session).put(filter, qos);
            } else if (action < 70) {
                final String filter = randomFilter(random);
                assertEquals(model.get(session).remove(filter) != null, tree.remove(session, filter));
            } else if (action < 72) {
                tree.removeAll(session);
                model.get(session).clear();
            } else {
                assertMatches(randomName(random), model, seed, step);
            }
        }
        sessions.forEach(tree::removeAll);
        assertEquals(0, tree.subscriptionCount());
    }

    private void assertMatches(
            final String name,
            final Map<SessionSubscriptions, Map<String, Integer>> model,
            final long seed,
            final int step) {
        final UnsafeBuffer buffer = new UnsafeBuffer(name.getBytes(StandardCharsets.UTF_8));
        final Map<SessionSubscriptions, Integer> expected = new HashMap<>();
        model.forEach((session, filters) -> filters.forEach((filter, qos) -> {
            if (TopicFilter.parse(filter).matches(buffer, 0, buffer.capacity())) {
                expected.merge(session, qos, Math::max);
            }
        }));
        final Map<SessionSubscriptions, Integer> actual = new HashMap<>();
        for (final SessionSubscriptions session : matched(name)) {
            actual.put(session, session.lastMatch().maximumQos());
        }
        assertEquals(expected, actual, "name " + name + ", seed " + seed + ", step " + step);
    }

    private static String randomFilter(final Random random) {
        final StringBuilder filter = new StringBuilder(random.nextInt(10) == 0 ? "$SYS" : randomLevel(random, true));
        for (int i = random.nextInt(4); i > 0; i--) {
            filter.append('/').append(randomLevel(random, true));
        }
        if (random.nextInt(4) == 0) {
            filter.append("/#");
        }
        return random.nextInt(30) == 0 ? "#" : filter.toString();
    }

    private static String randomName(final Random random) {
        final StringBuilder name = new StringBuilder(random.nextInt(10) == 0 ? "$SYS" : "a");
        for (int i = random.nextInt(4); i > 0; i--) {
            name.append('/').append(randomLevel(random, false));
        }
        return name.toString();
    }

    private static String randomLevel(final Random random, final boolean mayBeWildcard) {
        final String[] levels = {"a", "b", "ü", "ab", "+"};
        return levels[random.nextInt(mayBeWildcard ? levels.length : levels.length - 1)];
    }

    private Set<String> match(final String name) {
        final Set<String> owners = new HashSet<>();
        for (final SessionSubscriptions session : matched(name)) {
            assertTrue(owners.add((String) session.owner()), "a session is there once");
        }
        return owners;
    }

    private List<SessionSubscriptions> matched(final String name) {
        final byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        final List<SessionSubscriptions> matched = new ArrayList<>();
        tree.match(new UnsafeBuffer(bytes), 0, bytes.length, null, matched);
        return matched;
    }
}
