package io.lockstep.archive.journal;

import io.aeron.exceptions.AeronException;
import io.lockstep.archive.history.RecordChecker;
import io.lockstep.archive.history.WalkStatus;
import io.lockstep.config.NodeEndpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Brings the stored journal into a state in which it can be extended: it ends at a record boundary at or behind the
 * snapshot, and everything since it was last forced is checked. Used by the service thread while the writer opens.
 */
final class JournalRecovery {
    /** Each round either ends, or cuts something bad off and fetches it again; peers do not get better by asking. */
    private static final int ROUND_LIMIT = 8;

    private final JournalWriterContext context;
    private final LocalArchive archive;
    private final JournalCopy copy;
    private final ForcedPosition forcedPosition;
    private final RecordChecker checker = new RecordChecker();
    // From whom the stretch behind the checked position was copied in this recovery; null if it was there before.
    private NodeEndpoint copiedFrom;

    JournalRecovery(
            final JournalWriterContext context,
            final LocalArchive archive,
            final JournalCopy copy,
            final ForcedPosition forcedPosition) {
        this.context = context;
        this.archive = archive;
        this.copy = copy;
        this.forcedPosition = forcedPosition;
    }

    /**
     * Recovers.
     *
     * @param snapshotPosition up to which the journal cannot be made again from the log; 0 if there is no snapshot.
     * @param snapshotRollingHash of all records before that position; 0 if it is not known.
     * @return the recording to extend at its stop position, or null if a new one has to begin at the snapshot.
     */
    Recording recover(final long snapshotPosition, final long snapshotRollingHash) {
        Recording recording = archive.find();
        long checkPosition;
        if (recording == null) {
            forcedPosition.lower(0);
            if (snapshotPosition == 0) {
                step("there is no journal yet, a new one begins");
                return null;
            }
            step("there is no journal, but a snapshot at " + snapshotPosition + ": asking the peers");
            recording = fetch(null, snapshotPosition);
            if (recording == null) {
                step("the journals of all peers begin behind the snapshot: a new one begins there");
                return null;
            }
            checkPosition = recording.startPosition();
        } else {
            recording.requireJournalFormat(context.shardId());
            checkPosition = checkPosition(recording);
        }
        for (int round = 0; round < ROUND_LIMIT; round++) {
            recording = cutToGood(recording, checkPosition, snapshotPosition, snapshotRollingHash);
            if (recording.stopPosition() >= snapshotPosition) {
                removeRests(recording);
                return recording;
            }
            checkPosition = recording.stopPosition();
            step("the journal ends at " + checkPosition + ", before the snapshot at " + snapshotPosition
                    + ": asking the peers");
            removeRests(recording);
            recording = fetch(recording, snapshotPosition);
        }
        throw new JournalException("The journal of shard " + context.shardId() + " is damaged before the snapshot at "
                + snapshotPosition + ", and no peer has delivered a sound copy in " + ROUND_LIMIT + " rounds.");
    }

    /**
     * Cuts a recording at a record boundary, wherever the damage is. What is cut off is kept aside if it is no plain
     * torn tail.
     */
    Recording cut(
            final SegmentFiles files,
            final Recording recording,
            final long position,
            final boolean isKept,
            final String reason) {
        if (isKept) {
            final long segmentPosition = recording.segmentPosition(position);
            if (Files.exists(files.file(segmentPosition))) {
                final Path kept = files.keepAside(context.keptAsideDirectory(), context.shardId(), segmentPosition);
                if (kept != null) {
                    context.listener().onKeptAside(context.shardId(), kept);
                }
            }
        }
        forcedPosition.lower(position);
        if (position > recording.startPosition()) {
            files.prepareCut(position);
        }
        files.close();
        final Recording result = archive.truncate(recording, position);
        context.listener().onTruncated(context.shardId(), recording.stopPosition(), position, reason);
        return result;
    }

    // Where the files are younger than the last forced position nothing is known, so the whole last file is checked,
    // and the one before it too where that position is unknown. A segment begins with a record.
    private long checkPosition(final Recording recording) {
        final long stop = recording.stopPosition();
        final long last = recording.segmentPosition(Math.max(recording.startPosition(), stop - 1));
        final long forced = forcedPosition.read();
        if (forced >= recording.startPosition() && forced <= stop) {
            return recording.firstPosition(Math.min(forced, last));
        }
        return recording.firstPosition(last - recording.segmentLength());
    }

