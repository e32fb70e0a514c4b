package io.lockstep.cluster.core;

import io.lockstep.config.EngineSetting;
import java.util.Objects;
import org.agrona.DirectBuffer;

/**
 * The replicated state machine of one shard: committed commands in, journal records, answers and timer requests out.
 * The same commands with the same log positions and timestamps give the same output and the same state everywhere.
 * Belongs to one thread, the service's.
 *
 * <p>A snapshot is read before anything else is called, by {@link #onSnapshotMessage} for each of its messages. Methods
 * never throw for what a command holds; an exception is a bug, or a snapshot that is broken.
 */
public final class Engine {
    /** Greatest feature level that this release knows. */
    public static final int FEATURE_LEVEL = 5;

    /** Feature level from which on messages have traits and consumers, groups, leases and schedules exist. */
    static final int MESSAGING_LEVEL = 3;

    /** Feature level from which on client sessions exist. */
    static final int SESSIONS_LEVEL = 4;

    /** Feature level from which on sessions share subscriptions. */
    static final int SHARED_LEVEL = 5;

    /** Feature level from which on clients may publish to topics that begin with {@code $} and are not Lockstep's own. */
    static final int DOLLAR_TOPICS_LEVEL = 5;

    /** Feature level from which on the record of a session's end says whether somebody deleted it. */
    static final int SESSION_DELETED_LEVEL = 5;

    /** Feature level from which on there are access rules. */
    public static final int ACCESS_LEVEL = 5;

    /** Feature level of a shard that was seeded by {@code ApplySettings}. */
    static final int FIRST_FEATURE_LEVEL = 1;

    private final Outbox outbox;
    private final PartList parts = new PartList();
    private final SnapshotReader snapshotReader = new SnapshotReader(parts);
    private final JournalAppender appender;
    private final MessagePipeline pipeline;
    private final Groups groups;
    private final SharedSubscriptions sharedSubscriptions;
    private final Callers callers = new Callers();
    private final CommandAdapter commandAdapter;
    private final DueWork[] dueWork;
    private boolean isUsed;

    /**
     * Makes an engine with empty state and default settings.
     *
     * @param outbox that takes its output.
     */
    public Engine(final Outbox outbox) {
        this.outbox = Objects.requireNonNull(outbox, "outbox");
        appender = new JournalAppender(outbox, parts.clock(), parts.settings(), parts.journal());
        final ReplyProxy replies = new ReplyProxy(outbox, parts);
        pipeline = new MessagePipeline(parts, appender);
        final EntryCheck entryCheck = new EntryCheck(parts, pipeline);
        groups = new Groups(outbox, parts, entryCheck, appender, pipeline, replies);
        final ScheduleHandler scheduleHandler = new ScheduleHandler(outbox, parts, appender, pipeline, replies);
        final RetainedFeature retained = new RetainedFeature(parts);
        final PublisherLeaseHandler publisherLeases =
                new PublisherLeaseHandler(parts, entryCheck, appender, new PublisherLeaseReplies(outbox, parts));
        sharedSubscriptions = new SharedSubscriptions(parts, entryCheck);
        final AccessPublishRule accessRule = new AccessPublishRule(parts, callers);
        final AccessAudit audit = new AccessAudit(parts, entryCheck, pipeline, appender);
        final SessionHandler sessions = new SessionHandler(
                outbox,
                parts,
                entryCheck,
                appender,
                pipeline,
                replies,
                sharedSubscriptions,
                new ClientAccess(parts, callers, audit));
        pipeline.features(
                new PublishRule[] {accessRule, sessions, publisherLeases, scheduleHandler, retained},
                new MessageObserver[] {retained, groups, sessions});
        final ConsumerOwnership ownership = new ConsumerOwnership(parts, appender);
        final ConsumerCommands consumerCommands = new ConsumerCommands(
                new ConsumerHandler(parts, entryCheck, ownership, replies, new ConsumerReplies(outbox, parts)));
        final MemberHandler memberHandler = new MemberHandler(parts, entryCheck, replies, ownership, groups, sessions);
        dueWork =
                new DueWork[] {publisherLeases, scheduleHandler, retained, memberHandler, ownership, groups, sessions};
        commandAdapter = new CommandAdapter(
                new PublishHandler(
                        parts,
                        entryCheck,
                        appender,
                        pipeline,
                        scheduleHandler,
                        replies,
                        new PublishRefusals(accessRule, audit)),
                new ProducerHandler(parts, entryCheck, replies),
                new ShardHandler(parts, entryCheck, appender, replies),
                new SlotTableHandler(parts, entryCheck, appender, replies),
                new QueryHandler(parts, replies),
                new CommandFamily[] {
                    memberHandler,
                    new RetainedCommands(new RetainedHandler(parts, outbox, replies)),
                    new TopicPoliciesFamily(new TopicPoliciesHandler(parts, entryCheck, appender, replies, outbox)),
                    scheduleHandler,
                    new PublisherLeaseCommands(publisherLeases, replies),
                    consumerCommands,
                    groups,
                    new SessionCommands(sessions),
                    new AccessCommands(new AccessHandler(parts, entryCheck, appender, replies, outbox, callers, audit))
                },
                new AccessGate(parts, callers, audit),
                parts.shard(),
                replies);
    }

