package io.lockstep.perf.rig;

import io.lockstep.client.ClientConfig;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import io.lockstep.config.Quantity;
import io.lockstep.testkit.process.ProcessCluster;
import io.lockstep.wire.MessageHeaders;
import io.lockstep.wire.ReservedHeaders;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bench snapshot-stall}: how long a snapshot stops the shard, by the size of its state. */
@Command(
        name = "snapshot-stall",
        description = "Fills the state step by step and measures the longest time without an answer during snapshots.",
        mixinStandardHelpOptions = true)
final class SnapshotStallCommand implements Callable<Integer> {
    private static final String FILL_TOPIC = "bench/later";
    private static final long LATER_MS = TimeUnit.DAYS.toMillis(30);
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(120);
    private static final long QUIET_NS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final int LOAD_LENGTH = 100;

    /** What was measured at one size of the state. */
    private record Step(long stateBytes, double quietGapMs, List<Double> gapsMs) {
        private double median() {
            return Statistics.median(
                    gapsMs.stream().mapToDouble(Double::doubleValue).toArray());
        }

        private double max() {
            return gapsMs.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
        }
    }

    @Mixin
    private RigOptions options;

    @Mixin
    private LockstepOptions lockstepOptions;

    @Option(
            names = "--sizes",
            paramLabel = "SIZES",
            split = ",",
            defaultValue = "1m,8m,16m,32m,60m",
            description = "Sizes of the state, rising (default: ${DEFAULT-VALUE}).")
    private List<String> sizes;

    @Option(
            names = "--payload",
            paramLabel = "B",
            defaultValue = "1000",
            description = "Payload bytes of each message that fills the state (default: ${DEFAULT-VALUE}).")
    private int payloadLength;

    @Option(
            names = "--snapshots",
            paramLabel = "N",
            defaultValue = "5",
            description = "Snapshots at each size (default: ${DEFAULT-VALUE}).")
    private int snapshotCount;

    @Option(
            names = "--rate",
            paramLabel = "R",
            defaultValue = "1000",
            description = "Messages a second meanwhile (default: ${DEFAULT-VALUE}).")
    private long rate;

    @Spec
    private CommandSpec spec;

    private final List<Step> steps = new ArrayList<>();
    private long refusedCount;
    private String failure = "";

    SnapshotStallCommand() {}

    /** {@inheritDoc} */
    @Override
    public Integer call() {
        final List<Long> sizesInBytes = check();
        final LockstepRig rig = lockstepOptions.newRig(options);
        final HistogramFiles files = options.newFiles("snapshot-stall");
        options.console().printf("stall of a snapshot by the size of the state; %s%n", Surroundings.line());
        final ExecutorService control = Executors.newSingleThreadExecutor();
        try (LockstepTarget target = rig.start()) {
            measure(target, control, sizesInBytes);
        } finally {
            control.shutdownNow();
        }
        final TextTable table = new TextTable("state MiB", "quiet gap ms", "gap p50 ms", "gap max ms", "snapshots");
        for (final Step step : steps) {
            table.row(
                    TextTable.number(step.stateBytes() / (double) (1 << 20), 1),
                    TextTable.number(step.quietGapMs(), 1),
                    TextTable.number(step.median(), 1),
                    TextTable.number(step.max(), 1),
                    Integer.toString(step.gapsMs().size()));
        }
        options.console().println(table);
        options.console().println(failure.isEmpty() ? "ok" : "FAILED: " + failure);
        options.finish(files, toJson(rig));
        return failure.isEmpty() ? 0 : 1;
    }

