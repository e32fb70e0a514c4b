package io.lockstep.client;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.internal.RecordHandler;
import io.lockstep.client.internal.RecordReader;
import io.lockstep.client.internal.RecordSelection;
import io.lockstep.codecs.RecordKind;
import io.lockstep.topic.TopicFilter;
import io.lockstep.wire.RecordLayout;
import java.util.Arrays;
import java.util.List;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;

/**
 * Reads the messages of all topics that match its filters, in journal order within each shard and without gap; moves to
 * another node by itself and goes on at the same position. Made by {@link LockstepClient#addSubscriber} and owned by the
 * thread that owns the client.
 */
public final class Subscriber implements AutoCloseable {
    // Records that are read in one go from one shard before the next one has its turn.
    private static final int RECORD_LIMIT = 256;
    // Turns without a matching message before a poll returns 0, so that a long stretch of others does not look like
    // idle.
    private static final int MAX_TURNS = 16;

    private final LockstepClient client;
    private final TopicFilter[] filters;
    private final RecordReader[] readers;
    private final ShardHandler[] handlers;
    private final LastValuePages[] lastValues;
    private final ControlledMessageHandler plainHandler;
    private final Message message = new Message();
    private final SessionRecords sessionRecords = new SessionRecords();
    private final LostCursor[] lostCursors;
    private final SubscriberListener listener;
    private final SubscriberConfig config;
    private final SubscriberListener told;
    private final ClientCounters counters;

    private ControlledMessageHandler current;
    private int messageLimit;
    private int delivered;
    private int consumed;
    private boolean isStopped;
    private int firstReader;
    private boolean isClosed;
    private long expiredCount;

    private record LostCursor(long wantedPosition, long firstReadablePosition) {}

    Subscriber(
            final LockstepClient client,
            final SubscriberConfig config,
            final int shardCount,
            final MessageHandler handler) {
        this.client = client;
        this.counters = client.counters();
        this.config = config;
        this.listener = config.listener();
        this.filters = config.filters().toArray(new TopicFilter[0]);
        this.readers = new RecordReader[shardCount];
        this.handlers = new ShardHandler[shardCount];
        this.lastValues = new LastValuePages[shardCount];
        this.lostCursors = new LostCursor[shardCount];
        this.plainHandler = message -> {
            handler.onMessage(message);
            return Action.CONTINUE;
        };
        this.told = new SubscriberListener() {
            @Override
            public void onNodeChanged(final int shardId, final int nodeId, final String reason) {
                listener.onNodeChanged(shardId, nodeId, reason);
            }

            @Override
            public void onCursorLost(final int shardId, final long wantedPosition, final long firstReadablePosition) {
                lostCursors[shardId] = new LostCursor(wantedPosition, firstReadablePosition);
            }
        };
        final boolean[] canMatch =
                shardsThatCanMatch(config.filters(), shardCount, client.slotTables(), client.policyTables());
        for (int i = 0; i < shardCount; i++) {
            if (canMatch[i]) {
                openReader(i, config);
            }
        }
    }

    /**
     * Delivers messages to the handler that was given to {@link LockstepClient#addSubscriber}, and drives the client. An
     * exception of the handler leaves through this call; the message counts as delivered.
     *
     * @param limit greatest number of messages to deliver.
     * @return number of messages that were delivered.
     */
    public int poll(final int limit) {
        return controlledPoll(plainHandler, limit);
    }

    /**
     * Delivers messages to a handler that says how to go on, and drives the client.
     *
     * @param handler for the messages.
     * @param limit   greatest number of messages to deliver.
     * @return number of messages that were delivered and not aborted.
     */
    public int controlledPoll(final ControlledMessageHandler handler, final int limit) {
        client.doWork();
        if (isClosed || !client.beginPoll()) {
            return 0;
        }
        try {
            return pollInTurn(handler, limit);
        } finally {
            client.endPoll();
        }
    }

    /** For duties, whose turn is the client's. */
    int pollInTurn(final ControlledMessageHandler handler, final int limit) {
        current = handler;
        messageLimit = limit;
        delivered = 0;
        isStopped = limit <= 0;
        int turns = 0;
        do {
            consumed = 0;
            pollReaders();
        } while (!isStopped && delivered == 0 && consumed > 0 && ++turns < MAX_TURNS);
        return delivered;
    }

