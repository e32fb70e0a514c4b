package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.GroupState;
import io.lockstep.client.LockstepClient;
import java.util.List;
import picocli.CommandLine.Command;

/** Lists groups. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "List the groups of all shards: what waits, what members have, and how much of the journal lies"
                + " between the lowest unfinished message and the end.")
final class GroupsListCommand extends ListCommand<GroupState> {
    GroupsListCommand() {
        super("lockstep-groups", "groups");
    }

    @Override
    List<GroupState> ask(final LockstepClient client, final String checkedFilter, final long timeoutNs) {
        return client.groups().list(checkedFilter, timeoutNs);
    }

    @Override
    void putEntry(final ObjectNode object, final GroupState entry) {
        putState(object, entry);
    }

    @Override
    Table<GroupState> table() {
        return new Table<GroupState>()
                .right("shard", 5, GroupState::shardId)
                .right("members", 7, GroupState::memberCount)
                .right("ready", 7, GroupState::readyCount)
                .right("in flight", 9, GroupState::inFlightCount)
                .right("delayed", 8, GroupState::delayedCount)
                .right("dead", 5, GroupState::deadCount)
                .right("lag bytes", 14, GroupState::lagBytes)
                .last("group", GroupState::name);
    }

    static ObjectNode putState(final ObjectNode object, final GroupState group) {
        return object.put("group", group.name())
                .put("shard", group.shardId())
                .put("groupId", group.groupId())
                .put("members", group.memberCount())
                .put("ready", group.readyCount())
                .put("inFlight", group.inFlightCount())
                .put("delayed", group.delayedCount())
                .put("dead", group.deadCount())
                .put("lowPosition", group.lowPosition())
                .put("windowEnd", group.windowEnd())
                .put("journalPosition", group.journalPosition())
                .put("lagBytes", group.lagBytes())
                .put("keyOrdered", group.isKeyOrdered());
    }
}