    private List<Long> check() {
        final List<Long> bytes = new ArrayList<>();
        try {
            for (final String size : sizes) {
                bytes.add(Quantity.parseBytes(size));
            }
            new SendSchedule(0, rate);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage(), ex);
        }
        if (payloadLength < 1 || payloadLength > 1 << 20 || snapshotCount < 1) {
            throw new ParameterException(
                    spec.commandLine(), "--payload is 1 to 1048576 bytes and --snapshots is at least 1");
        }
        for (int i = 1; i < bytes.size(); i++) {
            if (bytes.get(i) <= bytes.get(i - 1)) {
                throw new ParameterException(spec.commandLine(), "--sizes rise");
            }
        }
        return bytes;
    }

    private void measure(final LockstepTarget target, final ExecutorService control, final List<Long> sizesInBytes) {
        final LoadPump pump = new LoadPump(
                target,
                LOAD_LENGTH,
                -ProcessHandle.current().pid(),
                SystemNanoClock.INSTANCE,
                target.newIdleStrategy());
        pump.start(rate);
        try {
            for (final long size : sizesInBytes) {
                pump.runUntilDone("a state of " + size + " bytes", TIMEOUT_NS, control.submit(() -> {
                    fill(target.cluster(), size);
                    return true;
                }));
                steps.add(step(target, pump, control));
            }
        } catch (final IllegalStateException ex) {
            failure = ex.getMessage();
        }
        pump.stop();
        pump.drain(TIMEOUT_NS);
        if (failure.isEmpty()) {
            failure = LoadAccount.of(pump, target).failure();
        }
    }

    private Step step(final LockstepTarget target, final LoadPump pump, final ExecutorService control) {
        final ProcessCluster cluster = target.cluster();
        final long stateBytes = pump.runUntilDone(
                "the size of the state",
                TIMEOUT_NS,
                control.submit(() -> ClusterStatus.stateBytes(
                        cluster, cluster.awaitLeader(LockstepRig.SHARD_ID, LockstepRig.START_TIMEOUT_NS))));
        pump.runFor(QUIET_NS);
        target.acks().resetGap();
        pump.runFor(2 * QUIET_NS);
        final double quietGapMs = target.acks().longestGapNs() / 1e6;
        final List<Double> gapsMs = new ArrayList<>();
        for (int i = 0; i < snapshotCount; i++) {
            pump.runFor(QUIET_NS);
            target.acks().resetGap();
            pump.runUntilDone("a snapshot", TIMEOUT_NS, control.submit(() -> ClusterSnapshots.take(cluster)));
            pump.runFor(QUIET_NS);
            gapsMs.add(target.acks().longestGapNs() / 1e6);
        }
        final Step step = new Step(stateBytes, quietGapMs, gapsMs);
        options.console()
                .printf(
                        "  %.1f MiB: quiet %.1f ms, snapshots p50 %.1f ms, max %.1f ms%n",
                        stateBytes / (double) (1 << 20), quietGapMs, step.median(), step.max());
        return step;
    }

    // Messages that are held back for a month: nothing else fills the state so fast.
    private void fill(final ProcessCluster cluster, final long stateBytes) {
        final byte[] headers = MessageHeaders.encode(Map.of(ReservedHeaders.DELAY_MS, Long.toString(LATER_MS)));
        final UnsafeBuffer headerBuffer = new UnsafeBuffer(headers);
        final DirectBuffer payload = new UnsafeBuffer(new byte[payloadLength]);
        try (LockstepClient client = LockstepClient.connect(
                new ClientConfig().nodes(cluster.nodes()).clientName("fill").connectTimeoutNs(TIMEOUT_NS))) {
            client.settings()
                    .change(EngineSetting.MAX_SCHEDULED_BYTES, EngineSetting.MAX_SCHEDULED_BYTES.highest(), TIMEOUT_NS);
            client.settings().change(EngineSetting.MAX_SCHEDULED, EngineSetting.MAX_SCHEDULED.highest(), TIMEOUT_NS);
            final int leader = cluster.awaitLeader(LockstepRig.SHARD_ID, LockstepRig.START_TIMEOUT_NS);
            final Publisher publisher = client.addPublisher(new PublisherConfig(), new Refusals());
            final int portion = Math.max(1, (int) (stateBytes / 64 / (payloadLength + 200L)));
            while (ClusterStatus.stateBytes(cluster, leader) < stateBytes) {
                for (int i = 0; i < portion; i++) {
                    while (!Publisher.isTaken(
                            publisher.offer(FILL_TOPIC, headerBuffer, 0, headers.length, payload, 0, payloadLength))) {
                        client.doWork();
                    }
                }
                if (!publisher.drain(TIMEOUT_NS) || refusedCount > 0) {
                    throw new IllegalStateException(
                            "the state could not be filled: " + refusedCount + " messages were refused");
                }
            }
        }
    }

    private Map<String, Object> toJson(final LockstepRig rig) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put(
                "steps",
                steps.stream()
                        .map(step -> {
                            final Map<String, Object> entry = new LinkedHashMap<>();
                            entry.put("stateBytes", step.stateBytes());
                            entry.put("quietGapMs", Json.rounded(step.quietGapMs()));
                            entry.put(
                                    "gapsMs",
                                    step.gapsMs().stream().map(Json::rounded).toList());
                            entry.put("gapMsP50", Json.rounded(step.median()));
                            return entry;
                        })
                        .toList());
        json.put("payload", payloadLength);
        json.put("rate", rate);
        json.put("settings", rig.settings());
        json.put("failed", !failure.isEmpty());
        json.put("failure", failure);
        json.putAll(Surroundings.toJson());
        return json;
    }

    /** Counts refusals: the state must be filled with what is accepted. */
    private final class Refusals implements PublishListener {
        @Override
        public void onAccepted(final long messageId, final int shardId, final long position) {}

        @Override
        public void onRefused(final long messageId, final ResultCode code, final long detail) {
            refusedCount++;
        }

        @Override
        public void onUnknown(final long messageId, final String reason) {
            refusedCount++;
        }
    }
}
