package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.TopicState;
import io.lockstep.topic.TopicFilter;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lists topics. */
@Command(name = "topics", mixinStandardHelpOptions = true, description = "List the topics of all shards.")
final class TopicsCommand implements Callable<Integer> {
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
        try (LockstepClient client = cluster.connect("lockstep-topics")) {
            final List<TopicState> topics = client.topics().list(filter, cluster.connectTimeoutNs());
            final PrintWriter out = spec.commandLine().getOut();
            if (output.isJson()) {
                out.println(OutputOptions.lineOf(toJson(topics)));
            } else {
                printTable(out, topics);
            }
            out.flush();
        }
        return 0;
    }

    private static ObjectNode toJson(final List<TopicState> topics) {
        final ObjectNode result = OutputOptions.newObject();
        final ArrayNode array = result.putArray("topics");
        for (final TopicState topic : topics) {
            array.addObject()
                    .put("topic", topic.name())
                    .put("shard", topic.shardId())
                    .put("topicId", topic.topicId())
                    .put("lastTopicSequence", topic.lastTopicSequence())
                    .put("lastTimestampNs", topic.lastTimestampNs())
                    .put("payloadBytes", topic.payloadBytes());
        }
        return result;
    }

    private static void printTable(final PrintWriter out, final List<TopicState> topics) {
        out.printf("%5s %14s %16s  %s%n", "shard", "messages", "payload bytes", "topic");
        for (final TopicState topic : topics) {
            out.printf(
                    "%5d %14d %16d  %s%n",
                    topic.shardId(), topic.lastTopicSequence(), topic.payloadBytes(), topic.name());
        }
    }
}
