package io.lockstep.client;

import io.lockstep.topic.TopicFilter;
import java.util.ArrayList;
import java.util.List;

/** Collects the last values of all shards. Whoever asks has the deadline. */
final class LastValueLister implements AutoCloseable {
    private final LastValuePages[] pages;
    private final List<List<LastValue>> valuesByShard = new ArrayList<>();
    private final Message message = new Message();

    LastValueLister(final LockstepClient client, final TopicFilter filter, final int shardCount) {
        pages = new LastValuePages[shardCount];
        for (int i = 0; i < shardCount; i++) {
            pages[i] = new LastValuePages(i, new TopicFilter[] {filter}, false, new LastValueCaller(client, i));
            valuesByShard.add(new ArrayList<>());
        }
    }

    void doWork() {
        for (int i = 0; i < pages.length; i++) {
            pages[i].doWork();
            while (pages[i].hasValue()) {
                message.wrap(i, pages[i].record(), 0, pages[i].position());
                valuesByShard.get(i).add(new LastValue(message));
                pages[i].next();
            }
        }
    }

    /** A shard that did not tell all of its values yet, or -1. */
    int missingShardId() {
        for (int i = 0; i < pages.length; i++) {
            if (!pages[i].isDone()) {
                return i;
            }
        }
        return -1;
    }

    List<LastValue> values() {
        final List<LastValue> values = new ArrayList<>();
        valuesByShard.forEach(values::addAll);
        return values;
    }

    @Override
    public void close() {
        for (final LastValuePages shard : pages) {
            shard.close();
        }
    }
}
