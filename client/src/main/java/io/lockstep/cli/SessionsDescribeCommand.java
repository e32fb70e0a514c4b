package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.SessionState;
import io.lockstep.client.Sessions;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows the session of one MQTT client. */
@Command(
        name = "describe",
        mixinStandardHelpOptions = true,
        description = "Show the session of an MQTT client: gateway, will, and its piece in each shard.")
final class SessionsDescribeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Parameters(index = "0", paramLabel = "CLIENT", description = "The client's id.")
    private String clientId;

    @Override
    public Integer call() {
        final ClientSession session;
        try (LockstepClient client = cluster.connect("lockstep-sessions")) {
            session = find(client);
        }
        final PrintWriter out = spec.commandLine().getOut();
        if (output.isJson()) {
            final ObjectNode result = OutputOptions.newObject();
            session.putInto(result);
            out.println(OutputOptions.lineOf(result));
        } else {
            print(out, session);
        }
        out.flush();
        return 0;
    }

    /** The filter that finds a client id, among others maybe; null where none but all does. */
    static String filterOf(final String clientId) {
        // These mean something else in a filter.
        return clientId.matches("[^+#$\\x00]{1,200}") ? clientId : null;
    }

    private ClientSession find(final LockstepClient client) {
        final List<SessionState> pieces =
                client.sessions().list(filterOf(clientId), Sessions.ALL_SHARDS, cluster.connectTimeoutNs()).stream()
                        .filter(state -> state.clientId().equals(clientId))
                        .toList();
        if (pieces.isEmpty()) {
            throw new CommandFailure(
                    "there is no session of client '" + clientId + "'; 'lockstep sessions list' shows all");
        }
        return new ClientSession(clientId, pieces);
    }

    private static void print(final PrintWriter out, final ClientSession session) {
        final int willShardId = session.willShardId();
        out.printf(
                "client %s: session %d in epoch %d, %s, at the gateway that is member %d%n",
                session.clientId(), session.sessionId(), session.epoch(), session.presence(), session.memberId());
        out.printf(
                "  %d subscriptions, lives %d s without connection, %s%n",
                session.subscriptionCount(),
                TimeUnit.NANOSECONDS.toSeconds(session.expiryNs()),
                willShardId < 0 ? "no will" : "shard " + willShardId + " keeps its will");
        for (final SessionState piece : session.pieces()) {
            out.printf(
                    "  shard %d: %d bytes behind (%d of %d), %d messages beyond that noted, %d packet ids in use%s%n",
                    piece.shardId(),
                    piece.lagBytes(),
                    piece.cursorPosition(),
                    piece.journalPosition(),
                    piece.markCount(),
                    piece.packetCount(),
                    piece.epoch() == session.epoch() ? "" : ", still in epoch " + piece.epoch());
        }
    }
}
