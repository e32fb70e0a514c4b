package io.lockstep.client;

import io.lockstep.codecs.ListSessionsEncoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.RetainedPageDecoder;
import io.lockstep.codecs.SessionsPageDecoder;
import io.lockstep.codecs.SessionsUpdatedDecoder;
import io.lockstep.codecs.SubscriptionsChangedDecoder;
import io.lockstep.topic.TopicFilter;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * The sessions of clients behind gateways, of which each shard keeps a piece. A gateway joins with {@link #join}, opens and
 * closes the sessions of its clients, and tells how far they got; none of that blocks: the answer comes to a listener, from
 * within {@link LockstepClient#doWork()}. Commands for a shard are sent in the order in which they were given. What operators
 * need, {@link #list} and {@link #delete}, waits for its answers and is not to be called from a listener or handler.
 *
 * <p>Made by {@link LockstepClient#sessions()}; belongs to the thread that owns the client.
 */
public final class Sessions {
    /** For {@link #list}: all shards. */
    public static final int ALL_SHARDS = -1;

    /** For {@link #close}: the session lives on as long as was said when it was opened. */
    public static final long EXPIRY_AS_OPENED = -1;

    private static final int PAGE_LENGTH = 100;
    private static final int MAX_CHANGES = 1024;
    private static final long MIN_LEASE_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long MAX_LEASE_NS = TimeUnit.HOURS.toNanos(1);

    private final LockstepClient client;
    private final ShardAsker asker;
    private final MemberDuty members;
    private boolean isJoined;

    Sessions(final LockstepClient client) {
        this(client, new ClientAsker(client));
    }

    Sessions(final LockstepClient client, final ShardAsker asker) {
        this.client = client;
        this.asker = asker;
        this.members = new MemberDuty(asker, MAX_LEASE_NS);
    }

    /**
     * The member as which this client has sessions. It is another one than that of the client's consumers and groups.
     *
     * @return its id, the same in all shards.
     */
    public long memberId() {
        return members.memberId();
    }

    /**
     * The shared subscriptions of the sessions.
     *
     * @return made for each call; holds no state.
     */
    public SharedSubscriptions shared() {
        return new SharedSubscriptions(asker);
    }

    /**
     * Makes this client a member of every shard, and keeps it one: sessions can be opened then. Closing the client ends the
     * membership, and with it the connections of all sessions.
     *
     * @param leaseNs  how long a shard waits for a sign of life, 1 s to 1 h; it is given each third of that.
     * @param listener is told where a shard did not wait any longer.
     * @throws IllegalStateException where this was called before.
     */
    public void join(final long leaseNs, final MembershipListener listener) {
        Objects.requireNonNull(listener, "listener");
        if (leaseNs < MIN_LEASE_NS || leaseNs > MAX_LEASE_NS) {
            throw new IllegalArgumentException("a lease is 1 s to 1 h long, but not " + leaseNs + " ns");
        }
        if (isJoined) {
            throw new IllegalStateException("this client joined before");
        }
        isJoined = true;
        final MemberDuty.Participant participant = new MemberDuty.Participant() {
            @Override
            public void onMemberOpened(final int shardId) {
                // Who wants to know asks isMember().
            }

            @Override
            public void onMemberLost(final int shardId) {
                listener.onMemberLost(shardId);
            }
        };
        for (int shardId = 0; shardId < asker.shardCount(); shardId++) {
            members.join(shardId, leaseNs, participant);
        }
        asker.add(members);
    }

    /**
     * Whether this client is a member of every shard, as far as it knows.
     *
     * @return false also before {@link #join}.
     */
    public boolean isMember() {
        for (int shardId = 0; shardId < asker.shardCount(); shardId++) {
            if (!members.isOpen(shardId)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Gives the session of a client to a connection, in one shard. The answer holds all subscriptions, however many there are.
     *
     * @param shardId   of the shard: first the home shard of the client id, then, with the epoch that it gave, the others.
     * @param opening   what the connection asks for.
     * @param timeoutNs greatest time to wait.
     * @param listener  is told the piece, or why there is none.
     */
    public void open(
            final int shardId,
            final SessionOpening opening,
            final long timeoutNs,
            final AnswerListener<SessionPiece> listener) {
        checkShard(shardId);
        Objects.requireNonNull(listener, "listener");
        final AnswerListener<SessionPiece> told = new AnswerListener<>() {
            @Override
            public void onAnswer(final SessionPiece piece) {
                if (piece.code() == ResultCode.MEMBER_UNKNOWN) {
                    members.onUnknown(shardId);
                }
                listener.onAnswer(piece);
            }

            @Override
            public void onTimeout() {
                listener.onTimeout();
            }
        };
        new SessionOpener(asker, shardId, deadlineNs(timeoutNs), told).open(memberId(), opening);
    }

    /**
     * Adds and ends subscriptions in one shard, all at the same place of its journal.
     *
     * @param shardId   of the shard.
     * @param sessionId of the session.
     * @param epoch     under which the connection has it.
     * @param changes   1 to 1,024, in this order.
     * @param principal on whose behalf, as in the header {@code $principal}: the access rules are asked for it. Empty for
     *                  nobody's.
     * @param timeoutNs greatest time to wait.
     * @param listener  is told what became of each.
     */
    public void change(
            final int shardId,
            final long sessionId,
            final long epoch,
            final List<SubscriptionChange> changes,
            final byte[] principal,
            final long timeoutNs,
            final AnswerListener<SubscriptionResults> listener) {
        checkShard(shardId);
        Objects.requireNonNull(listener, "listener");
        if (changes.isEmpty() || changes.size() > MAX_CHANGES) {
            throw new IllegalArgumentException(
                    "subscriptions change by 1 to " + MAX_CHANGES + " at a time, but not by " + changes.size());
        }
        asker.ask(
                shardId,
                SessionCommands.change(sessionId, epoch, changes, principal),
                deadlineNs(timeoutNs),
                new AnswerReader<>(
                        shardId,
                        SubscriptionsChangedDecoder.TEMPLATE_ID,
                        SessionAnswers::results,
                        (code, detail, position) -> new SubscriptionResults(code, detail, position, new byte[0]),
                        listener));
    }

    /**
     * Tells one shard how far sessions got.
     *
     * @param shardId   of the shard.
     * @param updates   at least one; they are written down at once.
     * @param timeoutNs greatest time to wait.
     * @param listener  is told which were refused.
     */
    public void update(
            final int shardId,
            final SessionUpdates updates,
            final long timeoutNs,
            final AnswerListener<UpdateAnswer> listener) {
        checkShard(shardId);
        Objects.requireNonNull(listener, "listener");
        if (updates.count() == 0) {
            throw new IllegalArgumentException("there is no update in the batch");
        }
        asker.ask(
                shardId,
                SessionCommands.update(updates),
                deadlineNs(timeoutNs),
                new AnswerReader<>(
                        shardId,
                        SessionsUpdatedDecoder.TEMPLATE_ID,
                        SessionAnswers::updated,
                        (code, detail, position) -> new UpdateAnswer(code, new int[0]),
                        listener));
    }

    /**
     * Tells one shard that the connection of a session is over.
     *
     * @param shardId   of the shard.
     * @param sessionId of the session.
     * @param epoch     under which the connection had it.
     * @param expiryNs  how long the session lives on, in nanoseconds of cluster time; {@link #EXPIRY_AS_OPENED}, or 0: it ends
     *                  at once.
     * @param keepsWill whether the will is published when its delay is over; else it is forgotten.
     * @param timeoutNs greatest time to wait.
     * @param listener  is told the code.
     */
    public void close(
            final int shardId,
            final long sessionId,
            final long epoch,
            final long expiryNs,
            final boolean keepsWill,
            final long timeoutNs,
            final AnswerListener<ResultCode> listener) {
        checkShard(shardId);
        Objects.requireNonNull(listener, "listener");
        asker.ask(
                shardId,
                SessionCommands.close(sessionId, epoch, expiryNs, keepsWill),
                deadlineNs(timeoutNs),
                new AnswerReader<>(shardId, (code, detail, position) -> code, listener));
    }

    /**
     * Asks one shard for a page of last values.
     *
     * @param shardId      of the shard.
     * @param filter       topic filter.
     * @param afterTopicId 0 for the first page, else that up to which the page before was scanned.
     * @param upToPosition leaves out what is behind this place of the journal; -1 leaves out nothing.
     * @param timeoutNs    greatest time to wait.
     * @param listener     is told the page.
     */
    public void lastValues(
            final int shardId,
            final String filter,
            final int afterTopicId,
            final long upToPosition,
            final long timeoutNs,
            final AnswerListener<LastValuePage> listener) {
        checkShard(shardId);
        Objects.requireNonNull(filter, "filter");
        Objects.requireNonNull(listener, "listener");
        asker.ask(
                shardId,
                SessionCommands.lastValues(filter, afterTopicId, upToPosition),
                deadlineNs(timeoutNs),
                new AnswerReader<>(
                        shardId,
                        RetainedPageDecoder.TEMPLATE_ID,
                        (buffer, offset) -> SessionAnswers.lastValues(shardId, buffer, offset),
                        (code, detail, position) -> new LastValuePage(code, position, 0, true, List.of()),
                        listener));
    }

    /**
     * The pieces of sessions that shards keep. Waits for the answers.
     *
     * @param clientIdFilter of client ids, written like a topic filter; null for all.
     * @param shardId        of the shard, or {@link #ALL_SHARDS}.
     * @param timeoutNs      greatest time to wait.
     * @return by shard, in the order of their ids.
     * @throws LockstepException where a shard did not answer in time, or does not know sessions.
     */
    public List<SessionState> list(final String clientIdFilter, final int shardId, final long timeoutNs) {
        final String checked =
                clientIdFilter == null ? "" : TopicFilter.parse(clientIdFilter).toString();
        if (shardId != ALL_SHARDS) {
            checkShard(shardId);
        }
        final IntStream shardIds =
                shardId == ALL_SHARDS ? IntStream.range(0, client.shardCount()) : IntStream.of(shardId);
        return PagedList.collect(
                client,
                shardIds,
                SessionsPageDecoder.TEMPLATE_ID,
                "list its sessions",
                (buffer, header, correlationId, after) -> new ListSessionsEncoder()
                        .wrapAndApplyHeader(buffer, 0, header)
                        .correlationId(correlationId)
                        .afterSessionId(after)
                        .maxSessions(PAGE_LENGTH)
                        .filter(checked),
                SessionAnswers::states,
                timeoutNs);
    }

    /**
     * Ends the session of a client in every shard, whoever has it; a will is published. Waits for the answers.
     *
     * @param clientId  whose session it is.
     * @param timeoutNs greatest time to wait.
     * @throws LockstepException where no shard knew it, or one did not answer in time or refused; others may have ended theirs.
     */
    public void delete(final String clientId, final long timeoutNs) {
        final List<BlockingCall> calls =
                BlockingCall.askAll(client, shardId -> SessionCommands.delete(clientId), timeoutNs);
        boolean isKnown = false;
        for (final BlockingCall call : calls) {
            final CommandAnswer answer = call.commandAnswer();
            if (answer.code() == ResultCode.ACCEPTED) {
                isKnown = true;
            } else if (answer.code() != ResultCode.SESSION_UNKNOWN) {
                throw BlockingCall.refusal(call.shardId(), "delete the session", answer);
            }
        }
        if (!isKnown) {
            throw new LockstepException("no shard knows a session of client '" + clientId + "'");
        }
    }

    private void checkShard(final int shardId) {
        if (shardId < 0 || shardId >= asker.shardCount()) {
            throw new IllegalArgumentException(
                    "the cluster has shards 0 to " + (asker.shardCount() - 1) + ", but not " + shardId);
        }
    }

    private long deadlineNs(final long timeoutNs) {
        return asker.nowNs() + timeoutNs;
    }
}
