package io.lockstep.client;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.internal.RecordHandler;
import io.lockstep.client.internal.RecordReader;
import io.lockstep.client.internal.RecordSelection;
import io.lockstep.codecs.ConsumerRecordDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.wire.RecordLayout;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * Follows the journals of the shards for changes of durable consumers, and tells those of this client: one reader for a
 * shard, however many consumers there are. An answer and the journal come on different ways; so the latest changes are
 * kept, for a consumer whose answer comes behind them.
 */
final class ConsumerWatch implements ClientDuty {
    private static final int RECORD_LIMIT = 256;
    private static final int RECENT_COUNT = 256;
    private static final long HINT_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);

    private final LockstepClient client;
    private final ShardWatch[] watches;
    private boolean isClosed;

    ConsumerWatch(final LockstepClient client) {
        this.client = client;
        this.watches = new ShardWatch[client.shardCount()];
    }

    /**
     * Tells of changes behind a position from now on.
     *
     * @param consumer        that is told.
     * @param consumerId      in its shard.
     * @param journalPosition that an answer reflected.
     * @return false where changes behind it may have been missed: ask again.
     */
    boolean register(final ShardConsumer consumer, final long consumerId, final long journalPosition) {
        final int shardId = consumer.shardId();
        if (watches[shardId] == null) {
            watches[shardId] = new ShardWatch(shardId, journalPosition);
        }
        return watches[shardId].register(consumer, consumerId, journalPosition);
    }

    void remove(final int shardId, final long consumerId) {
        if (watches[shardId] != null) {
            watches[shardId].consumers.remove(consumerId);
        }
    }

    /** {@inheritDoc} */
    @Override
    public int doWork(final long nowNs) {
        int workCount = 0;
        for (final ShardWatch watch : watches) {
            workCount += watch == null ? 0 : watch.doWork(nowNs);
        }
        return workCount;
    }

    /** {@inheritDoc} */
    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            for (final ShardWatch watch : watches) {
                if (watch != null) {
                    watch.reader.close();
                }
            }
            client.remove(this);
        }
    }

    private final class ShardWatch implements RecordHandler, SubscriberListener {
        private final int shardId;
        private final Long2ObjectHashMap<ShardConsumer> consumers = new Long2ObjectHashMap<>();
        private final long[] recent = new long[RECENT_COUNT * 6];
        private final ConsumerRecordDecoder decoder = new ConsumerRecordDecoder();
        private final RecordReader reader;
        private long recentTotal;
        private long completeFrom;
        private long nextHintNs;
        private long lostTo = -1;

        private ShardWatch(final int shardId, final long position) {
            this.shardId = shardId;
            this.completeFrom = position;
            this.nextHintNs = client.nowNs();
            final SubscriberConfig readerConfig = new SubscriberConfig().start(StartPosition.position(position));
            this.reader = client.newReader(shardId, readerConfig, RecordSelection.NO_MESSAGES, this);
        }

        private boolean register(final ShardConsumer consumer, final long consumerId, final long journalPosition) {
            consumers.put(consumerId, consumer);
            final long oldest = Math.max(0, recentTotal - RECENT_COUNT);
            for (long i = oldest; i < recentTotal; i++) {
                final int slot = (int) (i % RECENT_COUNT) * 6;
                if (recent[slot] == consumerId && recent[slot + 5] > journalPosition) {
                    consumer.onChanged(recent[slot + 1], recent[slot + 2], recent[slot + 3], recent[slot + 4]);
                }
            }
            return journalPosition >= completeFrom;
        }

        private int doWork(final long nowNs) {
            if (nowNs - nextHintNs >= 0) {
                nextHintNs = nowNs + HINT_INTERVAL_NS;
                final ShardState state = client.shardState(shardId);
                if (state != null) {
                    reader.hint(state.journalPosition());
                }
            }
            final int count = reader.poll(this, RECORD_LIMIT);
            if (lostTo >= 0) {
                reader.moveTo(lostTo);
                completeFrom = lostTo;
                lostTo = -1;
                consumers.values().forEach(ShardConsumer::openAgain);
            }
            return count;
        }

        @Override
        public Action onRecord(final DirectBuffer buffer, final int offset, final int length, final long endPosition) {
            if (RecordLayout.kind(buffer, offset) == RecordKind.CONSUMER_CHANGED.value()) {
                decoder.wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
                final long consumerId = decoder.consumerId();
                final long epoch = decoder.ownerEpoch();
                final long ownerMemberId = decoder.ownerMemberId();
                final long wantedMemberId = decoder.wantedMemberId();
                final long position = decoder.position();
                keep(consumerId, epoch, ownerMemberId, wantedMemberId, position, endPosition);
                final ShardConsumer consumer = consumers.get(consumerId);
                if (consumer != null) {
                    consumer.onChanged(epoch, ownerMemberId, wantedMemberId, position);
                }
            }
            return Action.CONTINUE;
        }

        @Override
        public void onCursorLost(final int lostShardId, final long wantedPosition, final long firstReadablePosition) {
            lostTo = firstReadablePosition;
        }

        private void keep(
                final long consumerId,
                final long epoch,
                final long ownerMemberId,
                final long wantedMemberId,
                final long position,
                final long endPosition) {
            final int slot = (int) (recentTotal % RECENT_COUNT) * 6;
            if (recentTotal >= RECENT_COUNT) {
                completeFrom = Math.max(completeFrom, recent[slot + 5]);
            }
            recentTotal++;
            recent[slot] = consumerId;
            recent[slot + 1] = epoch;
            recent[slot + 2] = ownerMemberId;
            recent[slot + 3] = wantedMemberId;
            recent[slot + 4] = position;
            recent[slot + 5] = endPosition;
        }
    }
}
