package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.LeaseState;
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

/** Lists the topics that publisher leases guard. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "List the topics that publisher leases guard, and who holds them.")
final class LeaseListCommand implements Callable<Integer> {
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
            description = "Topic filter with '+' and '#'. Default: all.")
    private String filter;

    @Override
    public Integer call() {
        try {
            TopicFilter.parse(filter);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage(), ex);
        }
        try (LockstepClient client = cluster.connect("lockstep-lease")) {
            final List<LeaseState> leases = client.leases().list(filter, cluster.connectTimeoutNs());
            final PrintWriter out = spec.commandLine().getOut();
            if (output.isJson()) {
                out.println(OutputOptions.lineOf(toJson(leases)));
            } else {
                print(out, leases);
            }
            out.flush();
        }
        return 0;
    }

    private static ObjectNode toJson(final List<LeaseState> leases) {
        final ObjectNode result = OutputOptions.newObject();
        final ArrayNode array = result.putArray("leases");
        for (final LeaseState lease : leases) {
            array.addObject()
                    .put("topic", lease.topic())
                    .put("shard", lease.shardId())
                    .put("token", lease.token())
                    .put("holderId", lease.holderId())
                    .put("durationNs", lease.durationNs())
                    .put("remainingNs", lease.remainingNs());
        }
        return result;
    }

    private static void print(final PrintWriter out, final List<LeaseState> leases) {
        out.printf("%5s %8s %20s %12s  %s%n", "shard", "token", "holder", "held for", "topic");
        for (final LeaseState lease : leases) {
            final String heldFor = lease.remainingNs() == 0 ? "-" : lease.remainingNs() / 1_000_000 + " ms";
            out.printf(
                    "%5d %8d %20d %12s  %s%n",
                    lease.shardId(), lease.token(), lease.holderId(), heldFor, lease.topic());
        }
    }
}
