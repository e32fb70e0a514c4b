package io.lockstep.perf.rig;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bench mqtt}: a gateway with three nodes, and one mosquitto that replicates nothing, in turns. */
@Command(
        name = "mqtt",
        description = {
            "MQTT with QoS 1 through a gateway and three nodes, in turns with one mosquitto, each alone on the machine.",
            "At --rate: latency from the scheduled send time until the subscriber has the message, also of the native"
                    + " client. With --in-flight: messages a second."
        },
        mixinStandardHelpOptions = true)
final class MqttCommand implements Callable<Integer> {
    private static final String GATEWAY = "gateway";
    private static final String MOSQUITTO = "mosquitto";
    private static final String NATIVE = "lockstep";
    private static final int WARM_UP_IN_FLIGHT = 100;

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
            names = "--in-flight",
            paramLabel = "N",
            description = "Measure messages a second, with so many on their way at once.")
    private Integer inFlight;

    @Option(
            names = "--publishers",
            paramLabel = "N",
            defaultValue = "1",
            description = "Connections that publish, in turn (default: ${DEFAULT-VALUE}).")
    private int publisherCount;

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
            defaultValue = "3",
            description = "Number of runs of each system (default: ${DEFAULT-VALUE}).")
    private int pairs;

    @Option(
            names = "--mosquitto",
            paramLabel = "PROGRAM",
            defaultValue = "mosquitto",
            description = "The broker to compare with (default: ${DEFAULT-VALUE}).")
    private String mosquitto;

    @Option(names = "--alone", description = "Measure the gateway only.")
    private boolean isAlone;

    @Spec
    private CommandSpec spec;

    private final RigRunner runner = new RigRunner();

    MqttCommand() {}

    /** {@inheritDoc} */
    @Override
    public Integer call() {
        check();
        final Map<String, Rig> rigs = rigs();
        final HistogramFiles files = options.newFiles("mqtt");
        final PairedRun run = new PairedRun(List.copyOf(rigs.keySet()), pairs);
        options.console()
                .printf(
                        "MQTT with QoS 1, %s, %,d bytes, %d publishers, %d x %d s; %s%n",
                        inFlight == null ? String.format("%,d/s", rate) : String.format("%,d on their way", inFlight),
                        size,
                        publisherCount,
                        pairs,
                        seconds,
                        Surroundings.line());
        run.run(name -> measure(rigs.get(name)));
        rigs.keySet()
                .forEach(name -> files.write(
                        name, run.kept(name).stream().map(LoadResult::histogram).toList()));
        print(run, rigs);
        options.finish(files, toJson(run, rigs));
        return run.failure().isEmpty() ? 0 : 1;
    }

    private void check() {
        try {
            new SendSchedule(0, rate);
            LoadPlan.saturating(inFlight == null ? 1 : inFlight, size, 0, TimeUnit.SECONDS.toNanos(seconds));
            new PairedRun(List.of(GATEWAY), pairs);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage(), ex);
        }
        if (warmUpSeconds < 1 || publisherCount < 1) {
            throw new ParameterException(spec.commandLine(), "--warm-up and --publishers are at least 1");
        }
    }

    private Map<String, Rig> rigs() {
        final Map<String, Rig> rigs = new LinkedHashMap<>();
        final LockstepRig lockstep = lockstepOptions.newRig(options);
        rigs.put(GATEWAY, new GatewayRig(lockstep, publisherCount));
        if (!isAlone) {
            rigs.put(
                    MOSQUITTO,
                    new MosquittoRig(mosquitto, options.secondBasePort(), options.dataDir(), publisherCount));
            if (inFlight == null) {
                rigs.put(NATIVE, lockstep);
            }
        }
        return rigs;
    }

    private LoadResult measure(final Rig rig) {
        final long warmUpNs = TimeUnit.SECONDS.toNanos(warmUpSeconds);
        final long measureNs = TimeUnit.SECONDS.toNanos(seconds);
        final LoadResult result;
        if (inFlight == null) {
            // As fast as a window allows: what one system holds would bury another.
            final LoadPlan warmUp = LoadPlan.saturating(WARM_UP_IN_FLIGHT, size, 0, warmUpNs);
            result = runner.runAlone(rig, warmUp, rate, size, measureNs);
        } else {
            try (LoadTarget target = rig.start()) {
                result = runner.run(LoadPlan.saturating(inFlight, size, warmUpNs, measureNs), target);
            }
        }
        options.console()
                .printf(
                        "  %s %,.0f/s, p50 %.0f us, p99 %.0f us %s%n",
                        rig.name(),
                        result.arrivalRatePerSecond(),
                        result.latency().p50(),
                        result.latency().p99(),
                        result.failure());
        return result;
    }

    private void print(final PairedRun run, final Map<String, Rig> rigs) {
        final TextTable table = new TextTable("system", "messages/s", "p50 us", "p99 us", "max us");
        for (final String name : rigs.keySet()) {
            final LatencySummary latency = LatencySummary.of(run.histogram(name));
            table.row(
                    name,
                    TextTable.number(medianRate(run, name), 0),
                    TextTable.number(latency.p50(), 0),
                    TextTable.number(latency.p99(), 0),
                    TextTable.number(latency.max(), 0));
        }
        options.console().println(table);
        if (!run.failure().isEmpty()) {
            options.console().println("FAILED, not to be quoted: " + run.failure());
            return;
        }
        for (final String other : rigs.keySet()) {
            if (!other.equals(GATEWAY)) {
                final Statistics.Estimate ratio = ratio(run, other);
                options.console()
                        .printf(
                                "%s gateway / %s: %.2f (95 %%: %.2f to %.2f)%n",
                                inFlight == null ? "p50" : "messages/s",
                                other,
                                ratio.median(),
                                ratio.low(),
                                ratio.high());
            }
        }
    }

    private Statistics.Estimate ratio(final PairedRun run, final String other) {
        final double[] ratios = inFlight == null
                ? run.ratios(GATEWAY, other, 50)
                : IntStream.range(0, run.keptTurnCount())
                        .mapToDouble(turn -> run.kept(GATEWAY).get(turn).arrivalRatePerSecond()
                                / run.kept(other).get(turn).arrivalRatePerSecond())
                        .toArray();
        return Statistics.medianWithInterval(ratios, options.seed());
    }

    private static double medianRate(final PairedRun run, final String name) {
        return run.keptTurnCount() == 0 ? Double.NaN : Statistics.median(rates(run, name));
    }

    private static double[] rates(final PairedRun run, final String name) {
        return run.kept(name).stream()
                .mapToDouble(LoadResult::arrivalRatePerSecond)
                .toArray();
    }

    private Map<String, Object> toJson(final PairedRun run, final Map<String, Rig> rigs) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("rate", inFlight == null ? rate : null);
        json.put("inFlight", inFlight);
        json.put("publishers", publisherCount);
        json.put("size", size);
        json.put("seconds", seconds);
        json.put("pairs", run.keptTurnCount());
        json.put("discardedPairs", run.discardedCount());
        final boolean isQuotable = run.failure().isEmpty();
        rigs.forEach((name, rig) -> {
            final Map<String, Object> one = new LinkedHashMap<>();
            one.put("messagesPerSecond", isQuotable ? Json.rounded(medianRate(run, name)) : null);
            one.put(
                    "latencyUs",
                    isQuotable ? LatencySummary.of(run.histogram(name)).toJson() : null);
            if (isQuotable && !name.equals(GATEWAY)) {
                final Statistics.Estimate ratio = ratio(run, name);
                one.put("ratio", Json.rounded(ratio.median()));
                one.put("ratioLow", Json.rounded(ratio.low()));
                one.put("ratioHigh", Json.rounded(ratio.high()));
            }
            one.put("settings", rig.settings());
            json.put(name, one);
        });
        json.put("failed", !isQuotable);
        json.put("failure", run.failure());
        json.putAll(Surroundings.toJson());
        return json;
    }
}
