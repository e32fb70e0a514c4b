package io.lockstep.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.client.CommandAnswer;
import io.lockstep.client.LockstepException;
import io.lockstep.client.TopicPoliciesState;
import io.lockstep.codecs.ResultCode;
import io.lockstep.topic.TopicFilter;
import io.lockstep.topic.TopicPolicies;
import io.lockstep.topic.TopicPolicy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class PolicyChangeTest {
    private final FakeShards shards = new FakeShards(3);

    @Test
    void shouldHoldInAllShardsBeforeItLetsGo() {
        final PolicyChange.Outcome outcome = set("orders", 8);

        assertNull(outcome.problem());
        assertTrue(outcome.isChanged());
        assertEquals(List.of("0:1 held", "1:1 held", "2:1 held", "0:2", "1:2", "2:2"), shards.applied);
        assertEquals(8, shards.policies[2].get("orders").partitions());
    }

    @Test
    void shouldChangeNothingWhenTheNumberIsThatAlready() {
        set("orders", 8);
        shards.applied.clear();

        final PolicyChange.Outcome outcome = set("orders", 8);

        assertFalse(outcome.isChanged());
        assertNull(outcome.problem());
        assertEquals(List.of(), shards.applied);
    }

    @Test
    void shouldBringTheFormerPoliciesBackWhenAShardHoldsATopicThatWouldBeSplit() {
        set("other", 4);
        shards.topics.get(1).add("orders");

        final PolicyChange.Outcome outcome = set("orders", 8);

        assertFalse(outcome.isChanged());
        assertTrue(outcome.problem().contains("shard 1 holds the topic 'orders'"), outcome.problem());
        assertTrue(outcome.problem().endsWith("the policies are what they were"), outcome.problem());
        for (final TopicPolicies policies : shards.policies) {
            assertEquals(TopicPolicies.NONE.with(policy("other", 4)), policies);
        }
    }

    @Test
    void shouldSayWhatToDoWhenAShardDoesNotAnswer() {
        shards.silentShardId = 2;

        final PolicyChange.Outcome outcome = set("orders", 8);

        assertFalse(outcome.isChanged());
        assertTrue(outcome.problem().contains("could not be brought back"), outcome.problem());
        assertEquals(TopicPolicies.NONE, shards.policies[0]);
        shards.silentShardId = -1;
        assertNull(set("orders", 8).problem());
    }

    @Test
    void shouldFinishWhatStoppedHalfWay() {
        shards.policies[0] = TopicPolicies.NONE.with(new TopicPolicy(TopicFilter.parse("orders"), 8, true));
        shards.versions[0] = 1;

        assertNull(set("orders", 8).problem());

        assertEquals(TopicPolicies.NONE.with(policy("orders", 8)), shards.policies[1]);
    }

    @Test
    void shouldRemoveWhatStoppedHalfWay() {
        shards.policies[0] = TopicPolicies.NONE.with(new TopicPolicy(TopicFilter.parse("orders"), 8, true));
        shards.versions[0] = 1;
        shards.topics.get(1).add("orders");

        assertNull(remove("orders").problem());

        assertEquals(TopicPolicies.NONE, shards.policies[0]);
    }

    @Test
    void shouldRemoveAPolicyWhenNoTopicHasItsNumber() {
        set("orders", 8);
        shards.applied.clear();

        assertNull(remove("orders").problem());

        assertEquals(List.of("0:3 held", "1:3 held", "2:3 held", "0:4", "1:4", "2:4"), shards.applied);
        assertEquals(TopicPolicies.NONE, shards.policies[1]);
        assertThrows(CommandFailure.class, () -> remove("orders"));
    }

    @Test
    void shouldKeepAPolicyWhenATopicHasItsNumber() {
        set("orders", 8);
        shards.topics.get(2).add("orders/$5");

        final PolicyChange.Outcome outcome = remove("orders");

        assertTrue(outcome.problem().contains("shard 2 holds the topic 'orders/$5'"), outcome.problem());
        for (final TopicPolicies policies : shards.policies) {
            assertEquals(TopicPolicies.NONE.with(policy("orders", 8)), policies);
        }
    }

    private PolicyChange.Outcome set(final String filter, final int partitions) {
        return new PolicyChange(shards, filter).set(policy(filter, partitions));
    }

    private PolicyChange.Outcome remove(final String filter) {
        return new PolicyChange(shards, filter).remove();
    }

    private static TopicPolicy policy(final String filter, final int partitions) {
        return new TopicPolicy(TopicFilter.parse(filter), partitions, false);
    }

    /** Shards that answer as the engine does. */
    private static final class FakeShards implements PolicyLink {
        private final TopicPolicies[] policies;
        private final long[] versions;
        private final List<List<String>> topics = new ArrayList<>();
        private final List<String> applied = new ArrayList<>();
        private int silentShardId = -1;

        private FakeShards(final int count) {
            policies = new TopicPolicies[count];
            versions = new long[count];
            Arrays.fill(policies, TopicPolicies.NONE);
            for (int i = 0; i < count; i++) {
                topics.add(new ArrayList<>());
            }
        }

        @Override
        public List<TopicPoliciesState> states() {
            final List<TopicPoliciesState> states = new ArrayList<>();
            for (int shardId = 0; shardId < policies.length; shardId++) {
                states.add(new TopicPoliciesState(shardId, versions[shardId], policies[shardId]));
            }
            return states;
        }

        @Override
        public CommandAnswer apply(
                final int shardId, final long version, final TopicPolicies wanted, final boolean isCheckOnly) {
            if (shardId == silentShardId) {
                throw new LockstepException("shard " + shardId + " did not answer in time");
            }
            final boolean isCurrent = version == versions[shardId] && wanted.equals(policies[shardId]);
            if (!isCurrent && version <= versions[shardId]) {
                return new CommandAnswer(ResultCode.STALE_POLICIES, versions[shardId]);
            }
            for (int i = 0; i < topics.get(shardId).size(); i++) {
                final byte[] name = topics.get(shardId).get(i).getBytes(StandardCharsets.UTF_8);
                final UnsafeBuffer buffer = new UnsafeBuffer(name);
                if (wanted.partitionsOf(buffer, 0, name.length)
                        != policies[shardId].partitionsOf(buffer, 0, name.length)) {
                    return new CommandAnswer(ResultCode.POLICY_WOULD_SPLIT, i);
                }
            }
            if (!isCheckOnly) {
                policies[shardId] = wanted;
                versions[shardId] = version;
                final boolean isHeld = wanted.all().stream().anyMatch(TopicPolicy::isHeld);
                applied.add(shardId + ":" + version + (isHeld ? " held" : ""));
            }
            return new CommandAnswer(ResultCode.ACCEPTED, version);
        }

        @Override
        public String topicText(final int shardId, final long topicId, final String filter) {
            return "'" + topics.get(shardId).get((int) topicId) + "'";
        }
    }
}
