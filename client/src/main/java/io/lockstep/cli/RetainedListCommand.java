package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.LastValue;
import io.lockstep.client.LockstepClient;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;

/** Lists last values. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "List the last values of all topics that match a filter; with --output json with their payloads.")
final class RetainedListCommand extends ListCommand<LastValue> {
    RetainedListCommand() {
        super("lockstep-retained", "values");
    }

    @Override
    List<LastValue> ask(final LockstepClient client, final String checkedFilter, final long timeoutNs) {
        return client.lastValues().list(checkedFilter, timeoutNs);
    }

    @Override
    void putEntry(final ObjectNode object, final LastValue entry) {
        object.setAll(toJson(entry));
    }

    @Override
    Table<LastValue> table() {
        return new Table<LastValue>()
                .right("shard", 5, LastValue::shardId)
                .right("bytes", 10, LastValue::payloadLength)
                .right("sequence", 14, LastValue::topicSequence)
                .left("time", 24, value -> Instant.ofEpochMilli(TimeUnit.NANOSECONDS.toMillis(value.timestampNs())))
                .last("topic", RetainedListCommand::nameOf);
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
}
