package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.Sessions;
import java.util.List;
import picocli.CommandLine.Command;

/** Lists the sessions of MQTT clients. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description =
                "List the sessions of MQTT clients whose ids match: whether they are connected, and how far behind.")
final class SessionsListCommand extends ListCommand<ClientSession> {
    private static final String ALL = "#";

    SessionsListCommand() {
        super("lockstep-sessions", "sessions");
    }

    @Override
    List<ClientSession> ask(final LockstepClient client, final String checkedFilter, final long timeoutNs) {
        // Ids that begin with $ are hidden from wildcards, but not from who wants all.
        final String filter = ALL.equals(checkedFilter) ? null : checkedFilter;
        return ClientSession.merge(client.sessions().list(filter, Sessions.ALL_SHARDS, timeoutNs));
    }

    @Override
    void putEntry(final ObjectNode object, final ClientSession entry) {
        entry.putInto(object);
    }

    @Override
    Table<ClientSession> table() {
        return new Table<ClientSession>()
                .left("state", 41, ClientSession::presence)
                .right("subscriptions", 13, ClientSession::subscriptionCount)
                .right("lag bytes", 16, ClientSession::lagBytes)
                .right("packets", 7, ClientSession::packetCount)
                .last("client", ClientSession::clientId);
    }
}
