package io.lockstep.cli;

import io.lockstep.client.LockstepClient;
import io.lockstep.topic.TopicFilter;
import io.lockstep.topic.TopicPolicy;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Gives topics a number of partitions. */
@Command(
        name = "set",
        mixinStandardHelpOptions = true,
        description = {
            "Give each topic that matches a filter a number of partitions, spread over the shards.",
            "The number of a topic that exists never changes: where one that matches exists with another number, the change"
                    + " is refused and nothing is changed. Exit status 1 where a shard refuses."
        })
final class PartitionsSetCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Parameters(index = "0", paramLabel = "FILTER", description = "Topic filter, as in orders or plant/+/orders.")
    private String filter;

    @Parameters(
            index = "1",
            paramLabel = "N",
            description = "Partitions of each topic, 1 to 1,024; 0: not partitioned, though a wider filter says else.")
    private int partitions;

    @Override
    public Integer call() {
        final TopicPolicy policy;
        try {
            policy = new TopicPolicy(TopicFilter.parse(filter), partitions, false);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage(), ex);
        }
        try (LockstepClient client = cluster.connect("lockstep-partitions")) {
            final PolicyLink link = PolicyLink.of(client, cluster.connectTimeoutNs());
            PartitionsCommand.print(new PolicyChange(link, filter).set(policy), output, spec);
        }
        return 0;
    }
}
