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

/** Adds a prefix route, or gives it another shard. */
@Command(
        name = "set",
        mixinStandardHelpOptions = true,
        description = {
            "Let new topics under a prefix live in a shard of choice.",
            "A topic stays in the shard in which it was created: where a topic under the prefix exists in another shard,"
                    + " the change is refused and nothing is changed. Exit status 1 where a shard refuses."
        })
final class RoutesSetCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Parameters(
            index = "0",
            paramLabel = "PREFIX",
            description = "The topic of this name and all that begin with it and a slash, as in plant/7.")
    private String prefix;

    @Parameters(index = "1", paramLabel = "SHARD", description = "Id of the shard, from 0.")
    private int shardId;

    @Override
    public Integer call() {
        final TopicRoute route;
        try {
            route = new TopicRoute(prefix, shardId);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage(), ex);
        }
        try (LockstepClient client = cluster.connect("lockstep-routes")) {
            if (shardId >= client.shardCount()) {
                throw new ParameterException(
                        spec.commandLine(), "the cluster has shards 0 to " + (client.shardCount() - 1));
            }
            new RouteChange(client, cluster.connectTimeoutNs(), prefix).set(route, output, spec);
        }
        return 0;
    }
}
