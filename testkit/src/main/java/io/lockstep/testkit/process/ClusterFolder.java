package io.lockstep.testkit.process;

import io.lockstep.config.ClusterConfig;
import io.lockstep.config.ClusterConfigLoader;
import io.lockstep.config.ClusterConfigWriter;
import io.lockstep.config.GatewayEndpoint;
import io.lockstep.config.NodeEndpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * What a {@link ProcessCluster} keeps in its base directory: the cluster file, logs and the ids of its processes. So
 * another process can stop exactly what was started from there. No state of its own.
 */
public final class ClusterFolder {
    private static final String OWNER = "owner";

    /** In the folder of marks, which is named after ports and not after us: whose marks they are. */
    private static final String MARKS_OF = "marks-of";

    private final Path baseDir;

    /**
     * Looks at a folder.
     *
     * @param baseDir that a cluster uses or used.
     */
    public ClusterFolder(final Path baseDir) {
        this.baseDir = baseDir.toAbsolutePath().normalize();
    }

    /**
     * The cluster file.
     *
     * @return its path, whether it exists or not.
     */
    public Path clusterFile() {
        return baseDir.resolve("lockstep.yaml");
    }

    /**
     * Where a process writes standard output and errors.
     *
     * @param name of the process, as in {@code node-0}.
     * @return path of the file.
     */
    public Path log(final String name) {
        return baseDir.resolve("logs").resolve(name + ".log");
    }

    /**
     * Names of processes that were started from here and still run.
     *
     * @return {@code node-0} and its like, and {@code owner} for the one that watches over the others.
     */
    public List<String> running() {
        final List<String> names = new ArrayList<>();
        for (final String name : processNames()) {
            if (pidFile(name).process().isPresent()) {
                names.add(name);
            }
        }
        return names;
    }

    /**
     * Stops what was started from here and still runs: the owner first, for it stops the others in order; then gateways,
     * then nodes; with force those that do not end in time. Removes pid files, and mark files in {@code /dev/shm} unless
     * a cluster of another folder was started on the same ports since.
     *
     * @param timeoutNs for each of the steps.
     * @return number of processes that were stopped.
     */
    public int stop(final long timeoutNs) {
        final List<String> names = running();
        final ClusterConfig config = ClusterConfigLoader.load(clusterFile(), Map.of());
        stopAll(names.stream().filter(OWNER::equals).toList(), timeoutNs);
        stopAll(names.stream().filter(name -> name.startsWith("gateway")).toList(), timeoutNs);
        stopAll(names.stream().filter(name -> name.startsWith("node")).toList(), timeoutNs);
        processNames().forEach(name -> pidFile(name).delete());
        deleteMarks(config);
        return names.size();
    }

    /**
     * Puts our name to the marks, unless they belong to somebody who still runs. Only a folder that {@link LocalLayout}
     * named belongs to one cluster; anything else is shared.
     */
    void claimMarks(final ClusterConfig config) {
        if (!config.markDir().getFileName().toString().startsWith(LocalLayout.MARK_DIR_PREFIX)) {
            return;
        }
        final String former = ownerOfMarks(config);
        if (former != null
                && !former.equals(baseDir.toString())
                && !new ClusterFolder(Path.of(former)).running().isEmpty()) {
            return;
        }
        try {
            Files.createDirectories(config.markDir());
            Files.writeString(config.markDir().resolve(MARKS_OF), baseDir.toString());
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot write to " + config.markDir(), ex);
        }
    }

    void write(final ClusterConfig config) {
        try {
            Files.createDirectories(baseDir.resolve("logs"));
            // It holds the secret of the cluster.
            Files.deleteIfExists(clusterFile());
            Files.createFile(
                    clusterFile(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(clusterFile(), ClusterConfigWriter.toYaml(config));
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot write " + clusterFile(), ex);
        }
    }

    void writeOwner() {
        pidFile(OWNER).write(ProcessHandle.current());
    }

    void deleteOwner() {
        pidFile(OWNER).delete();
    }

    PidFile pidFile(final String name) {
        return new PidFile(baseDir.resolve("pids").resolve(name + ".pid"));
    }

    /** Deletes our marks, and only ours. */
    void deleteMarks(final ClusterConfig config) {
        if (baseDir.toString().equals(ownerOfMarks(config))) {
            deleteTree(config.markDir());
        }
    }

    private static String ownerOfMarks(final ClusterConfig config) {
        try {
            return Files.readString(config.markDir().resolve(MARKS_OF));
        } catch (final NoSuchFileException ex) {
            return null;
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot read whose marks are in " + config.markDir(), ex);
        }
    }

    static void deleteTree(final Path root) {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(root)) {
            for (final Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot delete " + root, ex);
        }
    }

    static boolean awaitEnd(final ProcessHandle process, final long timeoutNs) {
        final long deadlineNs = System.nanoTime() + timeoutNs;
        while (process.isAlive()) {
            if (System.nanoTime() - deadlineNs > 0) {
                return false;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
        return true;
    }

    private void stopAll(final List<String> names, final long timeoutNs) {
        final List<ProcessHandle> processes =
                names.stream().flatMap(name -> pidFile(name).process().stream()).toList();
        processes.forEach(ProcessHandle::destroy);
        for (final ProcessHandle process : processes) {
            if (!awaitEnd(process, timeoutNs)) {
                process.destroyForcibly();
                awaitEnd(process, timeoutNs);
            }
        }
    }

    private List<String> processNames() {
        final List<String> names = new ArrayList<>();
        if (Files.exists(clusterFile())) {
            final ClusterConfig config = ClusterConfigLoader.load(clusterFile(), Map.of());
            names.add(OWNER);
            for (final GatewayEndpoint gateway : config.gateways()) {
                names.add("gateway-" + gateway.id());
            }
            for (final NodeEndpoint node : config.nodes()) {
                names.add("node-" + node.id());
            }
        }
        return names;
    }
}
