package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.AccessRulesState;
import io.lockstep.client.LockstepClient;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Shows the access rules. */
@Command(
        name = "show",
        mixinStandardHelpOptions = true,
        description = {
            "Show the access rules in force, as they were applied; without any everything is allowed.",
            "Exit status 1 where the shards do not all hold the same rules."
        })
final class AccessShowCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Override
    public Integer call() {
        final List<AccessRulesState> states;
        try (LockstepClient client = cluster.connect("lockstep-access")) {
            states = client.access().list(cluster.connectTimeoutNs());
        }
        final AccessRulesState newest = AccessApplyCommand.newestOf(states);
        final boolean areEqual = states.stream()
                .allMatch(state ->
                        state.version() == newest.version() && state.rules().equals(newest.rules()));
        final PrintWriter out = spec.commandLine().getOut();
        if (output.isJson()) {
            final ObjectNode result =
                    OutputOptions.newObject().put("version", newest.version()).put("rules", newest.rules());
            final ArrayNode shards = result.putArray("shards");
            for (final AccessRulesState state : states) {
                shards.addObject().put("shard", state.shardId()).put("version", state.version());
            }
            out.println(OutputOptions.lineOf(result.put("identical", areEqual)));
        } else {
            newest.rules().lines().forEach(out::println);
            for (final AccessRulesState state : states) {
                out.printf("# shard %d holds version %d%n", state.shardId(), state.version());
            }
        }
        out.flush();
        if (!areEqual) {
            throw new CommandFailure("the shards hold different access rules: a change did not reach all of them;"
                    + " 'lockstep access apply' brings them together");
        }
        return 0;
    }
}
