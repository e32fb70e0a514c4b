package io.lockstep.cli;

import io.lockstep.client.LockstepClient;
import io.lockstep.client.MessageOptions;
import io.lockstep.client.PublisherConfig;
import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;

/** Publishes one message that becomes the last value of its topic, or clears it. */
final class RetainedChange {
    private RetainedChange() {}

    static int publish(
            final ClusterOptions cluster,
            final OutputOptions output,
            final CommandSpec spec,
            final String topic,
            final byte[] payload) {
        TopicArgument.check(spec, topic);
        final MessageOptions options = new MessageOptions().retain();
        try (StopSignal stop = new StopSignal();
                LineFeed lines = new LineFeed(payload);
                LockstepClient client = cluster.connect("lockstep-retained")) {
            final PubSummary summary = new LinePublisher(
                            client,
                            new PublisherConfig(),
                            topic,
                            options,
                            PubConditions.NO_CONDITION,
                            0,
                            true,
                            Progress.SILENT)
                    .run(lines, stop::isStopping);
            final PrintWriter out = spec.commandLine().getOut();
            out.println(output.isJson() ? OutputOptions.lineOf(summary.toJson()) : summary.toText());
            out.flush();
            if (summary.problem() != null) {
                throw new CommandFailure(summary.problem());
            }
            return summary.isComplete() ? 0 : 1;
        }
    }
}
