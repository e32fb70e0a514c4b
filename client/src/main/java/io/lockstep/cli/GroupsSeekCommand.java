package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.Groups;
import io.lockstep.client.LockstepClient;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Moves a group. */
@Command(
        name = "seek",
        mixinStandardHelpOptions = true,
        description =
                "Move a group to another place of the journal. What members have is taken back; they go on with what"
                        + " lies behind the new place.")
final class GroupsSeekCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Parameters(paramLabel = "NAME", description = "Name of the group.")
    private String name;

    @Option(
            names = "--to",
            required = true,
            paramLabel = "PLACE",
            description = "start, live, a position in bytes, or a time like 2026-11-21T10:00:00Z.")
    private String to;

    @Option(
            names = "--shard",
            paramLabel = "S",
            description = "Only in this shard; a position needs it where there are several.")
    private Integer shardId;

    @Override
    public Integer call() {
        final StartPosition place = place();
        try (LockstepClient client = cluster.connect("lockstep-groups")) {
            final int shards = client.shardCount();
            if (shardId != null && (shardId < 0 || shardId >= shards)) {
                throw new ParameterException(
                        spec.commandLine(), "the cluster has shards 0 to " + (shards - 1) + ", but not " + shardId);
            }
            if (place.kind() == StartPosition.Kind.POSITION && shardId == null && shards > 1) {
                throw new ParameterException(
                        spec.commandLine(), "a position belongs to one shard; say which one with --shard");
            }
            final Groups admin = client.groups();
            final ObjectNode result = OutputOptions.newObject().put("group", name);
            final ArrayNode moved = result.putArray("shards");
            final StringBuilder text = new StringBuilder();
            for (int shard = 0; shard < shards; shard++) {
                if (shardId == null || shardId == shard) {
                    final long position = admin.seek(shard, name, place, cluster.connectTimeoutNs());
                    if (position >= 0) {
                        moved.addObject().put("shard", shard).put("position", position);
                        text.append(String.format("shard %d: group %s goes on at %d%n", shard, name, position));
                    }
                }
            }
            if (moved.isEmpty()) {
                throw new CommandFailure("no shard knows a group '" + name + "'; 'lockstep groups list' shows all");
            }
            final PrintWriter out = spec.commandLine().getOut();
            out.print(output.isJson() ? OutputOptions.lineOf(result) + System.lineSeparator() : text);
            out.flush();
        }
        return 0;
    }

    private StartPosition place() {
        try {
            return StartOption.parse(to);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage().replace("--from", "--to"), ex);
        }
    }
}
