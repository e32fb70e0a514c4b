package io.lockstep.cluster.node;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.archive.replay.JournalRecordHandler;
import io.lockstep.cluster.service.GroupNeeds;
import io.lockstep.cluster.service.ServiceStatus;
import io.lockstep.codecs.FeedGroupEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.PutDeadLetterEncoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.wire.JournalFormat;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

/**
 * What the leader's node does for the groups of a shard, whose engine cannot read the journal: it tells groups that lag
 * what they have missed, and brings the content of messages that were given up. The journal is read only while one of these
 * is needed. All that it keeps in mind can be lost: every command says what it believes, and the shard refuses what is not so
 * any more; so another leader's node begins where the shard says. One command at a time. Steward thread only.
 */
final class GroupDuty implements AutoCloseable {
    // What a command changed is in the next status, which the service gives within a moment; where nothing changed,
    // there
    // is none.
    private static final long STATUS_WAIT_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long REFUSED_PAUSE_NS = TimeUnit.SECONDS.toNanos(2);
    private static final long TASK_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long IDLE_NS = TimeUnit.SECONDS.toNanos(5);
    private static final int MAX_FEEDS = 8;

    private final int shardId;
    private final LongFunction<LocalJournal> journals;
    private final ShardCommands commands;
    private final NodeListener listener;
    private final Map<Integer, GroupFeed> feeds = new TreeMap<>();
    private final JournalRecordHandler deadHandler = this::onDeadRecord;
    private final MessageRecordView message = new MessageRecordView();
    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final FeedGroupEncoder feedGroup = new FeedGroupEncoder();
    private final PutDeadLetterEncoder putDeadLetter = new PutDeadLetterEncoder();
    private long correlationId = System.nanoTime();
    private GroupNeeds needs = GroupNeeds.NONE;
    private int nextLag;
    private int nextDead;
    private GroupFeed feed;
    private GroupNeeds.Lag lag;
    private GroupNeeds.Dead dead;
    private LocalJournal deadJournal;
    private long deadUsedNs;
    private int deadLength;
    private long taskBeganNs;
    private long logPositionAtAnswer = -1;
    private ServiceStatus newest = ServiceStatus.INITIAL;
    private long newestNs = System.nanoTime();
    private long answeredNs = newestNs;
    private boolean isRefused;
    private long refusedNs;

    GroupDuty(
            final int shardId,
            final LongFunction<LocalJournal> journals,
            final ShardCommands commands,
            final NodeListener listener) {
        this.shardId = shardId;
        this.journals = journals;
        this.commands = commands;
        this.listener = listener;
    }

    /**
     * Does what is needed.
     *
     * @param status of the shard's service on this node, which leads.
     * @param nowNs  monotonic time.
     * @return how much was done.
     */
    int doWork(final ServiceStatus status, final long nowNs) {
        newest = status;
        newestNs = nowNs;
        if (commands.isBusy() || (isRefused && nowNs - refusedNs < REFUSED_PAUSE_NS)) {
            return 0;
        }
        if (feed == null && dead == null && !beginTask(status, nowNs)) {
            closeIdle(nowNs);
            return 0;
        }
        if (nowNs - taskBeganNs > TASK_TIMEOUT_NS) {
            // The reader gets nowhere: another one may.
            dropTask();
            close();
            return 1;
        }
        return feed != null ? feed(status) : bury(status);
    }

    @Override
    public void close() {
        dropTask();
        CloseHelper.closeAll(feeds.values());
        feeds.clear();
        CloseHelper.close(deadJournal);
        deadJournal = null;
    }

    // Dead letters and groups take turns, and each need of a status is looked at once.
    private boolean beginTask(final ServiceStatus status, final long nowNs) {
        if (nextDead == needs.dead().size() && nextLag == needs.lags().size()) {
            if (status.appliedLogPosition() == logPositionAtAnswer && nowNs - answeredNs < STATUS_WAIT_NS) {
                return false;
            }
            needs = status.groupNeeds();
            nextDead = 0;
            nextLag = 0;
            if (needs.isEmpty()) {
                return false;
            }
        }
        taskBeganNs = nowNs;
        if (nextDead < needs.dead().size()) {
            dead = needs.dead().get(nextDead++);
            beginBurial(nowNs);
        } else {
            lag = needs.lags().get(nextLag++);
            feed = feedOf(lag.groupId());
            if (lag.windowEnd() >= status.firstReadablePosition()) {
                feed.begin(lag, nowNs);
            }
        }
        return true;
    }

    private GroupFeed feedOf(final int groupId) {
        GroupFeed found = feeds.get(groupId);
        if (found == null) {
            if (feeds.size() == MAX_FEEDS) {
                closeLeastUsed();
            }
            found = new GroupFeed(journals);
            feeds.put(groupId, found);
        }
        return found;
    }

