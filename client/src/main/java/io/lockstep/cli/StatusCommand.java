package io.lockstep.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Shows each node and shard. */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = {
            "Show role, term, positions, lag and the hash of the last checkpoint of each shard on each node.",
            "Exit status 1 where a shard has no leader."
        })
final class StatusCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Override
    public Integer call() {
        final List<ObjectNode> nodes = NodeHttp.statusOf(cluster.nodes());
        final PrintWriter out = spec.commandLine().getOut();
        if (output.isJson()) {
            final ObjectNode result = OutputOptions.newObject();
            final ArrayNode array = result.putArray("nodes");
            nodes.forEach(array::add);
            out.println(OutputOptions.lineOf(result));
        } else {
            printTable(out, nodes);
        }
        out.flush();
        checkLeaders(nodes);
        return 0;
    }

    static void checkLeaders(final List<ObjectNode> nodes) {
        final Set<Integer> shards = new TreeSet<>();
        final Set<Integer> led = new TreeSet<>();
        for (final ObjectNode node : nodes) {
            for (final JsonNode shard : node.path("shards")) {
                shards.add(shard.path("shard").asInt());
                if ("LEADER".equals(shard.path("role").asText())) {
                    led.add(shard.path("shard").asInt());
                }
            }
        }
        if (shards.isEmpty()) {
            throw new CommandFailure(
                    "no node answered; check that the nodes run and that --cluster or --nodes is right");
        }
        shards.removeAll(led);
        if (!shards.isEmpty()) {
            throw new CommandFailure("no leader of shard " + shards
                    + " was seen; a majority of nodes must run, and an election takes a few seconds");
        }
    }

    private static void printTable(final PrintWriter out, final List<ObjectNode> nodes) {
        final String format = "%4s %-22s %5s %-9s %5s %14s %14s %10s  %-16s %s%n";
        out.printf(
                format,
                "node",
                "address",
                "shard",
                "role",
                "term",
                "commit",
                "journal",
                "lag bytes",
                "checkpoint hash",
                "disk free");
        for (final ObjectNode node : nodes) {
            final String address =
                    node.path("host").asText() + ':' + node.path("port").asText();
            if (node.path("shards").isEmpty()) {
                out.printf(
                        "%4s %-22s %s%n",
                        node.path("id").asText(),
                        address,
                        node.path("reachable").asBoolean()
                                ? startText(node.path("waitsFor").asText())
                                : node.path("error").asText());
            }
            for (final JsonNode shard : node.path("shards")) {
                out.printf(
                        format,
                        node.path("id").asText(),
                        address,
                        shard.path("shard").asText(),
                        shard.path("role").asText(),
                        shard.path("term").asText(),
                        shard.path("commitPosition").asText(),
                        shard.path("journalPosition").asText(),
                        shard.path("lagBytes").asText(),
                        shard.path("checkpointHash").asText(),
                        diskText(node.path("disk"), shard.path("isReadOnly").asBoolean()));
            }
        }
    }

    private static String startText(final String waitsFor) {
        return waitsFor.isEmpty() ? "is starting" : "is starting; " + waitsFor;
    }

    private static String diskText(final JsonNode disk, final boolean isReadOnly) {
        if (disk.isMissingNode()) {
            return isReadOnly ? "read-only" : "";
        }
        final double free = disk.path("freeBytes").asDouble();
        final double total = Math.max(1, disk.path("totalBytes").asDouble());
        return String.format(
                "%.1f GiB (%.0f %%)%s", free / (1 << 30), 100 * free / total, isReadOnly ? " read-only" : "");
    }
}
