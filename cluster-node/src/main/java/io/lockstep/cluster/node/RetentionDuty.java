package io.lockstep.cluster.node;

import io.aeron.Aeron;
import io.aeron.archive.client.AeronArchive;
import io.lockstep.archive.history.RetentionDecision;
import io.lockstep.archive.index.JournalIndexer;
import io.lockstep.archive.index.JournalRetention;
import io.lockstep.archive.replay.JournalReaderContext;
import io.lockstep.cluster.service.ServiceStatus;
import io.lockstep.config.ClusterConfig;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.wire.JournalFormat;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;

/**
 * Retention of one shard's journal on one node. While retention is limited it keeps the index, whose marks are places
 * where a record begins; the leader's node proposes a new first readable position from it by a logged command, and every
 * node deletes whole segments below the position that the log has decided. What a durable consumer has before it is kept
 * beyond the limits, up to twice of them; then its cursor is lost, and its owner is told. A reader below that position holds deletion back
 * until as many bytes again as are kept, or 4 segments, wait for it; then it is stopped, and told that its cursor is lost.
 * Steward thread only.
 */
final class RetentionDuty implements Retention {
    private static final long ARCHIVE_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(2);
    private static final long RETRY_NS = TimeUnit.SECONDS.toNanos(5);
    private static final int NO_RECORDING = -1;
    private static final long LEAST_SEGMENTS_HELD_BACK = 4;

    private final int shardId;
    private final ClusterConfig config;
    private final NodeEndpoint node;
    private final AeronContexts contexts;
    private final Aeron aeron;
    private final Path indexDir;
    private final NodeListener listener;
    private JournalIndexer indexer;
    private AeronArchive archive;
    private JournalRetention retention;
    private long nextTryNs = System.nanoTime();
    private long toldStoppedReplays;

    RetentionDuty(
            final int shardId,
            final ClusterConfig config,
            final NodeEndpoint node,
            final AeronContexts contexts,
            final Aeron aeron,
            final Path indexDir,
            final NodeListener listener) {
        this.shardId = shardId;
        this.config = config;
        this.node = node;
        this.contexts = contexts;
        this.aeron = aeron;
        this.indexDir = indexDir;
        this.listener = listener;
    }

    @Override
    public int doWork(final ServiceStatus status, final long nowNs) {
        if (!status.isStarted() || (status.retentionBytes() == 0 && status.retentionAgeNs() == 0)) {
            return 0;
        }
        if (indexer == null) {
            indexer = new JournalIndexer(
                    new JournalReaderContext()
                            .aeron(aeron)
                            .nodes(List.of(node))
                            .localNodeId(node.id())
                            .shardId(shardId),
                    indexDir);
        }
        return indexer.doWork() + deleteSegments(status, nowNs);
    }

    @Override
    public long proposal(final ServiceStatus status, final long clusterTimeNs) {
        if (indexer == null) {
            return -1;
        }
        final RetentionDecision decision = new RetentionDecision(status.retentionBytes(), status.retentionAgeNs());
        final long heldPosition = decision.boundedHold(
                indexer.marks(),
                status.firstReadablePosition(),
                status.journalPosition(),
                clusterTimeNs,
                status.heldPosition());
        final long position = decision.firstReadablePosition(
                indexer.marks(), status.firstReadablePosition(), status.journalPosition(), clusterTimeNs, heldPosition);
        // Only whole segments can be deleted, so smaller steps would only write to the log.
        final long step = config.segmentLength();
        return position / step > status.firstReadablePosition() / step ? position : -1;
    }

    @Override
    public void close() {
        CloseHelper.quietCloseAll(indexer, archive);
    }

    private int deleteSegments(final ServiceStatus status, final long nowNs) {
        if (status.firstReadablePosition() < config.segmentLength() || nowNs - nextTryNs < 0) {
            return 0;
        }
        try {
            if (retention == null) {
                connect();
            }
            if (retention != null) {
                retention.firstReadablePosition(status.firstReadablePosition());
                // With a limit of age only, as much as is kept is known from the journal alone.
                final long keptBytes = status.journalPosition() - status.firstReadablePosition();
                retention.hardLimitBytes(Math.max(
                        Math.max(keptBytes, status.retentionBytes()),
                        LEAST_SEGMENTS_HELD_BACK * config.segmentLength()));
                final int work = retention.doWork(nowNs);
                tellStoppedReplays();
                if (work > 0) {
                    indexer.trimTo(status.firstReadablePosition());
                }
                return work;
            }
        } catch (final RuntimeException ex) {
            listener.onError(ex);
            CloseHelper.quietClose(archive);
            archive = null;
            retention = null;
        }
        nextTryNs = nowNs + RETRY_NS;
        return 0;
    }

    private void tellStoppedReplays() {
        if (retention.stoppedReplays() > toldStoppedReplays) {
            toldStoppedReplays = retention.stoppedReplays();
            listener.onEvent("shard " + shardId + ": stopped the readers of the journal, because one of them held back"
                    + " the deletion of what retention no longer keeps: " + retention.lastRefusal());
        }
    }

    private void connect() {
        final JournalRetention[] made = new JournalRetention[1];
        archive = AeronArchive.connect(contexts.journalArchiveClient(config.shardCount() + shardId)
                .aeron(aeron)
                .ownsAeronClient(false)
                .messageTimeoutNs(ARCHIVE_TIMEOUT_NS)
                .recordingSignalConsumer(
                        (controlSessionId, correlationId, recordingId, subscriptionId, position, signal) ->
                                made[0].onSignal(
                                        controlSessionId,
                                        correlationId,
                                        recordingId,
                                        subscriptionId,
                                        position,
                                        signal)));
        final long recordingId = findRecording();
        if (recordingId == NO_RECORDING) {
            CloseHelper.quietClose(archive);
            archive = null;
            return;
        }
        retention = new JournalRetention(archive, recordingId, config.segmentLength(), 0);
        toldStoppedReplays = 0;
        made[0] = retention;
    }

    private long findRecording() {
        final long[] newest = {NO_RECORDING};
        archive.listRecordings(
                0,
                Integer.MAX_VALUE,
                (controlSessionId,
                        correlationId,
                        recordingId,
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
                        sourceIdentity) -> {
                    if (streamId == JournalFormat.streamId(shardId)) {
                        newest[0] = recordingId;
                    }
                });
        return newest[0];
    }
}
