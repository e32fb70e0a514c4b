package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.ConsumerState;
import io.lockstep.client.LockstepClient;
import java.util.List;
import picocli.CommandLine.Command;

/** Lists durable consumers. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "List the durable consumers of all shards with how far they are behind.")
final class ConsumersListCommand extends ListCommand<ConsumerState> {
    ConsumersListCommand() {
        super("lockstep-consumers", "consumers");
    }

    @Override
    List<ConsumerState> ask(final LockstepClient client, final String checkedFilter, final long timeoutNs) {
        return client.consumers().list(checkedFilter, timeoutNs);
    }

    @Override
    void putEntry(final ObjectNode object, final ConsumerState entry) {
        object.setAll(NamedConsumers.toJson(entry));
    }

    @Override
    Table<ConsumerState> table() {
        return new Table<ConsumerState>()
                .right("shard", 5, ConsumerState::shardId)
                .right("position", 16, ConsumerState::position)
                .right("lag bytes", 16, ConsumerState::lagBytes)
                .right("acks", 6, ConsumerState::ackCount)
                .right("members", 7, ConsumerState::memberCount)
                .last("consumer", ConsumerState::name);
    }
}
