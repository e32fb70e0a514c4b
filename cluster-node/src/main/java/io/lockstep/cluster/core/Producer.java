package io.lockstep.cluster.core;

/** One producer: its epoch, its place, and the answers to its latest sequences in a ring. */
final class Producer {
    private final long id;
    private int epoch;
    private boolean isOrdered;
    private long lastSequence;
    private long lastRefused;
    private long notedRefusal;
    private long lastUseNs;
    private long[] answers;
    private int answerCount;

    Producer(final long id, final int epoch, final int windowLength, final boolean isOrdered, final long nowNs) {
        this.id = id;
        this.epoch = epoch;
        this.isOrdered = isOrdered;
        this.answers = new long[windowLength];
        this.lastUseNs = nowNs;
    }

    /** Another owner: a new epoch, which fences the old one, and a window that keeps the newest answers. */
    void takeOver(final int windowLength, final boolean ordered, final long nowNs) {
        epoch++;
        isOrdered = ordered;
        lastUseNs = nowNs;
        if (windowLength != answers.length) {
            final long[] resized = new long[windowLength];
            final int kept = Math.min(answerCount, windowLength);
            for (long sequence = lastSequence - kept + 1; sequence <= lastSequence; sequence++) {
                resized[(int) sequence & (windowLength - 1)] = answers[(int) sequence & (answers.length - 1)];
            }
            answers = resized;
            answerCount = kept;
        }
    }

    /** Consumes the next sequence with an answer: a position, or a negated {@code ResultCode}. */
    void answer(final long answer) {
        lastSequence++;
        answers[(int) lastSequence & (answers.length - 1)] = answer;
        if (answerCount < answers.length) {
            answerCount++;
        }
        if (answer < 0) {
            lastRefused = lastSequence;
        }
    }

    boolean isAnswerKept(final long sequence) {
        return sequence <= lastSequence && sequence > lastSequence - answerCount;
    }

    long answerOf(final long sequence) {
        return answers[(int) sequence & (answers.length - 1)];
    }

    /** Takes note of refusals; what was not refused yet cannot be noted in advance. */
    void note(final long refusedSequence) {
        notedRefusal = Math.max(notedRefusal, Math.min(refusedSequence, lastRefused));
    }

    boolean isHeldBack() {
        return isOrdered && lastRefused > notedRefusal;
    }

    void use(final long nowNs) {
        lastUseNs = nowNs;
    }

    void restore(final long sequence, final long refusedSequence, final long notedSequence) {
        lastSequence = sequence;
        lastRefused = refusedSequence;
        notedRefusal = notedSequence;
    }

    void restoreAnswer(final long sequence, final long answer) {
        answers[(int) sequence & (answers.length - 1)] = answer;
        answerCount++;
    }

    long id() {
        return id;
    }

    int epoch() {
        return epoch;
    }

    boolean isOrdered() {
        return isOrdered;
    }

    int windowLength() {
        return answers.length;
    }

    int answerCount() {
        return answerCount;
    }

    long lastSequence() {
        return lastSequence;
    }

    long lastRefused() {
        return lastRefused;
    }

    long notedRefusal() {
        return notedRefusal;
    }

    long lastUseNs() {
        return lastUseNs;
    }
}
