package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.LeaseState;
import io.lockstep.client.LockstepClient;
import java.util.List;
import picocli.CommandLine.Command;

/** Lists publisher leases. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "List the topics that publisher leases guard, and who holds them.")
final class LeaseListCommand extends ListCommand<LeaseState> {
    LeaseListCommand() {
        super("lockstep-lease", "leases");
    }

    @Override
    List<LeaseState> ask(final LockstepClient client, final String checkedFilter, final long timeoutNs) {
        return client.leases().list(checkedFilter, timeoutNs);
    }

    @Override
    void putEntry(final ObjectNode object, final LeaseState entry) {
        object.put("topic", entry.topic())
                .put("shard", entry.shardId())
                .put("token", entry.token())
                .put("holderId", entry.holderId())
                .put("durationNs", entry.durationNs())
                .put("remainingNs", entry.remainingNs());
    }

    @Override
    Table<LeaseState> table() {
        return new Table<LeaseState>()
                .right("shard", 5, LeaseState::shardId)
                .right("token", 8, LeaseState::token)
                .right("holder", 20, LeaseState::holderId)
                .right("held for", 12, LeaseListCommand::heldFor)
                .last("topic", LeaseState::topic);
    }

    private static String heldFor(final LeaseState lease) {
        return lease.remainingNs() == 0 ? "-" : lease.remainingNs() / 1_000_000 + " ms";
    }
}
