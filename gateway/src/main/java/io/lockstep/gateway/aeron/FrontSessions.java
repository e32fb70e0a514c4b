package io.lockstep.gateway.aeron;

import io.aeron.Publication;
import io.lockstep.access.rules.Permissions;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.internal.AnswerTap;
import io.lockstep.client.link.LinkProtocol;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.CloseReadDecoder;
import io.lockstep.codecs.DescribeShardDecoder;
import io.lockstep.codecs.GatewayByeDecoder;
import io.lockstep.codecs.GatewayCommandDecoder;
import io.lockstep.codecs.GatewayKeepAliveDecoder;
import io.lockstep.codecs.GatewayRefusal;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.OpenReadDecoder;
import io.lockstep.codecs.PublishDecoder;
import io.lockstep.codecs.PublishReplyDecoder;
import io.lockstep.codecs.ReadCreditDecoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.topic.TopicFilter;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.LongArrayList;
import org.agrona.concurrent.ManyToOneConcurrentLinkedQueue;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * All native clients of a gateway. Their commands go to the cluster over one session with each shard: the correlation id
 * that a shard sees is the session's number above the client's own, so that an answer says whose it is; answers to {@code
 * Publish} go by producer and epoch. Belongs to the thread of the front end.
 */
final class FrontSessions implements AnswerTap {
    private static final int CORRELATION_OFFSET = MessageHeaderDecoder.ENCODED_LENGTH;
    // Below zero: the client that owns the sessions with shards never uses such.
    private static final long OF_SESSIONS = Long.MIN_VALUE;
    private static final long OF_GATEWAY = OF_SESSIONS | 1;
    // How soon a client hears how far it got where nothing was for it; the more there are, the later.
    private static final long TELL_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long TELL_INTERVAL_PER_SESSION_NS = TimeUnit.MICROSECONDS.toNanos(400);

    private final Upstream upstream;
    private final FrontAccess access;
    private final FrontCounters counters;
    private final int maxSessions;
    private final FrontMessages messages = new FrontMessages();
    private final CommandRules commandRules = new CommandRules();
    private final ProducerOwners[] owners;
    private final DescribeAsks[] describeAsks;
    private final boolean[] wereConnected;
    private final List<FrontSession> sessions = new ArrayList<>();
    private final Int2ObjectHashMap<FrontSession> sessionByNumber = new Int2ObjectHashMap<>();
    private final Queue<Login> logins = new ManyToOneConcurrentLinkedQueue<>();
    private final ExpandableArrayBuffer scratch = new ExpandableArrayBuffer();
    private final UnsafeBuffer command = new UnsafeBuffer(0, 0);
    private final MessageHeaderDecoder commandHeader = new MessageHeaderDecoder();
    private final MessageHeaderDecoder answerHeader = new MessageHeaderDecoder();
    private final GatewayCommandDecoder gatewayCommand = new GatewayCommandDecoder();
    private final PublishDecoder publish = new PublishDecoder();
    private final PublishReplyDecoder publishReply = new PublishReplyDecoder();
    private final ReadCreditDecoder readCredit = new ReadCreditDecoder();
    private final CloseReadDecoder closeRead = new CloseReadDecoder();
    private int lastNumber;
    private long nowNs;

    private record Login(FrontSession session, GatewayRefusal refusal, String user, boolean needsRecord) {}

    FrontSessions(
            final Upstream upstream, final FrontAccess access, final FrontCounters counters, final int maxSessions) {
        this.upstream = upstream;
        this.access = access;
        this.counters = counters;
        this.maxSessions = maxSessions;
        final int shardCount = upstream.shardCount();
        this.owners = new ProducerOwners[shardCount];
        this.describeAsks = new DescribeAsks[shardCount];
        this.wereConnected = new boolean[shardCount];
        for (int i = 0; i < shardCount; i++) {
            owners[i] = new ProducerOwners();
            describeAsks[i] = new DescribeAsks(i, OF_GATEWAY);
        }
    }

    FrontAccess access() {
        return access;
    }

    int shardCount() {
        return owners.length;
    }

    int size() {
        return sessions.size();
    }