    /**
     * Applies a committed command. Whatever its bytes are, it is applied, refused with a reply, or ignored and counted.
     *
     * @param clusterSessionId to answer to.
     * @param logPosition      of the command in the Raft log.
     * @param timestampNs      of the command in the Raft log.
     * @param buffer           that holds the command.
     * @param offset           of its message header.
     * @param length           in bytes.
     */
    public void onCommand(
            final long clusterSessionId,
            final long logPosition,
            final long timestampNs,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        advance(timestampNs);
        doDueWork(logPosition);
        commandAdapter.onCommand(clusterSessionId, logPosition, buffer, offset, length);
        pipeline.endTurn(logPosition);
        requestTimer();
    }

    /**
     * Does the work that is due; the cluster timer has fired.
     *
     * @param logPosition of the event in the Raft log.
     * @param timestampNs of the event in the Raft log.
     */
    public void onTimer(final long logPosition, final long timestampNs) {
        advance(timestampNs);
        parts.clock().timerDeadlineNs(ClockPart.NONE);
        doDueWork(logPosition);
        requestTimer();
    }

    /**
     * Takes note of a session of the cluster: one that opened, before its first command, or one that was open when the
     * cluster's snapshot was taken, before the first command at all.
     *
     * @param clusterSessionId its id.
     * @param encodedPrincipal who has it, as the Raft log says.
     */
    public void onSessionOpen(final long clusterSessionId, final byte[] encodedPrincipal) {
        callers.onSessionOpen(clusterSessionId, encodedPrincipal);
    }

    /**
     * Forgets a session of the cluster that closed.
     *
     * @param clusterSessionId its id.
     */
    public void onSessionClose(final long clusterSessionId) {
        callers.onSessionClose(clusterSessionId);
    }

    /**
     * Takes note of an event of the cluster that is no command: a session came or went. Only the clock moves; work that
     * is due waits for the next command or timer.
     *
     * @param logPosition of the event in the Raft log.
     * @param timestampNs of the event in the Raft log.
     */
    public void onClusterEvent(final long logPosition, final long timestampNs) {
        advance(timestampNs);
    }

    /**
     * Takes note of a leadership term that begins. Nobody could renew a lease while there was no leader, so each runs for
     * its full length from here at least.
     *
     * @param logPosition of the event in the Raft log.
     * @param timestampNs of the event in the Raft log.
     */
    public void onLeadershipTerm(final long logPosition, final long timestampNs) {
        advance(timestampNs);
        parts.leases().beginTerm(parts.clock().nowNs());
        parts.publisherLeases().beginTerm();
        parts.sessions().beginTerm();
    }

    /**
     * Writes the state. It does not change by this.
     *
     * @param sink        that takes the messages.
     * @param logPosition up to which the log is reflected.
     */
    public void writeSnapshot(final SnapshotSink sink, final long logPosition) {
        new SnapshotWriter(Objects.requireNonNull(sink, "sink")).write(parts, logPosition);
    }

    /**
     * Reads one message of a snapshot.
     *
     * @param buffer that holds it.
     * @param offset of its message header.
     * @param length in bytes.
     * @throws IllegalStateException with a sentence, where the snapshot is broken, of a newer release or of another
     *                               journal format, or where the engine has been used before.
     */
    public void onSnapshotMessage(final DirectBuffer buffer, final int offset, final int length) {
        if (isUsed) {
            throw new IllegalStateException("a snapshot is read into a fresh engine only, but this one was used");
        }
        snapshotReader.onMessage(buffer, offset, length);
        if (snapshotReader.isRestored()) {
            sharedSubscriptions.count();
        }
    }

    /**
     * Whether a snapshot was read to its end and its hash was right.
     *
     * @return true if so.
     */
    public boolean isRestored() {
        return snapshotReader.isRestored();
    }

    /**
     * Hash of the whole state; equal on all replicas at equal log positions. Walks the whole state.
     *
     * @return the hash.
     */
    public long stateHash() {
        return parts.hash();
    }

    /**
     * End of the journal.
     *
     * @return the position.
     */
    public long journalPosition() {
        return parts.journal().position();
    }

    /**
     * First position of the journal that may be read.
     *
     * @return the position.
     */
    public long firstReadablePosition() {
        return parts.journal().firstReadablePosition();
    }

    /**
     * Number of records in the journal, which is the sequence of the last one.
     *
     * @return the sequence.
     */
    public long shardSequence() {
        return parts.journal().shardSequence();
    }

    /**
     * Number of messages accepted.
     *
     * @return the number.
     */
    public long messageCount() {
        return parts.journal().messageCount();
    }

    /**
     * Rolling hash of all records.
     *
     * @return the hash.
     */
    public long rollingHash() {
        return parts.journal().rollingHash();
    }

    /**
     * Where the last checkpoint record begins.
     *
     * @return the position, or -1 where there is none.
     */
    public long checkpointPosition() {
        return parts.journal().checkpointPosition();
    }

