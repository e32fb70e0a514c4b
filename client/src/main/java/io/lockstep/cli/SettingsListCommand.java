package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.LockstepClient;
import io.lockstep.config.ConfigKeys;
import io.lockstep.config.EngineSetting;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Lists the replicated settings; a value for each shard where they differ. */
@Command(name = "list", mixinStandardHelpOptions = true, description = "List the settings that are in effect.")
final class SettingsListCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Override
    public Integer call() {
        try (LockstepClient client = cluster.connect("lockstep-settings")) {
            final List<Map<EngineSetting, Long>> shards = client.settings().list(cluster.connectTimeoutNs());
            final PrintWriter out = spec.commandLine().getOut();
            if (output.isJson()) {
                out.println(OutputOptions.lineOf(toJson(shards)));
            } else {
                print(out, shards);
            }
            out.flush();
        }
        return 0;
    }

    private static ObjectNode toJson(final List<Map<EngineSetting, Long>> shards) {
        final ObjectNode result = OutputOptions.newObject();
        final ArrayNode array = result.putArray("settings");
        for (int shardId = 0; shardId < shards.size(); shardId++) {
            final int id = shardId;
            shards.get(shardId)
                    .forEach((setting, value) -> array.addObject()
                            .put("key", setting.key())
                            .put("shard", id)
                            .put("value", ConfigKeys.of(setting).formatNumber(value)));
        }
        return result;
    }

    private static void print(final PrintWriter out, final List<Map<EngineSetting, Long>> shards) {
        for (final EngineSetting setting : EngineSetting.values()) {
            final List<String> values = new ArrayList<>();
            for (final Map<EngineSetting, Long> shard : shards) {
                final Long value = shard.get(setting);
                values.add(value == null ? "unknown" : ConfigKeys.of(setting).formatNumber(value));
            }
            final boolean areEqual = values.stream().distinct().count() == 1;
            for (int shardId = 0; shardId < (areEqual ? 1 : values.size()); shardId++) {
                out.printf("%-28s %s%s%n", setting.key(), values.get(shardId), areEqual ? "" : " in shard " + shardId);
            }
        }
    }
}
