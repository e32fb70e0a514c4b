package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.ScheduleState;
import io.lockstep.client.ScheduledMessage;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;

/** Lists messages that are held back. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "List the messages of all shards that are held back, in the order in which they were accepted.")
final class ScheduledListCommand extends ListCommand<ScheduledMessage> {
    private static final long NS_IN_SECOND = 1_000_000_000L;

    private List<ScheduleState> states = List.of();

    ScheduledListCommand() {
        super("lockstep-scheduled", "scheduled");
    }

    @Override
    List<ScheduledMessage> ask(final LockstepClient client, final String checkedFilter, final long timeoutNs) {
        states = client.schedules().states(timeoutNs);
        return client.schedules().list(checkedFilter, timeoutNs);
    }

    @Override
    void putEntry(final ObjectNode object, final ScheduledMessage entry) {
        object.put("shard", entry.shardId())
                .put("position", entry.position())
                .put("topic", entry.topic())
                .put("dueNs", entry.dueNs())
                .put("due", instantOf(entry.dueNs()).toString())
                .put("producerId", entry.producerId())
                .put("producerSequence", entry.producerSequence())
                .put("headersLength", entry.headersLength())
                .put("payloadLength", entry.payloadLength());
    }

    @Override
    Table<ScheduledMessage> table() {
        return new Table<ScheduledMessage>()
                .right("shard", 5, ScheduledMessage::shardId)
                .right("position", 16, ScheduledMessage::position)
                .left("due", 24, message -> instantOf(message.dueNs()))
                .right("payload bytes", 13, ScheduledMessage::payloadLength)
                .last("topic", ScheduledMessage::topic);
    }

    @Override
    void putMore(final ObjectNode result) {
        final ArrayNode shards = result.putArray("shards");
        for (final ScheduleState state : states) {
            shards.addObject()
                    .put("shard", state.shardId())
                    .put("heldCount", state.heldCount())
                    .put("heldBytes", state.heldBytes())
                    .put("timestampNs", state.timestampNs());
        }
    }

    @Override
    void printMore(final PrintWriter out) {
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
