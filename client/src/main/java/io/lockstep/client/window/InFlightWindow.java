package io.lockstep.client.window;

import java.util.Arrays;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The unanswered messages of one producer in one shard, with dense sequences. Each message is encoded once into a ring of
 * bytes and stays there until its fate is known, so that it can be sent again with the same sequence; fates leave in the
 * order of sequences, whatever the order in which answers arrive.
 *
 * <pre>
 *   base             nextToSend          next
 *    | sent, unanswered | queued           | free
 * </pre>
 *
 * <p>Of an ordered producer a refusal closes the window for new messages until it is empty: all that were offered before
 * the refusal was told come back {@code AFTER_REFUSAL}, and only then is note taken of them and new messages are let in.
 * So nothing overtakes a refused message, and the producer does not chase its own refusals for ever.
 *
 * <p>Belongs to one thread; allocates nothing after construction. A handler may append from within its call.
 */
public final class InFlightWindow {
    /** Code of a message that has no answer. */
    public static final int UNANSWERED = -1;

    /** Returned by {@link #tryAppend} where the window or its bytes are full, or a refusal is being settled. */
    public static final int FULL = -1;

    private static final int ACCEPTED = 0;

    private final int mask;
    private final int bufferLength;
    private final boolean isOrdered;
    private final AnswerHandler handler;
    private final ResendTimer timer;
    private final UnsafeBuffer buffer;

    private final long[] messageIds;
    private final long[] offeredNs;
    private final long[] byteOffsets;
    private final int[] byteLengths;
    // Number of entries for the first of a batch (1 for a message alone), 0 for the others of the batch.
    private final int[] batchCounts;
    private final int[] codes;
    private final long[] details;
    private final long[] positions;
    private final boolean[] isFrameEnd;

    private long base = 1;
    private long nextToSend = 1;
    private long sentEnd = 1;
    private long next = 1;
    private long headBytes;
    private long tailBytes;
    private long greatestRefusal;
    private long notedRefusal;
    private long gapResentFrom;
    private int unansweredFrameCount;
    private boolean isSettlingRefusal;
    private boolean isAbandoned;

    /**
     * An empty window.
     *
     * @param capacity         greatest number of unanswered messages, a power of two.
     * @param bufferLength     bytes for them, a power of two.
     * @param isOrdered        whether a refusal closes the window until it is empty.
     * @param resendIntervalNs first interval without progress after which messages are sent again.
     * @param seed             of the jitter.
     * @param handler          takes the fates.
     */
    public InFlightWindow(
            final int capacity,
            final int bufferLength,
            final boolean isOrdered,
            final long resendIntervalNs,
            final long seed,
            final AnswerHandler handler) {
        if (!BitUtil.isPowerOfTwo(capacity) || !BitUtil.isPowerOfTwo(bufferLength)) {
            throw new IllegalArgumentException("capacity and buffer length must be powers of two, but they are "
                    + capacity + " and " + bufferLength);
        }
        this.mask = capacity - 1;
        this.bufferLength = bufferLength;
        this.isOrdered = isOrdered;
        this.handler = handler;
        this.timer = new ResendTimer(resendIntervalNs, seed);
        this.buffer = new UnsafeBuffer(new byte[bufferLength]);
        this.messageIds = new long[capacity];
        this.offeredNs = new long[capacity];
        this.byteOffsets = new long[capacity];
        this.byteLengths = new int[capacity];
        this.batchCounts = new int[capacity];
        this.codes = new int[capacity];
        this.details = new long[capacity];
        this.positions = new long[capacity];
        this.isFrameEnd = new boolean[capacity];
        Arrays.fill(codes, UNANSWERED);
    }

    /**
     * Begins after what the shard has consumed. Only for an empty window.
     *
     * @param lastSequence        that the shard consumed.
     * @param lastRefusedSequence greatest that it refused, or 0; opening the producer takes note of it.
     */
    public void begin(final long lastSequence, final long lastRefusedSequence) {
        if (base != next) {
            throw new IllegalStateException(
                    "a window with " + (next - base) + " unanswered messages cannot begin anew");
        }
        base = lastSequence + 1;
        nextToSend = base;
        sentEnd = base;
        next = base;
        greatestRefusal = lastRefusedSequence;
        notedRefusal = lastRefusedSequence;
        gapResentFrom = 0;
        isSettlingRefusal = false;
    }

