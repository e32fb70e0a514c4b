package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.SlotTableState;
import io.lockstep.topic.SlotTable;
import io.lockstep.topic.TopicRoute;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Shows the prefix routes; its subcommands change them. */
@Command(
        name = "routes",
        mixinStandardHelpOptions = true,
        description = {
            "Show which topics live in a shard of choice, by their prefixes, and the version of each shard's slot table.",
            "Exit status 1 where the shards do not all hold the same table."
        },
        subcommands = {RoutesSetCommand.class, RoutesRemoveCommand.class})
final class RoutesCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Override
    public Integer call() {
        final List<SlotTableState> states;
        try (LockstepClient client = cluster.connect("lockstep-routes")) {
            states = client.routes().list(cluster.connectTimeoutNs());
        }
        final SlotTableState newest = RouteChange.newestOf(states);
        final PrintWriter out = spec.commandLine().getOut();
        if (output.isJson()) {
            out.println(OutputOptions.lineOf(toJson(newest, states)));
        } else {
            printTable(out, newest, states);
        }
        out.flush();
        if (!RouteChange.areEqual(states)) {
            throw new CommandFailure("the shards hold different slot tables: a change did not reach all of them;"
                    + " 'lockstep routes set' or 'lockstep routes remove' brings them together");
        }
        return 0;
    }

    static ArrayNode putRoutes(final ObjectNode result, final SlotTable table) {
        final ArrayNode routes = result.putArray("routes");
        for (final TopicRoute route : table.routes()) {
            routes.addObject().put("prefix", route.prefix()).put("shard", route.shardId());
        }
        return routes;
    }

    private static ObjectNode toJson(final SlotTableState newest, final List<SlotTableState> states) {
        final ObjectNode result = OutputOptions.newObject().put("version", newest.version());
        putRoutes(result, newest.table());
        final ArrayNode shards = result.putArray("shards");
        for (final SlotTableState state : states) {
            shards.addObject().put("shard", state.shardId()).put("version", state.version());
        }
        return result.put("identical", RouteChange.areEqual(states));
    }

    private static void printTable(
            final PrintWriter out, final SlotTableState newest, final List<SlotTableState> states) {
        out.printf("%5s  %s%n", "shard", "prefix");
        for (final TopicRoute route : newest.table().routes()) {
            out.printf("%5d  %s%n", route.shardId(), route.prefix());
        }
        for (final SlotTableState state : states) {
            out.printf("shard %d holds version %d%n", state.shardId(), state.version());
        }
    }
}
