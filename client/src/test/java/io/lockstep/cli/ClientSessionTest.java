package io.lockstep.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.SessionState;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClientSessionTest {
    private static final long SECOND_NS = 1_000_000_000L;

    @Test
    void shouldPutThePiecesOfEachClientTogether() {
        final List<ClientSession> sessions = ClientSession.merge(List.of(
                piece(0, "b", 64, 128, -1, false),
                piece(0, "a", 65, 129, -1, false),
                piece(1, "b", 64, 128, -1, true)));

        assertEquals(
                List.of("a", "b"),
                sessions.stream().map(ClientSession::clientId).toList());
        final ClientSession merged = sessions.get(1);
        assertEquals(2, merged.pieces().size());
        assertEquals(2 * 1_000, merged.lagBytes());
        assertEquals(3, merged.subscriptionCount());
        assertEquals(8, merged.markCount());
        assertEquals(10, merged.packetCount());
        assertEquals(1, merged.willShardId());
        assertEquals(-1, sessions.get(0).willShardId());
        assertEquals("connected", merged.presence());
    }

    @Test
    void shouldBeAwayWhenAllShardsThatKnowTheConnectionSaySo() {
        final ClientSession away = new ClientSession(
                "a",
                List.of(piece(0, "a", 64, 128, 7 * SECOND_NS, false), piece(1, "a", 64, 128, 8 * SECOND_NS, false)));
        final ClientSession half = new ClientSession(
                "a", List.of(piece(0, "a", 64, 128, 7 * SECOND_NS, false), piece(1, "a", 64, 128, -1, false)));

        assertFalse(away.isConnected());
        assertEquals("away since 1970-01-01T00:00:08Z", away.presence());
        assertTrue(half.isConnected());
    }

    @Test
    void shouldBelieveTheNewestEpochWhenAShardKeepsAnOldPiece() {
        final ClientSession session = new ClientSession(
                "a", List.of(piece(0, "a", 64, 128, -1, false), piece(1, "a", 192, 256, 8 * SECOND_NS, false)));

        assertEquals(192, session.sessionId());
        assertEquals(256, session.epoch());
        assertFalse(session.isConnected());
    }

    @Test
    void shouldWriteTheSessionAndItsPiecesAsJson() {
        final ObjectNode object = OutputOptions.newObject();

        new ClientSession("a", List.of(piece(3, "a", 64, 128, -1, true))).putInto(object);

        assertEquals(
                "{\"clientId\":\"a\",\"sessionId\":64,\"epoch\":128,\"connected\":true,\"disconnectedNs\":-1,"
                        + "\"memberId\":9,\"expiryNs\":2000,\"subscriptionCount\":3,\"lagBytes\":1000,\"markCount\":4,"
                        + "\"packetCount\":5,\"willShard\":3,\"shards\":[{\"shard\":3,\"sessionId\":64,\"epoch\":128,"
                        + "\"disconnectedNs\":-1,\"memberId\":9,\"cursorPosition\":96,\"journalPosition\":1096,"
                        + "\"lagBytes\":1000,\"subscriptionCount\":3,\"markCount\":4,\"packetCount\":5,"
                        + "\"hasWill\":true}]}",
                OutputOptions.lineOf(object));
    }

    @Test
    void shouldLookAtAllSessionsWhenTheClientIdIsNoFilter() {
        assertEquals("plant/7", SessionsDescribeCommand.filterOf("plant/7"));
        assertNull(SessionsDescribeCommand.filterOf("a+b"));
        assertNull(SessionsDescribeCommand.filterOf("#"));
        assertNull(SessionsDescribeCommand.filterOf("a/$3"));
    }

    private static SessionState piece(
            final int shardId,
            final String clientId,
            final long sessionId,
            final long epoch,
            final long disconnectedNs,
            final boolean hasWill) {
        return new SessionState(
                shardId, sessionId, clientId, epoch, 9, 96, 1_096, 2_000, disconnectedNs, 3, 4, 5, hasWill);
    }
}
