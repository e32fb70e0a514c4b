package io.lockstep.perf.echo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.IoUtil;

/**
 * The processes of an echo cluster. Owned by one thread. Closing ends them by force and deletes their files.
 */
public final class EchoCluster implements AutoCloseable {
    private static final long STOP_TIMEOUT_S = 10;

    private final EchoLayout layout;
    private final List<Process> processes = new ArrayList<>();

    private EchoCluster(final EchoLayout layout) {
        this.layout = layout;
    }

    /**
     * Starts the processes and returns at once; a client's connect waits for the election.
     *
     * @param nodeCount number of nodes.
     * @param basePort  first port of node 0.
     * @param dataDir   parent of a new directory for logs and archives.
     * @return the cluster.
     */
    public static EchoCluster launch(final int nodeCount, final int basePort, final Path dataDir) {
        try {
            Files.createDirectories(dataDir);
            final Path sharedMemory = Path.of("/dev/shm");
            final Path data = Files.createTempDirectory(dataDir, "echo-");
            final Path drivers = Files.isWritable(sharedMemory)
                    ? Files.createTempDirectory(sharedMemory, "lockstep-echo-")
                    : Files.createTempDirectory(dataDir, "echo-drivers-");
            final EchoCluster cluster = new EchoCluster(new EchoLayout(nodeCount, basePort, data, drivers));
            try {
                cluster.start();
                return cluster;
            } catch (final IOException | RuntimeException ex) {
                cluster.close();
                throw ex;
            }
        } catch (final IOException ex) {
            throw new UncheckedIOException("the echo cluster did not start", ex);
        }
    }

    /**
     * Connects a client, waiting for a leader.
     *
     * @param timeoutNs greatest wait.
     * @return the client, owned by the caller and used by one thread.
     */
    public EchoClient connect(final long timeoutNs) {
        return EchoClient.connect(layout, timeoutNs, this::failIfEnded);
    }

    /** {@inheritDoc} */
    @Override
    public void close() {
        processes.forEach(Process::destroyForcibly);
        for (final Process process : processes) {
            try {
                if (!process.waitFor(STOP_TIMEOUT_S, TimeUnit.SECONDS)) {
                    System.err.println("echo node with pid " + process.pid() + " did not end within " + STOP_TIMEOUT_S
                            + " s after SIGKILL");
                }
            } catch (final InterruptedException ex) {
                Thread.currentThread().interrupt();
            }
        }
        processes.clear();
        IoUtil.delete(layout.dataDir().toFile(), true);
        IoUtil.delete(layout.driverDir().toFile(), true);
    }

    private void start() throws IOException {
        for (int i = 0; i < layout.nodeCount(); i++) {
            Files.createDirectories(layout.nodeDir(i));
            processes.add(new ProcessBuilder(command(i))
                    .redirectOutput(layout.nodeDir(i).resolve("node.out").toFile())
                    .redirectError(layout.nodeDir(i).resolve("node.err").toFile())
                    .start());
        }
    }

    private List<String> command(final int nodeId) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-opens",
                "java.base/jdk.internal.misc=ALL-UNNAMED",
                "--add-opens",
                "java.base/java.util.zip=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                EchoNodeMain.class.getName(),
                Integer.toString(nodeId),
                Integer.toString(layout.nodeCount()),
                Integer.toString(layout.basePort()),
                layout.dataDir().toString(),
                layout.driverDir().toString());
    }

    private void failIfEnded() {
        for (int i = 0; i < processes.size(); i++) {
            final Process process = processes.get(i);
            if (!process.isAlive()) {
                throw new IllegalStateException(
                        "echo node " + i + " ended with status " + process.exitValue() + ": " + errorsOf(i));
            }
        }
    }

    private String errorsOf(final int nodeId) {
        try {
            return Files.readString(layout.nodeDir(nodeId).resolve("node.err")).strip();
        } catch (final IOException ex) {
            return "its errors cannot be read: " + ex.getMessage();
        }
    }
}
