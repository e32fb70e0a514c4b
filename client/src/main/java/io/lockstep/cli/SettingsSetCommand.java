package io.lockstep.cli;

import io.lockstep.client.LockstepClient;
import io.lockstep.config.ConfigKey;
import io.lockstep.config.ConfigKeys;
import io.lockstep.config.EngineSetting;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Changes one replicated setting in all shards. */
@Command(
        name = "set",
        mixinStandardHelpOptions = true,
        description = "Change a setting in all shards. It counts from then on, on every node and after every restart;"
                + " the cluster file is not changed.")
final class SettingsSetCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Parameters(index = "0", paramLabel = "KEY", description = "Key as in the cluster file, such as limits.maxTopics.")
    private String key;

    @Parameters(index = "1", paramLabel = "VALUE", description = "Value as in the cluster file, such as 20000 or 7d.")
    private String value;

    @Override
    public Integer call() {
        final EngineSetting setting = setting();
        final long number = number(setting);
        try (LockstepClient client = cluster.connect("lockstep-settings")) {
            client.settings().change(setting, number, cluster.connectTimeoutNs());
            final String text = ConfigKeys.of(setting).formatNumber(number);
            final PrintWriter out = spec.commandLine().getOut();
            if (output.isJson()) {
                out.println(OutputOptions.lineOf(OutputOptions.newObject()
                        .put("key", setting.key())
                        .put("value", text)
                        .put("shards", client.shardCount())));
            } else {
                out.println(setting.key() + " is " + text + " in " + client.shardCount() + " shard(s)");
            }
            out.flush();
        }
        return 0;
    }

    private EngineSetting setting() {
        for (final EngineSetting setting : EngineSetting.values()) {
            if (setting.key().equals(key)) {
                return setting;
            }
        }
        final List<String> keys =
                Arrays.stream(EngineSetting.values()).map(EngineSetting::key).toList();
        throw new ParameterException(
                spec.commandLine(), "'" + key + "' is no setting; there are " + String.join(", ", keys));
    }

    private long number(final EngineSetting setting) {
        final ConfigKey row = ConfigKeys.of(setting);
        try {
            return row.parseNumber(value);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(
                    spec.commandLine(), key + " takes " + row.allowed() + ", but " + ex.getMessage(), ex);
        }
    }
}
