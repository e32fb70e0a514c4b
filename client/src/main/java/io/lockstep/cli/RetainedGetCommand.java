package io.lockstep.cli;

import io.lockstep.client.LastValue;
import io.lockstep.client.LockstepClient;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints the last value of one topic. */
@Command(
        name = "get",
        mixinStandardHelpOptions = true,
        description = {
            "Print the payload of the last value of TOPIC; with --output json an object with headers, place and time.",
            "Exit status 1 where the topic has none."
        })
final class RetainedGetCommand implements Callable<Integer> {
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
        TopicArgument.check(spec, topic);
        final List<LastValue> values;
        try (LockstepClient client = cluster.connect("lockstep-retained")) {
            values = client.lastValues().list(topic, cluster.connectTimeoutNs());
        }
        if (values.isEmpty()) {
            throw new CommandFailure("topic " + topic + " has no last value: none was set, it was cleared, or it has"
                    + " expired; 'lockstep retained list' shows which topics have one");
        }
        if (values.size() > 1) {
            throw new CommandFailure("topic " + topic + " has partitions, of which " + values.size()
                    + " have a last value; name one, as in '" + topic + "/$"
                    + values.get(0).partition()
                    + "', or use 'lockstep retained list'");
        }
        final StandardOutput standardOutput = new StandardOutput();
        final PrintStream out = new PrintStream(standardOutput, false, StandardCharsets.UTF_8);
        if (output.isJson()) {
            out.println(OutputOptions.lineOf(RetainedListCommand.toJson(values.get(0))));
        } else {
            final byte[] payload = values.get(0).payload();
            out.write(payload, 0, payload.length);
            out.write('\n');
        }
        if (out.checkError() && !standardOutput.isReaderGone()) {
            throw new CommandFailure("standard output cannot be written: " + standardOutput.problem());
        }
        return 0;
    }
}