    /**
     * Rolling hash in the last checkpoint record.
     *
     * @return the hash, or 0 where there is none.
     */
    public long checkpointHash() {
        return parts.journal().checkpointHash();
    }

    /**
     * Id of the shard.
     *
     * @return 0 until the shard is seeded.
     */
    public int shardId() {
        return parts.shard().shardId();
    }

    /**
     * Version of the slot table.
     *
     * @return 0 until the shard is seeded.
     */
    public long slotTableVersion() {
        return parts.shard().slotTableVersion();
    }

    /**
     * Whether the settings were seeded.
     *
     * @return true if so.
     */
    public boolean isSeeded() {
        return parts.shard().isSeeded();
    }

    /**
     * Whether new messages are refused because a node asked for it.
     *
     * @return true if so.
     */
    public boolean isReadOnly() {
        return parts.shard().isReadOnly();
    }

    /**
     * Whether a certain node asked for read-only.
     *
     * @param nodeId of the node.
     * @return true if it did and has not taken it back.
     */
    public boolean isReadOnlyNode(final int nodeId) {
        return (parts.shard().readOnlyNodes() & (1L << nodeId)) != 0;
    }

    /**
     * Value of a setting.
     *
     * @param setting asked for.
     * @return in its unit.
     */
    public long setting(final EngineSetting setting) {
        return parts.settings().value(setting);
    }

    /**
     * Size of the replicated state as it is counted under its cap.
     *
     * @return in bytes.
     */
    public long stateBytes() {
        return parts.stateBytes();
    }

    /**
     * The lowest position of durable consumers, groups and client sessions: what lies behind it is still to be consumed.
     *
     * @return the position, or {@link Long#MAX_VALUE} where there are none.
     */
    public long heldPosition() {
        final long consumers = Math.min(parts.consumers().lowestPosition(), groups.lowestPosition());
        return Math.min(consumers, parts.sessions().lowestPosition());
    }

    /**
     * Number of topics.
     *
     * @return the number.
     */
    public int topicCount() {
        return parts.topics().topicCount();
    }

    /**
     * Number of producers.
     *
     * @return the number.
     */
    public int producerCount() {
        return parts.producers().producerCount();
    }

    /**
     * Cluster time: the greatest timestamp of the log so far.
     *
     * @return in nanoseconds.
     */
    public long timestampNs() {
        return parts.clock().nowNs();
    }

    /**
     * Deadline of the cluster timer that was requested last and has not fired.
     *
     * @return in cluster time, or {@link Long#MIN_VALUE} where there is none.
     */
    public long timerDeadlineNs() {
        return parts.clock().timerDeadlineNs();
    }

    /**
     * What the groups need of the leader's node.
     *
     * @return the view, always the same.
     */
    public GroupHelp groupHelp() {
        return groups;
    }

    /**
     * Number of commands, since this engine was made, that were so malformed that nobody could be answered. It is a
     * measure and no state: replicas that started at different times differ.
     *
     * @return the number.
     */
    public long ignoredCommandCount() {
        return commandAdapter.ignoredCount();
    }

    /**
     * Whether a feature level exists. 2 does not: logs of release 0.1 hold commands that ask for it and were refused, and
     * they must be refused again when such a log is replayed.
     */
    static boolean isFeatureLevel(final int level) {
        return level == FIRST_FEATURE_LEVEL
                || level == MESSAGING_LEVEL
                || level == SESSIONS_LEVEL
                || level == SHARED_LEVEL;
    }

    PartList parts() {
        return parts;
    }

    private void advance(final long timestampNs) {
        if (!isUsed && !snapshotReader.isFresh() && !snapshotReader.isRestored()) {
            throw new IllegalStateException("the snapshot was not read to its end before the first command");
        }
        isUsed = true;
        parts.clock().advance(timestampNs);
    }

    private void doDueWork(final long logPosition) {
        appender.appendCheckpointIfDue(logPosition);
        final long nowNs = parts.clock().nowNs();
        boolean isDone = false;
        for (final DueWork work : dueWork) {
            if (work.dueNs() <= nowNs) {
                work.run(nowNs, logPosition);
                isDone = true;
            }
        }
        if (isDone) {
            pipeline.endTurn(logPosition);
            appender.appendCheckpointIfFull(logPosition);
        }
    }

    private long nextDueNs() {
        final long checkpointDueNs = parts.journal().checkpointDueNs();
        long dueNs = checkpointDueNs == JournalPart.NONE ? DueWork.NEVER : checkpointDueNs;
        for (final DueWork work : dueWork) {
            dueNs = Math.min(dueNs, work.dueNs());
        }
        return dueNs == DueWork.NEVER ? JournalPart.NONE : dueNs;
    }

    private void requestTimer() {
        final long dueNs = nextDueNs();
        if (dueNs != JournalPart.NONE && dueNs != parts.clock().timerDeadlineNs()) {
            parts.clock().timerDeadlineNs(dueNs);
            outbox.requestTimer(dueNs);
        }
    }
}
