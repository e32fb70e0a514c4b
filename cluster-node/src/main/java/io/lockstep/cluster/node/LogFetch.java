package io.lockstep.cluster.node;

import io.aeron.Aeron;
import io.aeron.archive.client.AeronArchive;
import io.aeron.archive.client.ReplicationParams;
import io.aeron.archive.codecs.RecordingSignal;
import io.aeron.archive.status.RecordingPos;
import io.aeron.cluster.RecordingLog;
import io.lockstep.config.NodeEndpoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.IoUtil;
import org.agrona.concurrent.status.CountersReader;

/**
 * Fetches a shard's Raft log from its leader: the newest snapshot, the log up to the leader's commit position, and the
 * list of terms. The list is put in place last and in one step; before that the node still has no log, or its old one,
 * and whatever a broken-off fetch left is removed by the next. Used by the thread that starts the node, before the
 * shard runs.
 */
final class LogFetch {
    private static final int RESPONSE_STREAM = 900;
    private static final long STALL_NS = TimeUnit.SECONDS.toNanos(20);
    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long SAY_INTERVAL_NS = TimeUnit.SECONDS.toNanos(5);
    private static final int RAFT_CONTROL_STREAM_ID = AeronContexts.RAFT_CONTROL_STREAM_ID;

    private final AeronContexts contexts;
    private final NodeEndpoint node;
    private final NodeDirectories directories;
    private final NodeListener listener;
    private final long archiveId;

    /** A try that failed for a reason that may pass; the message is a clause without a full stop. */
    static final class FetchException extends Exception {
        private static final long serialVersionUID = 1L;

        FetchException(final String message) {
            super(message);
        }

        FetchException(final String message, final Throwable cause) {
            super(message, cause);
        }
    }

    LogFetch(
            final AeronContexts contexts,
            final NodeEndpoint node,
            final NodeDirectories directories,
            final NodeListener listener) {
        this.contexts = contexts;
        this.node = node;
        this.directories = directories;
        this.listener = listener;
        this.archiveId = AeronContexts.RAFT_ARCHIVE_ID_BASE + node.id();
    }

    /**
     * Replaces the shard's log by the leader's, up to the leader's commit position.
     *
     * @param shard         id.
     * @param leader        to fetch from.
     * @param state         of its log.
     * @param candidateTerm newest term in which this node must not vote.
     * @throws FetchException if it did not work; nothing has changed then, and the caller may try again.
     */
    void fetch(final int shard, final NodeEndpoint leader, final RaftLogState state, final long candidateTerm)
            throws FetchException {
        final long beginNs = System.nanoTime();
        listener.onEvent("shard " + shard + ": fetching the log from node " + leader.id() + ", which leads term "
                + state.term() + ", up to its commit position " + state.commitPosition());
        try (Aeron aeron = contexts.client("lockstep-log-fetch");
                Transfer transfer = new Transfer(aeron, shard, leader)) {
            transfer.removeLeftovers();
            final Path fetchedDir = directories.clusterDir(shard).resolve("fetched");
            IoUtil.delete(fetchedDir.toFile(), true);
            Files.createDirectories(fetchedDir);
            writeRecordingLog(fetchedDir, state, transfer);
            RaftLogState.proposeCandidateTerm(directories.clusterDir(shard), candidateTerm);
            final Set<Long> replaced = recordingIds(directories.clusterDir(shard));
            Files.move(
                    fetchedDir.resolve(RecordingLog.RECORDING_LOG_FILE_NAME),
                    directories.clusterDir(shard).resolve(RecordingLog.RECORDING_LOG_FILE_NAME),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            IoUtil.delete(fetchedDir.toFile(), true);
            transfer.keep(replaced);
            listener.onEvent("shard " + shard + ": fetched the log up to " + state.commitPosition() + " and "
                    + state.snapshots().size() + " snapshot recording(s) in "
                    + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beginNs) + " ms");
        } catch (final IOException ex) {
            throw new NodeStartException("cannot write the fetched log of shard " + shard + ": " + ex, ex);
        } catch (final NodeStartException ex) {
            throw ex;
        } catch (final RuntimeException ex) {
            throw new FetchException("fetching the log from node " + leader.id() + " failed: " + ex.getMessage(), ex);
        }
    }

