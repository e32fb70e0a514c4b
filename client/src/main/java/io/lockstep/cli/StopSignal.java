package io.lockstep.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Lets Ctrl-C and SIGTERM end a command in order: the process stays until the command has said what it did. */
final class StopSignal implements AutoCloseable {
    private static final long MAX_WAIT_SECONDS = 40;

    private final CountDownLatch isFinished = new CountDownLatch(1);
    private final Thread hook = new Thread(this::stop, "lockstep-stop");
    private volatile boolean isStopping;

    StopSignal() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    boolean isStopping() {
        return isStopping;
    }

    /** The command has finished. */
    @Override
    public void close() {
        isFinished.countDown();
        if (!isStopping) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (final IllegalStateException ex) {
                // The process began to end between the two lines; the hook finds the command finished.
                isStopping = true;
            }
        }
    }

    private void stop() {
        isStopping = true;
        try {
            if (!isFinished.await(MAX_WAIT_SECONDS, TimeUnit.SECONDS)) {
                System.err.println("lockstep: the command did not stop in time");
            }
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }
}
