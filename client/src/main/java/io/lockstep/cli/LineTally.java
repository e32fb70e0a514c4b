package io.lockstep.cli;

import io.lockstep.client.PublishListener;
import io.lockstep.codecs.ResultCode;

/**
 * Counts what became of the lines of one run, and keeps the first problem as one sentence that says how to go on. Belongs
 * to the thread that owns the client.
 */
final class LineTally implements PublishListener {
    private final boolean isResumable;
    private long skipped;
    private long offered;
    private long accepted;
    private long refused;
    private long unknown;
    private String problem;

    /** A run is resumable where the same command run again is the same producer. */
    LineTally(final boolean isResumable) {
        this.isResumable = isResumable;
    }

    @Override
    public void onAccepted(final long messageId, final int shardId, final long position) {
        accepted++;
    }

    @Override
    public void onRefused(final long messageId, final ResultCode code, final long detail) {
        refused++;
        if (code != ResultCode.AFTER_REFUSAL && problem == null) {
            final long line = skipped + messageId;
            problem = "line " + line + " was refused: " + code + " (" + detail + "); when that is put right, "
                    + howToGoOn(line);
        }
    }

    @Override
    public void onUnknown(final long messageId, final String reason) {
        unknown++;
        if (problem == null) {
            problem = "the fate of line " + (skipped + messageId) + " and those after it is not known: " + reason
                    + (isResumable
                            ? "; run the same command again to go on without loss or duplicate"
                            : "; this run does not resume, so look with 'lockstep sub' for the last line that arrived and"
                                    + " publish only what is behind it");
        }
    }

    void onSkipped() {
        skipped++;
    }

    void onOffered() {
        offered++;
    }

    void onLineTooLong(final int lengthBytes) {
        final long line = nextLine();
        problem = "line " + line + " of " + lengthBytes + " bytes is longer than the cluster allows; shorten it and "
                + howToGoOn(line);
    }

    void onHeadersTooLong(final int lengthBytes) {
        problem = "headers of " + lengthBytes + " bytes are longer than the cluster allows; shorten them and "
                + howToGoOn(nextLine());
    }

    void onClosed(final String reason) {
        if (problem == null) {
            problem = reason;
        }
    }

    boolean isResumable() {
        return isResumable;
    }

    long skipped() {
        return skipped;
    }

    long offered() {
        return offered;
    }

    long accepted() {
        return accepted;
    }

    long refused() {
        return refused;
    }

    long unknown() {
        return unknown;
    }

    /** What ended the run early, or null. */
    String problem() {
        return problem;
    }

    private long nextLine() {
        return skipped + offered + 1;
    }

    // The lines before this one are published or were sent; a new producer would publish them a second time.
    private String howToGoOn(final long line) {
        if (isResumable) {
            return "run the same command again to go on with this line";
        }
        return line == 1
                ? "run the same command again"
                : "publish only the lines from this one on: this run does not resume, 'lockstep pub --help' says which do";
    }
}
