package io.lockstep.gateway.bridge;

import io.lockstep.client.SubscriptionChange;
import io.lockstep.client.SubscriptionResults;
import io.lockstep.codecs.ResultCode;
import io.lockstep.gateway.session.SubscriptionOptions;
import io.lockstep.topic.TopicFilter;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/** One SUBSCRIBE or UNSUBSCRIBE: what of it the shards are asked for, and what they answered together. Bridge thread only. */
final class SubscriptionRequests {
    private static final SubscriptionOptions NONE = SubscriptionOptions.ofQos(0);
    private static final byte[] NOBODY = {};

    private final BridgeCommand.Subscribe subscribe;
    private final BridgeCommand.Unsubscribe unsubscribe;
    private final List<SubscriptionChange> changes = new ArrayList<>();
    private final List<SubscriptionOptions> options = new ArrayList<>();
    // Of the change with the same index.
    private final List<Integer> requestIndexes = new ArrayList<>();
    private final int[] results;
    private final boolean isSilent;
    private final BitSet refused = new BitSet();
    private final BitSet added = new BitSet();
    private final BitSet kept = new BitSet();
    private int awaited;

    SubscriptionRequests(final BridgeCommand.Subscribe subscribe) {
        this.subscribe = subscribe;
        this.unsubscribe = null;
        this.results = new int[subscribe.requests().size()];
        this.isSilent = false;
    }

    SubscriptionRequests(final BridgeCommand.Unsubscribe unsubscribe) {
        this(unsubscribe, false);
    }

    private SubscriptionRequests(final BridgeCommand.Unsubscribe unsubscribe, final boolean isSilent) {
        this.subscribe = null;
        this.unsubscribe = unsubscribe;
        this.results = new int[unsubscribe.filters().size()];
        this.isSilent = isSilent;
    }

    /**
     * Ends the subscriptions that some shards took and others refused, where they were new or took the place of others: the
     * client was told that it does not have them, and no two shards are to hold different ones. Returns null where there are
     * none.
     */
    SubscriptionRequests undo(final BridgeSession session) {
        final BitSet halves = (BitSet) refused.clone();
        halves.and(added);
        halves.andNot(kept);
        if (halves.isEmpty()) {
            return null;
        }
        final List<String> filters =
                halves.stream().mapToObj(index -> changes.get(index).filter()).toList();
        return new SubscriptionRequests(new BridgeCommand.Unsubscribe(session, 0, filters), true);
    }

    List<SubscriptionChange> changes() {
        return changes;
    }

    /** On whose behalf the cluster asks its access rules; empty for nobody's. */
    byte[] principal() {
        return subscribe == null ? NOBODY : subscribe.principal();
    }

    /** Options of the change with the same index. */
    List<SubscriptionOptions> options() {
        return options;
    }

    /** Works out what is asked for, with as many new filters as there is room for. */
    void prepare(final Predicate<String> isPresent, final int room, final int maxChanges) {
        int left = room;
        for (int i = 0; i < results.length; i++) {
            if (changes.size() == maxChanges) {
                results[i] = SubscribeResult.TOO_MANY;
            } else if (unsubscribe != null && !isFilter(unsubscribe.filters().get(i))) {
                results[i] = SubscribeResult.NO_FILTER;
            } else if (unsubscribe != null) {
                add(i, new SubscriptionChange(false, unsubscribe.filters().get(i), 0, 0), NONE);
            } else {
                final SubscribeRequest request = subscribe.requests().get(i);
                if (request.isRefused()) {
                    results[i] = request.refusalCode();
                    continue;
                }
                final String filter = request.filter().toString();
                if (!isPresent.test(filter) && left-- <= 0) {
                    results[i] = SubscribeResult.TOO_MANY;
                } else {
                    add(i, SubscriptionRange.toChange(filter, request.options()), request.options());
                }
            }
        }
    }

    /** What is subscribed to. */
    void forEachNew(final BiConsumer<TopicFilter, SubscriptionOptions> consumer) {
        for (int i = 0; subscribe != null && i < changes.size(); i++) {
            consumer.accept(subscribe.requests().get(requestIndexes.get(i)).filter(), options.get(i));
        }
    }

    void awaited(final int shardCount) {
        awaited = shardCount;
    }

    boolean isAnswered() {
        return awaited == 0;
    }

    void onAnswered(final SubscriptionResults answer) {
        awaited--;
        for (int i = 0; i < changes.size(); i++) {
            final int index = requestIndexes.get(i);
            note(i, answer);
            if (answer.code() != ResultCode.ACCEPTED) {
                results[index] = SubscribeResult.TOO_MANY;
            } else if (unsubscribe != null && results[index] >= 0) {
                results[index] |= answer.results()[i] == SubscriptionResults.ENDED ? 1 : 0;
            } else if (SubscriptionResults.isRefused(answer.results()[i])) {
                results[index] = answer.results()[i] == SubscriptionResults.NOT_ALLOWED
                        ? SubscribeResult.NOT_ALLOWED
                        : SubscribeResult.TOO_MANY;
            }
        }
    }

    private void note(final int changeIndex, final SubscriptionResults answer) {
        final byte result =
                answer.code() == ResultCode.ACCEPTED ? answer.results()[changeIndex] : SubscriptionResults.TOO_MANY;
        switch (result) {
            case SubscriptionResults.TOO_MANY, SubscriptionResults.NOT_ALLOWED -> refused.set(changeIndex);
            case SubscriptionResults.NEW, SubscriptionResults.REPLACED -> added.set(changeIndex);
            default -> kept.set(changeIndex);
        }
    }

    /** Whether a shard refused a change. */
    boolean isRefused(final int changeIndex) {
        return refused.get(changeIndex);
    }

    /** Tells the front end what became of it. */
    void answer(final BridgeSession session) {
        if (isSilent) {
            return;
        }
        if (subscribe != null) {
            session.onSubscribed(subscribe, results);
            return;
        }
        session.onUnsubscribed(unsubscribe, results);
    }

    /** Tells the front end that there is no session. */
    void answerClosed(final BridgeSession session) {
        for (int i = 0; subscribe != null && i < results.length; i++) {
            final SubscribeRequest request = subscribe.requests().get(i);
            results[i] = request.isRefused() ? request.refusalCode() : SubscribeResult.CLOSED;
        }
        answer(session);
    }

    private static boolean isFilter(final String text) {
        try {
            TopicFilter.parse(text);
            return true;
        } catch (final IllegalArgumentException ex) {
            // The client is told by the reason code.
            return false;
        }
    }

    private void add(final int requestIndex, final SubscriptionChange change, final SubscriptionOptions wanted) {
        changes.add(change);
        options.add(wanted);
        requestIndexes.add(requestIndex);
        results[requestIndex] = subscribe == null ? 0 : wanted.maximumQos();
    }
}
