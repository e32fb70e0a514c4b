package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.SessionState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The session of a client as all shards together tell it. The pieces with the greatest epoch say who has it: others were not
 * told yet, or are left of an older one.
 *
 * @param clientId whose session it is.
 * @param pieces   at least one, by shard.
 */
record ClientSession(String clientId, List<SessionState> pieces) {
    private static final int NO_SHARD = -1;
    private static final long NS_IN_SECOND = 1_000_000_000L;

    ClientSession {
        pieces = List.copyOf(pieces);
    }

    /** Puts pieces together, in the order of the client ids. */
    static List<ClientSession> merge(final List<SessionState> states) {
        final Map<String, List<SessionState>> byClientId = new TreeMap<>();
        for (final SessionState state : states) {
            byClientId
                    .computeIfAbsent(state.clientId(), clientId -> new ArrayList<>())
                    .add(state);
        }
        final List<ClientSession> sessions = new ArrayList<>();
        byClientId.forEach((clientId, pieces) -> sessions.add(new ClientSession(clientId, pieces)));
        return sessions;
    }

    long epoch() {
        return newest().epoch();
    }

    long sessionId() {
        return newest().sessionId();
    }

    long memberId() {
        return newest().memberId();
    }

    long expiryNs() {
        return newest().expiryNs();
    }

    boolean isConnected() {
        return disconnectedNs() < 0;
    }

    /** Cluster time at which the connection ended for all shards that knew it, or -1. */
    long disconnectedNs() {
        long latestNs = 0;
        for (final SessionState piece : pieces) {
            if (piece.epoch() == epoch()) {
                if (piece.isConnected()) {
                    return -1;
                }
                latestNs = Math.max(latestNs, piece.disconnectedNs());
            }
        }
        return latestNs;
    }

    /** Each shard has all subscriptions; while they are being changed, some have fewer. */
    int subscriptionCount() {
        return pieces.stream().mapToInt(SessionState::subscriptionCount).max().orElse(0);
    }

    long lagBytes() {
        return pieces.stream().mapToLong(SessionState::lagBytes).sum();
    }

    int markCount() {
        return pieces.stream().mapToInt(SessionState::markCount).sum();
    }

    int packetCount() {
        return pieces.stream().mapToInt(SessionState::packetCount).sum();
    }

    /** The shard that keeps the will, or -1. */
    int willShardId() {
        return pieces.stream()
                .filter(SessionState::hasWill)
                .mapToInt(SessionState::shardId)
                .findFirst()
                .orElse(NO_SHARD);
    }

    /** Where the client is, in words. */
    String presence() {
        return isConnected() ? "connected" : "away since " + instantOf(disconnectedNs());
    }

    void putInto(final ObjectNode object) {
        object.put("clientId", clientId)
                .put("sessionId", sessionId())
                .put("epoch", epoch())
                .put("connected", isConnected())
                .put("disconnectedNs", disconnectedNs())
                .put("memberId", memberId())
                .put("expiryNs", expiryNs())
                .put("subscriptionCount", subscriptionCount())
                .put("lagBytes", lagBytes())
                .put("markCount", markCount())
                .put("packetCount", packetCount())
                .put("willShard", willShardId());
        final ArrayNode shards = object.putArray("shards");
        for (final SessionState piece : pieces) {
            shards.addObject()
                    .put("shard", piece.shardId())
                    .put("sessionId", piece.sessionId())
                    .put("epoch", piece.epoch())
                    .put("disconnectedNs", piece.disconnectedNs())
                    .put("memberId", piece.memberId())
                    .put("cursorPosition", piece.cursorPosition())
                    .put("journalPosition", piece.journalPosition())
                    .put("lagBytes", piece.lagBytes())
                    .put("subscriptionCount", piece.subscriptionCount())
                    .put("markCount", piece.markCount())
                    .put("packetCount", piece.packetCount())
                    .put("hasWill", piece.hasWill());
        }
    }

    private SessionState newest() {
        SessionState newest = pieces.get(0);
        for (final SessionState piece : pieces) {
            if (piece.epoch() > newest.epoch()) {
                newest = piece;
            }
        }
        return newest;
    }

    private static Instant instantOf(final long timestampNs) {
        return Instant.ofEpochSecond(timestampNs / NS_IN_SECOND, timestampNs % NS_IN_SECOND);
    }
}
