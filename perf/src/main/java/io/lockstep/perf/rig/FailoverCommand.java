package io.lockstep.perf.rig;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bench failover}: how long acks stay away when the leader goes, and that nothing goes wrong meanwhile. */
@Command(
        name = "failover",
        description = {
            "Takes the leader away under load, again and again: kill -9, or a stop by SIGTERM with --graceful.",
            "Prints every gap from the last ack before to the first ack after, checks each message, and compares the",
            "journals of all nodes byte for byte at the end."
        },
        mixinStandardHelpOptions = true)
final class FailoverCommand implements Callable<Integer> {
    @Mixin
    private RigOptions options;

    @Mixin
    private LockstepOptions lockstepOptions;

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "20",
            description = "How often the leader goes (default: ${DEFAULT-VALUE}).")
    private int runs;

    @Option(names = "--graceful", description = "Stop the leader by SIGTERM instead of kill -9.")
    private boolean isGraceful;

    @Option(
            names = "--rate",
            paramLabel = "R",
            defaultValue = "1000",
            description = "Messages a second (default: ${DEFAULT-VALUE}).")
    private long rate;

    @Option(
            names = "--rate-percent",
            paramLabel = "P",
            description = "Rate as a percentage of the highest rate, which is measured first in the same run.")
    private Integer ratePercent;

    @Option(
            names = "--size",
            paramLabel = "B",
            defaultValue = "100",
            description = "Bytes of each payload, at least 24 (default: ${DEFAULT-VALUE}).")
    private int size;

    @Option(
            names = "--snapshot-every",
            paramLabel = "N",
            defaultValue = "5",
            description = "Take a snapshot after so many runs, so that a restart replays little; 0 for none"
                    + " (default: ${DEFAULT-VALUE}).")
    private int snapshotEvery;

    @Option(
            names = "--restart",
            paramLabel = "WHEN",
            defaultValue = "on_time",
            description = {
                "When the node starts again: on_time, when the load has made up for the gap, which then pauses until",
                "the node follows; or at_once, under the load (default: ${DEFAULT-VALUE})."
            })
    private FailoverRun.Restart restart;

    @Spec
    private CommandSpec spec;

    FailoverCommand() {}

    /** {@inheritDoc} */
    @Override
    public Integer call() {
        check();
        final LockstepRig rig = lockstepOptions.newRig(options);
        final HistogramFiles files = options.newFiles("failover");
        options.console()
                .printf(
                        "fail-over by %s, %d runs, profile %s; %s%n",
                        isGraceful ? "SIGTERM" : "kill -9", runs, rig.settings().get("profile"), Surroundings.line());
        final FailoverRun run = new FailoverRun(rig, isGraceful, runs, size, snapshotEvery, restart, options.console());
        run.run(rate, ratePercent == null ? 0 : ratePercent);
        files.write("gap", List.of(run.histogram()));
        print(run);
        options.finish(files, toJson(run, rig));
        return run.failure().isEmpty() ? 0 : 1;
    }

    private void check() {
        if (runs < 1) {
            throw new ParameterException(spec.commandLine(), "--runs is at least 1, but it is " + runs);
        }
        if (ratePercent != null && (ratePercent < 1 || ratePercent > 100)) {
            throw new ParameterException(spec.commandLine(), "--rate-percent is 1 to 100, but it is " + ratePercent);
        }
        try {
            new SendSchedule(0, rate);
            LoadPlan.scheduled(rate, size, 0, 1);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage(), ex);
        }
    }

    private void print(final FailoverRun run) {
        final double[] gaps = run.gapsMs();
        final StringBuilder all = new StringBuilder("all gaps in ms:");
        for (final double gap : gaps) {
            all.append(' ').append(TextTable.number(gap, 0));
        }
        options.console().println(all);
        if (gaps.length > 0) {
            options.console()
                    .println(new TextTable(
                                    "runs",
                                    "rate/s",
                                    "gap p50 ms",
                                    "gap p99 ms",
                                    "gap max ms",
                                    "unanswered",
                                    "refused",
                                    "lost",
                                    "duplicated",
                                    "reordered",
                                    "journals",
                                    "false elections")
                            .row(
                                    Integer.toString(gaps.length),
                                    Long.toString(run.ratePerSecond()),
                                    TextTable.number(Statistics.median(gaps), 0),
                                    TextTable.number(Statistics.percentile(gaps, 99), 0),
                                    TextTable.number(Statistics.percentile(gaps, 100), 0),
                                    Long.toString(run.account().unansweredCount()),
                                    Long.toString(run.account().refusedCount()),
                                    Long.toString(run.account().lostCount()),
                                    Long.toString(run.account().duplicatedCount()),
                                    Long.toString(run.account().reorderedCount()),
                                    run.areJournalsIdentical() ? "identical" : "DIFFERENT",
                                    Long.toString(run.falseElectionCount())));
        }
        if (!run.failure().isEmpty()) {
            options.console().println("FAILED, not to be quoted: " + run.failure());
        }
    }

    private Map<String, Object> toJson(final FailoverRun run, final LockstepRig rig) {
        final Map<String, Object> json = new LinkedHashMap<>();
        final double[] gaps = run.gapsMs();
        json.put("runs", gaps.length);
        json.put("graceful", isGraceful);
        json.put("unanswered", run.account().unansweredCount());
        json.put("refused", run.account().refusedCount());
        json.put("lost", run.account().lostCount());
        json.put("duplicated", run.account().duplicatedCount());
        json.put("reordered", run.account().reorderedCount());
        final Map<String, Object> gapMs = new LinkedHashMap<>();
        if (gaps.length > 0) {
            gapMs.put("p50", Json.rounded(Statistics.median(gaps)));
            gapMs.put("p99", Json.rounded(Statistics.percentile(gaps, 99)));
            gapMs.put("max", Json.rounded(Statistics.percentile(gaps, 100)));
            gapMs.put(
                    "all", java.util.Arrays.stream(gaps).mapToObj(Json::rounded).toList());
        }
        json.put("gapMs", gapMs);
        json.put("rounds", run.rounds().stream().map(FailoverRound::toJson).toList());
        json.put("journalsIdentical", run.areJournalsIdentical());
        json.put("falseElections", run.falseElectionCount());
        json.put("published", run.account().publishedCount());
        json.put("rate", run.ratePerSecond());
        json.put("highestRate", Json.rounded(run.highestRatePerSecond()));
        json.put("size", size);
        json.put("restart", restart.name().toLowerCase(java.util.Locale.ROOT));
        json.put("snapshotEvery", snapshotEvery);
        json.put("settings", rig.settings());
        json.put("failed", !run.failure().isEmpty());
        json.put("failure", run.failure());
        json.putAll(Surroundings.toJson());
        return json;
    }
}
