package io.lockstep.archive.verify;

import io.aeron.Aeron;
import io.lockstep.archive.replay.ReaderClient;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.wire.RecordLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;

/**
 * Proves that copies of a journal are good and equal. Each is checked by itself (see {@link CopyCheck}), and all are
 * compared record by record; the first thing that is wrong is named. Copies may end at different places, as those of a
 * live cluster or of killed nodes do; one that ends earlier than its own archive or node has noted is wrong. Blocks its caller until all records were read: for tools, with one thread.
 */
public final class JournalVerifier {
    private final List<? extends JournalCursor> cursors;
    private final List<CopyCheck> checks = new ArrayList<>();
    private final boolean[] isOver;
    private long fromPosition;
    private long toPosition;
    private long records;
    private long bytes;
    private String firstDifference;

    private JournalVerifier(final List<? extends JournalCursor> cursors) {
        this.cursors = cursors;
        this.isOver = new boolean[cursors.size()];
        for (final JournalCursor cursor : cursors) {
            checks.add(new CopyCheck(cursor.startPosition()));
            fromPosition = Math.max(fromPosition, cursor.startPosition());
        }
        toPosition = fromPosition;
    }

    /**
     * Verifies the journals of stopped nodes.
     *
     * @param folders directories of nodes or of their journal archives, at least one.
     * @param shardId whose journal.
     * @return what was found.
     */
    public static VerifyResult verifyFolders(final List<Path> folders, final int shardId) {
        final List<JournalCursor> cursors = new ArrayList<>();
        try {
            for (final Path folder : folders) {
                cursors.add(JournalFolder.open(folder, shardId).cursor());
            }
            return verify(cursors);
        } finally {
            CloseHelper.closeAll(cursors);
        }
    }

    /**
     * Verifies the journals of running nodes, each up to where it has come now.
     *
     * @param aeron   connected client.
     * @param nodes   at least one.
     * @param shardId whose journal.
     * @return what was found.
     * @throws IllegalStateException if a node cannot be read.
     */
    public static VerifyResult verifyNodes(final Aeron aeron, final List<NodeEndpoint> nodes, final int shardId) {
        final List<JournalCursor> cursors = new ArrayList<>();
        try {
            for (final NodeEndpoint node : nodes) {
                cursors.add(new NodeCursor(aeron, node, shardId, 0));
            }
            return verify(cursors);
        } finally {
            CloseHelper.closeAll(cursors);
        }
    }

    /**
     * Verifies the journals of running nodes with a media driver of its own.
     *
     * @param nodes   at least one.
     * @param shardId whose journal.
     * @return what was found.
     * @throws IllegalStateException in one sentence, if a node cannot be read or Aeron reported an error.
     */
    public static VerifyResult verifyNodes(final List<NodeEndpoint> nodes, final int shardId) {
        return ReaderClient.use(aeron -> verifyNodes(aeron, nodes, shardId));
    }

    /**
     * Verifies copies of any kind.
     *
     * @param cursors that stand at the beginning of their copies, at least one; they stay the caller's.
     * @return what was found.
     */
    public static VerifyResult verify(final List<? extends JournalCursor> cursors) {
        if (cursors.isEmpty()) {
            throw new IllegalArgumentException("there is nothing to verify");
        }
        return new JournalVerifier(cursors).run();
    }

    private VerifyResult run() {
        for (int i = 0; i < cursors.size() && firstDifference == null; i++) {
            advanceToCommonStart(i);
        }
        while (firstDifference == null && isAnyLeft()) {
            checkRecords();
            if (firstDifference == null) {
                compareRecords();
            }
            if (firstDifference == null) {
                countRecord();
                for (int i = 0; i < cursors.size() && firstDifference == null; i++) {
                    if (!isOver[i]) {
                        advance(i);
                    }
                }
            }
        }
        return result();
    }

    // What only some copies still have is checked by itself and not compared.
    private void advanceToCommonStart(final int index) {
        advance(index);
        final JournalCursor cursor = cursors.get(index);
        while (firstDifference == null && !isOver[index] && cursor.beginPosition() < fromPosition) {
            checkRecord(index);
            if (firstDifference == null) {
                advance(index);
            }
        }
    }

    private void advance(final int index) {
        final JournalCursor cursor = cursors.get(index);
        if (!cursor.next()) {
            isOver[index] = true;
            if (cursor.damage() != null) {
                firstDifference = cursor.name() + " at position " + cursor.endPosition() + ", behind shard sequence "
                        + checks.get(index).lastSequence() + ": " + cursor.damage();
            }
        }
    }

    private void checkRecords() {
        for (int i = 0; i < cursors.size() && firstDifference == null; i++) {
            if (!isOver[i]) {
                checkRecord(i);
            }
        }
    }

