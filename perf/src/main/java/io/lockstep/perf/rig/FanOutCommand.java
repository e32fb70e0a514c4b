package io.lockstep.perf.rig;

import io.lockstep.testkit.process.ProcessCluster;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bench fan-out}: whether consumers that stand still cost the others anything. */
@Command(
        name = "fan-out",
        description = "Many consumers of one topic; in every second half some of them stand still, then catch up.",
        mixinStandardHelpOptions = true)
final class FanOutCommand implements Callable<Integer> {
    @Mixin
    private RigOptions options;

    @Mixin
    private LockstepOptions lockstepOptions;

    @Option(
            names = "--consumers",
            paramLabel = "N",
            defaultValue = "200",
            description = "Number of consumers (default: ${DEFAULT-VALUE}).")
    private int consumerCount;

    @Option(
            names = "--stopped",
            paramLabel = "N",
            defaultValue = "10",
            description = "How many of them stand still in every second half (default: ${DEFAULT-VALUE}).")
    private int stoppedCount;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "60",
            description = "Length of each half (default: ${DEFAULT-VALUE}).")
    private int seconds;

    @Option(
            names = "--warm-up",
            paramLabel = "S",
            defaultValue = "20",
            description = "Seconds of load that do not count (default: ${DEFAULT-VALUE}).")
    private int warmUpSeconds;

    @Option(
            names = "--pairs",
            paramLabel = "N",
            defaultValue = "3",
            description = "Pairs of halves, one without and one with stopped consumers (default: ${DEFAULT-VALUE}).")
    private int pairCount;

    @Option(
            names = "--rate",
            paramLabel = "R",
            defaultValue = "200",
            description = "Messages a second, each delivered to every consumer (default: ${DEFAULT-VALUE}).")
    private long rate;

    @Option(
            names = "--size",
            paramLabel = "B",
            defaultValue = "100",
            description = "Bytes of each payload, at least 24 (default: ${DEFAULT-VALUE}).")
    private int size;

    @Spec
    private CommandSpec spec;

    private final List<FanOutRun.Half> withoutStopped = new ArrayList<>();
    private final List<FanOutRun.Half> withStopped = new ArrayList<>();
    private String failure = "";

    FanOutCommand() {}

    /** {@inheritDoc} */
    @Override
    public Integer call() {
        check();
        final LockstepRig rig = lockstepOptions.newRig(options);
        final HistogramFiles files = options.newFiles("fan-out");
        options.console()
                .printf(
                        "fan-out to %d consumers, %d of them stopped for %d s, %,d messages/s, %d pairs; %s%n",
                        consumerCount, stoppedCount, seconds, rate, pairCount, Surroundings.line());
        try (ProcessCluster cluster = rig.startCluster()) {
            cluster.awaitLeader(LockstepRig.SHARD_ID, LockstepRig.START_TIMEOUT_NS);
            try (FanOutRun run = new FanOutRun(cluster, consumerCount, size)) {
                measure(run);
            }
        }
        files.write("all-run", histograms(withoutStopped));
        files.write("some-stopped", histograms(withStopped));
        print();
        options.finish(files, toJson(rig));
        return failure.isEmpty() ? 0 : 1;
    }

    private void check() {
        if (consumerCount < 1 || stoppedCount < 0 || stoppedCount >= consumerCount) {
            throw new ParameterException(
                    spec.commandLine(), "some consumers run: --stopped is 0 to the number of consumers less 1");
        }
        if (seconds < 1 || warmUpSeconds < 0 || pairCount < 1) {
            throw new ParameterException(spec.commandLine(), "--seconds and --pairs are at least 1");
        }
        try {
            new SendSchedule(0, rate);
            LoadPlan.scheduled(1, size, 0, 1);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage(), ex);
        }
    }

    private void measure(final FanOutRun run) {
        if (warmUpSeconds > 0) {
            failure = run.run(rate, TimeUnit.SECONDS.toNanos(warmUpSeconds), 0).failure();
        }
        for (int pair = 0; pair < pairCount && failure.isEmpty(); pair++) {
            // Which half begins changes from pair to pair.
            for (int half = 0; half < 2 && failure.isEmpty(); half++) {
                final boolean isStopped = (half + pair) % 2 == 1;
                final FanOutRun.Half result =
                        run.run(rate, TimeUnit.SECONDS.toNanos(seconds), isStopped ? stoppedCount : 0);
                (isStopped ? withStopped : withoutStopped).add(result);
                failure = result.failure();
                final LatencySummary latency = LatencySummary.of(result.histogram());
                options.console()
                        .printf(
                                "  pair %d, %s: p50 %.0f us, p99 %.0f us%s%n",
                                pair + 1,
                                isStopped ? stoppedCount + " stopped" : "all run",
                                latency.p50(),
                                latency.p99(),
                                isStopped
                                        ? ", caught up in " + TimeUnit.NANOSECONDS.toMillis(result.catchUpNs()) + " ms"
                                        : "");
            }
        }
    }

    private void print() {
        final TextTable table = new TextTable("consumers", "messages", "deliveries", "p50 us", "p99 us", "max us");
        row(table, "all run", withoutStopped);
        row(table, stoppedCount + " stopped", withStopped);
        options.console().println(table);
        if (failure.isEmpty()) {
            final Statistics.Estimate ratio = ratioP99();
            options.console()
                    .printf(
                            "ratio of p99: %.2f (95 %%: %.2f to %.2f); every consumer saw every message once, in order%n",
                            ratio.median(), ratio.low(), ratio.high());
        } else {
            options.console().println("FAILED: " + failure);
        }
    }

    private static void row(final TextTable table, final String name, final List<FanOutRun.Half> halves) {
        final Histogram sum = new Histogram(3);
        long published = 0;
        long delivered = 0;
        for (final FanOutRun.Half half : halves) {
            sum.add(half.histogram());
            published += half.publishedCount();
            delivered += half.deliveredCount();
        }
        final LatencySummary latency = LatencySummary.of(sum);
        table.row(
                name,
                Long.toString(published),
                Long.toString(delivered),
                TextTable.number(latency.p50(), 0),
                TextTable.number(latency.p99(), 0),
                TextTable.number(latency.max(), 0));
    }

    private Statistics.Estimate ratioP99() {
        final double[] ratios = new double[pairCount];
        for (int i = 0; i < pairCount; i++) {
            ratios[i] = withStopped.get(i).histogram().getValueAtPercentile(99)
                    / (double) withoutStopped.get(i).histogram().getValueAtPercentile(99);
        }
        return Statistics.medianWithInterval(ratios, options.seed());
    }

    private static List<Histogram> histograms(final List<FanOutRun.Half> halves) {
        return halves.stream().map(FanOutRun.Half::histogram).toList();
    }

    private Map<String, Object> toJson(final LockstepRig rig) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("consumers", consumerCount);
        json.put("stopped", stoppedCount);
        json.put("seconds", seconds);
        json.put("rate", rate);
        json.put("size", size);
        json.put("pairs", pairCount);
        json.put("ratioP99", failure.isEmpty() ? Json.rounded(ratioP99().median()) : null);
        json.put("allRun", latencies(withoutStopped));
        json.put("someStopped", latencies(withStopped));
        json.put(
                "catchUpMs",
                withStopped.stream()
                        .map(half -> TimeUnit.NANOSECONDS.toMillis(half.catchUpNs()))
                        .toList());
        json.put("settings", rig.settings());
        json.put("failed", !failure.isEmpty());
        json.put("failure", failure);
        json.putAll(Surroundings.toJson());
        return json;
    }

    private static List<Map<String, Object>> latencies(final List<FanOutRun.Half> halves) {
        return halves.stream()
                .map(half -> LatencySummary.of(half.histogram()).toJson())
                .toList();
    }
}
