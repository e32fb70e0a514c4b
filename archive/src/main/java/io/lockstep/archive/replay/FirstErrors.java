package io.lockstep.archive.replay;

import io.aeron.exceptions.AeronException;
import java.util.concurrent.atomic.AtomicReference;
import org.agrona.ErrorHandler;

/** Keeps the first warning and the first error that Aeron reports. Any thread. */
final class FirstErrors implements ErrorHandler {
    private final AtomicReference<Throwable> warning = new AtomicReference<>();
    private final AtomicReference<Throwable> error = new AtomicReference<>();

    @Override
    public void onError(final Throwable throwable) {
        final boolean isWarning = throwable instanceof final AeronException aeronException
                && aeronException.category() == AeronException.Category.WARN;
        (isWarning ? warning : error).compareAndSet(null, throwable);
    }

    /**
     * Adds what was reported to a sentence.
     *
     * @param sentence about a failure.
     * @return one line.
     */
    String behind(final String sentence) {
        final Throwable first = error.get() != null ? error.get() : warning.get();
        if (first == null || sentence.contains(sentenceOf(first))) {
            return sentence;
        }
        return sentence + "; Aeron reported: " + sentenceOf(first);
    }

    /** Throws what was reported, unless it was a warning. */
    void throwIfSerious() {
        final Throwable first = error.get();
        if (first != null) {
            throw new IllegalStateException("Aeron reported: " + sentenceOf(first), first);
        }
    }

    /**
     * What an exception says, in one line.
     *
     * @param throwable to tell of.
     * @return its message, or its class where it has none.
     */
    static String sentenceOf(final Throwable throwable) {
        final String message = throwable.getMessage();
        final String text = message == null || message.isBlank() ? throwable.toString() : message;
        return text.strip().lines().findFirst().orElse(text).strip();
    }
}
