package io.lockstep.cluster.core;

import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.SessionUpdate;
import io.lockstep.config.EngineSetting;
import io.lockstep.topic.TopicFilter;
import java.util.Arrays;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Sessions of clients behind gateways, see decision 0015: who has them, their subscriptions and wills, and that each message
 * with QoS 2 is accepted once. Publishing and updates allocate nothing in steady state.
 */
final class SessionHandler implements PublishRule, MessageObserver, DueWork, MemberListener {
    /** Greatest number of sessions whose time is over that one turn deals with; the others follow with the next timer. */
    static final int MAX_DUE_IN_TURN = 256;

    /** Greatest delay of a will: the greatest number of seconds of MQTT, in nanoseconds. */
    static final long MAX_WILL_DELAY_NS = 0xFFFF_FFFFL * 1_000_000_000L;

    private static final int BAD_CLIENT_ID = 1;
    private static final int BAD_EPOCH = 2;
    private static final int BAD_EXPIRY = 3;
    private static final int BAD_WILL = 4;
    private static final int BAD_SUBSCRIPTION = 5;
    private static final int TOO_MANY_CHANGES = 6;
    // Ids and epochs of different home shards differ in the low bits.
    private static final int SHARD_BITS = 6;
    private static final long SHARD_MASK = (1L << SHARD_BITS) - 1;
    private static final long NO_EXPIRY_GIVEN = -1;
    // Instead of an epoch, in the record that tells of an end.
    private static final long GONE = 0;
    private static final long DELETED = -1;
    private static final byte NEW = 0;
    private static final byte REPLACED = 1;
    private static final byte UNCHANGED = 2;
    private static final byte ENDED = 3;
    private static final byte NONE_THERE = 4;
    private static final byte TOO_MANY = 5;
    private static final byte NOT_ALLOWED = 6;

    private final PartList parts;
    private final SessionsPart sessions;
    private final EntryCheck entryCheck;
    private final JournalAppender appender;
    private final ReplyProxy replies;
    private final SessionReplies sessionReplies;
    private final SharedSubscriptions sharedSubscriptions;
    private final WillMessage willMessage;
    private final ClientAccess access;
    private final Session[] page = new Session[Limits.MAX_SESSIONS_IN_PAGE];
    private final UnsafeBuffer nameBuffer = new UnsafeBuffer(0, 0);
    private final byte[] results = new byte[Limits.MAX_SUBSCRIPTION_CHANGES];

    SessionHandler(
            final Outbox outbox,
            final PartList parts,
            final EntryCheck entryCheck,
            final JournalAppender appender,
            final MessagePipeline pipeline,
            final ReplyProxy replies,
            final SharedSubscriptions sharedSubscriptions,
            final ClientAccess access) {
        this.parts = parts;
        this.sessions = parts.sessions();
        this.entryCheck = entryCheck;
        this.appender = appender;
        this.replies = replies;
        this.sharedSubscriptions = sharedSubscriptions;
        this.sessionReplies = new SessionReplies(outbox, parts);
        this.willMessage = new WillMessage(parts, entryCheck, pipeline, access);
        this.access = access;
    }

    /** Whether sessions are switched on. */
    boolean isOn() {
        return parts.shard().featureLevel() >= Engine.SESSIONS_LEVEL;
    }

    /** What a connection asks for. Nobody compares these. */
    @SuppressWarnings("ArrayRecordComponent")
    record Opening(
            long correlationId,
            long memberId,
            long connectionId,
            long epoch,
            long sessionId,
            long expiryNs,
            boolean isCleanStart,
            byte[] clientId,
            Will will) {
        boolean isAtHome() {
            return epoch == 0;
        }
    }

    /** A change of a subscription; the filter is null where it is none. */
    @SuppressWarnings("ArrayRecordComponent")
    record Change(boolean isSubscribing, int subscriptionId, int options, byte[] filter) {}

    /** Changes of the subscriptions of a session; the principal is empty where they are on nobody's behalf. */
    @SuppressWarnings("ArrayRecordComponent")
    record Changing(long correlationId, long sessionId, long epoch, List<Change> changes, byte[] principal) {}

