package io.lockstep.cli;

import io.lockstep.client.CommandAnswer;
import io.lockstep.client.LockstepException;
import io.lockstep.client.TopicPoliciesState;
import io.lockstep.codecs.ResultCode;
import io.lockstep.topic.TopicPolicies;
import io.lockstep.topic.TopicPolicy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Brings one change of a topic policy to all shards. No shard knows the topics of the others, so the policy is held first,
 * which lets nothing come into being that it concerns; when all shards hold it, what they say stays true, and the policy is
 * let go or removed. Where one refuses, the former policies are brought back.
 */
final class PolicyChange {
    record ShardAnswer(int shardId, CommandAnswer answer) {}

    /** How a change ended; {@code problem} is null where it is in effect. */
    record Outcome(
            long version, TopicPolicies policies, boolean isChanged, List<ShardAnswer> answers, String problem) {}

    private final PolicyLink link;
    private final String filter;

    PolicyChange(final PolicyLink link, final String filter) {
        this.link = link;
        this.filter = filter;
    }

    static TopicPoliciesState newestOf(final List<TopicPoliciesState> states) {
        return states.stream()
                .max(Comparator.comparingLong(TopicPoliciesState::version))
                .orElseThrow();
    }

    static boolean areEqual(final List<TopicPoliciesState> states) {
        return states.stream()
                .allMatch(state -> state.version() == states.get(0).version()
                        && state.policies().equals(states.get(0).policies()));
    }

    /** Gives the topics of the filter a number of partitions. */
    Outcome set(final TopicPolicy policy) {
        final List<TopicPoliciesState> states = link.states();
        final TopicPoliciesState newest = newestOf(states);
        final TopicPolicies former = newest.policies();
        if (areEqual(states) && policy.equals(former.get(filter))) {
            return new Outcome(newest.version(), former, false, List.of(), null);
        }
        final TopicPolicies wanted;
        try {
            wanted = former.with(policy);
        } catch (final IllegalArgumentException ex) {
            throw new CommandFailure(ex.getMessage());
        }
        final Outcome held = apply(newest.version() + 1, former.with(heldOf(policy)), states.size(), false);
        return held.problem() == null
                ? finish(apply(held.version() + 1, wanted, states.size(), false))
                : takeBack(held, former, states.size());
    }

    /** Takes the policy of the filter away. */
    Outcome remove() {
        final List<TopicPoliciesState> states = link.states();
        final TopicPoliciesState newest = newestOf(states);
        final TopicPolicies former = newest.policies();
        final TopicPolicies wanted = former.without(filter);
        final TopicPolicy policy = former.get(filter);
        if (policy == null && areEqual(states)) {
            throw new CommandFailure(
                    "there is no policy of '" + filter + "'; 'lockstep partitions list' shows those that there are");
        }
        long version = newest.version();
        // Where a change stopped half-way, a shard may hold what others would refuse to hold.
        if (areEqual(states)) {
            final Outcome held = apply(++version, former.with(heldOf(policy)), states.size(), false);
            if (held.problem() != null) {
                return takeBack(held, former, states.size());
            }
        }
        final Outcome checked = apply(version + 1, wanted, states.size(), true);
        if (checked.problem() != null) {
            return takeBack(checked, former, states.size());
        }
        return finish(apply(version + 1, wanted, states.size(), false));
    }

    private static TopicPolicy heldOf(final TopicPolicy policy) {
        return new TopicPolicy(policy.filter(), policy.partitions(), true);
    }

    // Stops at the first shard that refuses or does not answer.
    private Outcome apply(
            final long version, final TopicPolicies policies, final int shardCount, final boolean isCheckOnly) {
        final List<ShardAnswer> answers = new ArrayList<>();
        String problem = null;
        for (int shardId = 0; shardId < shardCount && problem == null; shardId++) {
            try {
                final CommandAnswer answer = link.apply(shardId, version, policies, isCheckOnly);
                answers.add(new ShardAnswer(shardId, answer));
                problem = answer.code() == ResultCode.ACCEPTED ? null : sentenceOf(shardId, answer);
            } catch (final LockstepException ex) {
                problem = ex.getMessage();
            }
        }
        return new Outcome(version, policies, problem == null && !isCheckOnly, answers, problem);
    }

    private static Outcome finish(final Outcome last) {
        return last.problem() == null
                ? last
                : withProblem(
                        last,
                        last.problem() + "; shards before it were changed, and until all of them are, new topics"
                                + " that match may be refused: run the command again");
    }

    private Outcome takeBack(final Outcome failed, final TopicPolicies former, final int shardCount) {
        boolean isBack = true;
        for (int shardId = 0; shardId < shardCount; shardId++) {
            try {
                isBack &=
                        link.apply(shardId, failed.version() + 1, former, false).code() == ResultCode.ACCEPTED;
            } catch (final LockstepException ex) {
                // What the user has to know is said below, and what went wrong first is the cause.
                isBack = false;
            }
        }
        return withProblem(
                failed,
                failed.problem()
                        + (isBack
                                ? "; the policies are what they were"
                                : "; the former policies could not be brought back to all shards: 'lockstep partitions"
                                        + " list' shows what they hold, and another 'set' or 'remove' brings them"
                                        + " together"));
    }

    private static Outcome withProblem(final Outcome outcome, final String problem) {
        return new Outcome(outcome.version(), outcome.policies(), false, outcome.answers(), problem);
    }

    private String sentenceOf(final int shardId, final CommandAnswer answer) {
        final String shard = "shard " + shardId;
        return switch (answer.code()) {
            case POLICY_WOULD_SPLIT ->
                shard + " holds the topic " + link.topicText(shardId, answer.detail(), filter)
                        + ", and the number of partitions of a topic that exists never changes";
            case STALE_POLICIES ->
                shard + " took version " + answer.detail() + " from somebody else meanwhile; run the command again";
            case UNSUPPORTED -> shard + " does not know topic policies: its feature level is below 3";
            default -> shard + " refused the topic policies: " + answer.code() + ", detail " + answer.detail();
        };
    }
}