    /**
     * The place up to which a shard was consumed: store it, and begin there next time.
     *
     * @param shardId of the shard.
     * @return the position in bytes, or -1 where the shard is not read, the first position is not known yet, or last values
     *     are still being delivered.
     */
    public long position(final int shardId) {
        return readers[shardId] == null ? -1 : readers[shardId].position();
    }

    /**
     * The node from which a shard is read.
     *
     * @param shardId of the shard.
     * @return its id, or -1 while it is read from none.
     */
    public int nodeId(final int shardId) {
        return readers[shardId] == null ? -1 : readers[shardId].nodeId();
    }

    /**
     * Whether the subscriber reads a shard: an exact filter needs only the shards of its topic and the topic's partitions.
     *
     * @param shardId of the shard.
     * @return true if so.
     */
    public boolean hasShard(final int shardId) {
        return handlers[shardId] != null;
    }

    /**
     * Whether every shard is being read from some node: from then on a live subscriber misses nothing.
     *
     * @return true if so.
     */
    public boolean isConnected() {
        for (int i = 0; i < readers.length; i++) {
            if (lastValues[i] != null || (readers[i] != null && readers[i].nodeId() < 0)) {
                return false;
            }
        }
        return !isClosed;
    }

    /**
     * Number of messages that were passed over because their time was over.
     *
     * @return from 0.
     */
    public long expiredCount() {
        return expiredCount;
    }