    /**
     * Reserves bytes for one message or for an atomic batch. Half of the buffer always fits an empty window, wherever the
     * ring stands. On success the caller must write exactly the bytes and then
     * call {@link #append} or {@link #appendBatch}, before anything else.
     *
     * @param lengthBytes of all entries together.
     * @param entryCount  number of entries.
     * @return offset in {@link #buffer()} to write to, or {@link #FULL}.
     */
    public int tryAppend(final int lengthBytes, final int entryCount) {
        if (isSettlingRefusal || isAbandoned || next - base + entryCount > mask + 1L) {
            return FULL;
        }
        final int index = (int) tailBytes & (bufferLength - 1);
        final int untilWrap = bufferLength - index;
        // Entries of a frame are neighbours, so a message never wraps: the rest of the ring is skipped.
        final int skipped = untilWrap < lengthBytes ? untilWrap : 0;
        if (tailBytes - headBytes + skipped + lengthBytes > bufferLength) {
            return FULL;
        }
        tailBytes += skipped;
        return (int) tailBytes & (bufferLength - 1);
    }

    /**
     * Adds the message whose bytes were just written.
     *
     * @param messageId   of the message.
     * @param lengthBytes as reserved.
     * @param nowNs       time.
     * @return sequence of the message.
     */
    public long append(final long messageId, final int lengthBytes, final long nowNs) {
        return add(messageId, lengthBytes, 1, nowNs);
    }

    /**
     * Adds the batch whose bytes were just written, as messages with consecutive ids and sequences.
     *
     * @param firstMessageId of the first message.
     * @param entryLengths   length in bytes of each entry.
     * @param entryCount     number of entries.
     * @param nowNs          time.
     * @return sequence of the first message.
     */
    public long appendBatch(
            final long firstMessageId, final int[] entryLengths, final int entryCount, final long nowNs) {
        final long first = add(firstMessageId, entryLengths[0], entryCount, nowNs);
        for (int i = 1; i < entryCount; i++) {
            add(firstMessageId + i, entryLengths[i], 0, nowNs);
        }
        return first;
    }

    /**
     * Finds what to send next: one atomic batch, or as many messages in a row as fit. One message that is longer than the
     * limit goes alone.
     *
     * @param frame      to be filled.
     * @param maxLength  greatest length of the entries in bytes.
     * @param maxEntries greatest number of entries.
     * @return false where nothing waits.
     */
    public boolean nextFrame(final Frame frame, final int maxLength, final int maxEntries) {
        while (nextToSend < next && codes[slot(nextToSend)] != UNANSWERED) {
            nextToSend++;
        }
        if (nextToSend == next) {
            return false;
        }
        long first = nextToSend;
        while (first > base && batchCounts[slot(first)] == 0) {
            first--;
        }
        if (batchCounts[slot(first)] > 1) {
            setBatchFrame(frame, first);
        } else {
            setRunFrame(frame, first, maxLength, maxEntries);
        }
        return true;
    }

    /**
     * Takes note that a frame was sent.
     *
     * @param frame as filled by {@link #nextFrame}.
     * @param nowNs time.
     */
    public void onFrameSent(final Frame frame, final long nowNs) {
        if (sentEnd == base) {
            timer.onProgress(nowNs);
        }
        nextToSend = frame.firstSequence() + frame.entryCount();
        sentEnd = Math.max(sentEnd, nextToSend);
        final int last = slot(nextToSend - 1);
        if (!isFrameEnd[last]) {
            isFrameEnd[last] = true;
            unansweredFrameCount++;
        }
    }

    /**
     * All messages of a range were accepted. Fates leave by {@link #release}.
     *
     * @param firstSequence of the range.
     * @param lastSequence  of the range.
     * @param lastPosition  in the journal behind the last of them.
     */
    public void onAccepted(final long firstSequence, final long lastSequence, final long lastPosition) {
        final long end = Math.min(lastSequence + 1, sentEnd);
        for (long sequence = Math.max(firstSequence, base); sequence < end; sequence++) {
            onResult(sequence, ACCEPTED, 0, lastPosition);
        }
    }

    /**
     * The answer to one message. An answer that is not waited for is ignored.
     *
     * @param sequence of the message.
     * @param code     raw value of {@code ResultCode}.
     * @param detail   depends on the code.
     * @param position in the journal, or -1.
     */
    public void onResult(final long sequence, final int code, final long detail, final long position) {
        if (sequence < base || sequence >= sentEnd || codes[slot(sequence)] != UNANSWERED) {
            return;
        }
        final int slot = slot(sequence);
        codes[slot] = code;
        details[slot] = detail;
        positions[slot] = position;
    }

    /**
     * The shard misses a message: all from there on are sent again. Told once for each gap, because every frame that was
     * under way behind the gap is answered with it.
     *
     * @param expectedSequence that the shard waits for.
     */
    public void onGap(final long expectedSequence) {
        if (expectedSequence >= base && expectedSequence < nextToSend && expectedSequence != gapResentFrom) {
            gapResentFrom = expectedSequence;
            rewindTo(expectedSequence);
        }
    }

