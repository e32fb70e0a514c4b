package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.LastValue;
import io.lockstep.client.LockstepClient;
import io.lockstep.topic.TopicFilter;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lists last values. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "List the last values of all topics that match a filter; with --output json with their payloads.")
final class RetainedListCommand implements Callable<Integer> {
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
        final List<LastValue> values;
        try (LockstepClient client = cluster.connect("lockstep-retained")) {
            values = client.lastValues().list(filter, cluster.connectTimeoutNs());
        }
        final PrintWriter out = spec.commandLine().getOut();
        if (output.isJson()) {
            final ObjectNode result = OutputOptions.newObject();
            final ArrayNode array = result.putArray("values");
            values.forEach(value -> array.add(toJson(value)));
            out.println(OutputOptions.lineOf(result));
        } else {
            printTable(out, values);
        }
        out.flush();
        return 0;
    }

    static ObjectNode toJson(final LastValue value) {
        final ObjectNode object = OutputOptions.newObject()
                .put("topic", value.topic())
                .put("shard", value.shardId())
                .put("topicSequence", value.topicSequence())
                .put("position", value.position())
                .put("timestampNs", value.timestampNs())
                .put("producerId", value.producerId())
                .put("producerSequence", value.producerSequence());
        if (value.partition() >= 0) {
            object.put("partition", value.partition());
        }
        final ObjectNode headers = object.putObject("headers");
        value.headers().forEach(headers::put);
        MessagePrinter.putPayload(object, value.payload());
        return object;
    }

    private static String nameOf(final LastValue value) {
        return value.partition() < 0 ? value.topic() : value.topic() + "/$" + value.partition();
    }

    private static void printTable(final PrintWriter out, final List<LastValue> values) {
        out.printf("%5s %10s %14s  %-24s  %s%n", "shard", "bytes", "sequence", "time", "topic");
        for (final LastValue value : values) {
            out.printf(
                    "%5d %10d %14d  %-24s  %s%n",
                    value.shardId(),
                    value.payloadLength(),
                    value.topicSequence(),
                    Instant.ofEpochMilli(TimeUnit.NANOSECONDS.toMillis(value.timestampNs())),
                    nameOf(value));
        }
    }
}