    void onOpen(final long clusterSessionId, final long logPosition, final Opening opening) {
        final Session existing = sessions.find(opening.clientId());
        final boolean isRepeated = isRepeated(opening, existing);
        final ResultCode code =
                isRepeated ? ResultCode.ACCEPTED : checkOpening(clusterSessionId, opening, existing, logPosition);
        if (code != ResultCode.ACCEPTED) {
            sessionReplies.notOpened(
                    clusterSessionId, opening.correlationId(), code, detailOf(code, opening, existing));
            return;
        }
        final Session session = isRepeated ? existing : open(opening, existing, logPosition);
        sessionReplies.opened(clusterSessionId, opening.correlationId(), session);
    }

    void onChange(final long clusterSessionId, final long logPosition, final Changing changing) {
        final long correlationId = changing.correlationId();
        final List<Change> changes = changing.changes();
        final Session session = sessions.find(changing.sessionId());
        ResultCode code = checkOwner(session, changing.epoch());
        if (code == ResultCode.ACCEPTED) {
            code = checkChanges(changes);
        }
        if (code != ResultCode.ACCEPTED) {
            sessionReplies.changed(
                    clusterSessionId, correlationId, code, detailOfChange(code, session, changes), results, 0);
            return;
        }
        sessions.forgetEnded(session);
        // First, because what is told of a refusal moves the end of the journal.
        for (int i = 0; i < changes.size(); i++) {
            results[i] = isAllowed(session, changes.get(i), changing.principal(), logPosition) ? NEW : NOT_ALLOWED;
        }
        for (int i = 0; i < changes.size(); i++) {
            results[i] = results[i] == NOT_ALLOWED ? NOT_ALLOWED : change(session, changes.get(i));
        }
        sessions.forgetEnded(session);
        sessionReplies.changed(clusterSessionId, correlationId, code, 0, results, changes.size());
    }

    void onDescribe(final long clusterSessionId, final long correlationId, final long sessionId, final int afterCount) {
        sessionReplies.subscriptions(clusterSessionId, correlationId, sessions.find(sessionId), afterCount);
    }

    /** Notes how far a session got; false where the caller has it no more, or where it cannot be. */
    boolean onUpdate(
            final SessionUpdate kind, final long sessionId, final long epoch, final long value, final long position) {
        final Session session = sessions.find(sessionId);
        if (session == null || session.epoch() != epoch) {
            return false;
        }
        return switch (kind) {
            case CURSOR -> moveCursor(session, value, position);
            case RECEIVED, DONE -> mark(session, value, kind == SessionUpdate.DONE);
            case RELEASED -> {
                sessions.removePacket(session, (int) Math.max(0, Math.min(value, Integer.MAX_VALUE)));
                yield true;
            }
            default -> {
                for (final SessionSubscription subscription : session.subscriptions()) {
                    if (subscription.fromPosition() == value) {
                        subscription.retainedDue(false);
                    }
                }
                yield true;
            }
        };
    }

    void onUpdated(
            final long clusterSessionId, final long correlationId, final DirectBuffer refused, final int refusedBytes) {
        sessionReplies.updated(clusterSessionId, correlationId, refused, refusedBytes);
    }

    void onClose(
            final long clusterSessionId,
            final long logPosition,
            final long correlationId,
            final long sessionId,
            final long epoch,
            final long expiryNs,
            final boolean isWillKept) {
        final Session session = sessions.find(sessionId);
        final ResultCode code = checkOwner(session, epoch);
        if (code != ResultCode.ACCEPTED || expiryNs < NO_EXPIRY_GIVEN) {
            replies.commandReply(
                    clusterSessionId,
                    correlationId,
                    code != ResultCode.ACCEPTED ? code : ResultCode.BAD_SESSION,
                    code != ResultCode.ACCEPTED ? epochOf(session) : BAD_EXPIRY);
            return;
        }
        if (!isWillKept) {
            sessions.forgetWill(session);
        }
        if (expiryNs != NO_EXPIRY_GIVEN) {
            sessions.expiryNs(session, boundedExpiry(expiryNs));
        }
        if (session.isConnected()) {
            disconnect(session);
        }
        replies.commandReply(clusterSessionId, correlationId, ResultCode.ACCEPTED, 0);
        if (!parts.shard().isReadOnly() && session.dueNs() <= parts.clock().nowNs()) {
            dealWith(session, parts.clock().nowNs(), logPosition);
        }
    }

