package io.lockstep.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Clears the last value of one topic. */
@Command(
        name = "clear",
        mixinStandardHelpOptions = true,
        description = "Publish a message without payload to TOPIC that clears its last value, if it has one.")
final class RetainedClearCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Parameters(index = "0", paramLabel = "TOPIC", description = "The topic.")
    private String topic;

    @Override
    public Integer call() {
        return RetainedChange.publish(cluster, output, spec, topic, new byte[0]);
    }
}
