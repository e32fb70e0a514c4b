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

/** Takes a topic policy away. */
@Command(
        name = "remove",
        mixinStandardHelpOptions = true,
        description = {
            "Let topics that match a filter have the partitions that the other policies say.",
            "The number of a topic that exists never changes: where that of one would, the change is refused and nothing is"
                    + " changed. Exit status 1 where a shard refuses."
        })
final class PartitionsRemoveCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Parameters(index = "0", paramLabel = "FILTER", description = "The filter, as 'lockstep partitions list' shows it.")
    private String filter;

    @Override
    public Integer call() {
        try {
            new TopicPolicy(TopicFilter.parse(filter), 0, false);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage(), ex);
        }
        try (LockstepClient client = cluster.connect("lockstep-partitions")) {
            final PolicyLink link = PolicyLink.of(client, cluster.connectTimeoutNs());
            PartitionsCommand.print(new PolicyChange(link, filter).remove(), output, spec);
        }
        return 0;
    }
}
