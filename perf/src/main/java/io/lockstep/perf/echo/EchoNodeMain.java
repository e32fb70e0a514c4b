package io.lockstep.perf.echo;

import java.io.IOException;
import java.nio.file.Path;
import org.agrona.concurrent.IdleStrategy;

/**
 * The process of one echo node. It ends when its standard input does, so that no node outlives the rig that started it,
 * and it ends at once: an echo has nothing to keep.
 */
public final class EchoNodeMain {
    private EchoNodeMain() {}

    /**
     * Runs a node until standard input ends.
     *
     * @param args node id, number of nodes, base port, data directory, driver directory.
     */
    public static void main(final String[] args) {
        if (args.length != 5) {
            System.err.println("usage: EchoNodeMain NODE_ID NODE_COUNT BASE_PORT DATA_DIR DRIVER_DIR");
            System.exit(2);
        }
        final int nodeId = Integer.parseInt(args[0]);
        final EchoLayout layout = new EchoLayout(
                Integer.parseInt(args[1]), Integer.parseInt(args[2]), Path.of(args[3]), Path.of(args[4]));
        haltAtEndOfInput();
        // An Error on any thread leaves a node that only looks alive; without this the rig would wait for it.
        Thread.setDefaultUncaughtExceptionHandler((thread, ex) -> fail(ex));
        try (EchoNode node = EchoNode.launch(layout, nodeId, EchoNodeMain::report)) {
            System.out.println("ECHO NODE READY id=" + nodeId);
            final IdleStrategy idleStrategy = EchoSettings.newIdleStrategy();
            while (!Thread.currentThread().isInterrupted()) {
                idleStrategy.idle(node.doWork());
            }
        } catch (final RuntimeException ex) {
            fail(ex);
        }
    }

    private static void haltAtEndOfInput() {
        final Thread thread = new Thread(
                () -> {
                    try {
                        while (System.in.read() >= 0) {
                            Thread.onSpinWait();
                        }
                    } catch (final IOException ex) {
                        report(ex);
                    }
                    Runtime.getRuntime().halt(0);
                },
                "echo-end-of-input");
        thread.setDaemon(true);
        thread.start();
    }

    private static void report(final Throwable ex) {
        ex.printStackTrace(System.err);
    }

    private static void fail(final Throwable ex) {
        report(ex);
        Runtime.getRuntime().halt(1);
    }
}
