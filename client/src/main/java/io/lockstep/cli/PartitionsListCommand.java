package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.TopicPoliciesState;
import io.lockstep.topic.TopicPolicy;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Shows the topic policies. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = {
            "Show how many partitions topics have: of the filters that match a topic the first one counts.",
            "Exit status 1 where the shards do not all hold the same policies."
        })
final class PartitionsListCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Override
    public Integer call() {
        final List<TopicPoliciesState> states;
        try (LockstepClient client = cluster.connect("lockstep-partitions")) {
            states = client.policies().list(cluster.connectTimeoutNs());
        }
        final TopicPoliciesState newest = PolicyChange.newestOf(states);
        final PrintWriter out = spec.commandLine().getOut();
        if (output.isJson()) {
            final ObjectNode result = OutputOptions.newObject().put("version", newest.version());
            PartitionsCommand.putPolicies(result, newest.policies());
            final ArrayNode shards = result.putArray("shards");
            for (final TopicPoliciesState state : states) {
                shards.addObject().put("shard", state.shardId()).put("version", state.version());
            }
            out.println(OutputOptions.lineOf(result.put("identical", PolicyChange.areEqual(states))));
        } else {
            print(out, newest, states);
        }
        out.flush();
        if (!PolicyChange.areEqual(states)) {
            throw new CommandFailure("the shards hold different topic policies: a change did not reach all of them;"
                    + " 'lockstep partitions set' or 'lockstep partitions remove' brings them together");
        }
        return 0;
    }

    private static void print(
            final PrintWriter out, final TopicPoliciesState newest, final List<TopicPoliciesState> states) {
        out.printf("%10s  %s%n", "partitions", "filter");
        for (final TopicPolicy policy : newest.policies().all()) {
            out.printf("%10d  %s%s%n", policy.partitions(), policy.filter(), policy.isHeld() ? " (held)" : "");
        }
        for (final TopicPoliciesState state : states) {
            out.printf("shard %d holds version %d%n", state.shardId(), state.version());
        }
    }
}
