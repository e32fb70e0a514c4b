package io.lockstep.client;

import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.SessionOpenedDecoder;
import io.lockstep.codecs.SessionSubscriptionsDecoder;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;

/** Opens a session in one shard, and asks for further subscriptions until there are no more. */
final class SessionOpener implements AnswerListener<SessionOpener.Opened> {
    /** A piece, and whether it has all its subscriptions. */
    record Opened(SessionPiece piece, boolean isWhole) {}

    private final ShardAsker asker;
    private final int shardId;
    private final long deadlineNs;
    private final AnswerListener<SessionPiece> listener;
    private final List<SessionSubscription> subscriptions = new ArrayList<>();
    private SessionPiece piece;

    SessionOpener(
            final ShardAsker asker,
            final int shardId,
            final long deadlineNs,
            final AnswerListener<SessionPiece> listener) {
        this.asker = asker;
        this.shardId = shardId;
        this.deadlineNs = deadlineNs;
        this.listener = listener;
    }

    void open(final long memberId, final SessionOpening opening) {
        asker.ask(
                shardId,
                SessionCommands.open(memberId, opening),
                deadlineNs,
                new AnswerReader<>(
                        shardId,
                        SessionOpenedDecoder.TEMPLATE_ID,
                        SessionOpener::read,
                        (code, detail, position) -> new Opened(SessionPiece.refused(code, detail, position), true),
                        this));
    }

    /** {@inheritDoc} */
    @Override
    public void onAnswer(final Opened opened) {
        if (opened.isWhole() || opened.piece().code() != ResultCode.ACCEPTED) {
            listener.onAnswer(opened.piece());
        } else {
            piece = opened.piece();
            subscriptions.addAll(piece.subscriptions());
            askForMore();
        }
    }

    /** {@inheritDoc} */
    @Override
    public void onTimeout() {
        listener.onTimeout();
    }

    private static Opened read(final DirectBuffer buffer, final int offset) {
        return new Opened(SessionAnswers.piece(buffer, offset), SessionAnswers.isWhole(buffer, offset));
    }

    private void askForMore() {
        asker.ask(
                shardId,
                SessionCommands.describe(piece.sessionId(), subscriptions.size()),
                deadlineNs,
                new AnswerReader<>(
                        shardId,
                        SessionSubscriptionsDecoder.TEMPLATE_ID,
                        SessionAnswers::subscriptions,
                        (code, detail, position) ->
                                new SessionAnswers.Subscriptions(code, detail, position, true, List.of()),
                        new AnswerListener<>() {
                            @Override
                            public void onAnswer(final SessionAnswers.Subscriptions answer) {
                                onMore(answer);
                            }

                            @Override
                            public void onTimeout() {
                                listener.onTimeout();
                            }
                        }));
    }

    private void onMore(final SessionAnswers.Subscriptions answer) {
        if (answer.code() != ResultCode.ACCEPTED) {
            listener.onAnswer(SessionPiece.refused(answer.code(), answer.detail(), answer.journalPosition()));
            return;
        }
        subscriptions.addAll(answer.list());
        if (answer.isLast()) {
            listener.onAnswer(piece.with(subscriptions));
        } else {
            askForMore();
        }
    }
}
