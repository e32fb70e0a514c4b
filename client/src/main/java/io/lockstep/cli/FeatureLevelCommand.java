package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.LockstepClient;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Tells the feature level of the cluster, or raises it. */
@Command(
        name = "feature-level",
        mixinStandardHelpOptions = true,
        description =
                "Tell the feature level of each shard, which says what features are switched on, or raise it in all"
                        + " shards once every node runs a release that knows the new one. It cannot be lowered.")
final class FeatureLevelCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Option(names = "--set", paramLabel = "LEVEL", description = "Raise the level of all shards to this one.")
    private Integer level;

    @Override
    public Integer call() {
        final List<Integer> levels;
        try (LockstepClient client = cluster.connect("lockstep-feature-level")) {
            if (level != null) {
                client.settings().raiseFeatureLevel(level, cluster.connectTimeoutNs());
            }
            levels = client.settings().featureLevels(cluster.connectTimeoutNs());
        }
        final PrintWriter out = spec.commandLine().getOut();
        final ObjectNode result = OutputOptions.newObject();
        final ArrayNode shards = result.putArray("shards");
        for (int shardId = 0; shardId < levels.size(); shardId++) {
            shards.addObject().put("shard", shardId).put("featureLevel", levels.get(shardId));
            if (!output.isJson()) {
                out.printf("shard %d has feature level %d%n", shardId, levels.get(shardId));
            }
        }
        if (output.isJson()) {
            out.println(OutputOptions.lineOf(result));
        }
        out.flush();
        return 0;
    }
}