    private int feed(final ServiceStatus status) {
        if (lag.windowEnd() < status.firstReadablePosition()) {
            // What retention removed is nobody's work any more.
            final long id = ++correlationId;
            feedGroup
                    .wrapAndApplyHeader(buffer, 0, header)
                    .correlationId(id)
                    .fromPosition(lag.windowEnd())
                    .throughPosition(status.firstReadablePosition())
                    .groupId(lag.groupId())
                    .entriesCount(0);
            send(MessageHeaderEncoder.ENCODED_LENGTH + feedGroup.encodedLength(), id, "FeedGroup");
            return 1;
        }
        if (feed.isLost()) {
            // Retention moves on while it is being read; the next status says how far.
            dropTask();
            return 0;
        }
        final int records = feed.read(status.journalPosition());
        if (!feed.isComplete()) {
            return records;
        }
        final long id = ++correlationId;
        send(feed.encode(buffer, header, feedGroup, id), id, "FeedGroup");
        return 1;
    }

    private void beginBurial(final long nowNs) {
        final long begin = dead.position() - JournalFormat.framedLength(dead.recordLength());
        deadLength = 0;
        deadUsedNs = nowNs;
        if (deadJournal == null) {
            deadJournal = journals.apply(begin);
        } else if (deadJournal.position() != begin) {
            deadJournal.moveTo(begin);
        }
    }

    private int bury(final ServiceStatus status) {
        final boolean isGone = dead.position() <= status.firstReadablePosition() || deadJournal.isLost();
        if (isGone) {
            // Its headers and payload are lost, but not that it was given up.
            deadLength = encodeDead(null, 0, 0, 0, 0);
        } else if (deadJournal.poll(deadHandler, 1) == 0) {
            return 0;
        }
        if (deadLength == 0) {
            listener.onError(new IllegalStateException("shard " + shardId + " gave up the message at " + dead.position()
                    + ", where none ends on this node"));
            dropTask();
            return 0;
        }
        send(deadLength, correlationId, "PutDeadLetter");
        return 1;
    }

    private Action onDeadRecord(final DirectBuffer record, final int offset, final int length, final long endPosition) {
        if (endPosition == dead.position()) {
            message.wrap(record, offset);
            deadLength = encodeDead(
                    record,
                    message.headersOffset(),
                    message.headersLength(),
                    message.payloadOffset(),
                    message.payloadLength());
        }
        return Action.BREAK;
    }

    private int encodeDead(
            final DirectBuffer record,
            final int headersOffset,
            final int headersLength,
            final int payloadOffset,
            final int payloadLength) {
        putDeadLetter
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(++correlationId)
                .position(dead.position())
                .groupId(dead.groupId());
        if (record == null) {
            putDeadLetter.putHeaders(buffer, 0, 0).putPayload(buffer, 0, 0);
        } else {
            putDeadLetter
                    .putHeaders(record, headersOffset, headersLength)
                    .putPayload(record, payloadOffset, payloadLength);
        }
        return MessageHeaderEncoder.ENCODED_LENGTH + putDeadLetter.encodedLength();
    }

    private void send(final int length, final long id, final String what) {
        final int groupId = feed != null ? lag.groupId() : dead.groupId();
        commands.send(buffer, length, id, (code, detail) -> onAnswer(what, groupId, code, detail));
        dropTask();
    }

    private void onAnswer(final String what, final int groupId, final ResultCode code, final long detail) {
        logPositionAtAnswer = newest.appliedLogPosition();
        answeredNs = newestNs;
        switch (code) {
            // The others tell that the status was not the newest, or that the group is gone or was moved.
            case ACCEPTED, BAD_FEED, NOT_DEAD, GROUP_UNKNOWN -> isRefused = false;
            default -> {
                // Such as a shard that is read-only or full: told once, and tried again until it is taken.
                refusedNs = answeredNs;
                if (!isRefused) {
                    isRefused = true;
                    listener.onEvent("shard " + shardId + " refused " + what + " for group " + groupId + ": " + code
                            + ", detail " + detail + "; it is tried again each "
                            + TimeUnit.NANOSECONDS.toSeconds(REFUSED_PAUSE_NS) + " s");
                }
            }
        }
    }

    private void dropTask() {
        feed = null;
        lag = null;
        dead = null;
    }

    private void closeIdle(final long nowNs) {
        final Iterator<GroupFeed> iterator = feeds.values().iterator();
        while (iterator.hasNext()) {
            final GroupFeed each = iterator.next();
            if (nowNs - each.usedNs() > IDLE_NS) {
                CloseHelper.close(each);
                iterator.remove();
            }
        }
        if (deadJournal != null && nowNs - deadUsedNs > IDLE_NS) {
            CloseHelper.close(deadJournal);
            deadJournal = null;
        }
    }

    private void closeLeastUsed() {
        int leastUsed = -1;
        long leastNs = 0;
        for (final Map.Entry<Integer, GroupFeed> entry : feeds.entrySet()) {
            if (leastUsed < 0 || entry.getValue().usedNs() - leastNs < 0) {
                leastUsed = entry.getKey();
                leastNs = entry.getValue().usedNs();
            }
        }
        CloseHelper.close(feeds.remove(leastUsed));
    }
}
