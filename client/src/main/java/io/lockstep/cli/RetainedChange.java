package io.lockstep.cli;

import io.lockstep.client.LockstepClient;
import io.lockstep.client.MessageOptions;
import io.lockstep.client.PublisherConfig;
import java.io.PrintWriter;
import org.agrona.concurrent.UnsafeBuffer;
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
        final byte[] headers = new byte[options.length()];
        options.buffer().getBytes(0, headers);
        try (StopSignal stop = new StopSignal();
                LineFeed lines = new LineFeed(payload);
                LockstepClient client = cluster.connect("lockstep-retained")) {
            final PubSummary summary = new LinePublisher(
                            client, new PublisherConfig(), topic, new UnsafeBuffer(headers), 0, true, Progress.SILENT)
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
