package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.ScheduleState;
import io.lockstep.client.ScheduledMessage;
import io.lockstep.topic.TopicFilter;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lists messages that are held back. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "List the messages of all shards that are held back, in the order in which they were accepted.")
final class ScheduledListCommand implements Callable<Integer> {
    private static final long NS_IN_SECOND = 1_000_000_000L;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Parameters(
            arity = "0..1",
            paramLabel = "FILTER",
            defaultValue = "#",
            description = "Topic filter with '+' and '#'. Default: all.")
    private String filter;

    @Override
    public Integer call() {
        try {
            TopicFilter.parse(filter);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage(), ex);
        }
        try (LockstepClient client = cluster.connect("lockstep-scheduled")) {
            final List<ScheduledMessage> messages = client.schedules().list(filter, cluster.connectTimeoutNs());
            final List<ScheduleState> states = client.schedules().states(cluster.connectTimeoutNs());
            final PrintWriter out = spec.commandLine().getOut();
            if (output.isJson()) {
                out.println(OutputOptions.lineOf(toJson(messages, states)));
            } else {
                printTable(out, messages, states);
            }
            out.flush();
        }
        return 0;
    }

    private static ObjectNode toJson(final List<ScheduledMessage> messages, final List<ScheduleState> states) {
        final ObjectNode result = OutputOptions.newObject();
        final ArrayNode array = result.putArray("scheduled");
        for (final ScheduledMessage message : messages) {
            array.addObject()
                    .put("shard", message.shardId())
                    .put("position", message.position())
                    .put("topic", message.topic())
                    .put("dueNs", message.dueNs())
                    .put("due", instantOf(message.dueNs()).toString())
                    .put("producerId", message.producerId())
                    .put("producerSequence", message.producerSequence())
                    .put("headersLength", message.headersLength())
                    .put("payloadLength", message.payloadLength());
        }
        final ArrayNode shards = result.putArray("shards");
        for (final ScheduleState state : states) {
            shards.addObject()
                    .put("shard", state.shardId())
                    .put("heldCount", state.heldCount())
                    .put("heldBytes", state.heldBytes())
                    .put("timestampNs", state.timestampNs());
        }
        return result;
    }

    private static void printTable(
            final PrintWriter out, final List<ScheduledMessage> messages, final List<ScheduleState> states) {
        out.printf("%5s %16s %-24s %13s  %s%n", "shard", "position", "due", "payload bytes", "topic");
        for (final ScheduledMessage message : messages) {
            out.printf(
                    "%5d %16d %-24s %13d  %s%n",
                    message.shardId(),
                    message.position(),
                    instantOf(message.dueNs()),
                    message.payloadLength(),
                    message.topic());
        }
        for (final ScheduleState state : states) {
            out.printf(
                    "shard %d holds %d back, which count for %d bytes%n",
                    state.shardId(), state.heldCount(), state.heldBytes());
        }
    }

    private static Instant instantOf(final long timestampNs) {
        return Instant.ofEpochSecond(timestampNs / NS_IN_SECOND, timestampNs % NS_IN_SECOND);
    }
}
