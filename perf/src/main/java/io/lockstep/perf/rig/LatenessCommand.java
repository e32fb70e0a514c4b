package io.lockstep.perf.rig;

import io.lockstep.testkit.process.ProcessCluster;
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

/** {@code bench lateness}: how late messages with a delay come, and that none comes early. */
@Command(
        name = "lateness",
        description =
                "How long after their due time delayed messages are released and received; fails if one is early.",
        mixinStandardHelpOptions = true)
final class LatenessCommand implements Callable<Integer> {
    private static final int MIN_DELAY_MS = 100;
    private static final int MAX_OUTSTANDING = 1_000_000;
    private static final int MAX_MESSAGES = 100_000_000;

    @Mixin
    private RigOptions options;

    @Mixin
    private LockstepOptions lockstepOptions;

    @Option(
            names = "--messages",
            paramLabel = "N",
            defaultValue = "10000",
            description = "Delayed messages that are measured (default: ${DEFAULT-VALUE}).")
    private int messageCount;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "10",
            description = "Seconds over which they are published (default: ${DEFAULT-VALUE}).")
    private int seconds;

    @Option(
            names = "--max-delay",
            paramLabel = "MS",
            defaultValue = "5000",
            description = "Longest delay in milliseconds; the shortest is " + MIN_DELAY_MS
                    + ", and each between them is as likely (default: ${DEFAULT-VALUE}).")
    private int maxDelayMs;

    @Option(
            names = "--outstanding",
            paramLabel = "N",
            defaultValue = "0",
            description = "Further messages that the shard holds back all the time (default: ${DEFAULT-VALUE}).")
    private int outstandingCount;

    @Option(
            names = "--warm-up",
            paramLabel = "S",
            defaultValue = "10",
            description = "Seconds of the same load that do not count (default: ${DEFAULT-VALUE}).")
    private int warmUpSeconds;

    @Option(
            names = "--size",
            paramLabel = "B",
            defaultValue = "100",
            description = "Bytes of each payload, at least 24 (default: ${DEFAULT-VALUE}).")
    private int size;

    @Spec
    private CommandSpec spec;

    LatenessCommand() {}

    /** {@inheritDoc} */
    @Override
    public Integer call() {
        check();
        final LockstepRig rig = lockstepOptions.newRig(options);
        final HistogramFiles files = options.newFiles("lateness");
        options.console()
                .printf(
                        "lateness of %,d messages over %d s, delays of %d to %,d ms, beside %,d held back; %s%n",
                        messageCount, seconds, MIN_DELAY_MS, maxDelayMs, outstandingCount, Surroundings.line());
        final LatenessRun.Result result;
        try (ProcessCluster cluster = rig.startCluster()) {
            cluster.awaitLeader(LockstepRig.SHARD_ID, LockstepRig.START_TIMEOUT_NS);
            try (LatenessRun run = new LatenessRun(cluster, size, options.seed())) {
                result = measure(run);
            }
        }
        files.write("released", "ns from the due time to the record's timestamp", List.of(result.released()));
        files.write("received", "ns from the due time to the reader's wall clock", List.of(result.received()));
        print(result);
        options.finish(files, toJson(rig, result));
        return result.failure().isEmpty() ? 0 : 1;
    }

    private void check() {
        if (seconds < 1 || warmUpSeconds < 0) {
            throw new ParameterException(spec.commandLine(), "--seconds is at least 1 and --warm-up at least 0");
        }
        if (messageCount < seconds || messageCount > MAX_MESSAGES) {
            throw new ParameterException(
                    spec.commandLine(), "--messages is at least one a second and at most " + MAX_MESSAGES);
        }
        if (maxDelayMs < MIN_DELAY_MS) {
            throw new ParameterException(spec.commandLine(), "--max-delay is at least " + MIN_DELAY_MS + " ms");
        }
        if (outstandingCount < 0 || outstandingCount > MAX_OUTSTANDING) {
            throw new ParameterException(spec.commandLine(), "--outstanding is 0 to " + MAX_OUTSTANDING);
        }
        try {
            LoadPlan.scheduled(1, size, 0, 1);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage(), ex);
        }
    }

    private LatenessRun.Result measure(final LatenessRun run) {
        final String failure = run.holdBack(outstandingCount);
        LatenessRun.Result result = run.run(rate(), TimeUnit.SECONDS.toNanos(warmUpSeconds), MIN_DELAY_MS, maxDelayMs);
        if (!failure.isEmpty()) {
            return new LatenessRun.Result(result.released(), result.received(), result.earlyCount(), failure);
        }
        if (result.failure().isEmpty()) {
            result = run.run(rate(), TimeUnit.SECONDS.toNanos(seconds), MIN_DELAY_MS, maxDelayMs);
        }
        return result;
    }

    private long rate() {
        return messageCount / seconds;
    }

    private void print(final LatenessRun.Result result) {
        final TextTable table = new TextTable("lateness", "messages", "p50 us", "p99 us", "p99.9 us", "max us");
        row(table, "released", result.released().getTotalCount(), LatencySummary.of(result.released()));
        row(table, "received", result.received().getTotalCount(), LatencySummary.of(result.received()));
        options.console().println(table);
        options.console().println("early: " + result.earlyCount());
        if (!result.failure().isEmpty()) {
            options.console().println("FAILED: " + result.failure());
        }
    }

    private static void row(final TextTable table, final String name, final long count, final LatencySummary lateness) {
        table.row(
                name,
                Long.toString(count),
                TextTable.number(lateness.p50(), 0),
                TextTable.number(lateness.p99(), 0),
                TextTable.number(lateness.p999(), 0),
                TextTable.number(lateness.max(), 0));
    }

    private Map<String, Object> toJson(final LockstepRig rig, final LatenessRun.Result result) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("messages", result.released().getTotalCount());
        json.put("seconds", seconds);
        json.put("minDelayMs", MIN_DELAY_MS);
        json.put("maxDelayMs", maxDelayMs);
        json.put("outstanding", outstandingCount);
        json.put("size", size);
        json.put("releasedUs", LatencySummary.of(result.released()).toJson());
        json.put("receivedUs", LatencySummary.of(result.received()).toJson());
        json.put("early", result.earlyCount());
        json.put("settings", rig.settings());
        json.put("failed", !result.failure().isEmpty());
        json.put("failure", result.failure());
        json.putAll(Surroundings.toJson());
        return json;
    }
}
