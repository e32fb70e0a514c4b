package io.lockstep.cli;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.ConsumerConfig;
import io.lockstep.client.GroupConfig;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.SharedCoreIdling;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.client.SubscriberListener;
import java.io.BufferedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.IdleStrategy;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints messages. */
@Command(
        name = "sub",
        mixinStandardHelpOptions = true,
        description = {
            "Print the payloads of all messages that match a FILTER, one line for each; with --output json an object with"
                    + " topic, sequences, position, timestamp, headers and payload.",
            "Ends after --count messages, after --idle seconds without any, or with Ctrl-C; then it says on standard error"
                    + " where to go on."
        })
final class SubCommand implements Callable<Integer> {
    private static final int MESSAGE_LIMIT = 256;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Parameters(arity = "1..*", paramLabel = "FILTER", description = "Topic filter with '+' and '#'.")
    private List<String> filters = new ArrayList<>();

    @Option(
            names = "--from",
            paramLabel = "START",
            defaultValue = "live",
            description = "start, live, a position in bytes, or a time like 2026-11-21T10:00:00Z. Default: live.")
    private String from;

    @Option(
            names = "--retained",
            description = "Print the last value of each topic first, then all that is published after it.")
    private boolean isRetained;

    @Option(names = "--count", paramLabel = "N", description = "End after N messages.")
    private long count;

    @Option(names = "--idle", paramLabel = "SECONDS", description = "End after so long without a message.")
    private double idleSeconds;

    @Option(names = "--shard", paramLabel = "S", description = "Read only this shard.")
    private Integer shardId;

    @Option(names = "--expired", description = "Print also messages whose time is over.")
    private boolean isExpiredWanted;

    @Option(names = "--node", paramLabel = "N", description = "Read from this node while it is well.")
    private Integer nodeId;

    @Option(
            names = "--consumer",
            paramLabel = "NAME",
            description =
                    "Read as the durable consumer of this name: go on behind what was printed last time. It is made,"
                            + " at --from, where there is none.")
    private String consumerName;

    @Mixin
    private GroupOptions group;

    private final IdleStrategy idleStrategy = SharedCoreIdling.newIdleStrategy();

