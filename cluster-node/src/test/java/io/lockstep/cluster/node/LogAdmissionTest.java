package io.lockstep.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.cluster.node.LogAdmission.Answer;
import io.lockstep.cluster.node.LogAdmission.Decision;
import io.lockstep.cluster.node.LogAdmission.Step;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogAdmissionTest {
    private static final RaftLogState SILENT = null;

    @Test
    void shouldStartEmptyWhenEveryOtherNodeIsNewToo() {
        final Decision decision = decide(false, empty(-1), empty(-1));

        assertEquals(Step.START_EMPTY, decision.step());
        assertEquals(-1, decision.candidateTerm());
    }

    @Test
    void shouldNotVoteInATermThatAnotherNewNodeStoodFor() {
        assertEquals(4, decide(false, empty(4), empty(-1)).candidateTerm());
    }

    @Test
    void shouldStartAtOnceWhenItIsTheOnlyMember() {
        assertEquals(Step.START_EMPTY, decide(false).step());
    }

    @Test
    void shouldWaitWhenOneOtherIsSilentAlthoughTheRestIsNew() {
        final Decision decision = decide(false, empty(-1), SILENT);

        assertEquals(Step.WAIT, decision.step());
        assertTrue(decision.reason().contains("node 1 has no log, node 2 does not answer"), decision.reason());
    }

    @Test
    void shouldWaitWhenAllOthersLostTheirLogs() {
        final RaftLogState lost = state("", "", -1, 0, true, 3);

        final Decision decision = decide(false, lost, lost);

        assertEquals(Step.WAIT, decision.step());
        assertTrue(decision.reason().contains("has lost its log too"), decision.reason());
    }

    @Test
    void shouldNotCountAsNewWhenItsOwnLogIsOnlySuspect() {
        assertEquals(Step.WAIT, decide(true, empty(-1), empty(-1)).step());
    }

    @Test
    void shouldFetchWhenAMajorityWithoutItFollowsOneLeader() {
        final Decision decision = decide(false, follower(5), leader(5, 1_000));

        assertEquals(Step.FETCH, decision.step());
        assertEquals(2, decision.leader().nodeId());
        assertEquals(5, decision.candidateTerm());
    }

    @Test
    void shouldFetchWhenItsOwnLogIsSuspect() {
        assertEquals(Step.FETCH, decide(true, leader(5, 1_000), follower(5)).step());
    }

    @Test
    void shouldNotVoteInANewerTermThatAFollowerStoodFor() {
        final RaftLogState stubborn =
                new RaftLogState(0, true, false, "FOLLOWER", "CLOSED", 5, 8, 900, 0, List.of(term(5)), List.of());

        assertEquals(8, decide(false, stubborn, leader(5, 1_000)).candidateTerm());
    }

    @Test
    void shouldWaitWhenTheLeaderIsAloneWithItsTerm() {
        // It may have been replaced with the help of this node, and not know it yet.
        assertEquals(Step.WAIT, decide(false, leader(5, 1_000), SILENT).step());
        assertEquals(Step.WAIT, decide(false, leader(5, 1_000), follower(6)).step());
        assertEquals(Step.WAIT, decide(false, leader(5, 1_000), follower(4)).step());
    }

    @Test
    void shouldWaitWhenTheOtherIsStillElecting() {
        final RaftLogState electing = state("FOLLOWER", "CANVASS", 5, 900, false, 5);

        assertEquals(Step.WAIT, decide(false, leader(5, 1_000), electing).step());
    }

    @Test
    void shouldWaitUntilTheLeaderHasCommittedInItsOwnTerm() {
        // The first term begins at 100: a leader that knows no commit beyond may not know all that was committed
        // before.
        assertEquals(Step.WAIT, decide(false, leader(5, 100), follower(5)).step());
        assertEquals(Step.FETCH, decide(false, leader(5, 101), follower(5)).step());
    }

    @Test
    void shouldWaitForThreeWhenThereAreFiveMembers() {
        assertEquals(
                Step.WAIT,
                decide(false, leader(5, 1_000), follower(5), SILENT, empty(-1)).step());
        assertEquals(
                Step.FETCH,
                decide(false, leader(5, 1_000), follower(5), SILENT, follower(5))
                        .step());
    }

    @Test
    void shouldWaitWhenNoMajorityIsLeftWithoutIt() {
        assertEquals(Step.WAIT, decide(false, leader(5, 1_000)).step());
    }

    @Test
    void shouldRefuseWhenAnAnswerIsMissing() {
        assertThrows(IllegalArgumentException.class, () -> LogAdmission.decide(false, 3, List.of()));
    }

    private static Decision decide(final boolean isLost, final RaftLogState... others) {
        final List<Answer> answers = new java.util.ArrayList<>();
        for (int i = 0; i < others.length; i++) {
            answers.add(new Answer(i + 1, others[i]));
        }
        return LogAdmission.decide(isLost, others.length + 1, answers);
    }

    private static RaftLogState empty(final long candidateTerm) {
        return new RaftLogState(0, false, false, "", "", -1, candidateTerm, 0, -1, List.of(), List.of());
    }

    private static RaftLogState leader(final long term, final long commitPosition) {
        return state("LEADER", "CLOSED", term, commitPosition, false, term);
    }

    private static RaftLogState follower(final long term) {
        return state("FOLLOWER", "CLOSED", term, 900, false, term);
    }

    private static RaftLogState state(
            final String role,
            final String electionState,
            final long term,
            final long commitPosition,
            final boolean isLost,
            final long candidateTerm) {
        return new RaftLogState(
                0,
                true,
                isLost,
                role,
                electionState,
                term,
                candidateTerm,
                commitPosition,
                0,
                List.of(term(term)),
                List.of());
    }

    private static RaftLogState.Term term(final long term) {
        return new RaftLogState.Term(term, 100, -1, 0);
    }
}
