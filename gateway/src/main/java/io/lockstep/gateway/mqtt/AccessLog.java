package io.lockstep.gateway.mqtt;

import io.lockstep.access.rules.Principal;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.agrona.concurrent.NanoClock;

/** Logs refusals, one line a second at most; a line says how many went unsaid before it. Tells all of them. Any thread. */
final class AccessLog {
    private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);
    private static final int MAX_LENGTH = 300;

    private final LongAdder unsaid = new LongAdder();
    private final AtomicLong nextNs;
    private final RefusalListener listener;
    private final NanoClock clock;
    private final Consumer<String> logger;

    AccessLog(final NanoClock clock, final Consumer<String> logger) {
        this(clock, logger, (principal, action, topic) -> {});
    }

    AccessLog(final NanoClock clock, final Consumer<String> logger, final RefusalListener listener) {
        this.listener = listener;
        this.clock = clock;
        this.logger = logger;
        this.nextNs = new AtomicLong(clock.nanoTime());
    }

    /** Logs that a client was refused something, and tells it; {@code topic} is null where the action has none. */
    void onRefused(
            final Principal principal, final String who, final String what, final String action, final String topic) {
        listener.onRefused(principal, action, topic);
        onRefused(who, what);
    }

    private void onRefused(final String who, final String what) {
        final long nowNs = clock.nanoTime();
        final long next = nextNs.get();
        if (nowNs - next < 0 || !nextNs.compareAndSet(next, nowNs + INTERVAL_NS)) {
            unsaid.increment();
            return;
        }
        final long count = unsaid.sumThenReset();
        logger.accept("refused: " + who + ": " + printable(what)
                + (count == 0 ? "" : " (" + count + " more refusals before it went unsaid)"));
    }

    /** A text from outside as one line that is not too long. */
    static String printable(final String text) {
        final StringBuilder line = new StringBuilder(Math.min(text.length(), MAX_LENGTH));
        for (int i = 0; i < text.length() && i < MAX_LENGTH; i++) {
            final char character = text.charAt(i);
            line.append(
                    Character.isISOControl(character) || Character.getType(character) == Character.FORMAT
                            ? '?'
                            : character);
        }
        return line.toString();
    }
}
