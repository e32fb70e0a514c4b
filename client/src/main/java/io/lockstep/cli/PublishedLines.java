package io.lockstep.cli;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.client.ControlledMessageHandler;
import io.lockstep.client.Message;
import io.lockstep.client.SubscriberListener;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Skips the lines of an input that the journal holds from its producer, and proves that they are the same: each is
 * compared with its record. A file can be replaced, rotated or truncated under its name, and another input may come under
 * the same name; skipping its first lines would lose them. Where retention removed the first records, the sequence of the
 * first one that is left tells how many lines come before it, and only the others are compared.
 */
final class PublishedLines implements ControlledMessageHandler, SubscriberListener {
    private static final String WHAT_TO_DO =
            "; if all lines of this input shall be published, use --again, or another --name, under which it can resume";

    private final long producerId;
    private final boolean isTrimmed;
    private final LineFeed lines;
    private final LineTally tally;
    private final UnsafeBuffer lineBuffer = new UnsafeBuffer(0, 0);
    private long removedCount;
    private boolean isAnySeen;
    private boolean isWaiting;

    /** A handler for one topic; the journal is trimmed where retention removed records from it. */
    PublishedLines(final long producerId, final boolean isTrimmed, final LineFeed lines, final LineTally tally) {
        this.producerId = producerId;
        this.isTrimmed = isTrimmed;
        this.lines = lines;
        this.tally = tally;
    }

    /** Whether the journal holds anything of the producer. */
    boolean isAnySeen() {
        return isAnySeen;
    }

    /** Whether a record stands still because its line did not come yet. */
    boolean isWaiting() {
        return isWaiting;
    }

    @Override
    public Action onMessage(final Message message) {
        if (message.producerId() != producerId) {
            return Action.CONTINUE;
        }
        if (!isAnySeen) {
            isAnySeen = true;
            removedCount = isTrimmed ? message.producerSequence() - 1 : 0;
        }
        while (tally.skipped() < removedCount) {
            if (nextLine() == null) {
                return Action.ABORT;
            }
            tally.onSkipped();
        }
        final byte[] line = nextLine();
        if (line == null) {
            return Action.ABORT;
        }
        if (!isSame(line, message)) {
            throw new CommandFailure("line " + (tally.skipped() + 1)
                    + " of the input is not what the cluster has as that line: the input was replaced, rotated or"
                    + " truncated since its lines were published, or is another one" + WHAT_TO_DO);
        }
        tally.onSkipped();
        return Action.CONTINUE;
    }

    /** Retention was faster than the reading: nobody can tell any more which lines are published. */
    @Override
    public void onCursorLost(final int shardId, final long wantedPosition, final long firstReadablePosition) {
        throw new CommandFailure(
                "retention removed records while they were compared with the input; run the same command" + " again");
    }

    private byte[] nextLine() {
        final byte[] line = lines.poll();
        isWaiting = line == null;
        if (line == null && lines.isExhausted()) {
            throw new CommandFailure(
                    lines.failure() != null
                            ? "reading the input failed: " + lines.failure()
                            : "the input ends with line " + tally.skipped()
                                    + ", but the cluster has more lines of it: the"
                                    + " input was replaced, rotated or truncated since they were published, or is another"
                                    + " one" + WHAT_TO_DO);
        }
        return line;
    }

    private boolean isSame(final byte[] line, final Message message) {
        lineBuffer.wrap(line);
        return line.length == message.payloadLength()
                && lineBuffer.compareTo(new UnsafeBuffer(message.buffer(), message.payloadOffset(), line.length)) == 0;
    }
}