    /** A client came. */
    void add(final ClientStream stream, final long newNowNs) {
        if (sessions.size() >= maxSessions + FrontLimits.MAX_REFUSALS) {
            counters.sessionsRefused().increment();
            stream.reject("the gateway has as many sessions as it may");
            return;
        }
        lastNumber = lastNumber == Integer.MAX_VALUE ? 1 : lastNumber + 1;
        final FrontSession session = new FrontSession(lastNumber, stream, this, messages, counters, newNowNs);
        sessions.add(session);
        sessionByNumber.put(session.number(), session);
    }

    /** One turn of all sessions. */
    int doWork(final long newNowNs) {
        nowNs = newNowNs;
        int count = finishLogins();
        for (int shardId = 0; shardId < owners.length; shardId++) {
            if (upstream.isConnected(shardId) != wereConnected[shardId]) {
                wereConnected[shardId] = !wereConnected[shardId];
                onShardChanged(shardId);
            }
        }
        final long tellIntervalNs = TELL_INTERVAL_NS + sessions.size() * TELL_INTERVAL_PER_SESSION_NS;
        for (int i = sessions.size() - 1; i >= 0; i--) {
            final FrontSession session = sessions.get(i);
            count += session.doWork(nowNs, tellIntervalNs);
            if (session.isClosed()) {
                remove(i);
            }
        }
        for (int shardId = 0; shardId < owners.length; shardId++) {
            if (wereConnected[shardId]) {
                count += describeAsks[shardId].doWork(upstream, nowNs);
            }
        }
        return count;
    }

    /** Tells all clients that the gateway stops. */
    void sayGoodbye() {
        for (final FrontSession session : sessions) {
            session.sayGoodbye();
        }
    }

    /** Whether all clients were sent everything, as far as they can be. */
    boolean isAllSent() {
        for (final FrontSession session : sessions) {
            if (!session.isAllSent()) {
                return false;
            }
        }
        return true;
    }

    void close() {
        for (int i = sessions.size() - 1; i >= 0; i--) {
            sessions.get(i).close();
            remove(i);
        }
    }

    /** Asks who a client is. */
    void logIn(final FrontSession session, final String user, final byte[] password) {
        if (sessions.size() > maxSessions) {
            session.refuse(GatewayRefusal.TOO_MANY_SESSIONS, "the gateway has as many sessions as it may");
            return;
        }
        access.logIn(
                user.isEmpty() ? null : user,
                password.length == 0 ? null : password,
                (refusal, provenUser, needsRecord) -> logins.add(new Login(session, refusal, provenUser, needsRecord)));
    }

    /** Writes how the gateway stands with a shard. */
    int shardState(final int shardId) {
        return messages.shardState(shardId, wereConnected[shardId], upstream.leaderNodeId(shardId));
    }

    /** A message of a client that was let in; false where it is to come again. */
    boolean onMessage(final FrontSession session, final MessageHeaderDecoder header, final DirectBuffer message) {
        switch (header.templateId()) {
            case GatewayCommandDecoder.TEMPLATE_ID -> {
                return onCommand(session, header, message);
            }
            case ReadCreditDecoder.TEMPLATE_ID -> {
                readCredit.wrapAndApplyHeader(message, 0, header);
                final FrontRead read = session.findRead(readCredit.readId());
                if (read != null) {
                    read.onConsumed(readCredit.consumedBytes());
                }
            }
            case OpenReadDecoder.TEMPLATE_ID ->
                openRead(session, new OpenReadDecoder().wrapAndApplyHeader(message, 0, header));
            case CloseReadDecoder.TEMPLATE_ID ->
                session.closeRead(
                        closeRead.wrapAndApplyHeader(message, 0, header).readId());
            case GatewayByeDecoder.TEMPLATE_ID -> session.close();
            case GatewayKeepAliveDecoder.TEMPLATE_ID -> {
                // It says all by coming.
            }
            default -> session.refuse(GatewayRefusal.MALFORMED, "no client sends message " + header.templateId());
        }
        return true;
    }

    @Override
    public void onRestored(final int shardId) {
        describeAsks[shardId].onRestored();
        if (wereConnected[shardId]) {
            onShardChanged(shardId);
        }
    }

