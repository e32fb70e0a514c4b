package io.lockstep.testkit;

import io.lockstep.config.ClusterConfig;
import io.lockstep.testkit.process.ProcessCluster;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Owns the clusters of a test under JUnit 5. When the test is over it closes them, and the test fails where a node logged
 * an error that nobody expected. Of a test that failed it keeps the data, beside it counters, threads and what the nodes
 * logged, and says where. Register it as a field of the test class:
 *
 * <pre>
 * {@literal @}RegisterExtension
 * private final ClusterExtension clusters = new ClusterExtension();
 *
 * {@literal @}Test
 * void shouldElectALeader() {
 *     LocalCluster cluster = clusters.start(LocalCluster.on(29_500));
 *     assertTrue(cluster.awaitLeader(0) &gt;= 0);
 * }
 * </pre>
 *
 * <p>Used by the thread of the test.
 */
public final class ClusterExtension implements AfterEachCallback {
    private final String[] expectedErrors;
    private final List<LocalCluster> localClusters = new ArrayList<>();
    private final List<ProcessCluster> processClusters = new ArrayList<>();

    /**
     * Makes an extension that owns nothing yet.
     *
     * @param expectedErrors regular expressions; errors in whose text one of them is found are part of the test.
     */
    public ClusterExtension(final String... expectedErrors) {
        this.expectedErrors = expectedErrors.clone();
    }

    /**
     * Makes a cluster inside this JVM and starts all its nodes.
     *
     * @param builder that says what it shall be.
     * @return the cluster; the test need not close it.
     */
    public LocalCluster start(final LocalCluster.Builder builder) {
        final LocalCluster cluster = build(builder);
        cluster.start();
        return cluster;
    }

    /**
     * Makes a cluster inside this JVM of which no node runs yet, for
     * {@link LocalCluster#start(IntFunction, UnaryOperator)} and its like.
     *
     * @param builder that says what it shall be.
     * @return the cluster; the test need not close it.
     */
    public LocalCluster build(final LocalCluster.Builder builder) {
        final LocalCluster cluster = builder.build();
        localClusters.add(cluster);
        return cluster;
    }

    /**
     * Starts a cluster of real processes and waits until it serves.
     *
     * @param config    of the cluster, as {@link io.lockstep.testkit.process.LocalLayout} makes it; its base directory
     *                  goes with the cluster.
     * @param timeoutNs until it must serve.
     * @return the cluster; the test need not close it.
     */
    public ProcessCluster start(final ClusterConfig config, final long timeoutNs) {
        final ProcessCluster cluster = ProcessCluster.create(config, true);
        processClusters.add(cluster);
        cluster.startAll();
        cluster.awaitReady(timeoutNs);
        return cluster;
    }

    @Override
    public void afterEach(final ExtensionContext context) {
        finish(context.getExecutionException().orElse(null));
    }

    void finish(final Throwable testFailure) {
        final List<LocalCluster> locals = List.copyOf(localClusters);
        final List<ProcessCluster> processes = List.copyOf(processClusters);
        localClusters.clear();
        processClusters.clear();
        final List<Object> errors = new ArrayList<>();
        locals.forEach(cluster -> errors.addAll(cluster.unexpectedErrors(expectedErrors)));
        processes.forEach(cluster -> errors.addAll(cluster.unexpectedErrors(expectedErrors)));
        final Throwable failure = testFailure != null || errors.isEmpty()
                ? testFailure
                : new AssertionError("errors that nobody expected: " + errors);
        if (failure != null) {
            final List<Path> kept = new ArrayList<>();
            locals.forEach(cluster -> kept.add(keep(cluster)));
            processes.forEach(cluster -> kept.add(keep(cluster)));
            if (!kept.isEmpty()) {
                failure.addSuppressed(
                        new AssertionError("what is left of the clusters, logs, counters and threads, is in " + kept
                                + (errors.isEmpty() ? "" : "; errors that nobody expected: " + errors)));
            }
        }
        locals.forEach(LocalCluster::close);
        processes.forEach(ProcessCluster::close);
        if (testFailure == null && failure instanceof final AssertionError error) {
            throw error;
        }
    }

    private static Path keep(final LocalCluster cluster) {
        final Evidence evidence = new Evidence(cluster.config());
        evidence.log(cluster.log());
        evidence.threads();
        evidence.counters(cluster.config());
        cluster.keepFolder();
        return cluster.config().baseDir();
    }

    private static Path keep(final ProcessCluster cluster) {
        final Evidence evidence = new Evidence(cluster.config());
        evidence.threads();
        evidence.counters(cluster.config());
        cluster.dumpThreads();
        cluster.keepFolder();
        return cluster.config().baseDir();
    }
}
