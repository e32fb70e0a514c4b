package io.lockstep.gateway.bridge;

import io.lockstep.client.AnswerListener;
import io.lockstep.client.SessionOpening;
import io.lockstep.client.SessionPiece;
import io.lockstep.client.SessionWill;
import io.lockstep.client.Sessions;
import io.lockstep.codecs.ResultCode;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Opens the session of a client in all shards: first in its home shard, which says under which epoch, then in the others. A
 * session that is not there any more in one of them begins anew in all. Bridge thread only.
 */
final class SessionOpener {
    /** Is told how it ended. */
    interface Listener {
        /** All shards gave their pieces, by shard. */
        void onOpened(SessionPiece[] pieces);

        /** Whether the session is still to be opened; else what is asked now would take it from a newer connection. */
        boolean isWanted();

        /** What the shards gave is given back, and the session begins anew. */
        void onRestart();

        /** Does something a little later. */
        void later(Runnable task);

        /** The home shard gave the session to the connection; the others are asked now. */
        void onEpoch(long sessionId, long epoch);

        /** There is no session for the connection; what was opened is closed. */
        void onRefused(OpenRefusal refusal, String reason);

        /** Another connection has the session by now. */
        void onMoved();

        /** Nothing more is asked for; told once, before how it ended. */
        void onEnded();
    }

    // A cluster that just started, or a shard that forgot the gateway, needs some seconds.
    private static final int MAX_TRIES = 300;

    // The feature level of a new cluster is raised when its shards are seeded; that of an old one by people.
    private static final int MAX_TRIES_UNSUPPORTED = 50;

    private final ClusterLink link;
    private final BridgeCommand.Open command;
    private final Listener listener;
    private final int homeShardId;
    private final SessionPiece[] pieces;
    private long connectionId;
    private boolean isCleanStart;
    private int awaited;
    private int tries;
    private boolean isEnded;

    SessionOpener(final ClusterLink link, final BridgeCommand.Open command, final Listener listener) {
        this.link = link;
        this.command = command;
        this.listener = listener;
        this.homeShardId = link.homeShardOf(command.session().clientId());
        this.pieces = new SessionPiece[link.shardCount()];
        this.isCleanStart = command.isCleanStart();
    }

    void start() {
        // Tells connections apart also across gateways; who begins anew is another connection.
        connectionId = ThreadLocalRandom.current().nextLong();
        ask(homeShardId, 0, 0);
    }

    private void ask(final int shardId, final long epoch, final long sessionId) {
        final Will will = command.will();
        awaited++;
        link.openSession(
                shardId,
                new SessionOpening(
                        connectionId,
                        epoch,
                        sessionId,
                        command.expiryNs(),
                        isCleanStart,
                        command.session().clientId(),
                        will != null && link.ownerOf(will.topic()) == shardId
                                ? new SessionWill(will.topic(), will.headers(), will.payload(), will.delayNs())
                                : null),
                new AnswerListener<>() {
                    @Override
                    public void onAnswer(final SessionPiece piece) {
                        awaited--;
                        SessionOpener.this.onPiece(shardId, piece);
                    }

                    @Override
                    public void onTimeout() {
                        awaited--;
                        refuse(OpenRefusal.UNAVAILABLE, "shard " + shardId + " did not answer in time");
                    }
                });
    }

    private void onPiece(final int shardId, final SessionPiece piece) {
        if (piece.code() == ResultCode.ACCEPTED) {
            if (isEnded) {
                close(shardId, piece);
                return;
            }
            pieces[shardId] = piece;
            if (shardId == homeShardId) {
                listener.onEpoch(piece.sessionId(), piece.epoch());
                askOthers();
            }
            if (awaited == 0) {
                onAllThere();
            }
        } else if (!isEnded && ++tries < maxTries(piece.code())) {
            awaited++;
            listener.later(() -> {
                awaited--;
                if (!listener.isWanted()) {
                    giveUp();
                } else if (!isEnded) {
                    ask(shardId, epochFor(shardId), shardId == homeShardId ? 0 : pieces[homeShardId].sessionId());
                }
            });
        } else if (piece.code() == ResultCode.SESSION_MOVED) {
            if (!isEnded) {
                end();
                closeAll();
                listener.onMoved();
            }
        } else {
            refuse(
                    refusalOf(piece.code()),
                    "shard " + shardId + " does not open the session: " + piece.code() + ", detail " + piece.detail());
        }
    }

    private long epochFor(final int shardId) {
        return shardId == homeShardId ? 0 : pieces[homeShardId].epoch();
    }

    private static int maxTries(final ResultCode code) {
        return switch (code) {
            case NOT_SEEDED, MEMBER_UNKNOWN -> MAX_TRIES;
            case UNSUPPORTED -> MAX_TRIES_UNSUPPORTED;
            default -> 0;
        };
    }

    private void askOthers() {
        for (int shardId = 0; shardId < pieces.length; shardId++) {
            if (shardId != homeShardId) {
                ask(shardId, pieces[homeShardId].epoch(), pieces[homeShardId].sessionId());
            }
        }
    }

    private void onAllThere() {
        boolean isIncomplete = false;
        for (final SessionPiece piece : pieces) {
            isIncomplete |= pieces[homeShardId].isPresent() && !piece.isPresent();
        }
        if (isIncomplete && !listener.isWanted()) {
            giveUp();
        } else if (isIncomplete) {
            // What the missing piece knew of packet ids and subscriptions is lost. The will is this connection's
            // already.
            closeAll();
            listener.onRestart();
            isCleanStart = true;
            start();
        } else {
            end();
            listener.onOpened(pieces);
        }
    }

    private void giveUp() {
        if (!isEnded) {
            end();
            closeAll();
        }
    }

    private void end() {
        isEnded = true;
        listener.onEnded();
    }

    private void refuse(final OpenRefusal refusal, final String reason) {
        if (isEnded) {
            return;
        }
        end();
        closeAll();
        listener.onRefused(refusal, reason);
    }

    // Also where a shard did not answer: it may have opened its piece.
    private void closeAll() {
        final SessionPiece home = pieces[homeShardId];
        for (int shardId = 0; home != null && shardId < pieces.length; shardId++) {
            close(shardId, pieces[shardId] == null ? home : pieces[shardId]);
        }
        Arrays.fill(pieces, null);
    }

    private void close(final int shardId, final SessionPiece piece) {
        // A piece that is new must not be taken for the rest of the session by the next connection.
        final long expiryNs = piece.isPresent() ? Sessions.EXPIRY_AS_OPENED : 0;
        link.closeSession(shardId, piece.sessionId(), piece.epoch(), expiryNs, false);
    }

    private static OpenRefusal refusalOf(final ResultCode code) {
        return switch (code) {
            case TOO_MANY_SESSIONS -> OpenRefusal.TOO_MANY_SESSIONS;
            case STATE_FULL, READ_ONLY -> OpenRefusal.NO_ROOM;
            case NOT_AUTHORIZED -> OpenRefusal.NOT_ALLOWED;
            case WILL_TOO_LARGE, PAYLOAD_TOO_LARGE, HEADERS_TOO_LARGE -> OpenRefusal.WILL_TOO_LARGE;
            case BAD_TOPIC, RESERVED_TOPIC, TOPIC_UNKNOWN, BAD_PARTITION, TOO_MANY_TOPICS -> OpenRefusal.BAD_WILL;
            default -> OpenRefusal.UNAVAILABLE;
        };
    }
}
