package io.lockstep.testkit;

import io.aeron.exceptions.AeronEvent;
import io.aeron.exceptions.AeronException;
import io.lockstep.cluster.node.NodeListener;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;

/**
 * Keeps what a node logged, so that a test fails when a node reported an error that nobody expected. Events of Aeron
 * with category WARN are part of elections and catch-up and count as lines, not as errors. May be used by any thread.
 */
public final class LogWatcher implements NodeListener {
    private final String name;
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final List<Throwable> errors = new CopyOnWriteArrayList<>();
    private final List<String> failures = new CopyOnWriteArrayList<>();

    /**
     * Makes a watcher.
     *
     * @param name of the node, put before each line.
     */
    public LogWatcher(final String name) {
        this.name = name;
    }

    @Override
    public void onEvent(final String line) {
        lines.add(name + ": " + line);
    }

    @Override
    public void onError(final Throwable throwable) {
        lines.add(name + ": " + throwable);
        final boolean isWarning = throwable instanceof AeronEvent
                || (throwable instanceof final AeronException aeronException
                        && aeronException.category() == AeronException.Category.WARN);
        if (!isWarning) {
            errors.add(throwable);
        }
    }

    @Override
    public void onFailed(final String reason) {
        failures.add(reason);
        lines.add(name + ": FAILED " + reason);
    }

    /**
     * Everything so far.
     *
     * @return lines in their order.
     */
    public List<String> lines() {
        return List.copyOf(lines);
    }

    /**
     * Reasons for which the node asked to be halted.
     *
     * @return in their order.
     */
    public List<String> failures() {
        return List.copyOf(failures);
    }

    /**
     * Errors that match none of the patterns.
     *
     * @param expected regular expressions searched in the error's text.
     * @return the unexpected ones.
     */
    public List<Throwable> unexpectedErrors(final String... expected) {
        final List<Pattern> patterns =
                java.util.Arrays.stream(expected).map(Pattern::compile).toList();
        return errors.stream()
                .filter(error -> patterns.stream()
                        .noneMatch(pattern -> pattern.matcher(error.toString()).find()))
                .toList();
    }
}
