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

/** {@code bench throughput}: how many messages a second come out, as fast as a number in flight allows. */
@Command(
        name = "throughput",
        description = "Messages a second from publish to deliver, with a fixed number of messages in flight.",
        mixinStandardHelpOptions = true)
final class ThroughputCommand implements Callable<Integer> {
    @Mixin
    private RigOptions options;

    @Mixin
    private LockstepOptions lockstepOptions;

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
            description = "Measured seconds (default: ${DEFAULT-VALUE}).")
    private int seconds;

    @Option(
            names = "--warm-up",
            paramLabel = "S",
            defaultValue = "5",
            description = "Seconds of load that do not count (default: ${DEFAULT-VALUE}).")
    private int warmUpSeconds;

    @Option(
            names = "--in-flight",
            paramLabel = "N",
            defaultValue = "10000",
            description = "Most messages on their way at once (default: ${DEFAULT-VALUE}).")
    private int inFlight;

    @Option(
            names = "--system",
            paramLabel = "SYSTEM",
            defaultValue = "lockstep",
            description = "lockstep, or echo to measure the bare echo (default: ${DEFAULT-VALUE}).")
    private LatencyCommand.Measured system;

    @Spec
    private CommandSpec spec;

    ThroughputCommand() {}

    /** {@inheritDoc} */
    @Override
    public Integer call() {
        final LoadPlan plan = plan();
        final Rig rig = system == LatencyCommand.Measured.ECHO
                ? new EchoRig(options.secondBasePort(), options.dataDir())
                : lockstepOptions.newRig(options);
        final HistogramFiles files = options.newFiles("throughput");
        options.console().printf("throughput, %,d bytes, %d s; %s%n", size, seconds, Surroundings.line());
        final LoadResult result;
        try (LoadTarget target = rig.start()) {
            result = new RigRunner().run(plan, target);
        }
        files.write(rig.name(), List.of(result.histogram()));
        final LatencySummary latency = result.latency();
        options.console()
                .println(new TextTable("system", "messages/s", "p50 us", "p99 us", "max us", "result")
                        .row(
                                rig.name(),
                                TextTable.number(result.arrivalRatePerSecond(), 0),
                                TextTable.number(latency.p50(), 0),
                                TextTable.number(latency.p99(), 0),
                                TextTable.number(latency.max(), 0),
                                result.isFailed() ? "FAILED: " + result.failure() : "ok"));
        options.finish(files, toJson(rig, result));
        return result.isFailed() ? 1 : 0;
    }

    private LoadPlan plan() {
        try {
            return LoadPlan.saturating(
                    inFlight, size, TimeUnit.SECONDS.toNanos(warmUpSeconds), TimeUnit.SECONDS.toNanos(seconds));
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage(), ex);
        }
    }

    private Map<String, Object> toJson(final Rig rig, final LoadResult result) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("system", rig.name());
        json.put("messagesPerSecond", Json.rounded(result.arrivalRatePerSecond()));
        json.put("size", size);
        json.put("seconds", seconds);
        json.put("inFlight", inFlight);
        json.put("lost", result.lostCount());
        json.put("duplicated", result.duplicatedCount());
        json.put("reordered", result.reorderedCount());
        json.put("latencyUs", result.latency().toJson());
        json.put("settings", rig.settings());
        json.put("failed", result.isFailed());
        json.put("failure", result.failure());
        json.putAll(Surroundings.toJson());
        return json;
    }
}