    /**
     * The shard takes nothing of a command for now: it and what follows it are sent again, when the owner lets them.
     *
     * @param firstSequence of the command.
     * @param nowNs         time.
     */
    public void onDelayed(final long firstSequence, final long nowNs) {
        final long first = Math.max(firstSequence, base);
        if (first < nextToSend) {
            rewindTo(first);
        }
        // The commands behind it are answered with a gap from there on.
        gapResentFrom = first;
        timer.onProgress(nowNs);
    }

    /**
     * What was sent may be lost, because the leader or the session changed: all unanswered messages are sent again.
     *
     * @param nowNs time.
     */
    public void onSessionRestored(final long nowNs) {
        rewind();
        timer.onProgress(nowNs);
    }

    /**
     * Sends all unanswered messages again where nothing was answered for too long.
     *
     * @param nowNs time.
     * @return true if so.
     */
    public boolean resendIfDue(final long nowNs) {
        if (base == sentEnd || !timer.isDue(nowNs)) {
            return false;
        }
        rewind();
        timer.backOff(nowNs);
        return true;
    }

    /**
     * Hands out the fates that are known, in the order of sequences, up to the first message without one.
     *
     * @param nowNs time.
     * @return number of fates.
     */
    public int release(final long nowNs) {
        int count = 0;
        while (base < next && codes[slot(base)] != UNANSWERED) {
            releaseFirst();
            timer.onProgress(nowNs);
            count++;
        }
        return count;
    }

    /**
     * Hands out a fate for every message, {@link #UNANSWERED} where none is known, and takes no new ones ever after. What a
     * handler throws leaves at the end, so that no message stays without a fate.
     *
     * @return number of fates.
     */
    public int abandon() {
        int count = 0;
        RuntimeException failure = null;
        isAbandoned = true;
        while (base < next) {
            try {
                releaseFirst();
            } catch (final RuntimeException ex) {
                if (failure == null) {
                    failure = ex;
                } else if (failure != ex) {
                    failure.addSuppressed(ex);
                }
            }
            count++;
        }
        if (failure != null) {
            throw failure;
        }
        return count;
    }

    /**
     * Whether the oldest message waits for longer than allowed.
     *
     * @param nowNs      time.
     * @param deadlineNs greatest time to wait.
     * @return true if so.
     */
    public boolean isExpired(final long nowNs, final long deadlineNs) {
        return base < next && nowNs - offeredNs[slot(base)] >= deadlineNs;
    }

    /**
     * The greatest refused sequence of which the producer has taken note, for the next frame.
     *
     * @return the sequence, or 0.
     */
    public long notedRefusal() {
        return notedRefusal;
    }

    /**
     * Sequence of the oldest message whose fate was not handed out.
     *
     * @return from 1.
     */
    public long firstUnanswered() {
        return base;
    }

    /**
     * Number of messages that have to stay together with one.
     *
     * @param sequence of the first of them.
     * @return the length of the batch that begins there; 1 for a message of its own, 0 where no batch begins, and 1 where
     *     the sequence is not in the window.
     */
    public int batchLength(final long sequence) {
        return sequence < base || sequence >= next ? 1 : batchCounts[slot(sequence)];
    }

    /**
     * Sequence that the next message takes.
     *
     * @return from 1.
     */
    public long nextSequence() {
        return next;
    }

    /**
     * Number of messages whose fate was not handed out.
     *
     * @return from 0.
     */
    public int size() {
        return (int) (next - base);
    }

    /**
     * Number of messages that were sent, and not again yet where they are to be, and have no fate.
     *
     * @return from 0.
     */
    public int sentCount() {
        return (int) (nextToSend - base);
    }

    /**
     * Sequence behind all that were ever sent.
     *
     * @return from 1.
     */
    public long sentEnd() {
        return sentEnd;
    }

    /**
     * Whether what waits should be sent before the owner's next turn: where no answer is awaited, because nobody would
     * gain from waiting, and where a whole frame waits. Otherwise messages gather until the turn, so that one command and
     * one answer carry all that were offered meanwhile: a command costs every node many times what a message costs it.
     *
     * @param frameLength  bytes of a whole frame.
     * @param frameEntries entries of a whole frame.
     * @return true if so.
     */
    public boolean isSendDue(final int frameLength, final int frameEntries) {
        return nextToSend < next && (nextToSend == base || isFrameFull(frameLength, frameEntries));
    }

