package io.lockstep.gateway.bridge;

import io.lockstep.client.AnswerListener;
import io.lockstep.client.SharedSubscriptions;
import io.lockstep.codecs.ResultCode;
import io.lockstep.gateway.bridge.PendingDelivery.Step;
import io.lockstep.gateway.session.SubscriptionMatch;
import io.lockstep.gateway.session.SubscriptionOptions;
import io.lockstep.wire.JournalFormat;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.agrona.CloseHelper;
import org.agrona.collections.Int2ObjectHashMap;

/**
 * What shared subscriptions bring from one shard to one session, see decision 0018: the shard says which messages are this
 * connection's, at most as many at a time as the client takes, and is told when the client has them. A message that is not at hand
 * any more is read again. When the connection ends the shard gives what was not settled to others. Bridge thread only.
 */
final class SharedLane {
    private static final int MAX_CREDIT = 64;
    private static final int READ_LIMIT = 64;
    // To read on costs less than another reader, up to about here.
    private static final long MAX_SKIPPED_BYTES = 8L << 20;

    private final ClusterSession session;
    private final SessionTable table;
    private final int shardId;
    private final Map<String, Share> byFilter = new HashMap<>();
    private final Int2ObjectHashMap<Share> byGroupId = new Int2ObjectHashMap<>();
    // In the order in which the shard gave them.
    private final ArrayDeque<Assigned> waiting = new ArrayDeque<>();
    private final List<Assigned> unanswered = new ArrayList<>();
    private LinkReader reader;
    private boolean isInPumping;

    /** A shared subscription of the session; its group is known once the shard has told it. */
    private static final class Share {
        private final String filter;
        private final SubscriptionOptions options;
        private int groupId = SharedSubscriptions.UNKNOWN;

        Share(final SubscriptionRange range) {
            this.filter = range.text();
            this.options = range.options();
        }
    }

    /** A message that the shard gave to this connection. */
    private static final class Assigned {
        private final Share share;
        private final long position;
        private final int recordLength;
        private final int attempt;
        private Delivery delivery;
        private PendingDelivery pending;

        Assigned(
                final Share share,
                final long position,
                final int recordLength,
                final int attempt,
                final Delivery delivery) {
            this.share = share;
            this.position = position;
            this.recordLength = recordLength;
            this.attempt = attempt;
            this.delivery = delivery;
        }

        // What is sent with QoS 0 gets no answer.
        private boolean isDone() {
            return pending.qos() == 0 || pending.step() == Step.DONE;
        }

        private long beginPosition() {
            return position - JournalFormat.framedLength(recordLength);
        }
    }

    SharedLane(final ClusterSession session, final SessionTable table, final int shardId) {
        this.session = session;
        this.table = table;
        this.shardId = shardId;
    }

    boolean isInPumping() {
        return isInPumping;
    }

    void isInPumping(final boolean newIsInPumping) {
        isInPumping = newIsInPumping;
    }

    /** The session has a shared subscription, or has it with other options now. */
    void subscribe(final SubscriptionRange range) {
        final Share before = byFilter.get(range.text());
        if (before != null && before.options.equals(range.options())) {
            return;
        }
        final Share share = new Share(range);
        byFilter.put(share.filter, share);
        if (before == null) {
            table.sharedStream(shardId).addUse(share.filter);
        } else if (before.groupId != SharedSubscriptions.UNKNOWN) {
            // The group is the same, and so is the credit.
            share.groupId = before.groupId;
            byGroupId.put(share.groupId, share);
            return;
        }
        find(share);
    }

    /** The session has a shared subscription no more; what it had of it is others' now. */
    void unsubscribe(final String filter) {
        final Share share = byFilter.remove(filter);
        if (share != null) {
            table.sharedStream(shardId).removeUse(filter);
            byGroupId.remove(share.groupId);
            waiting.removeIf(assigned -> assigned.share.filter.equals(filter));
            unanswered.removeIf(assigned -> assigned.share.filter.equals(filter));
        }
    }

    /** The shard gave a message to this connection. */
    void onAssigned(final int groupId, final long position, final int recordLength, final int attempt) {
        final Share share = byGroupId.get(groupId);
        if (share != null) {
            waiting.add(new Assigned(
                    share,
                    position,
                    recordLength,
                    attempt,
                    table.sharedStream(shardId).find(position)));
            pump();
        }
    }

    /** Queues what is at hand and reads the rest; returns whether something was done. */
    int pump() {
        int workCount = 0;
        while (!waiting.isEmpty()) {
            final Assigned first = waiting.peek();
            if (first.delivery == null) {
                workCount += read(first);
                if (first.delivery == null) {
                    break;
                }
            }
            if (!queue(first)) {
                break;
            }
            waiting.remove();
            workCount++;
        }
        if (workCount > 0) {
            collect();
        }
        if (waiting.isEmpty()) {
            closeReader();
        } else {
            table.addPumping(this);
        }
        return workCount;
    }

    boolean isPumping() {
        return !waiting.isEmpty();
    }

