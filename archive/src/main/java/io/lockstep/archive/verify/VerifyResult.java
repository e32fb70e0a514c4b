package io.lockstep.archive.verify;

import java.util.List;
import java.util.Objects;

/**
 * What a verification found. Immutable.
 *
 * @param isIdentical     whether every copy is good in itself and all agree as far as they go.
 * @param fromPosition    where the comparison began: the latest beginning of a copy.
 * @param toPosition      end of the last record that every copy has and that is good.
 * @param records         number of records from there to there.
 * @param bytes           sum of their lengths.
 * @param checkpoints     checkpoints among them whose hash was computed again.
 * @param firstDifference where and how the first copy is wrong or another, or null.
 * @param copies          each copy; differing ends are no difference.
 */
public record VerifyResult(
        boolean isIdentical,
        long fromPosition,
        long toPosition,
        long records,
        long bytes,
        long checkpoints,
        String firstDifference,
        List<Copy> copies) {

    /** Copies the list. */
    public VerifyResult {
        copies = List.copyOf(copies);
    }

    /**
     * One copy of the journal.
     *
     * @param name               of the node or folder.
     * @param startPosition      where it begins.
     * @param endPosition        end of its last record that was looked at.
     * @param shardSequence      of that record, or -1.
     * @param checkpointPosition where its last checkpoint begins, or -1.
     * @param checkpointHash     of it.
     */
    public record Copy(
            String name,
            long startPosition,
            long endPosition,
            long shardSequence,
            long checkpointPosition,
            long checkpointHash) {
        /** Checks the arguments. */
        public Copy {
            Objects.requireNonNull(name, "name");
        }
    }
}
