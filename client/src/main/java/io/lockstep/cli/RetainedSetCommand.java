package io.lockstep.cli;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Sets the last value of one topic. */
@Command(
        name = "set",
        mixinStandardHelpOptions = true,
        description = "Publish MESSAGE to TOPIC as its last value, like 'lockstep pub --retain'.")
final class RetainedSetCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Parameters(index = "0", paramLabel = "TOPIC", description = "The topic.")
    private String topic;

    @Parameters(index = "1", paramLabel = "MESSAGE", description = "The payload as text, not empty.")
    private String message;

    @Override
    public Integer call() {
        if (message.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), "a message without payload clears the value; use 'lockstep retained clear'");
        }
        return RetainedChange.publish(cluster, output, spec, topic, message.getBytes(StandardCharsets.UTF_8));
    }
}
