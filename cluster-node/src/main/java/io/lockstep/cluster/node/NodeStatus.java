package io.lockstep.cluster.node;

import io.aeron.cluster.ElectionState;
import io.lockstep.cluster.service.ServiceStatus;
import io.lockstep.config.ClusterConfig;
import io.lockstep.config.NodeEndpoint;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a node says of itself; the names of the components are the keys of {@code GET /status}.
 *
 * @param id        of the node.
 * @param cluster   name of the cluster.
 * @param host      of the node.
 * @param port      base port.
 * @param profile   of threads and time-outs.
 * @param isHealthy whether every shard has recovered and knows a leader.
 * @param waitsFor  what the start of the node waits for, in a sentence; empty when it waits for nothing.
 * @param disk      where the data is.
 * @param shards    that have started, in the order of their ids.
 */
public record NodeStatus(
        int id,
        String cluster,
        String host,
        int port,
        String profile,
        boolean isHealthy,
        String waitsFor,
        Disk disk,
        List<Shard> shards) {
    /**
     * Space on the file system of the node's directory.
     *
     * @param freeBytes  that this process may use.
     * @param totalBytes of the file system.
     */
    public record Disk(long freeBytes, long totalBytes) {}

    /**
     * One shard on this node.
     *
     * @param shard                 id.
     * @param role                  LEADER, FOLLOWER or CANDIDATE.
     * @param electionState         CLOSED when no election is under way.
     * @param term                  leadership term.
     * @param commitPosition        of the Raft log, as this node knows it.
     * @param appliedPosition       of the Raft log, what the engine has applied.
     * @param lagBytes              committed but not applied yet.
     * @param journalPosition       end of the journal.
     * @param firstReadablePosition logical start of the journal.
     * @param shardSequence         of the last record.
     * @param messageCount          messages accepted so far.
     * @param rollingHash           of all records, 16 hexadecimal digits.
     * @param checkpointPosition    where the last checkpoint record begins, or -1.
     * @param checkpointHash        rolling hash there, 16 hexadecimal digits, or empty.
     * @param stateBytes            size of the replicated state.
     * @param topics                number of topics.
     * @param producers             number of producers.
     * @param isSeeded              whether the settings were seeded.
     * @param isReadOnly            whether new messages are refused.
     * @param droppedReplies        replies that clients could not take.
     */
    public record Shard(
            int shard,
            String role,
            String electionState,
            long term,
            long commitPosition,
            long appliedPosition,
            long lagBytes,
            long journalPosition,
            long firstReadablePosition,
            long shardSequence,
            long messageCount,
            String rollingHash,
            long checkpointPosition,
            String checkpointHash,
            long stateBytes,
            int topics,
            int producers,
            boolean isSeeded,
            boolean isReadOnly,
            long droppedReplies) {}

    static NodeStatus of(
            final ClusterConfig config,
            final NodeEndpoint endpoint,
            final Path nodeDir,
            final String waitsFor,
            final List<ShardReplica> replicas) {
        final List<Shard> shards = new ArrayList<>();
        boolean isHealthy = replicas.size() == config.shardCount();
        for (final ShardReplica replica : replicas) {
            if (!replica.isLaunched()) {
                isHealthy = false;
                break;
            }
            final ServiceStatus service = replica.health().status();
            final ElectionState electionState = replica.electionState();
            isHealthy &= service.isStarted()
                    && electionState == ElectionState.CLOSED
                    && replica.health().failure() == null;
            final long commitPosition = replica.commitPosition();
            shards.add(new Shard(
                    replica.shardId(),
                    replica.role().name(),
                    electionState.name(),
                    replica.leadershipTermId(),
                    commitPosition,
                    service.appliedLogPosition(),
                    Math.max(0, commitPosition - service.appliedLogPosition()),
                    service.journalPosition(),
                    service.firstReadablePosition(),
                    service.shardSequence(),
                    service.messageCount(),
                    String.format("%016x", service.rollingHash()),
                    service.checkpointPosition(),
                    service.checkpointPosition() < 0 ? "" : String.format("%016x", service.checkpointHash()),
                    service.stateBytes(),
                    service.topicCount(),
                    service.producerCount(),
                    service.isSeeded(),
                    service.isReadOnly(),
                    service.droppedReplies()));
        }
        return new NodeStatus(
                endpoint.id(),
                config.name(),
                endpoint.host(),
                endpoint.basePort(),
                config.profile().key(),
                isHealthy,
                waitsFor,
                diskOf(nodeDir),
                shards);
    }

    private static Disk diskOf(final Path nodeDir) {
        try {
            final FileStore store = Files.getFileStore(nodeDir);
            return new Disk(store.getUsableSpace(), store.getTotalSpace());
        } catch (final IOException ex) {
            return new Disk(-1, -1);
        }
    }
}