    /** Tells the shard what the client has. */
    void collect() {
        if (unanswered.isEmpty()) {
            return;
        }
        for (final Share share : byFilter.values()) {
            settleDone(share);
        }
        if (!waiting.isEmpty()) {
            table.addPumping(this);
        }
    }

    void close() {
        byFilter.keySet().forEach(table.sharedStream(shardId)::removeUse);
        byFilter.clear();
        byGroupId.clear();
        waiting.clear();
        unanswered.clear();
        closeReader();
    }

    private void find(final Share share) {
        table.link().findShared(shardId, share.filter, new AnswerListener<>() {
            @Override
            public void onAnswer(final Integer groupId) {
                if (session.isOpen() && byFilter.get(share.filter) == share) {
                    if (groupId == SharedSubscriptions.UNKNOWN) {
                        session.onLost("the cluster does not share subscriptions below feature level 5");
                        return;
                    }
                    share.groupId = groupId;
                    byGroupId.put(share.groupId, share);
                    take(share);
                }
            }

            @Override
            public void onTimeout() {
                onSilence();
            }
        });
    }

    private void take(final Share share) {
        final int credit = Math.max(1, Math.min(MAX_CREDIT, session.front().receiveMaximum()));
        table.link().creditShared(shardId, share.groupId, session.epoch(), credit, new CodeListener());
    }

    // False where there is no room.
    private boolean queue(final Assigned assigned) {
        final Delivery delivery = assigned.delivery;
        final DeliveryQueue queue = session.front().deliveries();
        if (!queue.hasRoomFor(delivery.lengthBytes())) {
            return false;
        }
        final SubscriptionOptions options = assigned.share.options;
        final SubscriptionMatch match = options.identifier() == SubscriptionOptions.NO_IDENTIFIER
                ? SubscriptionMatch.ofQos(options.maximumQos())
                : new SubscriptionMatch(
                        options.maximumQos(), options.isRetainAsPublished(), List.of(options.identifier()));
        final int qos = Math.min(options.maximumQos(), delivery.traits().qos());
        final boolean isRetained =
                options.isRetainAsPublished() && delivery.traits().isRetained();
        assigned.pending = PendingDelivery.uncounted(delivery, match, qos, isRetained);
        assigned.delivery = null;
        unanswered.add(assigned);
        if (!session.front().mayRead(delivery.topic())) {
            table.counters().messagesDenied().increment();
            assigned.pending.step(Step.DONE);
            return true;
        }
        queue.add(assigned.pending);
        session.front().onDeliveries();
        return true;
    }

    private int read(final Assigned wanted) {
        final long begin = wanted.beginPosition();
        final boolean isElsewhere = reader != null
                && reader.position() >= 0
                && (reader.position() > begin || reader.position() < begin - MAX_SKIPPED_BYTES);
        if (isElsewhere) {
            closeReader();
        }
        if (reader == null) {
            reader = table.openReader(shardId, begin, this::onReaderMessage);
        }
        final int count = reader.poll(READ_LIMIT);
        // Reading drives the client, whose answers may have ended the session.
        if (reader == null) {
            return count;
        }
        if (wanted.delivery == null && (reader.isLost() || reader.position() >= wanted.position)) {
            // Retention removed it, and nobody can have it any more.
            closeReader();
            waiting.remove(wanted);
            settle(wanted.share, List.of(wanted));
        }
        return count;
    }

    private boolean onReaderMessage(final LinkMessage message) {
        final Assigned wanted = waiting.peek();
        if (wanted == null) {
            return false;
        }
        if (message.position() < wanted.position) {
            return true;
        }
        if (message.position() == wanted.position) {
            final DeliverySource source = new DeliverySource();
            source.wrap(message);
            wanted.delivery = source.delivery();
            return true;
        }
        // It goes on from here for the next one.
        return false;
    }

    private void settleDone(final Share share) {
        List<Assigned> done = null;
        for (int i = 0; i < unanswered.size(); ) {
            final Assigned assigned = unanswered.get(i);
            if (assigned.share.groupId == share.groupId && assigned.isDone()) {
                done = done == null ? new ArrayList<>() : done;
                done.add(assigned);
                unanswered.remove(i);
            } else {
                i++;
            }
        }
        if (done != null) {
            settle(share, done);
        }
    }

    private void settle(final Share share, final List<Assigned> done) {
        table.link()
                .settleShared(
                        shardId,
                        share.groupId,
                        session.epoch(),
                        done.stream().mapToLong(assigned -> assigned.position).toArray(),
                        done.stream().mapToInt(assigned -> assigned.attempt).toArray(),
                        new CodeListener());
    }

    private void onSilence() {
        if (session.isOpen()) {
            session.onLost("shard " + shardId + " did not answer in time");
        }
    }

    private void closeReader() {
        CloseHelper.close(reader);
        reader = null;
    }

    private final class CodeListener implements AnswerListener<ResultCode> {
        @Override
        public void onAnswer(final ResultCode code) {
            // Where the subscription ended meanwhile, or the connection, there is nothing left to say.
        }

        @Override
        public void onTimeout() {
            onSilence();
        }
    }
}
