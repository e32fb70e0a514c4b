package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.codecs.ResultCode;
import io.lockstep.topic.TopicPolicies;
import io.lockstep.topic.TopicPolicy;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Looks at topic policies and changes them. */
@Command(
        name = "partitions",
        mixinStandardHelpOptions = true,
        description = "Show how many partitions topics have, and change that for topics that do not exist yet.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {PartitionsListCommand.class, PartitionsSetCommand.class, PartitionsRemoveCommand.class})
final class PartitionsCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command is given");
    }

    static void putPolicies(final ObjectNode result, final TopicPolicies policies) {
        final ArrayNode array = result.putArray("policies");
        for (final TopicPolicy policy : policies.all()) {
            array.addObject()
                    .put("filter", policy.filter().toString())
                    .put("partitions", policy.partitions())
                    .put("held", policy.isHeld());
        }
    }

    /** Prints how a change ended; throws where it did not succeed. */
    static void print(final PolicyChange.Outcome outcome, final OutputOptions output, final CommandSpec spec) {
        final PrintWriter out = spec.commandLine().getOut();
        if (output.isJson()) {
            final ObjectNode result =
                    OutputOptions.newObject().put("version", outcome.version()).put("changed", outcome.isChanged());
            putPolicies(result, outcome.policies());
            final ArrayNode shards = result.putArray("shards");
            for (final PolicyChange.ShardAnswer shard : outcome.answers()) {
                shards.addObject()
                        .put("shard", shard.shardId())
                        .put("code", shard.answer().code().name())
                        .put("detail", shard.answer().detail());
            }
            out.println(OutputOptions.lineOf(result));
        } else {
            for (final PolicyChange.ShardAnswer shard : outcome.answers()) {
                final ResultCode code = shard.answer().code();
                out.printf("shard %d: %s%n", shard.shardId(), code);
            }
            final String effect = outcome.problem() != null
                    ? "is not in effect"
                    : outcome.isChanged() ? "is in effect" : "was in effect already";
            out.printf("version %d %s%n", outcome.version(), effect);
        }
        out.flush();
        if (outcome.problem() != null) {
            throw new CommandFailure(outcome.problem());
        }
    }
}
