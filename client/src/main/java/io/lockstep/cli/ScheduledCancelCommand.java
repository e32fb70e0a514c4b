package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.LockstepClient;
import io.lockstep.codecs.ResultCode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Cancels messages that are held back. */
@Command(
        name = "cancel",
        mixinStandardHelpOptions = true,
        description = {
            "Cancel messages that are held back. A POSITION is that of 'scheduled list', or the one that 'pub --output json'"
                    + " told.",
            "Exit status 1 where one of them is not held back any more."
        })
final class ScheduledCancelCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Parameters(arity = "1..*", paramLabel = "POSITION", description = "The id of a message.")
    private List<Long> positions = new ArrayList<>();

    @Option(
            names = "--shard",
            paramLabel = "S",
            description = "The shard that holds them; to be given where there are several.")
    private Integer shardId;

    @Override
    public Integer call() {
        if (shardId != null && shardId < 0) {
            throw new ParameterException(spec.commandLine(), "--shard takes the id of a shard, from 0");
        }
        final List<Long> cancelled = new ArrayList<>();
        final List<Long> unknown = new ArrayList<>();
        final int shard;
        try (LockstepClient client = cluster.connect("lockstep-scheduled")) {
            shard = shardOf(client);
            for (final long position : positions) {
                final ResultCode code = client.schedules()
                        .cancel(shard, position, cluster.connectTimeoutNs())
                        .code();
                if (code != ResultCode.ACCEPTED && code != ResultCode.SCHEDULE_UNKNOWN) {
                    throw new CommandFailure("shard " + shard + " refused to cancel " + position + ": " + code);
                }
                (code == ResultCode.ACCEPTED ? cancelled : unknown).add(position);
            }
        }
        print(shard, cancelled, unknown);
        if (!unknown.isEmpty()) {
            throw new CommandFailure("shard " + shard + " does not hold back " + unknown
                    + ": released, cancelled, or never there; 'lockstep scheduled list' shows what is held back");
        }
        return 0;
    }

    private int shardOf(final LockstepClient client) {
        if (shardId == null && client.shardCount() > 1) {
            throw new ParameterException(
                    spec.commandLine(), "a position belongs to one shard; say which one with --shard");
        }
        if (shardId != null && shardId >= client.shardCount()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "the cluster has shards 0 to " + (client.shardCount() - 1) + ", but not " + shardId);
        }
        return shardId == null ? 0 : shardId;
    }

    private void print(final int shard, final List<Long> cancelled, final List<Long> unknown) {
        final PrintWriter out = spec.commandLine().getOut();
        if (output.isJson()) {
            final ObjectNode result = OutputOptions.newObject().put("shard", shard);
            final ArrayNode cancelledArray = result.putArray("cancelled");
            cancelled.forEach(cancelledArray::add);
            final ArrayNode unknownArray = result.putArray("unknown");
            unknown.forEach(unknownArray::add);
            out.println(OutputOptions.lineOf(result));
        } else {
            cancelled.forEach(position -> out.println("cancelled " + position + " of shard " + shard));
        }
        out.flush();
    }
}
