package io.lockstep.cluster.node;

import java.util.List;
import java.util.Objects;

/**
 * Decides whether a node whose log is gone, or cannot be trusted, may take part in a shard. What it acknowledged before
 * may have been committed with its help, so if it voted with less, a lagging node could be elected and committed
 * messages would be lost. It may take part only
 * <ul>
 *   <li>at the first start of a cluster: every other node says that it has no log either; or
 *   <li>once it has fetched the log up to the commit position of a leader that a majority <em>without this node</em>
 *       follows in one term. Every entry committed with this node's help is then in what it fetched; every later one is
 *       on that majority.
 * </ul>
 * In both cases it must not vote in a term in which any of the others has stood or voted, because its own votes are
 * forgotten too. See Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm", sections 5.2 and 5.4:
 * both rest on state that survives on disk. Stateless.
 */
final class LogAdmission {
    private LogAdmission() {}

    /** What to do now. */
    enum Step {
        /** Start with an empty log: the cluster is new. */
        START_EMPTY,
        /** Fetch the log from the leader, then start. */
        FETCH,
        /** Ask again later. */
        WAIT
    }

    /**
     * The decision.
     *
     * @param step          what to do.
     * @param leader        of whom to fetch, with FETCH; else null.
     * @param candidateTerm newest term in which this node must not vote.
     * @param reason        why to wait, as the second half of a sentence; else empty.
     */
    record Decision(Step step, Answer leader, long candidateTerm, String reason) {}

    /**
     * What another node said.
     *
     * @param nodeId of the other node.
     * @param state  of its log, or null if it did not answer.
     */
    record Answer(int nodeId, RaftLogState state) {}

    /**
     * Decides.
     *
     * @param isLost      whether this node still has a log of which an end may be missing.
     * @param memberCount of the shard, this node included.
     * @param others      one answer for each other member.
     * @return what to do.
     */
    static Decision decide(final boolean isLost, final int memberCount, final List<Answer> others) {
        if (others.size() != memberCount - 1) {
            throw new IllegalArgumentException(
                    "there must be " + (memberCount - 1) + " answers, but " + others.size() + " were given");
        }
        final long candidateTerm = others.stream()
                .map(Answer::state)
                .filter(Objects::nonNull)
                .mapToLong(RaftLogState::candidateTerm)
                .max()
                .orElse(-1);
        if (!isLost && others.stream().allMatch(LogAdmission::isNew)) {
            return new Decision(Step.START_EMPTY, null, candidateTerm, "");
        }
        final int majority = memberCount / 2 + 1;
        for (final Answer answer : others) {
            if (answer.state() != null && answer.state().isLeading() && hasCommittedInItsTerm(answer.state())) {
                final long term = answer.state().term();
                final long agreeing = others.stream()
                        .filter(other -> other.state() != null
                                && other.state().term() == term
                                && (other.state().isFollowing() || other.nodeId() == answer.nodeId()))
                        .count();
                if (agreeing >= majority) {
                    return new Decision(Step.FETCH, answer, Math.max(candidateTerm, term), "");
                }
            }
        }
        return new Decision(Step.WAIT, null, candidateTerm, reason(others, majority));
    }

    private static boolean isNew(final Answer answer) {
        return answer.state() != null
                && !answer.state().hasLog()
                && !answer.state().isLost();
    }

    private static boolean hasCommittedInItsTerm(final RaftLogState state) {
        return !state.terms().isEmpty()
                && state.terms().get(state.terms().size() - 1).term() == state.term()
                && state.commitPosition()
                        > state.terms().get(state.terms().size() - 1).basePosition();
    }

    private static String reason(final List<Answer> others, final int majority) {
        final StringBuilder reason = new StringBuilder();
        for (final Answer answer : others) {
            reason.append(reason.isEmpty() ? "" : ", ").append("node ").append(answer.nodeId());
            if (answer.state() == null) {
                reason.append(" does not answer");
            } else if (answer.state().isLost()) {
                reason.append(" has lost its log too");
            } else if (!answer.state().hasLog()) {
                reason.append(" has no log");
            } else if (answer.state().electionState().isEmpty()) {
                reason.append(" is starting");
            } else {
                reason.append(" is ")
                        .append(answer.state().role())
                        .append(" in term ")
                        .append(answer.state().term());
            }
        }
        return reason + "; " + majority + " of them must agree on a leader";
    }
}
