package io.lockstep.cluster.node;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.archive.replay.JournalRecordHandler;
import io.lockstep.cluster.service.GroupNeeds;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.FeedGroupEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.topic.TopicFilter;
import io.lockstep.wire.RecordLayout;
import java.util.function.LongFunction;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Reads the journal for one group that lags, and collects what its filters match for the next {@code FeedGroup}. Reading
 * ends where the group has no more room, so that the next stretch begins where this one ended. Steward thread only.
 */
final class GroupFeed implements AutoCloseable {
    /** Greatest number of messages in a command, as the shard takes them. */
    static final int MAX_ENTRIES = 1_024;

    private static final int RECORD_LIMIT = 1_024;
    // A stretch without matches is told now and then, so that a new leader's node need not begin at its start.
    private static final long MAX_STRETCH_BYTES = 16L << 20;

    private final LongFunction<LocalJournal> journals;
    private final JournalRecordHandler handler = this::onRecord;
    private final MessageRecordView message = new MessageRecordView();
    private final long[] positions = new long[MAX_ENTRIES];
    private final long[] timestamps = new long[MAX_ENTRIES];
    private final long[] expiries = new long[MAX_ENTRIES];
    private final int[] recordLengths = new int[MAX_ENTRIES];
    private final int[] topicIds = new int[MAX_ENTRIES];
    private final int[] keyHashes = new int[MAX_ENTRIES];
    private final boolean[] hasKeys = new boolean[MAX_ENTRIES];
    private LocalJournal journal;
    private GroupNeeds.Lag lag;
    private int count;
    private int maxCount;
    private boolean isComplete;
    private long usedNs;

    GroupFeed(final LongFunction<LocalJournal> journals) {
        this.journals = journals;
    }

    /** Begins a stretch. */
    void begin(final GroupNeeds.Lag newLag, final long nowNs) {
        lag = newLag;
        count = 0;
        maxCount = Math.min(MAX_ENTRIES, newLag.room());
        isComplete = false;
        usedNs = nowNs;
        if (journal == null) {
            journal = journals.apply(newLag.windowEnd());
        } else if (journal.position() != newLag.windowEnd()) {
            journal.moveTo(newLag.windowEnd());
        }
    }

    /**
     * Reads on.
     *
     * @param journalPosition end of the journal, as far as is known.
     * @return number of records that were read.
     */
    int read(final long journalPosition) {
        final int records = journal.poll(handler, RECORD_LIMIT);
        final long end = journal.position();
        isComplete = isComplete
                || end - lag.windowEnd() >= MAX_STRETCH_BYTES
                || (end > lag.windowEnd() && (end >= journalPosition || records == 0));
        return records;
    }

    /** Whether the stretch can be told. */
    boolean isComplete() {
        return isComplete;
    }

    /** Whether the place is not in the journal any more. */
    boolean isLost() {
        return journal.isLost();
    }

    long usedNs() {
        return usedNs;
    }

    /** Writes the command, and returns its length. */
    int encode(
            final MutableDirectBuffer buffer,
            final MessageHeaderEncoder header,
            final FeedGroupEncoder encoder,
            final long correlationId) {
        final FeedGroupEncoder.EntriesEncoder entries = encoder.wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .fromPosition(lag.windowEnd())
                .throughPosition(journal.position())
                .groupId(lag.groupId())
                .entriesCount(count);
        for (int i = 0; i < count; i++) {
            entries.next()
                    .position(positions[i])
                    .timestampNs(timestamps[i])
                    .expiryMs(expiries[i])
                    .recordLength(recordLengths[i])
                    .topicId(topicIds[i])
                    .keyHash(keyHashes[i])
                    .hasKey(hasKeys[i] ? BooleanType.TRUE : BooleanType.FALSE);
        }
        return MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength();
    }

    @Override
    public void close() {
        CloseHelper.close(journal);
        journal = null;
    }

    private Action onRecord(final DirectBuffer buffer, final int offset, final int length, final long endPosition) {
        if (RecordLayout.kind(buffer, offset) != RecordKind.MESSAGE.value()) {
            return Action.CONTINUE;
        }
        message.wrap(buffer, offset);
        if (!isWanted()) {
            return Action.CONTINUE;
        }
        message.readHeaders();
        positions[count] = endPosition;
        timestamps[count] = RecordLayout.timestampNs(buffer, offset);
        expiries[count] = message.expiryMs();
        recordLengths[count] = length;
        topicIds[count] = message.topicId();
        keyHashes[count] = message.keyHash();
        hasKeys[count] = message.hasKey();
        count++;
        isComplete = count == maxCount;
        return isComplete ? Action.BREAK : Action.CONTINUE;
    }

    private boolean isWanted() {
        for (int i = 0; i < lag.filters().size(); i++) {
            final TopicFilter filter = lag.filters().get(i);
            if (filter.matches(message.buffer(), message.nameOffset(), message.nameLength())) {
                return true;
            }
        }
        return false;
    }
}
