package io.lockstep.cli;

import io.lockstep.client.MessageOptions;
import io.lockstep.config.Quantity;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** What {@code pub} asks for each message besides its own headers. A picocli mixin. */
final class MessageTraitOptions {
    @ArgGroup(exclusive = true)
    private When when;

    @Option(
            names = "--expire",
            paramLabel = "DURATION",
            description =
                    "How long each message is of use, as in 10s or 5m; counts from its release where it is delayed.")
    private String expire;

    @Option(
            names = "--message-key",
            paramLabel = "KEY",
            description =
                    "The key of every message: messages of one key keep their order where consumers share the work.")
    private String key;

    private static final class When {
        @Option(
                names = "--delay",
                paramLabel = "DURATION",
                description = "Hold each message back for so long after it was accepted, as in 500ms or 10s.")
        private String delay;

        @Option(
                names = "--at",
                paramLabel = "TIME",
                description = "Hold each message back until then, as in 2026-11-21T10:00:00Z.")
        private String at;
    }

    MessageTraitOptions() {}

    /** Whether messages are held back. */
    boolean isDelayed() {
        return when != null;
    }

    /**
     * The options.
     *
     * @throws IllegalArgumentException with a sentence where one cannot be.
     */
    MessageOptions toOptions() {
        final MessageOptions options = new MessageOptions();
        if (expire != null) {
            options.expireAfterMs(millis("--expire", expire));
        }
        if (when != null && when.delay != null) {
            options.delayMs(millis("--delay", when.delay));
        } else if (when != null) {
            // A part of a millisecond counts as a whole one: never early.
            options.deliverAtMs(instantOf(when.at).plusNanos(999_999).toEpochMilli());
        }
        if (key != null) {
            options.key(key);
        }
        return options;
    }

    private static Instant instantOf(final String at) {
        try {
            return TimeOption.parse(at);
        } catch (final IllegalArgumentException ex) {
            throw new IllegalArgumentException("--at: " + ex.getMessage(), ex);
        }
    }

    private static long millis(final String name, final String text) {
        try {
            final long durationNs = Quantity.parseDurationNs(text);
            final long durationMs = TimeUnit.NANOSECONDS.toMillis(durationNs);
            return TimeUnit.MILLISECONDS.toNanos(durationMs) == durationNs ? durationMs : durationMs + 1;
        } catch (final IllegalArgumentException ex) {
            throw new IllegalArgumentException(name + ": " + ex.getMessage(), ex);
        }
    }
}