    void onDelete(
            final long clusterSessionId, final long logPosition, final long correlationId, final byte[] clientId) {
        final Session session = sessions.find(clientId);
        if (session != null) {
            end(session, isDeletionTold() ? DELETED : GONE, logPosition);
        }
        replies.commandReply(
                clusterSessionId, correlationId, session == null ? ResultCode.SESSION_UNKNOWN : ResultCode.ACCEPTED, 0);
    }

    void onList(
            final long clusterSessionId,
            final long correlationId,
            final long afterSessionId,
            final int maxSessions,
            final byte[] filterText) {
        final TopicFilter filter = filterText.length == 0 ? null : QueryHandler.parse(filterText);
        if (filter == null && filterText.length > 0) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.BAD_TOPIC, 0);
            return;
        }
        final int maxInPage = Math.max(1, Math.min(maxSessions, Limits.MAX_SESSIONS_IN_PAGE));
        int count = 0;
        int pageLength = 0;
        long scannedTo = afterSessionId;
        Session next = sessions.after(afterSessionId);
        for (int i = 0; next != null && count < maxInPage && i < Limits.MAX_SESSIONS_SCANNED; i++) {
            nameBuffer.wrap(next.clientId());
            if (filter == null || filter.matches(nameBuffer, 0, next.clientId().length)) {
                pageLength += SessionReplies.lengthInPage(next);
                if (count > 0 && pageLength > Limits.MAX_PAGE_LENGTH) {
                    break;
                }
                page[count++] = next;
            }
            scannedTo = next.id();
            next = sessions.after(scannedTo);
        }
        sessionReplies.page(clusterSessionId, correlationId, next == null, scannedTo, page, count);
        Arrays.fill(page, 0, count, null);
    }

    /** {@inheritDoc} */
    @Override
    public ResultCode check(final MessageContent content, final Topic topic, final boolean isInBatch) {
        final MessageTraits traits = content.traits();
        if (!traits.hasPacket()) {
            return ResultCode.ACCEPTED;
        }
        if (!isOn() || isInBatch || traits.isDelayed()) {
            return ResultCode.BAD_HEADERS;
        }
        final Session session = sessions.find(traits.packetSessionId());
        final ResultCode code = checkOwner(session, traits.packetEpoch());
        if (code != ResultCode.ACCEPTED) {
            return code;
        }
        if (session.packets().contains(traits.packetId())) {
            return ResultCode.PACKET_KNOWN;
        }
        return session.packets().count() < Limits.MAX_PACKETS_OF_SESSION
                ? ResultCode.ACCEPTED
                : ResultCode.TOO_MANY_PACKETS;
    }

    /** {@inheritDoc} */
    @Override
    public long detailOf(final ResultCode code, final MessageContent content, final Topic topic) {
        return switch (code) {
            case SESSION_MOVED -> epochOf(sessions.find(content.traits().packetSessionId()));
            case TOO_MANY_PACKETS -> Limits.MAX_PACKETS_OF_SESSION;
            default -> 0;
        };
    }

    /** {@inheritDoc} */
    @Override
    public void onMessage(final MessageContent content, final Topic topic, final long position) {
        final MessageTraits traits = content.traits();
        if (!traits.hasPacket()) {
            return;
        }
        // What the engine itself appends was not checked.
        final Session session = sessions.find(traits.packetSessionId());
        if (session != null
                && session.epoch() == traits.packetEpoch()
                && !session.packets().contains(traits.packetId())) {
            sessions.addPacket(session, traits.packetId());
        }
    }

    /** {@inheritDoc} */
    @Override
    public long dueNs() {
        final Session first = sessions.firstDue();
        return first == null || parts.shard().isReadOnly() ? NEVER : first.dueNs();
    }

    /** {@inheritDoc} */
    @Override
    public void run(final long nowNs, final long logPosition) {
        for (int i = 0; i < MAX_DUE_IN_TURN && dueNs() <= nowNs; i++) {
            dealWith(sessions.firstDue(), nowNs, logPosition);
        }
    }

    /** {@inheritDoc} */
    @Override
    public void onMemberGone(final long memberId, final long logPosition) {
        for (final Session session : sessions.all()) {
            if (session.memberId() == memberId && session.isConnected()) {
                disconnect(session);
            }
        }
    }

    private void disconnect(final Session session) {
        sharedSubscriptions.onDisconnected(session);
        sessions.disconnect(session, parts.clock().nowNs());
    }

    private boolean isRepeated(final Opening opening, final Session existing) {
        return existing != null
                && existing.isOf(opening.memberId(), opening.connectionId())
                && (opening.isAtHome()
                        || (existing.id() == opening.sessionId() && existing.epoch() == opening.epoch()));
    }

    private ResultCode checkOpening(
            final long clusterSessionId, final Opening opening, final Session existing, final long logPosition) {
        if (entryCheck.isSeedMissing()) {
            return ResultCode.NOT_SEEDED;
        }
        if (badPartOf(opening) != 0) {
            return ResultCode.BAD_SESSION;
        }
        if (parts.members().find(opening.memberId()) == null) {
            return ResultCode.MEMBER_UNKNOWN;
        }
        if (!opening.isAtHome() && existing != null && existing.epoch() >= opening.epoch()) {
            return ResultCode.SESSION_MOVED;
        }
        final Session namesake = opening.isAtHome() ? null : sessions.find(opening.sessionId());
        if (namesake != null && !Arrays.equals(namesake.clientId(), opening.clientId())) {
            return ResultCode.BAD_SESSION;
        }
        if (existing == null && sessions.count() >= parts.settings().value(EngineSetting.MAX_SESSIONS)) {
            return ResultCode.TOO_MANY_SESSIONS;
        }
        // Who is there already can come back also where the state is full.
        final long bytes = existing == null
                ? SessionsPart.costOf(opening.clientId().length, opening.will())
                : Math.max(0, SessionsPart.willBytes(opening.will()) - SessionsPart.willBytes(existing.will()));
        if (opening.will() != null) {
            return willMessage.check(clusterSessionId, opening.will(), bytes, logPosition);
        }
        return bytes == 0 || entryCheck.hasRoomFor(bytes) ? ResultCode.ACCEPTED : ResultCode.STATE_FULL;
    }

    private static int badPartOf(final Opening opening) {
        if (opening.clientId().length == 0 || opening.clientId().length > Limits.MAX_CLIENT_ID_LENGTH) {
            return BAD_CLIENT_ID;
        }
        final boolean hasEpoch = opening.isAtHome()
                ? opening.sessionId() == 0
                : opening.sessionId() > 0 && opening.sessionId() <= opening.epoch();
        if (!hasEpoch) {
            return BAD_EPOCH;
        }
        if (opening.expiryNs() < 0) {
            return BAD_EXPIRY;
        }
        final Will will = opening.will();
        return will != null && (will.delayNs() < 0 || will.delayNs() > MAX_WILL_DELAY_NS) ? BAD_WILL : 0;
    }

    private long detailOf(final ResultCode code, final Opening opening, final Session existing) {
        return switch (code) {
            case BAD_SESSION -> badPartOf(opening) == 0 ? BAD_EPOCH : badPartOf(opening);
            case SESSION_MOVED -> epochOf(existing);
            case TOO_MANY_SESSIONS -> parts.settings().value(EngineSetting.MAX_SESSIONS);
            default -> opening.will() == null ? 0 : willMessage.detailOf(code, opening.will());
        };
    }

    private Session open(final Opening opening, final Session existing, final long logPosition) {
        final long epoch = opening.isAtHome() ? newEpoch(existing, logPosition) : opening.epoch();
        final boolean goesOn = existing != null
                && (opening.isAtHome()
                        ? !opening.isCleanStart() && isAlive(existing)
                        : existing.id() == opening.sessionId());
        final Session session;
        if (goesOn) {
            session = existing;
            sharedSubscriptions.onDisconnected(existing);
            publishWillOfMoved(existing, logPosition);
            tell(existing, epoch, logPosition);
        } else {
            if (existing != null) {
                end(existing, GONE, logPosition);
            }
            session = sessions.create(
                    opening.isAtHome() ? epoch : opening.sessionId(),
                    opening.clientId(),
                    parts.journal().position());
        }
        if (opening.will() != null) {
            willMessage.createTopic(opening.will());
        }
        sessions.connect(
                session,
                epoch,
                opening.memberId(),
                opening.connectionId(),
                goesOn,
                boundedExpiry(opening.expiryNs()),
                opening.will());
        sharedSubscriptions.onConnected(session);
        return session;
    }

    // Rises also where the client id was at home elsewhere before, or the shard has a new log.
    private long newEpoch(final Session existing, final long logPosition) {
        final long number =
                existing == null ? logPosition : Math.max(logPosition, (existing.epoch() >> SHARD_BITS) + 1);
        return (number << SHARD_BITS) | (parts.shard().shardId() & SHARD_MASK);
    }

    // A session without expiry ends with its connection, and one whose time is over may only wait for its turn.
    private boolean isAlive(final Session session) {
        return session.expiryNs() > 0
                && sessions.endDueNs(session) > parts.clock().nowNs();
    }

    // The connection before ends by this. A will that waits is forgotten, one that does not is published
    // [MQTT-3.1.3-9].
    private void publishWillOfMoved(final Session session, final long logPosition) {
        final boolean isDue = session.isConnected()
                ? session.will() != null && session.will().delayNs() == 0
                : sessions.willDueNs(session) <= parts.clock().nowNs();
        if (isDue) {
            publishWill(session, logPosition);
        }
    }

    private void dealWith(final Session session, final long nowNs, final long logPosition) {
        if (sessions.endDueNs(session) <= nowNs) {
            end(session, GONE, logPosition);
        } else {
            publishWill(session, logPosition);
        }
    }

    private void end(final Session session, final long how, final long logPosition) {
        publishWill(session, logPosition);
        sharedSubscriptions.onEnded(session);
        sessions.remove(session);
        tell(session, how, logPosition);
    }

    private boolean isDeletionTold() {
        return parts.shard().featureLevel() >= Engine.SESSION_DELETED_LEVEL;
    }

    private void publishWill(final Session session, final long logPosition) {
        final Will will = session.will();
        if (will != null) {
            sessions.forgetWill(session);
            willMessage.publish(will, logPosition);
            appender.appendCheckpointIfFull(logPosition);
        }
    }

    private void tell(final Session session, final long epoch, final long logPosition) {
        if ((session.id() & SHARD_MASK) == parts.shard().shardId()) {
            appender.appendEvent(RecordKind.SESSION_CHANGED, session.id(), epoch, logPosition);
        }
    }

    private static ResultCode checkOwner(final Session session, final long epoch) {
        if (session == null) {
            return ResultCode.SESSION_UNKNOWN;
        }
        return session.epoch() == epoch ? ResultCode.ACCEPTED : ResultCode.SESSION_MOVED;
    }

    private ResultCode checkChanges(final List<Change> changes) {
        if (badPartOf(changes) != 0) {
            return ResultCode.BAD_SESSION;
        }
        long bytes = 0;
        for (final Change change : changes) {
            bytes += change.isSubscribing() ? SessionsPart.costOfSubscription(change.filter().length) : 0;
        }
        return bytes == 0 || entryCheck.hasRoomFor(bytes) ? ResultCode.ACCEPTED : ResultCode.STATE_FULL;
    }

    private int badPartOf(final List<Change> changes) {
        if (changes.isEmpty() || changes.size() > Limits.MAX_SUBSCRIPTION_CHANGES) {
            return TOO_MANY_CHANGES;
        }
        for (final Change change : changes) {
            if (change.filter() == null
                    || !SessionSubscription.areOptions(change.options())
                    || (sharedSubscriptions.isShared(change.filter())
                            && !SharedSubscriptions.isGood(change.filter()))) {
                return BAD_SUBSCRIPTION;
            }
        }
        return 0;
    }

    private long detailOfChange(final ResultCode code, final Session session, final List<Change> changes) {
        return switch (code) {
            case BAD_SESSION -> badPartOf(changes);
            case SESSION_MOVED -> epochOf(session);
            default -> 0;
        };
    }

    // A command that comes again, because its answer was lost, is answered as before whatever the rules are by then.
    private boolean isAllowed(
            final Session session, final Change change, final byte[] principal, final long logPosition) {
        final SessionSubscription present = change.isSubscribing() ? session.find(change.filter()) : null;
        return !change.isSubscribing()
                || (present != null && present.isAs(change.subscriptionId(), change.options()))
                || access.maySubscribe(principal, change.filter(), logPosition);
    }

    private byte change(final Session session, final Change change) {
        final long position = parts.journal().position();
        final SessionSubscription present = session.find(change.filter());
        if (!change.isSubscribing()) {
            if (present == null) {
                return NONE_THERE;
            }
            present.end(position);
            if (sharedSubscriptions.isShared(change.filter())) {
                sharedSubscriptions.leave(session, change.filter());
            }
            return ENDED;
        }
        final boolean isNew = present == null;
        if (!isNew && present.isAs(change.subscriptionId(), change.options())) {
            present.retainedDue(
                    present.isRetainedDue() || SessionSubscription.isRetainedWanted(change.options(), false));
            return UNCHANGED;
        }
        final long max = parts.settings().value(EngineSetting.MAX_SUBSCRIPTIONS);
        // Those that ended are still needed until the cursor has passed them; they are bounded too.
        if ((isNew && session.subscriptionCount() >= max)
                || session.subscriptions().size() >= 2 * max) {
            return TOO_MANY;
        }
        if (isNew
                && sharedSubscriptions.isShared(change.filter())
                && !sharedSubscriptions.join(session, change.filter())) {
            return TOO_MANY;
        }
        if (!isNew) {
            present.end(position);
        }
        final SessionSubscription subscription =
                new SessionSubscription(change.filter(), change.subscriptionId(), change.options(), position);
        subscription.retainedDue(
                SessionSubscription.isRetainedWanted(change.options(), isNew) || (!isNew && present.isRetainedDue()));
        sessions.subscribe(session, subscription);
        return isNew ? NEW : REPLACED;
    }

    private boolean moveCursor(final Session session, final long ordinal, final long position) {
        if (position > parts.journal().position()
                || !AckList.isAligned(position)
                || ordinal - session.cursorOrdinal() > (position - session.cursorPosition()) / Limits.LEAST_RECORD) {
            return ordinal <= session.cursorOrdinal() && position <= session.cursorPosition();
        }
        if (position >= session.cursorPosition() && ordinal >= session.cursorOrdinal()) {
            sessions.moveCursor(session, position, ordinal);
        }
        return true;
    }

    private boolean mark(final Session session, final long ordinal, final boolean isDone) {
        if (ordinal <= session.cursorOrdinal()) {
            return true;
        }
        if (ordinal - session.cursorOrdinal() > Limits.MAX_SESSION_WINDOW) {
            return false;
        }
        if (isDone) {
            sessions.finish(session, ordinal);
        } else {
            sessions.receive(session, ordinal);
        }
        return true;
    }

    private long boundedExpiry(final long expiryNs) {
        return Math.min(expiryNs, parts.settings().value(EngineSetting.SESSION_EXPIRY));
    }

    private static long epochOf(final Session session) {
        return session == null ? 0 : session.epoch();
    }
}