    private static void writeRecordingLog(final Path dir, final RaftLogState state, final Transfer transfer)
            throws FetchException, IOException {
        final long[] snapshotIds = new long[state.snapshots().size()];
        for (int i = 0; i < snapshotIds.length; i++) {
            snapshotIds[i] = transfer.copy(state.snapshots().get(i).recordingId(), AeronArchive.NULL_POSITION);
        }
        final long logId = transfer.copy(state.recordingId(), state.commitPosition());
        try (RecordingLog recordingLog = new RecordingLog(dir.toFile(), true)) {
            for (final RaftLogState.Term term : state.terms()) {
                recordingLog.appendTerm(logId, term.term(), term.basePosition(), term.timestamp());
            }
            final List<RaftLogState.Term> terms = state.terms();
            for (int i = 0; i < terms.size() - 1; i++) {
                recordingLog.commitLogPosition(
                        terms.get(i).term(), terms.get(i + 1).basePosition());
            }
            for (int i = 0; i < snapshotIds.length; i++) {
                final RaftLogState.Snapshot snapshot = state.snapshots().get(i);
                recordingLog.appendSnapshot(
                        snapshotIds[i],
                        snapshot.term(),
                        snapshot.basePosition(),
                        snapshot.logPosition(),
                        snapshot.timestamp(),
                        snapshot.serviceId());
            }
            recordingLog.force(2);
        }
    }

    private static Set<Long> recordingIds(final Path clusterDir) {
        final Set<Long> ids = new HashSet<>();
        if (Files.exists(clusterDir.resolve(RecordingLog.RECORDING_LOG_FILE_NAME))) {
            try (RecordingLog recordingLog = new RecordingLog(clusterDir.toFile(), false)) {
                recordingLog.entries().forEach(entry -> ids.add(entry.recordingId));
            }
        }
        return ids;
    }

    /** One session with the node's own archive, which copies recordings from the leader's. */
    private final class Transfer implements AutoCloseable {
        private final AeronArchive archive;
        private final CountersReader counters;
        private final NodeEndpoint leader;
        private final int shard;
        private final Path leftovers;
        private long copyId = Aeron.NULL_VALUE;
        private boolean isOver;

        Transfer(final Aeron aeron, final int shard, final NodeEndpoint leader) {
            this.shard = shard;
            this.leader = leader;
            this.counters = aeron.countersReader();
            this.leftovers = directories.clusterDir(shard).resolve("fetch-leftovers");
            this.archive = AeronArchive.connect(contexts.raftArchiveClient(RESPONSE_STREAM)
                    .aeron(aeron)
                    .ownsAeronClient(false)
                    .recordingSignalConsumer((controlSessionId, correlationId, id, subscriptionId, position, signal) ->
                            onSignal(id, signal)));
        }

        /** Removes the recordings that broken-off fetches made; nothing refers to them. */
        void removeLeftovers() throws IOException {
            if (Files.exists(leftovers)) {
                final Set<Long> used = recordingIds(directories.clusterDir(shard));
                for (final String line : Files.readAllLines(leftovers)) {
                    if (!line.isBlank() && !used.contains(Long.parseLong(line))) {
                        purge(Long.parseLong(line));
                    }
                }
                Files.delete(leftovers);
            }
            Files.createDirectories(leftovers.getParent());
        }

