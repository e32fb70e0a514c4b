package io.lockstep.cli;

import io.lockstep.client.LockstepClient;
import io.lockstep.topic.TopicRoute;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Takes a prefix route away. */
@Command(
        name = "remove",
        mixinStandardHelpOptions = true,
        description = {
            "Let new topics under a prefix live where a shorter prefix or their hash says.",
            "A topic stays in the shard in which it was created: where one under the prefix would belong elsewhere, the"
                    + " change is refused and nothing is changed. Exit status 1 where a shard refuses."
        })
final class RoutesRemoveCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Parameters(index = "0", paramLabel = "PREFIX", description = "The prefix, as 'lockstep routes' shows it.")
    private String prefix;

    @Override
    public Integer call() {
        try {
            new TopicRoute(prefix, 0);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage(), ex);
        }
        try (LockstepClient client = cluster.connect("lockstep-routes")) {
            new RouteChange(client, cluster.connectTimeoutNs(), prefix).remove(output, spec);
        }
        return 0;
    }
}
