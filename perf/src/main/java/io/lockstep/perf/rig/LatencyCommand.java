package io.lockstep.perf.rig;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bench latency}: open-loop latency of Lockstep, of the bare echo, or of both in turns. */
@Command(
        name = "latency",
        description = {
            "Latency from the scheduled send time, at a fixed rate: publish to deliver, through three real processes.",
            "With --against echo, Lockstep and a bare Aeron Cluster echo run in turns, each alone on the machine."
        },
        mixinStandardHelpOptions = true)
final class LatencyCommand implements Callable<Integer> {
    private static final String LOCKSTEP = "lockstep";
    private static final String ECHO = "echo";

    /** Systems that can be measured beside Lockstep. */
    enum Other {
        /** The bare Aeron Cluster echo. */
        ECHO
    }

    /** Systems that can be measured. */
    enum Measured {
        /** Lockstep. */
        LOCKSTEP,
        /** The bare Aeron Cluster echo. */
        ECHO
    }

    @Mixin
    private RigOptions options;

    @Mixin
    private LockstepOptions lockstepOptions;

    @Option(
            names = "--rate",
            paramLabel = "R",
            defaultValue = "1000",
            description = "Messages a second (default: ${DEFAULT-VALUE}).")
    private long rate;

    @Option(
            names = "--size",
            paramLabel = "B",
            defaultValue = "100",
            description = "Bytes of each payload, at least 24 (default: ${DEFAULT-VALUE}).")
    private int size;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "4",
            description = "Measured seconds of each run (default: ${DEFAULT-VALUE}).")
    private int seconds;

    @Option(
            names = "--warm-up",
            paramLabel = "S",
            defaultValue = "20",
            description = "Seconds of load that are not recorded, before each run (default: ${DEFAULT-VALUE}).")
    private int warmUpSeconds;

    @Option(
            names = "--pairs",
            paramLabel = "N",
            description = "Number of runs of each system (default: 1, or 10 with --against).")
    private Integer pairs;

    @Option(names = "--against", paramLabel = "SYSTEM", description = "echo: measure the bare echo in turns with it.")
    private Other against;

    @Option(
            names = "--system",
            paramLabel = "SYSTEM",
            defaultValue = "lockstep",
            description = "lockstep, or echo to measure the bare echo alone (default: ${DEFAULT-VALUE}).")
    private Measured system;

    @Spec
    private CommandSpec spec;

    LatencyCommand() {}

    /** {@inheritDoc} */
    @Override
    public Integer call() {
        final Map<String, Rig> rigs = rigs();
        final int turns = pairs != null ? pairs : against == null ? 1 : 10;
        check(turns);
        final HistogramFiles files = options.newFiles("latency");
        final PairedRun run = new PairedRun(List.copyOf(rigs.keySet()), turns);
        final RigRunner runner = new RigRunner();
        options.console()
                .printf(
                        "latency at %,d/s, %,d bytes, %d x %d s; %s%n",
                        rate, size, turns, seconds, Surroundings.line());
        run.run(name -> {
            final LoadResult result = runner.runAlone(
                    rigs.get(name),
                    rate,
                    size,
                    TimeUnit.SECONDS.toNanos(warmUpSeconds),
                    TimeUnit.SECONDS.toNanos(seconds));
            options.console()
                    .printf(
                            "  %s p50 %s us, p99 %s us %s%n",
                            name,
                            TextTable.number(result.latency().p50(), 0),
                            TextTable.number(result.latency().p99(), 0),
                            result.failure());
            return result;
        });
        rigs.keySet()
                .forEach(name -> files.write(
                        name, run.kept(name).stream().map(LoadResult::histogram).toList()));
        printTable(run);
        options.finish(files, toJson(run, rigs, turns));
        return run.failure().isEmpty() ? 0 : 1;
    }

    private Map<String, Rig> rigs() {
        final Map<String, Rig> rigs = new LinkedHashMap<>();
        if (system == Measured.LOCKSTEP) {
            rigs.put(LOCKSTEP, lockstepOptions.newRig(options));
        }
        if (system == Measured.ECHO || against == Other.ECHO) {
            rigs.put(ECHO, new EchoRig(options.secondBasePort(), options.dataDir()));
        }
        return rigs;
    }

    private void check(final int turns) {
        try {
            new SendSchedule(0, rate);
            LoadPlan.scheduled(rate, size, 0, TimeUnit.SECONDS.toNanos(seconds));
            new PairedRun(List.of(LOCKSTEP), turns);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage(), ex);
        }
        if (warmUpSeconds < 1) {
            throw new ParameterException(
                    spec.commandLine(), "--warm-up is at least 1 second, but it is " + warmUpSeconds);
        }
    }

    private void printTable(final PairedRun run) {
        final TextTable table =
                new TextTable("run", "system", "rate/s", "p50 us", "p99 us", "p99.9 us", "max us", "result");
        for (final PairedRun.Half half : run.halves()) {
            final LatencySummary latency = half.result().latency();
            table.row(
                    Integer.toString(half.turn()),
                    half.name(),
                    TextTable.number(half.result().achievedRatePerSecond(), 0),
                    TextTable.number(latency.p50(), 0),
                    TextTable.number(latency.p99(), 0),
                    TextTable.number(latency.p999(), 0),
                    TextTable.number(latency.max(), 0),
                    half.result().isFailed() ? "FAILED: " + half.result().failure() : "ok");
        }
        options.console().println(table);
        if (!run.failure().isEmpty()) {
            options.console().println("FAILED, not to be quoted: " + run.failure());
        } else if (against != null && system == Measured.LOCKSTEP) {
            printRatio("p50", run, 50);
            printRatio("p99", run, 99);
            printReference(run);
        }
    }

    // A ratio against a slow echo flatters Lockstep, so the one to the frozen echo stands beside it.
    private void printReference(final PairedRun run) {
        final double reference = EchoReference.p50Us(rate, size);
        if (Double.isNaN(reference)) {
            return;
        }
        final double median = LatencySummary.of(run.histogram(ECHO)).p50();
        options.console()
                .printf(
                        "p50 lockstep / frozen echo of %s us on two quiet cores: %s; the echo of this run: %s us%n",
                        TextTable.number(reference, 0),
                        TextTable.number(ratioToReference(run), 2),
                        TextTable.number(median, 0));
        if (EchoReference.isSlow(median, rate, size)) {
            options.console()
                    .println(
                            "WARNING: the echo is slow: the machine is busy, and the ratio to the echo of this run is not"
                                    + " to be trusted");
        }
    }

    private double ratioToReference(final PairedRun run) {
        return LatencySummary.of(run.histogram(LOCKSTEP)).p50() / EchoReference.p50Us(rate, size);
    }

    private void printRatio(final String title, final PairedRun run, final double percentile) {
        final double[] ratios = run.ratios(LOCKSTEP, ECHO, percentile);
        final Statistics.Estimate estimate = Statistics.medianWithInterval(ratios, options.seed());
        options.console()
                .printf(
                        "%s lockstep / echo: median %s, 95 %% interval %s to %s, pairs %s to %s%n",
                        title,
                        TextTable.number(estimate.median(), 2),
                        TextTable.number(estimate.low(), 2),
                        TextTable.number(estimate.high(), 2),
                        TextTable.number(Statistics.percentile(ratios, 0), 2),
                        TextTable.number(Statistics.percentile(ratios, 100), 2));
    }

    private Map<String, Object> toJson(final PairedRun run, final Map<String, Rig> rigs, final int turns) {
        final Map<String, Object> json = new LinkedHashMap<>();
        final String first = rigs.keySet().iterator().next();
        json.put("system", first);
        json.put("rate", rate);
        json.putAll(summary(run, first));
        json.put("size", size);
        json.put("seconds", seconds);
        json.put("pairs", run.keptTurnCount());
        json.put("discardedPairs", run.discardedCount());
        if (rigs.size() > 1) {
            json.put(ECHO, summary(run, ECHO));
            if (run.keptTurnCount() > 0) {
                final double median = LatencySummary.of(run.histogram(ECHO)).p50();
                json.put("isEchoSlow", EchoReference.isSlow(median, rate, size));
                json.put("echoReferenceP50Us", Json.rounded(EchoReference.p50Us(rate, size)));
                json.put("ratioP50ToReference", Json.rounded(ratioToReference(run)));
            }
            putRatio(json, "ratioP50", run, 50);
            putRatio(json, "ratioP99", run, 99);
        }
        json.put("settings", rigs.get(first).settings());
        json.put("failed", !run.failure().isEmpty() || run.keptTurnCount() < turns);
        json.put("failure", run.failure());
        json.putAll(Surroundings.toJson());
        return json;
    }

    private static Map<String, Object> summary(final PairedRun run, final String name) {
        final List<LoadResult> all = run.halves().stream()
                .filter(half -> half.name().equals(name))
                .map(PairedRun.Half::result)
                .toList();
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put(
                "achievedRate",
                Json.rounded(all.stream()
                        .mapToDouble(LoadResult::achievedRatePerSecond)
                        .average()
                        .orElse(Double.NaN)));
        json.put("lost", all.stream().mapToLong(LoadResult::lostCount).sum());
        json.put(
                "duplicated",
                all.stream().mapToLong(LoadResult::duplicatedCount).sum());
        json.put("reordered", all.stream().mapToLong(LoadResult::reorderedCount).sum());
        if (!run.kept(name).isEmpty()) {
            json.put("latencyUs", LatencySummary.of(run.histogram(name)).toJson());
            json.put("p50Us", values(run, name, 50));
            json.put("p99Us", values(run, name, 99));
        }
        return json;
    }

    private static List<Object> values(final PairedRun run, final String name, final double percentile) {
        return run.kept(name).stream()
                .map(result -> (Object) Json.rounded(result.histogram().getValueAtPercentile(percentile) / 1_000.0))
                .collect(Collectors.toCollection(ArrayList::new));
    }

    private void putRatio(
            final Map<String, Object> json, final String key, final PairedRun run, final double percentile) {
        if (run.keptTurnCount() == 0) {
            return;
        }
        final Statistics.Estimate estimate =
                Statistics.medianWithInterval(run.ratios(LOCKSTEP, ECHO, percentile), options.seed());
        json.put(key, Json.rounded(estimate.median()));
        json.put(key + "Low", Json.rounded(estimate.low()));
        json.put(key + "High", Json.rounded(estimate.high()));
    }
}
