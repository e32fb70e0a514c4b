package io.lockstep.cli;

import io.lockstep.client.LockstepClient;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Deletes a group. */
@Command(
        name = "delete",
        mixinStandardHelpOptions = true,
        description = "Delete a group in all shards, with all that it keeps track of. Its members end with an error; no"
                + " message is deleted.")
final class GroupsDeleteCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Parameters(paramLabel = "NAME", description = "Name of the group.")
    private String name;

    @Override
    public Integer call() {
        try (LockstepClient client = cluster.connect("lockstep-groups")) {
            final int shards = client.groups().delete(name, cluster.connectTimeoutNs());
            if (shards == 0) {
                throw new CommandFailure("no shard knows a group '" + name + "'; 'lockstep groups list' shows all");
            }
            final PrintWriter out = spec.commandLine().getOut();
            if (output.isJson()) {
                out.println(OutputOptions.lineOf(
                        OutputOptions.newObject().put("group", name).put("shards", shards)));
            } else {
                out.println("group " + name + " is deleted in " + shards + " shard(s)");
            }
            out.flush();
        }
        return 0;
    }
}
