package io.lockstep.gateway.bridge;

import io.lockstep.client.AnswerListener;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.SessionUpdate;
import io.lockstep.gateway.bridge.PendingDelivery.Step;
import io.lockstep.gateway.session.SubscriptionMatch;
import io.lockstep.gateway.session.SubscriptionOptions;
import java.util.ArrayDeque;
import java.util.List;

/**
 * Brings the last values of one shard to a session that subscribed, page by page as the client has room; the lane is held
 * until all are queued, so that nothing newer comes before them. When the client has answered the last of them, the shard is told:
 * before that, another connection gets them again. Bridge thread only.
 */
final class RetainedFetch implements AnswerListener<RetainedPage> {
    private final ClusterSession session;
    private final SessionTable table;
    private final SessionLane lane;
    private final List<Item> items;
    private final ArrayDeque<PendingDelivery> unanswered = new ArrayDeque<>();
    private int itemIndex;
    private int topicId;
    private RetainedPage page;
    private int pageIndex;
    private boolean isQueued;
    private boolean isTold;

    /** What is to be fetched: last values that match the subscription, up to a place of the journal. */
    record Item(SubscriptionRange range, long upToPosition) {}

    RetainedFetch(
            final ClusterSession session, final SessionTable table, final SessionLane lane, final List<Item> items) {
        this.session = session;
        this.table = table;
        this.lane = lane;
        this.items = List.copyOf(items);
    }

    void start() {
        lane.hold();
        ask();
    }

    /** Queues what there is room for; returns 1 where something was done. */
    int pump() {
        if (page == null || !session.isOpen()) {
            return 0;
        }
        final int before = pageIndex;
        while (pageIndex < page.values().size()) {
            if (!queue(page.values().get(pageIndex))) {
                return pageIndex > before ? 1 : 0;
            }
            pageIndex++;
        }
        final boolean isLast = page.isLast();
        topicId = page.nextTopicId();
        page = null;
        if (isLast) {
            topicId = 0;
            itemIndex++;
        }
        if (itemIndex < items.size()) {
            ask();
        } else {
            isQueued = true;
            lane.release();
            session.onProgress();
        }
        return 1;
    }

    boolean isQueued() {
        return isQueued;
    }

    /** Whether it is about subscriptions that count from a place in a shard, and not all was answered. */
    boolean isAbout(final SessionLane itsLane, final long fromPosition) {
        return !isTold
                && lane == itsLane
                && items.stream().anyMatch(item -> item.range().fromPosition() == fromPosition);
    }

    /** Looks how far the client got; returns true when there is nothing left to do. */
    boolean collect(final UpdateBatches updates) {
        for (final PendingDelivery pending : unanswered) {
            if (pending.step() == Step.RECEIVED && pending.told() == Step.UNANSWERED) {
                // It has no ordinal under which that could be noted.
                pending.told(Step.RECEIVED);
                session.front().onReceiptNoted(pending);
            }
        }
        unanswered.removeIf(pending -> pending.step() == Step.DONE);
        if (isQueued && unanswered.isEmpty() && !isTold) {
            isTold = true;
            for (final Item item : items) {
                final long from = item.range().fromPosition();
                // The last of those that the shard can't tell apart speaks for all.
                if (!session.isFetching(lane, from, this)) {
                    updates.add(session, lane.shardId(), SessionUpdate.RETAINED_SENT, from, 0, null);
                }
            }
        }
        return isTold;
    }

    @Override
    public void onAnswer(final RetainedPage answer) {
        if (!session.isOpen()) {
            return;
        }
        if (answer.code() != ResultCode.ACCEPTED) {
            session.onLost("shard " + lane.shardId() + " does not tell its last values: " + answer.code());
            return;
        }
        page = answer;
        pageIndex = 0;
    }

    @Override
    public void onTimeout() {
        if (session.isOpen()) {
            session.onLost("shard " + lane.shardId() + " did not tell its last values in time");
        }
    }

    private void ask() {
        final Item item = items.get(itemIndex);
        table.link().lastValues(lane.shardId(), item.range().text(), topicId, item.upToPosition(), this);
    }

    // False where there is no room.
    private boolean queue(final Delivery delivery) {
        final SubscriptionOptions options = items.get(itemIndex).range().options();
        final DeliveryQueue queue = session.front().deliveries();
        if (!queue.hasRoomFor(delivery.lengthBytes())) {
            return false;
        }
        final boolean isOwn = options.isNoLocal()
                && session.clientId().equals(delivery.traits().from());
        if (isOwn || !session.front().mayRead(delivery.topic())) {
            return true;
        }
        final int qos = Math.min(options.maximumQos(), delivery.traits().qos());
        final SubscriptionMatch match = SubscriptionMatch.of(options);
        final PendingDelivery pending = PendingDelivery.uncounted(delivery, match, qos, true);
        if (qos > 0) {
            unanswered.add(pending);
        }
        queue.add(pending);
        session.front().onDeliveries();
        return true;
    }
}
