package io.lockstep.cli;

import io.lockstep.client.ConsumerState;
import io.lockstep.client.LockstepClient;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Forgets a durable consumer. */
@Command(
        name = "delete",
        mixinStandardHelpOptions = true,
        description = "Forget a durable consumer and its position; programs that use it end with an error.")
final class ConsumersDeleteCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Parameters(index = "0", paramLabel = "NAME", description = "Name of the consumer.")
    private String name;

    @Option(names = "--shard", paramLabel = "S", description = "Only in this shard. Default: in all that have it.")
    private Integer shardId;

    @Override
    public Integer call() {
        NamedConsumers.checkFilter(spec, name);
        final PrintWriter out = spec.commandLine().getOut();
        try (LockstepClient client = cluster.connect("lockstep-consumers")) {
            for (final ConsumerState state : NamedConsumers.find(client, name, shardId, cluster.connectTimeoutNs())) {
                client.consumers().delete(state.shardId(), state.consumerId(), cluster.connectTimeoutNs());
                if (output.isJson()) {
                    out.println(OutputOptions.lineOf(OutputOptions.newObject()
                            .put("consumer", name)
                            .put("shard", state.shardId())
                            .put("deleted", true)));
                } else {
                    out.printf("shard %d: '%s' is deleted%n", state.shardId(), name);
                }
            }
        }
        out.flush();
        return 0;
    }
}