    @Override
    public boolean onAnswer(final int shardId, final DirectBuffer buffer, final int offset, final int length) {
        answerHeader.wrap(buffer, offset);
        if (answerHeader.templateId() == PublishReplyDecoder.TEMPLATE_ID) {
            publishReply.wrapAndApplyHeader(buffer, offset, answerHeader);
            final FrontSession session = owners[shardId].find(publishReply.producerId(), publishReply.epoch());
            if (session != null) {
                session.answer(messages.buffer(), 0, messages.answer(shardId, buffer, offset, length));
            }
            return true;
        }
        if (length < CORRELATION_OFFSET + Long.BYTES) {
            return false;
        }
        final long correlationId = buffer.getLong(offset + CORRELATION_OFFSET, ByteOrder.LITTLE_ENDIAN);
        if (correlationId >= 0) {
            return false;
        }
        if (correlationId == OF_GATEWAY) {
            final LongArrayList asked = describeAsks[shardId].asked();
            for (int i = 0; i < asked.size(); i++) {
                answer(shardId, asked.getLong(i), buffer, offset, length);
            }
            asked.clear();
        } else {
            answer(shardId, correlationId, buffer, offset, length);
        }
        return true;
    }

    private void answer(
            final int shardId,
            final long correlationId,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        final FrontSession session = sessionByNumber.get((int) (correlationId >>> Integer.SIZE) & Integer.MAX_VALUE);
        if (session != null) {
            final long own = correlationId & LinkProtocol.CORRELATION_MASK;
            session.answer(messages.buffer(), 0, messages.answer(shardId, buffer, offset, length, own));
        }
    }

    private int finishLogins() {
        int count = 0;
        for (Login login = logins.poll(); login != null; login = logins.poll()) {
            login.session().onLogin(login.refusal(), login.user(), login.needsRecord());
            count++;
        }
        return count;
    }

    private void onShardChanged(final int shardId) {
        for (int i = 0; i < sessions.size(); i++) {
            sessions.get(i).onShardChanged(shardId);
        }
    }

    private void remove(final int index) {
        final FrontSession session = sessions.get(index);
        // The last one takes its place: nobody sees their order.
        sessions.set(index, sessions.get(sessions.size() - 1));
        sessions.remove(sessions.size() - 1);
        sessionByNumber.remove(session.number());
        for (final ProducerOwners ofShard : owners) {
            ofShard.remove(session);
        }
        if (session.wasOpen()) {
            counters.sessionsClosed().increment();
        }
    }

    private boolean onCommand(
            final FrontSession session, final MessageHeaderDecoder header, final DirectBuffer message) {
        gatewayCommand.wrapAndApplyHeader(message, 0, header);
        final int shardId = gatewayCommand.shardId();
        final int length = gatewayCommand.commandLength();
        if (shardId < 0 || shardId >= owners.length || length < CORRELATION_OFFSET + Long.BYTES) {
            session.refuse(GatewayRefusal.MALFORMED, "a command for shard " + shardId + " has " + length + " bytes");
            return true;
        }
        message.boundsCheck(gatewayCommand.limit() + GatewayCommandDecoder.commandHeaderLength(), length);
        // The client hears that the shard is gone, and sends again when it is back.
        if (!wereConnected[shardId]) {
            return true;
        }
        gatewayCommand.getCommand(scratch, 0, length);
        command.wrap(scratch, 0, length);
        commandHeader.wrap(command, 0);
        if (commandHeader.schemaId() != MessageHeaderDecoder.SCHEMA_ID) {
            session.refuse(GatewayRefusal.MALFORMED, "a command has schema " + commandHeader.schemaId());
            return true;
        }
        final long result = commandHeader.templateId() == PublishDecoder.TEMPLATE_ID
                ? offerPublish(session, shardId, length)
                : offerOther(session, shardId, length);
        return result != Publication.BACK_PRESSURED && result != Publication.ADMIN_ACTION;
    }

    private long offerPublish(final FrontSession session, final int shardId, final int length) {
        publish.wrapAndApplyHeader(command, 0, commandHeader);
        final long producerId = publish.producerId();
        final int epoch = publish.epoch();
        if (!owners[shardId].note(producerId, epoch, session)) {
            session.answer(
                    messages.buffer(),
                    0,
                    messages.publishReply(
                            shardId,
                            producerId,
                            publish.firstSequence(),
                            epoch,
                            ResultCode.TOO_MANY_PRODUCERS,
                            FrontLimits.MAX_PRODUCERS));
            return 1;
        }
        final Permissions permissions = session.permissions();
        final int denied = commandRules.deny(permissions, commandHeader, command);
        final long result = upstream.offer(shardId, command, 0, length);
        if (result > 0) {
            counters.commandsIn().increment();
            counters.commandsDenied().add(denied);
        }
        return result;
    }

