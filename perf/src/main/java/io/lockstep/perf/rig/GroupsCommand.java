package io.lockstep.perf.rig;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bench groups}: throughput of a work queue against that of plain publish and consume, in turns. */
@Command(
        name = "groups",
        description = "Messages a second through a group whose members acknowledge each message, against one consumer.",
        mixinStandardHelpOptions = true)
final class GroupsCommand implements Callable<Integer> {
    private static final String PLAIN = "plain";
    private static final String GROUP = "group";

    @Mixin
    private RigOptions options;

    @Mixin
    private LockstepOptions lockstepOptions;

    @Option(
            names = "--members",
            paramLabel = "N",
            defaultValue = "8",
            description = "Members of the group (default: ${DEFAULT-VALUE}).")
    private int memberCount;

    @Option(
            names = "--credit",
            paramLabel = "N",
            defaultValue = "256",
            description = "Messages that a member may hold, 1 to 1024 (default: ${DEFAULT-VALUE}).")
    private int credit;

    @Option(
            names = "--size",
            paramLabel = "B",
            defaultValue = "100",
            description = "Bytes of each payload, at least 24 (default: ${DEFAULT-VALUE}).")
    private int size;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "5",
            description = "Measured seconds of each half (default: ${DEFAULT-VALUE}).")
    private int seconds;

    @Option(
            names = "--warm-up",
            paramLabel = "S",
            defaultValue = "10",
            description = "Seconds of load on each side that do not count (default: ${DEFAULT-VALUE}).")
    private int warmUpSeconds;

    @Option(
            names = "--pairs",
            paramLabel = "N",
            defaultValue = "5",
            description = "Pairs of halves (default: ${DEFAULT-VALUE}).")
    private int pairCount;

    @Option(
            names = "--in-flight",
            paramLabel = "N",
            defaultValue = "2000",
            description = "Most messages on their way at once, on either side (default: ${DEFAULT-VALUE}).")
    private int inFlight;

    @Spec
    private CommandSpec spec;

    GroupsCommand() {}

    /** {@inheritDoc} */
    @Override
    public Integer call() {
        final LoadPlan plan = plan();
        final LockstepRig rig = lockstepOptions.newRig(options);
        final HistogramFiles files = options.newFiles("groups");
        options.console()
                .printf(
                        "group of %d against plain, %,d bytes, %d s, %d pairs; %s%n",
                        memberCount, size, seconds, pairCount, Surroundings.line());
        final PairedRun paired = new PairedRun(List.of(PLAIN, GROUP), pairCount);
        final RigRunner runner = new RigRunner();
        try (LockstepTarget plain = rig.start();
                GroupTarget group = new GroupTarget(plain.cluster(), memberCount, credit, lockstepOptions.window())) {
            final LoadTarget plainSide = new BesideTarget(plain, group::keepAlive);
            final LoadTarget groupSide = new BesideTarget(group, plain::keepAlive);
            for (final LoadTarget side : List.of(plainSide, groupSide)) {
                runner.run(saturating(Math.max(1, warmUpSeconds)), side);
            }
            paired.run(name -> {
                final LoadTarget side = PLAIN.equals(name) ? plainSide : groupSide;
                // Both read the journal of the other's half first; that must not count.
                final LoadResult caughtUp = runner.run(saturating(1), side);
                return print(name, caughtUp.isUnsafe() ? caughtUp : runner.run(plan, side));
            });
        }
        files.write(PLAIN, List.of(paired.histogram(PLAIN)));
        files.write(GROUP, List.of(paired.histogram(GROUP)));
        final String failure = paired.failure();
        if (failure.isEmpty()) {
            final Statistics.Estimate ratio = ratio(paired);
            options.console()
                    .println(new TextTable("side", "messages/s", "p50 us", "p99 us")
                            .row(row(paired, PLAIN))
                            .row(row(paired, GROUP)));
            options.console()
                    .printf("group / plain: %.2f (95 %%: %.2f to %.2f)%n", ratio.median(), ratio.low(), ratio.high());
        } else {
            options.console().println("FAILED: " + failure);
        }
        options.finish(files, toJson(rig, paired));
        return failure.isEmpty() ? 0 : 1;
    }

    private LoadPlan plan() {
        if (memberCount < 1 || memberCount > 64 || credit < 1 || credit > 1024 || pairCount < 1) {
            throw new ParameterException(
                    spec.commandLine(), "--members is 1 to 64, --credit 1 to 1024 and --pairs at least 1");
        }
        try {
            return LoadPlan.saturating(inFlight, size, 0, TimeUnit.SECONDS.toNanos(seconds));
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage(), ex);
        }
    }

    private LoadPlan saturating(final int durationSeconds) {
        return LoadPlan.saturating(inFlight, size, 0, TimeUnit.SECONDS.toNanos(durationSeconds));
    }

    private LoadResult print(final String name, final LoadResult result) {
        options.console()
                .printf(
                        "  %s: %,.0f messages/s%s%n",
                        name, result.arrivalRatePerSecond(), result.isFailed() ? ", FAILED: " + result.failure() : "");
        return result;
    }

    private static double[] rates(final PairedRun paired, final String name) {
        return paired.kept(name).stream()
                .mapToDouble(LoadResult::arrivalRatePerSecond)
                .toArray();
    }

    private Statistics.Estimate ratio(final PairedRun paired) {
        final double[] plain = rates(paired, PLAIN);
        final double[] ratios = rates(paired, GROUP);
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] /= plain[i];
        }
        return Statistics.medianWithInterval(ratios, options.seed());
    }

    private static String[] row(final PairedRun paired, final String name) {
        final LatencySummary latency = LatencySummary.of(paired.histogram(name));
        return new String[] {
            name,
            TextTable.number(Statistics.median(rates(paired, name)), 0),
            TextTable.number(latency.p50(), 0),
            TextTable.number(latency.p99(), 0)
        };
    }

    private Map<String, Object> toJson(final LockstepRig rig, final PairedRun paired) {
        final boolean isGood = paired.failure().isEmpty();
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("members", memberCount);
        json.put("credit", credit);
        json.put("size", size);
        json.put("seconds", seconds);
        json.put("pairs", pairCount);
        json.put("inFlight", inFlight);
        json.put("plainPerSecond", isGood ? Json.rounded(Statistics.median(rates(paired, PLAIN))) : null);
        json.put("groupPerSecond", isGood ? Json.rounded(Statistics.median(rates(paired, GROUP))) : null);
        json.put("ratio", isGood ? Json.rounded(ratio(paired).median()) : null);
        json.put("settings", rig.settings());
        json.put("failed", !isGood);
        json.put("failure", paired.failure());
        json.putAll(Surroundings.toJson());
        return json;
    }
}