    @Override
    public Integer call() {
        if (isRetained && (consumerName != null || group.isGiven())) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--retained is for those who begin anew each time, not for consumers and groups");
        }
        if (consumerName != null) {
            return readAsConsumer();
        }
        final SubscriberConfig config = config();
        final StandardOutput standardOutput = new StandardOutput();
        final PrintStream out =
                new PrintStream(new BufferedOutputStream(standardOutput, 1 << 16), false, StandardCharsets.UTF_8);
        final MessagePrinter printer = new MessagePrinter(out, output.isJson());
        if (group.isGiven()) {
            return readAsMember(printer, out);
        }
        try (StopSignal stop = new StopSignal();
                LockstepClient client = cluster.connect("lockstep-sub");
                Subscriber subscriber = add(client, config, printer)) {
            checkPosition(client, subscriber, config);
            read(subscriber, printer, out, stop);
            // Whoever goes on at a position must have everything before it.
            if (out.checkError()) {
                return endWithoutPositions(standardOutput);
            }
            tellPositions(client, subscriber);
        }
        return 0;
    }

    private int readAsConsumer() {
        final ConsumerConfig consumerConfig = new ConsumerConfig();
        try {
            config();
            consumerConfig.name(consumerName).start(StartOption.parse(from));
            filters.forEach(consumerConfig::filter);
            consumerConfig.onlyShard(shardId == null ? -1 : shardId);
            consumerConfig.preferredNode(nodeId == null ? SubscriberConfig.ANY_NODE : nodeId);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage(), ex);
        }
        final StandardOutput standardOutput = new StandardOutput();
        final PrintStream out =
                new PrintStream(new BufferedOutputStream(standardOutput, 1 << 16), false, StandardCharsets.UTF_8);
        try (StopSignal stop = new StopSignal();
                LockstepClient client = cluster.connect("lockstep-sub")) {
            return new ConsumerFeed(
                            consumerConfig,
                            new MessagePrinter(out, output.isJson()),
                            out,
                            spec.commandLine().getErr())
                    .run(client, stop, count, (long) (idleSeconds * TimeUnit.SECONDS.toNanos(1)));
        }
    }

    private SubscriberConfig config() {
        if (count < 0 || idleSeconds < 0 || Double.isNaN(idleSeconds)) {
            throw new ParameterException(spec.commandLine(), "--count and --idle take numbers above 0");
        }
        try {
            final SubscriberConfig config = new SubscriberConfig();
            filters.forEach(config::filter);
            config.start(StartOption.parse(from));
            config.preferredNode(nodeId == null ? SubscriberConfig.ANY_NODE : nodeId);
            config.onlyShard(shardId == null ? -1 : shardId);
            config.deliverExpired(isExpiredWanted);
            config.listener(new Loss());
            if (isRetained) {
                config.withLastValues();
            }
            return config;
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage(), ex);
        }
    }

    private Subscriber add(final LockstepClient client, final SubscriberConfig config, final MessagePrinter printer) {
        if (nodeId != null && cluster.nodes().stream().noneMatch(node -> node.id() == nodeId)) {
            throw new ParameterException(spec.commandLine(), "the cluster has no node " + nodeId);
        }
        try {
            return client.addSubscriber(config, printer);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage(), ex);
        }
    }

    private int readAsMember(final MessagePrinter printer, final PrintStream out) {
        final GroupConfig config;
        try {
            config = group.config(filters, from);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage(), ex);
        }
        if (nodeId != null) {
            config.preferredNode(nodeId);
        }
        if (shardId != null) {
            throw new ParameterException(spec.commandLine(), "a member of a group takes part in all shards");
        }
        try (StopSignal stop = new StopSignal();
                LockstepClient client = cluster.connect("lockstep-sub")) {
            return new GroupPrinter(client, printer, out, stop, idleStrategy, group.isAcking())
                    .read(config, count, (long) (idleSeconds * TimeUnit.SECONDS.toNanos(1)));
        }
    }

    private void checkPosition(
            final LockstepClient client, final Subscriber subscriber, final SubscriberConfig config) {
        int shards = 0;
        for (int i = 0; i < client.shardCount(); i++) {
            shards += subscriber.hasShard(i) ? 1 : 0;
        }
        final boolean isPosition = config.startOf(0).kind() == StartPosition.Kind.POSITION;
        if (isPosition && shards > 1 && config.startOf(0).value() > 0) {
            throw new ParameterException(
                    spec.commandLine(), "a position belongs to one shard; say which one with --shard");
        }
    }

    private void read(
            final Subscriber subscriber, final MessagePrinter printer, final PrintStream out, final StopSignal stop) {
        final long idleNs = (long) (idleSeconds * TimeUnit.SECONDS.toNanos(1));
        long lastNs = System.nanoTime();
        while (!stop.isStopping() && (count == 0 || printer.count() < count)) {
            final long wanted = count == 0 ? MESSAGE_LIMIT : Math.min(MESSAGE_LIMIT, count - printer.count());
            final int delivered = subscriber.poll((int) wanted);
            // Whoever reads a pipe wants the last line now; checkError also flushes, and tells that nothing is written.
            if (out.checkError()) {
                return;
            }
            if (delivered == 0) {
                if (idleNs > 0 && subscriber.isConnected() && System.nanoTime() - lastNs >= idleNs) {
                    return;
                }
                idleStrategy.idle();
            } else {
                lastNs = System.nanoTime();
                idleStrategy.reset();
            }
        }
    }

    // Who reads a pipe and closes it has seen enough, and needs no sentence about it.
    private static int endWithoutPositions(final StandardOutput standardOutput) {
        if (standardOutput.isReaderGone()) {
            return 1;
        }
        throw new CommandFailure("standard output cannot be written: " + standardOutput.problem()
                + "; messages are missing from it, so begin again where the last complete one ends");
    }

    private void tellPositions(final LockstepClient client, final Subscriber subscriber) {
        for (int i = 0; i < client.shardCount(); i++) {
            if (subscriber.hasShard(i) && subscriber.position(i) >= 0) {
                spec.commandLine()
                        .getErr()
                        .printf("shard %d: go on with --from %d --shard %d%n", i, subscriber.position(i), i);
            }
        }
        spec.commandLine().getErr().flush();
    }

    private static final class Loss implements SubscriberListener {
        @Override
        public void onCursorLost(final int shardId, final long wantedPosition, final long firstReadablePosition) {
            throw new CommandFailure("position " + wantedPosition + " of shard " + shardId
                    + " is not readable any more; begin with --from start, or with --from " + firstReadablePosition
                    + " --shard " + shardId);
        }
    }
}
