package io.lockstep.cluster.node;

import io.aeron.Aeron;
import io.aeron.cluster.NodeStateFile;
import io.aeron.cluster.RecordingLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a node says of its copy of a shard's Raft log; the names of the components are the keys of {@code GET /raft}.
 * Nodes ask each other for it before one without a trustworthy log takes part.
 *
 * @param shard             id.
 * @param hasLog            whether a log is there, however long.
 * @param isLost            whether that log may lack what this node once acknowledged.
 * @param role              LEADER, FOLLOWER or CANDIDATE; empty while the shard has not started here.
 * @param electionState     CLOSED when no election is under way; empty while the shard has not started here.
 * @param term              leadership term, or -1.
 * @param candidateTerm     newest term in which this node stood or voted, or -1.
 * @param commitPosition    of the log as this node knows it, in bytes.
 * @param recordingId       of the log in the node's archive A0, or -1.
 * @param terms             of the log, oldest first.
 * @param snapshots         of the newest snapshot: the services in falling order of their ids, the consensus module (-1)
 *                          last; empty if there is none.
 */
record RaftLogState(
        int shard,
        boolean hasLog,
        boolean isLost,
        String role,
        String electionState,
        long term,
        long candidateTerm,
        long commitPosition,
        long recordingId,
        List<Term> terms,
        List<Snapshot> snapshots) {
    private static final int SERVICE_ID = 0;
    private static final int CONSENSUS_MODULE_ID = -1;

    /**
     * A leadership term.
     *
     * @param term         id.
     * @param basePosition where it begins in the log, in bytes.
     * @param endPosition  where it ends, or -1 while that is open.
     * @param timestamp    when it began, in the unit of the cluster's clock.
     */
    record Term(long term, long basePosition, long endPosition, long timestamp) {}

    /**
     * One recording of a snapshot.
     *
     * @param serviceId    whose state it is; -1 is the consensus module.
     * @param recordingId  in the node's archive A0.
     * @param term         in which it was taken.
     * @param basePosition where that term begins in the log, in bytes.
     * @param logPosition  that the snapshot stands for, in bytes.
     * @param timestamp    when it was taken, in the unit of the cluster's clock.
     */
    record Snapshot(int serviceId, long recordingId, long term, long basePosition, long logPosition, long timestamp) {}

    /** Keeps copies. */
    RaftLogState {
        terms = List.copyOf(terms);
        snapshots = List.copyOf(snapshots);
    }

    boolean isLeading() {
        return role.equals("LEADER") && electionState.equals("CLOSED");
    }

    boolean isFollowing() {
        return role.equals("FOLLOWER") && electionState.equals("CLOSED");
    }

    /**
     * Reads what stands in a shard's directory.
     *
     * @param shard      id.
     * @param clusterDir directory of its consensus module.
     * @param isLost     whether the node counts its log as lost.
     * @param replica    that runs over it, or null.
     * @return the state.
     */
    static RaftLogState of(final int shard, final Path clusterDir, final boolean isLost, final ShardReplica replica) {
        final List<Term> terms = new ArrayList<>();
        final List<Snapshot> snapshots = new ArrayList<>();
        long recordingId = Aeron.NULL_VALUE;
        if (Files.exists(clusterDir.resolve(RecordingLog.RECORDING_LOG_FILE_NAME))) {
            try (RecordingLog recordingLog = new RecordingLog(clusterDir.toFile(), false)) {
                for (final RecordingLog.Entry entry : recordingLog.entries()) {
                    if (entry.isValid && entry.type == RecordingLog.ENTRY_TYPE_TERM) {
                        terms.add(new Term(
                                entry.leadershipTermId, entry.termBaseLogPosition, entry.logPosition, entry.timestamp));
                    }
                }
                recordingId = recordingLog.findLastTermRecordingId();
                addSnapshot(snapshots, recordingLog.getLatestSnapshot(SERVICE_ID));
                addSnapshot(snapshots, recordingLog.getLatestSnapshot(CONSENSUS_MODULE_ID));
            }
        }
        final boolean isRunning = replica != null && replica.isLaunched();
        return new RaftLogState(
                shard,
                !terms.isEmpty(),
                isLost,
                isRunning ? replica.role().name() : "",
                isRunning ? replica.electionState().name() : "",
                isRunning ? replica.leadershipTermId() : -1,
                candidateTerm(clusterDir),
                isRunning ? replica.commitPosition() : 0,
                recordingId,
                terms,
                snapshots);
    }

    /**
     * Makes sure that a node never votes again in a term in which it may have voted before its directory was lost.
     *
     * @param clusterDir of the shard's consensus module.
     * @param term       in which it must not vote any more; -1 changes nothing.
     */
    static void proposeCandidateTerm(final Path clusterDir, final long term) {
        if (term < 0) {
            return;
        }
        try (NodeStateFile file = new NodeStateFile(clusterDir.toFile(), true, 1)) {
            file.proposeMaxCandidateTermId(term, Aeron.NULL_VALUE, System.currentTimeMillis());
        } catch (final IOException ex) {
            throw new NodeStartException("cannot write the vote of the node in " + clusterDir + ": " + ex, ex);
        }
    }

    private static long candidateTerm(final Path clusterDir) {
        if (!Files.exists(clusterDir.resolve(NodeStateFile.FILENAME))) {
            return -1;
        }
        try (NodeStateFile file = new NodeStateFile(clusterDir.toFile(), false, 0)) {
            return file.candidateTerm().candidateTermId();
        } catch (final IOException ex) {
            throw new NodeStartException("cannot read the vote of the node in " + clusterDir + ": " + ex, ex);
        }
    }

    private static void addSnapshot(final List<Snapshot> snapshots, final RecordingLog.Entry entry) {
        if (entry != null) {
            snapshots.add(new Snapshot(
                    entry.serviceId,
                    entry.recordingId,
                    entry.leadershipTermId,
                    entry.termBaseLogPosition,
                    entry.logPosition,
                    entry.timestamp));
        }
    }
}
