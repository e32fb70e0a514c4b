package io.lockstep.perf.rig;

import io.lockstep.config.NodeEndpoint;
import io.lockstep.testkit.process.ProcessCluster;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** Processor time that the nodes and this process have used since a moment. A process that was started since counts whole. */
final class ProcessTimes {
    private static final long PERCENT = 100;

    private final ProcessCluster cluster;
    private final long startNs = System.nanoTime();
    private final Map<Long, Long> startCpuNs = new LinkedHashMap<>();

    private ProcessTimes(final ProcessCluster cluster) {
        this.cluster = cluster;
        cluster.config().nodes().forEach(node -> note(cluster.nodePid(node.id())));
        note(ProcessHandle.current().pid());
    }

    /** Begins to count. */
    static ProcessTimes begin(final ProcessCluster cluster) {
        return new ProcessTimes(cluster);
    }

    /** Percent of one processor by process, from the beginning until now. */
    Map<String, Long> percentages() {
        final Map<String, Long> percentages = new LinkedHashMap<>();
        final long elapsedNs = Math.max(1, System.nanoTime() - startNs);
        for (final NodeEndpoint node : cluster.config().nodes()) {
            percentages.put("node-" + node.id(), percentage(cluster.nodePid(node.id()), elapsedNs));
        }
        percentages.put("client", percentage(ProcessHandle.current().pid(), elapsedNs));
        return percentages;
    }

    private void note(final long pid) {
        startCpuNs.put(pid, cpuNs(pid));
    }

    private long percentage(final long pid, final long elapsedNs) {
        return (cpuNs(pid) - startCpuNs.getOrDefault(pid, 0L)) * PERCENT / elapsedNs;
    }

    private static long cpuNs(final long pid) {
        return ProcessHandle.of(pid)
                .flatMap(handle -> handle.info().totalCpuDuration())
                .map(Duration::toNanos)
                .orElse(0L);
    }
}
