package io.lockstep.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.topic.TopicFilter;
import io.lockstep.topic.TopicPolicies;
import io.lockstep.topic.TopicPolicy;
import org.junit.jupiter.api.Test;

class PolicyTablesTest {
    private static final TopicPolicies FIRST = policies("a", 4);
    private static final TopicPolicies SECOND = FIRST.with(new TopicPolicy(TopicFilter.parse("b"), 2, false));

    private final PolicyTables tables = new PolicyTables(2);

    @Test
    void shouldGoByTheNewestPolicies() {
        assertFalse(tables.onPolicies(0, 0, 0, 640, TopicPolicies.NONE));
        assertTrue(tables.onPolicies(0, 2, 960, 1_280, FIRST));
        assertFalse(tables.onPolicies(1, 1, 320, 1_280, policies("c", 9)));
        assertEquals(FIRST, tables.newest());
        assertTrue(tables.onPolicies(1, 3, 320, 1_280, SECOND));
        assertEquals(SECOND, tables.newest());
        assertFalse(tables.onPolicies(0, 3, 1_600, 1_600, SECOND));
    }

    @Test
    void shouldTellAPlaceBeforeWhatTheNewestPoliciesLetIn() {
        tables.onPolicies(0, 0, 0, 640, TopicPolicies.NONE);
        tables.onPolicies(1, 0, 0, 6_400, TopicPolicies.NONE);
        tables.onPolicies(1, 0, 0, 7_040, TopicPolicies.NONE);

        // Of shard 0 the version between was not seen, and of shard 1 the newest is not yet.
        tables.onPolicies(0, 2, 1_280, 1_600, SECOND);

        assertEquals(640, tables.startOf(0));
        assertEquals(7_040, tables.startOf(1));
        tables.onPolicies(1, 2, 6_720, 9_600, SECOND);
        assertEquals(6_720, tables.startOf(1));
    }

    @Test
    void shouldBeginAtTheStartWhenAShardNeverTold() {
        tables.onPolicies(0, 1, 640, 960, FIRST);

        assertEquals(640, tables.startOf(0));
        assertEquals(0, tables.startOf(1));
    }

    private static TopicPolicies policies(final String filter, final int partitions) {
        return TopicPolicies.NONE.with(new TopicPolicy(TopicFilter.parse(filter), partitions, false));
    }
}
