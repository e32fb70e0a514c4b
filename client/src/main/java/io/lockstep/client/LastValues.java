package io.lockstep.client;

import io.lockstep.topic.TopicFilter;
import java.util.List;

/**
 * The last values of a cluster's topics, to read once; {@link SubscriberConfig#withLastValues} goes on with what comes
 * after. Made by {@link LockstepClient#lastValues()}; belongs to the thread that owns the client, and is not to be called
 * from a handler or listener.
 */
public final class LastValues {
    private final LockstepClient client;

    LastValues(final LockstepClient client) {
        this.client = client;
    }

    /**
     * Asks all shards for the last values of their topics and waits for the answers. Each is the newest at the time when
     * its shard answers; while they change, they need not be of one moment.
     *
     * @param filter    topic filter; {@code #} for all.
     * @param timeoutNs greatest time to wait.
     * @return the values that are set and have not expired, by shard and in the order in which their topics were created.
     * @throws LockstepException where a shard did not answer in time, or keeps no last values.
     */
    public List<LastValue> list(final String filter, final long timeoutNs) {
        final long deadlineNs = client.nowNs() + timeoutNs;
        try (LastValueLister lister = new LastValueLister(client, TopicFilter.parse(filter), client.shardCount())) {
            lister.doWork();
            while (lister.missingShardId() >= 0) {
                client.workOrIdle();
                lister.doWork();
                if (client.nowNs() - deadlineNs >= 0 && lister.missingShardId() >= 0) {
                    throw new LockstepException("shard " + lister.missingShardId()
                            + " did not list its last values in time; 'lockstep status' shows whether it has a leader");
                }
            }
            return lister.values();
        }
    }
}