    private void checkRecord(final int index) {
        final JournalCursor cursor = cursors.get(index);
        final String wrong =
                checks.get(index).check(cursor.buffer(), cursor.offset(), cursor.length(), cursor.beginPosition());
        if (wrong != null) {
            firstDifference = cursor.name() + " at position " + cursor.beginPosition() + ", behind shard sequence "
                    + checks.get(index).lastSequence() + ": " + wrong;
        }
    }

    private void compareRecords() {
        final int reference = findReference();
        for (int i = 0; i < cursors.size(); i++) {
            if (!isOver[i] && !isEqual(reference, i)) {
                firstDifference = describe(cursors.get(i), cursors.get(reference));
                return;
            }
        }
    }

    // The copy that most others agree with; the first of them where it is even.
    private int findReference() {
        int best = -1;
        int bestVotes = -1;
        for (int i = 0; i < cursors.size(); i++) {
            if (!isOver[i]) {
                int votes = 0;
                for (int j = 0; j < cursors.size(); j++) {
                    if (!isOver[j] && isEqual(i, j)) {
                        votes++;
                    }
                }
                if (votes > bestVotes) {
                    best = i;
                    bestVotes = votes;
                }
            }
        }
        return best;
    }

    private boolean isEqual(final int left, final int right) {
        if (left == right) {
            return true;
        }
        final JournalCursor a = cursors.get(left);
        final JournalCursor b = cursors.get(right);
        return a.beginPosition() == b.beginPosition()
                && a.endPosition() == b.endPosition()
                && a.length() == b.length()
                && firstDifferentByte(a, b, 0) < 0;
    }

    private static String describe(final JournalCursor other, final JournalCursor reference) {
        final String where = other.name() + " at position " + other.beginPosition() + ", shard sequence "
                + RecordLayout.shardSequence(other.buffer(), other.offset()) + ", is not as in " + reference.name()
                + ": ";
        if (other.beginPosition() != reference.beginPosition()) {
            return where + "there the record begins at " + reference.beginPosition();
        }
        if (other.length() != reference.length()) {
            return where + "it has " + other.length() + " bytes instead of " + reference.length();
        }
        // What the checksum covers says more than the checksum.
        final int covered = firstDifferentByte(other, reference, RecordLayout.CRC_COVERED_OFFSET);
        final int at = covered < 0 ? firstDifferentByte(other, reference, 0) : covered;
        if (at < 0) {
            return where + "it ends at " + other.endPosition() + " instead of " + reference.endPosition();
        }
        return where
                + String.format(
                        "byte %d is %02x instead of %02x",
                        at,
                        other.buffer().getByte(other.offset() + at),
                        reference.buffer().getByte(reference.offset() + at));
    }

    private static int firstDifferentByte(final JournalCursor a, final JournalCursor b, final int fromIndex) {
        final DirectBuffer left = a.buffer();
        final DirectBuffer right = b.buffer();
        final int length = Math.min(a.length(), b.length());
        int i = Math.min(fromIndex, length);
        for (; i + Long.BYTES <= length; i += Long.BYTES) {
            if (left.getLong(a.offset() + i) != right.getLong(b.offset() + i)) {
                break;
            }
        }
        for (; i < length; i++) {
            if (left.getByte(a.offset() + i) != right.getByte(b.offset() + i)) {
                return i;
            }
        }
        return -1;
    }

    private void countRecord() {
        boolean isCommon = true;
        for (int i = 0; i < cursors.size(); i++) {
            isCommon &= !isOver[i];
        }
        if (isCommon) {
            records++;
            bytes += cursors.get(0).length();
            toPosition = cursors.get(0).endPosition();
        }
    }

    private boolean isAnyLeft() {
        for (final boolean over : isOver) {
            if (!over) {
                return true;
            }
        }
        return false;
    }

    private VerifyResult result() {
        final List<VerifyResult.Copy> copies = new ArrayList<>();
        long checkpoints = Long.MAX_VALUE;
        for (int i = 0; i < cursors.size(); i++) {
            final JournalCursor cursor = cursors.get(i);
            final CopyCheck check = checks.get(i);
            checkpoints = Math.min(checkpoints, check.checkpointCount());
            copies.add(new VerifyResult.Copy(
                    cursor.name(),
                    cursor.startPosition(),
                    cursor.endPosition(),
                    check.lastSequence(),
                    check.recordCount(),
                    check.lastCheckpointPosition(),
                    check.lastCheckpointHash()));
        }
        return new VerifyResult(
                firstDifference == null,
                fromPosition,
                toPosition,
                records,
                bytes,
                checkpoints,
                firstDifference,
                copies);
    }
}
