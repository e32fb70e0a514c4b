package io.lockstep.cli;

import io.lockstep.client.LockstepClient;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Ends the session of an MQTT client. */
@Command(
        name = "delete",
        mixinStandardHelpOptions = true,
        description =
                "End the session of an MQTT client in every shard: what waits for the client is dropped, its will is"
                        + " published, and a connection that it has is closed.")
final class SessionsDeleteCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Parameters(index = "0", paramLabel = "CLIENT", description = "The client's id.")
    private String clientId;

    @Override
    public Integer call() {
        try (LockstepClient client = cluster.connect("lockstep-sessions")) {
            client.sessions().delete(clientId, cluster.connectTimeoutNs());
        }
        final PrintWriter out = spec.commandLine().getOut();
        if (output.isJson()) {
            out.println(OutputOptions.lineOf(
                    OutputOptions.newObject().put("clientId", clientId).put("deleted", true)));
        } else {
            out.printf("the session of client '%s' is deleted%n", clientId);
        }
        out.flush();
        return 0;
    }
}