    /** Stops reading. Closing twice is harmless. What one of the readers throws leaves when all are closed. */
    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            client.remove(this);
            for (final LastValuePages pages : lastValues) {
                if (pages != null) {
                    pages.close();
                }
            }
            CloseHelper.closeAll(readers);
        }
    }

    void hint(final int shardId, final long journalPosition) {
        if (readers[shardId] != null && !isClosed) {
            readers[shardId].hint(journalPosition);
        }
    }

    /**
     * Topics may have other shards now: reads where an exact filter's topic would come into being, from before anything
     * that was let in there. What is read already stays, because a topic that exists stays where it is.
     */
    void onSlotTablesChanged(final SlotTables tables) {
        if (isClosed) {
            return;
        }
        for (final TopicFilter filter : filters) {
            if (filter.isExact()) {
                for (final DirectBuffer name :
                        ExactTopics.of(filter, client.policyTables().newest())) {
                    final int shardId = tables.shardOf(name, 0, name.capacity());
                    if (!hasShard(shardId)) {
                        openReaderAt(shardId, tables.startOf(name, 0, name.capacity(), shardId));
                    }
                }
            }
        }
    }

    /**
     * Topics may have partitions now that had none, or none any more: reads where those of an exact filter come into being,
     * from before anything that the new policies let in there.
     */
    void onPoliciesChanged(final PolicyTables policies) {
        if (isClosed) {
            return;
        }
        final SlotTables tables = client.slotTables();
        for (final TopicFilter filter : filters) {
            if (filter.isExact()) {
                for (final DirectBuffer name : ExactTopics.of(filter, policies.newest())) {
                    final int shardId = tables.shardOf(name, 0, name.capacity());
                    if (!hasShard(shardId)) {
                        openReaderAt(shardId, policies.startOf(shardId));
                    }
                }
            }
        }
    }

    private void openReaderAt(final int shardId, final long position) {
        openReader(
                shardId,
                config.copy()
                        .withoutLastValues()
                        .start(shardId, position <= 0 ? StartPosition.start() : StartPosition.position(position)));
    }

    private void openReader(final int shardId, final SubscriberConfig readerConfig) {
        if (config.onlyShard() < 0 || config.onlyShard() == shardId) {
            handlers[shardId] = new ShardHandler(shardId);
            if (readerConfig.hasLastValues()) {
                lastValues[shardId] = new LastValuePages(shardId, filters, true, new LastValueCaller(client, shardId));
            } else {
                readers[shardId] =
                        client.newReader(shardId, readerConfig, RecordSelection.matching(config.filters()), told);
            }
        }
    }

    private static boolean[] shardsThatCanMatch(
            final List<TopicFilter> filters,
            final int shardCount,
            final SlotTables tables,
            final PolicyTables policies) {
        final boolean[] canMatch = new boolean[shardCount];
        for (final TopicFilter filter : filters) {
            if (filter.isExact()) {
                for (final DirectBuffer name : ExactTopics.of(filter, policies.newest())) {
                    canMatch[tables.shardOf(name, 0, name.capacity())] = true;
                }
            } else {
                Arrays.fill(canMatch, true);
            }
        }
        return canMatch;
    }

    // Each poll begins with another shard, so that a busy one does not starve the others.
    private void pollReaders() {
        final int count = readers.length;
        for (int i = 0; i < count && !isStopped; i++) {
            final int shardId = (firstReader + i) % count;
            if (lastValues[shardId] != null) {
                consumed += pollLastValues(shardId);
            } else if (readers[shardId] != null) {
                consumed += readers[shardId].poll(handlers[shardId], RECORD_LIMIT);
                handlers[shardId].throwFailure();
                settleLostCursor(shardId);
            }
        }
        firstReader = (firstReader + 1) % count;
    }

    // The journal is read from where the values end, and so only then.
    private int pollLastValues(final int shardId) {
        final LastValuePages pages = lastValues[shardId];
        int count = 0;
        while (!isStopped && pages.hasValue()) {
            final Action action = handlers[shardId].onLastValue(pages.record(), pages.recordLength(), pages.position());
            if (action == Action.ABORT) {
                return count;
            }
            pages.next();
            count++;
            handlers[shardId].throwFailure();
        }
        if (pages.isDone()) {
            lastValues[shardId] = null;
            final StartPosition end = StartPosition.position(pages.journalPosition());
            readers[shardId] = client.newReader(
                    shardId, config.copy().start(shardId, end), RecordSelection.matching(config.filters()), told);
            return count + 1;
        }
        return count + pages.doWork();
    }

    private void settleLostCursor(final int shardId) {
        final LostCursor lost = lostCursors[shardId];
        if (lost != null) {
            listener.onCursorLost(shardId, lost.wantedPosition(), lost.firstReadablePosition());
            lostCursors[shardId] = null;
            readers[shardId].moveTo(lost.firstReadablePosition());
        }
    }

    private boolean isWanted() {
        final DirectBuffer buffer = message.buffer();
        for (final TopicFilter filter : filters) {
            if (filter.matches(buffer, message.topicOffset(), message.fullTopicLength())) {
                return true;
            }
        }
        return false;
    }

    private final class ShardHandler implements RecordHandler {
        private final int shardId;
        private RuntimeException failure;
        private long lastTimestampNs;
        private boolean isLastValue;

        private ShardHandler(final int shardId) {
            this.shardId = shardId;
        }

        @Override
        public Action onRecord(final DirectBuffer buffer, final int offset, final int length, final long endPosition) {
            lastTimestampNs = Math.max(lastTimestampNs, RecordLayout.timestampNs(buffer, offset));
            if (RecordLayout.kind(buffer, offset) != RecordKind.MESSAGE.value()) {
                return onOther(buffer, offset, endPosition);
            }
            message.wrap(shardId, buffer, offset, endPosition);
            message.markRetained(isLastValue);
            if (!isWanted()) {
                return Action.CONTINUE;
            }
            if (isExpired()) {
                expiredCount++;
                return Action.CONTINUE;
            }
            // Aeron would hand an exception to its error handler and go on with the next record; it must reach the
            // user.
            final Action action;
            try {
                action = current.onMessage(message);
            } catch (final RuntimeException ex) {
                failure = ex;
                isStopped = true;
                return Action.BREAK;
            }
            if (action == Action.ABORT) {
                isStopped = true;
                return action;
            }
            delivered++;
            counters.increment(ClientCounter.DELIVERED);
            if (action == Action.BREAK || delivered >= messageLimit) {
                isStopped = true;
                return Action.BREAK;
            }
            return action;
        }

        // As with messages, what the listener throws must reach the user.
        private Action onOther(final DirectBuffer buffer, final int offset, final long endPosition) {
            try {
                sessionRecords.tell(listener, shardId, buffer, offset, endPosition);
                return Action.CONTINUE;
            } catch (final RuntimeException ex) {
                failure = ex;
                isStopped = true;
                return Action.BREAK;
            }
        }

        private boolean isExpired() {
            return !config.isExpiredDelivered()
                    && message.headersLength() > 0
                    && message.expiryMs() >= 0
                    && message.isExpired(Math.max(lastTimestampNs, client.clusterTimeNs(shardId)));
        }

        private Action onLastValue(final DirectBuffer buffer, final int length, final long position) {
            isLastValue = true;
            final Action action = onRecord(buffer, 0, length, position);
            isLastValue = false;
            return action;
        }

        private void throwFailure() {
            if (failure != null) {
                final RuntimeException thrown = failure;
                failure = null;
                throw thrown;
            }
        }
    }
}
