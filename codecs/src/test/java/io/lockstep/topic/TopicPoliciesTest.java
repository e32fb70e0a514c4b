package io.lockstep.topic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class TopicPoliciesTest {
    @Test
    void shouldLetTheMostSpecialFilterCount() {
        final List<TopicPolicy> inOrder = List.of(
                policy("a", 1),
                policy("a/b", 2),
                policy("a/b/#", 3),
                policy("a/+", 4),
                policy("a/+/c", 5),
                policy("a/#", 6),
                policy("+/b", 7),
                policy("#", 8));
        final List<TopicPolicy> shuffled = new ArrayList<>(inOrder);
        Collections.shuffle(shuffled, new Random(3));

        final TopicPolicies policies = new TopicPolicies(shuffled);

        assertEquals(inOrder, policies.all());
        assertPartitions(1, policies, "a");
        assertPartitions(2, policies, "a/b");
        assertPartitions(3, policies, "a/b/c");
        assertPartitions(4, policies, "a/x");
        assertPartitions(5, policies, "a/x/c");
        assertPartitions(6, policies, "a/x/y");
        assertPartitions(7, policies, "z/b");
        assertPartitions(8, policies, "z");
        assertPartitions(0, policies, "$dead/a/b");
    }

    @Test
    void shouldTellThePolicyOfAPartitionAsThatOfItsTopic() {
        final TopicPolicies policies = new TopicPolicies(List.of(policy("a/+", 4), policy("a/x/#", 0)));

        assertPartitions(4, policies, "a/b/$3");
        assertPartitions(4, policies, "a/b/$77");
        assertPartitions(0, policies, "a/x/$3");
        assertPartitions(0, policies, "a/$3");
        assertNull(policies.policyOf(buffer("a/$3"), 0, 4));
        assertPartitions(0, policies.with(policy("#", 2)), "a/b/$3/$1");
    }

    @Test
    void shouldAddReplaceAndRemove() {
        final TopicPolicies one = TopicPolicies.NONE.with(policy("a", 4));
        final TopicPolicies two = one.with(policy("b", 2));

        assertTrue(TopicPolicies.NONE.isEmpty());
        assertEquals(one, two.without("b"));
        assertEquals(one.hashCode(), two.without("b").hashCode());
        assertEquals(two, two.without("c"));
        assertEquals(8, two.with(policy("a", 8)).get("a").partitions());
        assertNotEquals(two, two.with(new TopicPolicy(TopicFilter.parse("a"), 4, true)));
        assertNull(two.get("c"));
    }

    @Test
    void shouldRefusePoliciesThatCannotBe() {
        assertThrows(IllegalArgumentException.class, () -> policy("$dead/#", 4));
        assertThrows(IllegalArgumentException.class, () -> policy("a/$3", 4));
        assertThrows(IllegalArgumentException.class, () -> policy("a", -1));
        assertThrows(IllegalArgumentException.class, () -> policy("a", 1025));
        assertThrows(IllegalArgumentException.class, () -> policy("x".repeat(257), 4));
        assertThrows(IllegalArgumentException.class, () -> new TopicPolicies(List.of(policy("a", 1), policy("a", 2))));
        final List<TopicPolicy> many = new ArrayList<>();
        for (int i = 0; i <= TopicPolicies.MAX_POLICIES; i++) {
            many.add(policy("t/" + i, 1024));
        }
        assertThrows(IllegalArgumentException.class, () -> new TopicPolicies(many));
    }

    private static void assertPartitions(final int partitions, final TopicPolicies policies, final String topic) {
        final UnsafeBuffer name = buffer(topic);
        assertEquals(partitions, policies.partitionsOf(name, 0, name.capacity()), topic);
    }

    private static TopicPolicy policy(final String filter, final int partitions) {
        return new TopicPolicy(TopicFilter.parse(filter), partitions, false);
    }

    private static UnsafeBuffer buffer(final String text) {
        return new UnsafeBuffer(text.getBytes(StandardCharsets.UTF_8));
    }
}
