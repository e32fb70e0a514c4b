package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.TopicState;
import java.util.List;
import picocli.CommandLine.Command;

/** Lists topics. */
@Command(name = "topics", mixinStandardHelpOptions = true, description = "List the topics of all shards.")
final class TopicsCommand extends ListCommand<TopicState> {
    TopicsCommand() {
        super("lockstep-topics", "topics");
    }

    @Override
    List<TopicState> ask(final LockstepClient client, final String checkedFilter, final long timeoutNs) {
        return client.topics().list(checkedFilter, timeoutNs);
    }

    @Override
    void putEntry(final ObjectNode object, final TopicState entry) {
        object.put("topic", entry.name())
                .put("shard", entry.shardId())
                .put("topicId", entry.topicId())
                .put("lastTopicSequence", entry.lastTopicSequence())
                .put("lastTimestampNs", entry.lastTimestampNs())
                .put("payloadBytes", entry.payloadBytes());
    }

    @Override
    Table<TopicState> table() {
        return new Table<TopicState>()
                .right("shard", 5, TopicState::shardId)
                .right("messages", 14, TopicState::lastTopicSequence)
                .right("payload bytes", 16, TopicState::payloadBytes)
                .last("topic", TopicState::name);
    }
}
