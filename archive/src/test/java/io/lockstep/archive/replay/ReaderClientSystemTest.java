package io.lockstep.archive.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aeron.Aeron;
import io.aeron.exceptions.RegistrationException;
import io.lockstep.archive.Await;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** A tool's own driver, and what becomes of what Aeron reports. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
@ResourceLock(Resources.SYSTEM_ERR)
class ReaderClientSystemTest {
    private static final String NO_HOST = "aeron:udp?endpoint=no-such-host.invalid:20000";
    private static final int STREAM_ID = 1;

    @Test
    void shouldReturnTheResultWhenNothingIsReported() {
        assertEquals("result", ReaderClient.use(aeron -> aeron.isClosed() ? "closed" : "result"));
    }

    @Test
    void shouldThrowOneLineWhenTheTaskFailsInAeron() {
        final IllegalStateException failure = failureOf(() -> ReaderClient.use(aeron -> {
            aeron.addSubscription(NO_HOST, STREAM_ID);
            return null;
        }));

        assertTrue(failure.getMessage().contains("no-such-host.invalid"), failure.getMessage());
    }

    @Test
    void shouldThrowOneLineWhenAnErrorIsReportedBehindTheTask() {
        final IllegalStateException failure = failureOf(() -> ReaderClient.use(aeron -> {
            final long registration = aeron.asyncAddPublication(NO_HOST, STREAM_ID);
            Await.until("the driver has refused it", () -> isRefused(aeron, registration));
            return null;
        }));

        assertTrue(failure.getMessage().startsWith("Aeron reported: "), failure.getMessage());
    }

    @Test
    void shouldAddWhatWasReportedWhenTheTaskFails() {
        final IllegalStateException failure = failureOf(() -> ReaderClient.use(aeron -> {
            final long registration = aeron.asyncAddPublication(NO_HOST, STREAM_ID);
            Await.until("the driver has refused it", () -> isRefused(aeron, registration));
            throw new IllegalStateException("node 1 gives no answer");
        }));

        assertTrue(failure.getMessage().startsWith("node 1 gives no answer; Aeron reported: "), failure.getMessage());
    }

    private static boolean isRefused(final Aeron aeron, final long registration) {
        try {
            return aeron.getPublication(registration) != null;
        } catch (final RegistrationException ex) {
            return true;
        }
    }

    private static IllegalStateException failureOf(final Runnable use) {
        final PrintStream before = System.err;
        final ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            final IllegalStateException failure = assertThrows(IllegalStateException.class, use::run);
            assertFalse(failure.getMessage().contains("\n"), failure.getMessage());
            assertEquals("", printed.toString(StandardCharsets.UTF_8));
            return failure;
        } finally {
            System.setErr(before);
        }
    }
}
