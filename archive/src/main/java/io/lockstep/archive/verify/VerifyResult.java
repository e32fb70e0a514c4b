package io.lockstep.archive.verify;

import java.util.List;
import java.util.Objects;
import java.util.StringJoiner;

/**
 * What a verification found. Immutable. Copies may end at different places: a node that was stopped or killed earlier
 * than another has less. Where nothing says that a copy once had more this is no difference, but {@link #hasEqualEnds}
 * and {@link #shortCopies} tell it.
 *
 * @param isIdentical     whether every copy is good in itself and all agree as far as they go.
 * @param fromPosition    where the comparison began: the latest beginning of a copy.
 * @param toPosition      end of the last record that every copy has and that is good.
 * @param records         number of records from there to there.
 * @param bytes           sum of their lengths.
 * @param checkpoints     checkpoints among them whose hash was computed again.
 * @param firstDifference where and how the first copy is wrong or another, or null.
 * @param copies          each copy.
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
     * Whether all copies end at the same place.
     *
     * @return true if none ends earlier than another; without meaning after a difference, where reading has ended.
     */
    public boolean hasEqualEnds() {
        return copies.stream().allMatch(copy -> copy.endPosition() == longest().endPosition());
    }

    /**
     * The copy that goes on longest.
     *
     * @return the first of them where it is even.
     */
    public Copy longest() {
        Copy longest = copies.get(0);
        for (final Copy copy : copies) {
            longest = copy.endPosition() > longest.endPosition() ? copy : longest;
        }
        return longest;
    }

    /**
     * How many records a copy lacks at its end.
     *
     * @param copy one of this result.
     * @return the count; 0 for the longest.
     */
    public long recordsBehind(final Copy copy) {
        return copy.endPosition() == longest().endPosition()
                ? 0
                : longest().shardSequence() - Math.max(0, copy.shardSequence());
    }

    /**
     * Says which copies end earlier.
     *
     * @return a sentence, or null if all end at the same place.
     */
    public String shortCopies() {
        if (hasEqualEnds()) {
            return null;
        }
        final StringJoiner sentence = new StringJoiner("; ");
        for (final Copy copy : copies) {
            if (copy.endPosition() != longest().endPosition()) {
                sentence.add(copy.name() + " ends " + recordsBehind(copy) + " records earlier, at position "
                        + copy.endPosition() + ", shard sequence " + copy.shardSequence());
            }
        }
        return sentence + ", than " + longest().name() + ", which goes on to position "
                + longest().endPosition() + ", shard sequence " + longest().shardSequence();
    }

    /**
     * One copy of the journal.
     *
     * @param name               of the node or folder.
     * @param startPosition      where it begins.
     * @param endPosition        end of its last record that was looked at.
     * @param shardSequence      of that record, or -1.
     * @param records            number of records that were looked at.
     * @param checkpointPosition where its last checkpoint begins, or -1.
     * @param checkpointHash     of it.
     */
    public record Copy(
            String name,
            long startPosition,
            long endPosition,
            long shardSequence,
            long records,
            long checkpointPosition,
            long checkpointHash) {
        /** Checks the arguments. */
        public Copy {
            Objects.requireNonNull(name, "name");
        }
    }
}