        /** Copies a recording and waits for its end. */
        long copy(final long recordingId, final long stopPosition) throws FetchException, IOException {
            copyId = Aeron.NULL_VALUE;
            isOver = false;
            final ReplicationParams params =
                    new ReplicationParams().replicationChannel("aeron:udp?endpoint=" + node.endpoint(0));
            if (stopPosition != AeronArchive.NULL_POSITION) {
                params.stopPosition(stopPosition);
            }
            final long replicationId = archive.replicate(
                    recordingId,
                    RAFT_CONTROL_STREAM_ID,
                    "aeron:udp?endpoint=" + leader.endpoint(leader.raftArchivePort()),
                    params);
            boolean isDone = false;
            try {
                awaitEnd(recordingId, stopPosition);
                isDone = true;
            } finally {
                if (!isDone) {
                    archive.tryStopReplication(replicationId);
                }
            }
            final long copied = archive.getStopPosition(copyId);
            if (stopPosition != AeronArchive.NULL_POSITION && copied != stopPosition) {
                throw new FetchException("the copy of recording " + recordingId + " of node " + leader.id()
                        + " ends at " + copied + " instead of " + stopPosition);
            }
            return copyId;
        }

        /** The fetched log is in place: forgets the leftovers and removes the recordings that it replaces. */
        void keep(final Set<Long> replaced) throws IOException {
            Files.deleteIfExists(leftovers);
            replaced.forEach(this::purge);
        }

        @Override
        public void close() {
            archive.close();
        }

        private void purge(final long recordingId) {
            if (archive.listRecording(
                            recordingId,
                            (controlSessionId,
                                    correlationId,
                                    id,
                                    startTimestamp,
                                    stopTimestamp,
                                    startPosition,
                                    stopPosition,
                                    initialTermId,
                                    segmentFileLength,
                                    termBufferLength,
                                    mtuLength,
                                    sessionId,
                                    streamId,
                                    strippedChannel,
                                    originalChannel,
                                    sourceIdentity) -> {})
                    > 0) {
                archive.purgeRecording(recordingId);
            }
        }

        private void awaitEnd(final long recordingId, final long stopPosition) throws FetchException, IOException {
            long progressNs = System.nanoTime();
            long nextSayNs = progressNs + SAY_INTERVAL_NS;
            long reached = AeronArchive.NULL_POSITION;
            boolean isNoted = false;
            while (!isOver) {
                final String error = archive.pollForErrorResponse();
                if (error != null) {
                    throw new FetchException("node " + leader.id() + "'s archive or this node's says: " + error);
                }
                if (copyId != Aeron.NULL_VALUE) {
                    if (!isNoted) {
                        isNoted = true;
                        Files.writeString(
                                leftovers,
                                copyId + System.lineSeparator(),
                                StandardCharsets.US_ASCII,
                                StandardOpenOption.CREATE,
                                StandardOpenOption.APPEND);
                    }
                    final int counterId = RecordingPos.findCounterIdByRecording(counters, copyId, archiveId);
                    if (counterId != CountersReader.NULL_COUNTER_ID && counters.getCounterValue(counterId) != reached) {
                        reached = counters.getCounterValue(counterId);
                        progressNs = System.nanoTime();
                    }
                }
                final long nowNs = System.nanoTime();
                if (nowNs - nextSayNs >= 0) {
                    nextSayNs = nowNs + SAY_INTERVAL_NS;
                    listener.onEvent("shard " + shard + ": fetched " + Math.max(0, reached) + " of "
                            + (stopPosition == AeronArchive.NULL_POSITION ? "a snapshot" : stopPosition + " bytes"));
                }
                if (nowNs - progressNs > STALL_NS) {
                    throw new FetchException("the copy of recording " + recordingId + " of node " + leader.id()
                            + " has not moved for " + TimeUnit.NANOSECONDS.toSeconds(STALL_NS) + " s");
                }
                if (Thread.currentThread().isInterrupted()) {
                    throw new NodeStartException("the start was interrupted while the node fetched its log");
                }
                LockSupport.parkNanos(POLL_NS);
            }
            if (copyId == Aeron.NULL_VALUE) {
                throw new FetchException(
                        "the copy of recording " + recordingId + " of node " + leader.id() + " ended before it began");
            }
        }

        private void onSignal(final long recordingId, final RecordingSignal signal) {
            switch (signal) {
                case REPLICATE -> copyId = recordingId;
                case REPLICATE_END -> isOver = true;
                default -> {
                    // The others tell of recordings that start, grow and stop: the counter shows that.
                }
            }
        }
    }
}