    private long offerOther(final FrontSession session, final int shardId, final int length) {
        final long own = command.getLong(CORRELATION_OFFSET, ByteOrder.LITTLE_ENDIAN);
        if ((own & ~LinkProtocol.CORRELATION_MASK) != 0) {
            session.refuse(GatewayRefusal.MALFORMED, "a correlation id is above 32 bits");
            return 1;
        }
        final long correlationId = OF_SESSIONS | (long) session.number() << Integer.SIZE | own;
        if (commandHeader.templateId() == DescribeShardDecoder.TEMPLATE_ID) {
            describeAsks[shardId].add(correlationId);
            return 1;
        }
        switch (commandRules.judge(session.permissions(), commandHeader, command)) {
            case PASS -> {
                command.putLong(CORRELATION_OFFSET, correlationId, ByteOrder.LITTLE_ENDIAN);
                final long result = upstream.offer(shardId, command, 0, length);
                if (result > 0) {
                    counters.commandsIn().increment();
                }
                return result;
            }
            case DENIED -> deny(session, shardId, own, ResultCode.NOT_ALLOWED);
            case UNSUPPORTED -> deny(session, shardId, own, ResultCode.UNSUPPORTED);
        }
        return 1;
    }

    private void deny(final FrontSession session, final int shardId, final long correlationId, final ResultCode code) {
        counters.commandsDenied().increment();
        session.answer(messages.buffer(), 0, messages.commandReply(shardId, correlationId, code));
    }

    private void openRead(final FrontSession session, final OpenReadDecoder open) {
        final long readId = open.readId();
        final long startValue = open.startValue();
        final int shardId = open.shardId();
        final int creditBytes = open.creditBytes();
        final boolean isEverything = open.isEverything() == BooleanType.TRUE;
        final StartPosition start = startOf(open, startValue);
        final OpenReadDecoder.FiltersDecoder group = open.filters();
        if (shardId < 0
                || shardId >= owners.length
                || start == null
                || creditBytes < 1
                || creditBytes > FrontLimits.MAX_CREDIT_BYTES
                || group.count() > FrontLimits.MAX_FILTERS
                || session.findRead(readId) != null) {
            refuseRead(session, readId, GatewayRefusal.MALFORMED, "a read cannot be so");
            return;
        }
        if (session.reads().size() >= FrontLimits.MAX_READS) {
            refuseRead(
                    session,
                    readId,
                    GatewayRefusal.TOO_MANY_READS,
                    "a session has at most " + FrontLimits.MAX_READS + " reads");
            return;
        }
        final TopicFilter[] filters = new TopicFilter[group.count()];
        final Permissions permissions = session.permissions();
        boolean isAllowed = !isEverything || permissions.maySubscribe("#");
        for (int i = 0; i < filters.length; i++) {
            final String filter = group.next().filter();
            try {
                filters[i] = TopicFilter.parse(filter);
            } catch (final IllegalArgumentException ex) {
                refuseRead(session, readId, GatewayRefusal.MALFORMED, ex.getMessage());
                return;
            }
            isAllowed &= permissions.maySubscribe(filter);
        }
        if (!isAllowed) {
            counters.commandsDenied().increment();
            refuseRead(session, readId, GatewayRefusal.NOT_ALLOWED, "the access rules do not allow the topics");
            return;
        }
        session.addRead(
                new FrontRead(session, upstream, readId, shardId, start, isEverything, filters, creditBytes, nowNs));
    }

    private void refuseRead(
            final FrontSession session, final long readId, final GatewayRefusal code, final String reason) {
        session.answer(messages.buffer(), 0, messages.readRefused(readId, code, reason));
    }

    private static StartPosition startOf(final OpenReadDecoder open, final long value) {
        return switch (open.startKind()) {
            case START -> StartPosition.start();
            case LIVE -> StartPosition.live();
            case POSITION -> value < 0 ? null : StartPosition.position(value);
            case TIME -> value < 0 ? null : StartPosition.time(value);
            default -> null;
        };
    }
}