    private Recording cutToGood(
            final Recording recording,
            final long checkPosition,
            final long snapshotPosition,
            final long snapshotRollingHash) {
        final long beginNs = System.nanoTime();
        final long stop = recording.stopPosition();
        try (SegmentFiles files = new SegmentFiles(context.archiveDirectory(), recording, context.streamId())) {
            checker.reset(checkPosition).expect(snapshotPosition, snapshotRollingHash);
            check(files, recording, checkPosition);
            final long good = checker.goodPosition();
            step("checked " + checker.recordCount() + " records and " + checker.checkedHashCount()
                    + " hashes from " + checkPosition + " to " + good + " of " + stop
                    + " in " + (System.nanoTime() - beginNs) / 1_000_000 + " ms");
            if (good == stop) {
                return recording;
            }
            if (checker.status() == WalkStatus.DIVERGED) {
                if (copiedFrom == null) {
                    throw diverged(good, snapshotPosition);
                }
                return refuseCopy(files, recording, checkPosition, diverged(good, snapshotPosition));
            }
            final boolean isDamaged = checker.status() == WalkStatus.DAMAGED;
            final String reason = checker.finding().isEmpty() ? "padding has no record behind it" : checker.finding();
            if (good < snapshotPosition && stop >= snapshotPosition) {
                // Nothing is cut off that nobody can give back.
                copy.find(good, snapshotPosition);
            }
            return cut(files, recording, good, isDamaged, reason);
        }
    }

    // The journal is as it was before the copy, so another peer may give the stretch that belongs to the snapshot. The
    // whole stretch goes: the chain shows that one of its records is another, but not always which.
    private Recording refuseCopy(
            final SegmentFiles files,
            final Recording recording,
            final long copyPosition,
            final JournalDivergedException failure) {
        final NodeEndpoint peer = copiedFrom;
        copiedFrom = null;
        copy.refuse(peer);
        final String reason = "the copy from node " + peer.id() + " does not belong to the snapshot";
        final Recording result = cut(files, recording, copyPosition, true, reason);
        if (!copy.hasPeer()) {
            throw failure;
        }
        return result;
    }

    private void check(final SegmentFiles files, final Recording recording, final long checkPosition) {
        final long stop = recording.stopPosition();
        long position = checkPosition;
        boolean isGood = true;
        while (isGood && position < stop) {
            final long segmentPosition = recording.segmentPosition(position);
            isGood = checker.check(
                    files.map(segmentPosition), segmentPosition, recording.segmentLength(), position, stop);
            position = segmentPosition + recording.segmentLength();
        }
    }

    private JournalDivergedException diverged(final long position, final long snapshotPosition) {
        final String detail = "The journal of shard " + context.shardId() + " on node "
                + context.self().id() + " does not belong to the snapshot at " + snapshotPosition
                + ": its records are intact, but behind position " + position
                + " they do not continue the chain of hashes. Nothing was changed.";
        context.listener().onDiverged(context.shardId(), position, detail);
        return new JournalDivergedException(detail, position);
    }

    private Recording fetch(final Recording local, final long snapshotPosition) {
        RuntimeException failure = null;
        for (int attempt = 0; attempt <= context.peers().size(); attempt++) {
            final JournalCopy.Offer offer =
                    copy.find(local == null ? JournalCopy.PEER_BEGIN : local.stopPosition(), snapshotPosition);
            if (offer.recording() == null) {
                return null;
            }
            try {
                final Recording continued = local == null ? archive.find() : archive.awaitStopped(local.id());
                if (continued != null && continued.stopPosition() >= snapshotPosition) {
                    return continued;
                }
                final Recording copied = copy.copy(offer, continued, snapshotPosition);
                copiedFrom = offer.peer();
                return copied;
            } catch (final AeronException | JournalException ex) {
                step("the copy from node " + offer.peer().id() + " failed: " + ex.getMessage());
                failure = ex;
            }
        }
        throw new JournalException(
                "The journal of shard " + context.shardId() + " could not be copied to " + snapshotPosition + ".",
                failure);
    }

    private void removeRests(final Recording recording) {
        try (SegmentFiles files = new SegmentFiles(context.archiveDirectory(), recording, context.streamId())) {
            final long cleared = files.clearBehind(recording.stopPosition());
            if (cleared > 0) {
                step("cleared " + cleared + " bytes behind the end at " + recording.stopPosition());
            }
            files.strayFiles(recording.stopPosition(), this::moveAside);
        }
    }

    private void moveAside(final Path file, final long segmentPosition) {
        final Path target = context.keptAsideDirectory()
                .resolve("shard-" + context.shardId() + "-stray-" + segmentPosition + ".rec");
        try {
            Files.createDirectories(context.keptAsideDirectory());
            Files.move(file, target, StandardCopyOption.REPLACE_EXISTING);
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot move " + file + " aside", ex);
        }
        context.listener().onKeptAside(context.shardId(), target);
    }

    private void step(final String sentence) {
        context.listener().onRecoveryStep(context.shardId(), sentence);
    }
}