    /**
     * Whether a frame may leave now: where few frames are unanswered, or where a whole frame waits. Otherwise messages
     * gather until the next answer, so that a cluster that falls behind gets fewer and longer commands instead of a queue
     * of short ones. With {@code n} frames under way a message waits for up to one {@code n}-th of a round trip.
     *
     * @param frameLength         bytes of a whole frame.
     * @param frameEntries        entries of a whole frame.
     * @param maxUnansweredFrames number of unanswered frames from which on only whole frames leave.
     * @return true if so.
     */
    public boolean maySend(final int frameLength, final int frameEntries, final int maxUnansweredFrames) {
        return nextToSend < next
                && (unansweredFrameCount < maxUnansweredFrames || isFrameFull(frameLength, frameEntries));
    }

    /**
     * The ring of bytes.
     *
     * @return the buffer, to be written only where {@link #tryAppend} said.
     */
    public UnsafeBuffer buffer() {
        return buffer;
    }

    private long add(final long messageId, final int lengthBytes, final int batchCount, final long nowNs) {
        final long sequence = next;
        final int slot = slot(sequence);
        messageIds[slot] = messageId;
        offeredNs[slot] = nowNs;
        byteOffsets[slot] = tailBytes;
        byteLengths[slot] = lengthBytes;
        batchCounts[slot] = batchCount;
        codes[slot] = UNANSWERED;
        tailBytes += lengthBytes;
        next++;
        return sequence;
    }

    private void setBatchFrame(final Frame frame, final long first) {
        final int count = batchCounts[slot(first)];
        final long last = first + count - 1;
        final long begin = byteOffsets[slot(first)];
        final long end = byteOffsets[slot(last)] + byteLengths[slot(last)];
        frame.set(first, count, (int) begin & (bufferLength - 1), (int) (end - begin), true);
    }

    private void setRunFrame(final Frame frame, final long first, final int maxLength, final int maxEntries) {
        final long begin = byteOffsets[slot(first)];
        long end = begin + byteLengths[slot(first)];
        int count = 1;
        while (count < maxEntries && first + count < next) {
            final int slot = slot(first + count);
            // Neighbours by offset are none where one ends at the end of the ring and the other begins at its start.
            if (byteOffsets[slot] != end
                    || ((int) end & (bufferLength - 1)) == 0
                    || batchCounts[slot] != 1
                    || codes[slot] != UNANSWERED
                    || end - begin + byteLengths[slot] > maxLength) {
                break;
            }
            end += byteLengths[slot];
            count++;
        }
        frame.set(first, count, (int) begin & (bufferLength - 1), (int) (end - begin), false);
    }

    // The window is consistent before the handler runs, because the handler may append.
    private void releaseFirst() {
        final long sequence = base;
        final int slot = slot(sequence);
        final int code = codes[slot];
        final long messageId = messageIds[slot];
        final long detail = details[slot];
        final long position = positions[slot];
        codes[slot] = UNANSWERED;
        forgetFrame(slot);
        base++;
        headBytes = base < next ? byteOffsets[slot(base)] : tailBytes;
        nextToSend = Math.max(nextToSend, base);
        sentEnd = Math.max(sentEnd, base);
        if (code > ACCEPTED) {
            greatestRefusal = sequence;
            isSettlingRefusal = isOrdered;
        }
        try {
            handler.onFate(messageId, sequence, code, detail, position);
        } finally {
            // Also where the handler throws: else the window would stay closed for ever.
            if (base == next || !isOrdered) {
                notedRefusal = greatestRefusal;
                isSettlingRefusal = false;
            }
        }
    }

    private void rewind() {
        rewindTo(base);
        gapResentFrom = 0;
    }

    private void rewindTo(final long sequence) {
        for (long sent = sequence; sent < sentEnd; sent++) {
            forgetFrame(slot(sent));
        }
        nextToSend = sequence;
    }

    private void forgetFrame(final int slot) {
        if (isFrameEnd[slot]) {
            isFrameEnd[slot] = false;
            unansweredFrameCount--;
        }
    }

    private boolean isFrameFull(final int frameLength, final int frameEntries) {
        return next - nextToSend >= frameEntries || tailBytes - byteOffsets[slot(nextToSend)] >= frameLength;
    }

    private int slot(final long sequence) {
        return (int) sequence & mask;
    }

    /**
     * A view for tests and counters: how the window stands.
     *
     * @return one line.
     */
    @Override
    public String toString() {
        return "InFlightWindow{base=" + base + ", nextToSend=" + nextToSend + ", next=" + next + ", bytes="
                + (tailBytes - headBytes) + ", notedRefusal=" + notedRefusal + '}';
    }
}
