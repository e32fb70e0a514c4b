package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.GroupState;
import io.lockstep.client.LockstepClient;
import io.lockstep.topic.TopicFilter;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lists groups. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "List the groups of all shards: what waits, what members have, and how much of the journal lies"
                + " between the lowest unfinished message and the end.")
final class GroupsListCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Parameters(
            arity = "0..1",
            paramLabel = "FILTER",
            defaultValue = "#",
            description = "Filter of names, like a topic filter. Default: all.")
    private String filter;

    @Override
    public Integer call() {
        try {
            TopicFilter.parse(filter);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage(), ex);
        }
        try (LockstepClient client = cluster.connect("lockstep-groups")) {
            final List<GroupState> groups = client.groups().list(filter, cluster.connectTimeoutNs());
            final PrintWriter out = spec.commandLine().getOut();
            if (output.isJson()) {
                final ObjectNode result = OutputOptions.newObject();
                final ArrayNode array = result.putArray("groups");
                groups.forEach(group -> putState(array.addObject(), group));
                out.println(OutputOptions.lineOf(result));
            } else {
                printTable(out, groups);
            }
            out.flush();
        }
        return 0;
    }

    static ObjectNode putState(final ObjectNode object, final GroupState group) {
        return object.put("group", group.name())
                .put("shard", group.shardId())
                .put("groupId", group.groupId())
                .put("members", group.memberCount())
                .put("ready", group.readyCount())
                .put("inFlight", group.inFlightCount())
                .put("delayed", group.delayedCount())
                .put("dead", group.deadCount())
                .put("lowPosition", group.lowPosition())
                .put("windowEnd", group.windowEnd())
                .put("journalPosition", group.journalPosition())
                .put("lagBytes", group.lagBytes())
                .put("keyOrdered", group.isKeyOrdered());
    }

    private static void printTable(final PrintWriter out, final List<GroupState> groups) {
        out.printf(
                "%5s %7s %7s %9s %8s %5s %14s  %s%n",
                "shard", "members", "ready", "in flight", "delayed", "dead", "lag bytes", "group");
        for (final GroupState group : groups) {
            out.printf(
                    "%5d %7d %7d %9d %8d %5d %14d  %s%n",
                    group.shardId(),
                    group.memberCount(),
                    group.readyCount(),
                    group.inFlightCount(),
                    group.delayedCount(),
                    group.deadCount(),
                    group.lagBytes(),
                    group.name());
        }
    }
}
