package io.lockstep.perf.rig;

import io.lockstep.testkit.process.ProcessCluster;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.SystemNanoClock;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bench elections}: how often a cluster that nobody harms changes its leader under load. */
@Command(
        name = "elections",
        description = "Counts elections in a cluster that nobody harms, under a load near the highest that it takes.",
        mixinStandardHelpOptions = true)
final class ElectionsCommand implements Callable<Integer> {
    private static final long ASK_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long ASK_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long DRAIN_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);

    @Mixin
    private RigOptions options;

    @Mixin
    private LockstepOptions lockstepOptions;

    @Option(
            names = "--minutes",
            paramLabel = "M",
            defaultValue = "10",
            description = "How long to watch (default: ${DEFAULT-VALUE}).")
    private int minutes;

    @Option(
            names = "--rate",
            paramLabel = "R",
            description = "Messages a second (default: a percentage of the highest rate, which is measured first).")
    private Long rate;

    @Option(
            names = "--rate-percent",
            paramLabel = "P",
            defaultValue = "90",
            description = "Percentage of the highest rate (default: ${DEFAULT-VALUE}).")
    private int ratePercent;

    @Option(
            names = "--size",
            paramLabel = "B",
            defaultValue = "100",
            description = "Bytes of each payload, at least 24 (default: ${DEFAULT-VALUE}).")
    private int size;

    @Spec
    private CommandSpec spec;

    private double highestRatePerSecond = Double.NaN;
    private long ratePerSecond;
    private long electionCount;
    private LoadAccount account = LoadAccount.NONE;
    private String failure = "";

    ElectionsCommand() {}

    /** {@inheritDoc} */
    @Override
    public Integer call() {
        check();
        final LockstepRig rig = lockstepOptions.newRig(options);
        final HistogramFiles files = options.newFiles("elections");
        options.console()
                .printf(
                        "elections in %d minutes, profile %s; %s%n",
                        minutes, rig.settings().get("profile"), Surroundings.line());
        final ExecutorService control = Executors.newSingleThreadExecutor();
        try (LockstepTarget target = rig.start()) {
            watch(target, control);
        } finally {
            control.shutdownNow();
        }
        options.console()
                .println(new TextTable(
                                "minutes",
                                "rate/s",
                                "published",
                                "unanswered",
                                "refused",
                                "lost",
                                "false elections",
                                "result")
                        .row(
                                Integer.toString(minutes),
                                Long.toString(ratePerSecond),
                                Long.toString(account.publishedCount()),
                                Long.toString(account.unansweredCount()),
                                Long.toString(account.refusedCount()),
                                Long.toString(account.lostCount()),
                                Long.toString(electionCount),
                                failure.isEmpty() ? "ok" : "FAILED: " + failure));
        options.finish(files, toJson(rig));
        return failure.isEmpty() ? 0 : 1;
    }

    private void check() {
        if (minutes < 1) {
            throw new ParameterException(spec.commandLine(), "--minutes is at least 1, but it is " + minutes);
        }
        if (ratePercent < 1 || ratePercent > 100) {
            throw new ParameterException(spec.commandLine(), "--rate-percent is 1 to 100, but it is " + ratePercent);
        }
        try {
            new SendSchedule(0, rate == null ? 1 : rate);
            LoadPlan.scheduled(1, size, 0, 1);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage(), ex);
        }
    }

    private void watch(final LockstepTarget target, final ExecutorService control) {
        if (rate == null) {
            final LoadResult probe = new RigRunner().run(LoadPlan.highestRate(size), target);
            highestRatePerSecond = probe.arrivalRatePerSecond();
            if (probe.isFailed()) {
                failure = "while the highest rate was measured: " + probe.failure();
                return;
            }
        }
        ratePerSecond = rate != null ? rate : Math.max(1, (long) (highestRatePerSecond * ratePercent / 100));
        options.console().printf("  load %,d messages a second%n", ratePerSecond);
        final LoadPump pump = new LoadPump(
                target, size, -ProcessHandle.current().pid(), SystemNanoClock.INSTANCE, target.newIdleStrategy());
        try {
            final long firstTerm = newestTerm(target.cluster(), pump, control);
            final long endNs = System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
            pump.start(ratePerSecond);
            long term = firstTerm;
            while (System.nanoTime() - endNs < 0) {
                pump.runFor(ASK_INTERVAL_NS);
                final long newTerm = newestTerm(target.cluster(), pump, control);
                if (newTerm > term) {
                    options.console().printf("  term %d after %d%n", newTerm, term);
                    term = newTerm;
                    electionCount = term - firstTerm;
                }
            }
        } catch (final IllegalStateException ex) {
            failure = ex.getMessage();
        }
        pump.stop();
        pump.drain(DRAIN_TIMEOUT_NS);
        account = LoadAccount.of(pump, target);
        judge();
    }

    private void judge() {
        if (failure.isEmpty()) {
            failure = account.failure();
        }
        final long wantedCount = ratePerSecond * TimeUnit.MINUTES.toSeconds(minutes);
        if (failure.isEmpty() && account.publishedCount() < wantedCount * LoadResult.MIN_RATE_SHARE) {
            failure = "only " + account.publishedCount() + " of " + wantedCount + " messages could be sent in time";
        }
        if (failure.isEmpty() && electionCount > 0) {
            failure = electionCount + " elections without a cause";
        }
    }

    private static long newestTerm(final ProcessCluster cluster, final LoadPump pump, final ExecutorService control) {
        final Future<Long> answer = control.submit(() -> ClusterStatus.newestTerm(cluster));
        return pump.runUntilDone("an answer of a node", ASK_TIMEOUT_NS, answer);
    }

    private Map<String, Object> toJson(final LockstepRig rig) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("minutes", minutes);
        json.put("falseElections", electionCount);
        json.put("rate", ratePerSecond);
        json.put("highestRate", Json.rounded(highestRatePerSecond));
        json.put("published", account.publishedCount());
        json.put("unanswered", account.unansweredCount());
        json.put("refused", account.refusedCount());
        json.put("lost", account.lostCount());
        json.put("duplicated", account.duplicatedCount());
        json.put("reordered", account.reorderedCount());
        json.put("size", size);
        json.put("settings", rig.settings());
        json.put("failed", !failure.isEmpty());
        json.put("failure", failure);
        json.putAll(Surroundings.toJson());
        return json;
    }
}
