package io.lockstep.gateway.aeron;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.SubscriberListener;
import io.lockstep.client.internal.RecordReader;
import org.agrona.DirectBuffer;

/** The cluster as the front end sees it; a seam for tests. */
interface Upstream {
    int shardCount();

    boolean isConnected(int shardId);

    int leaderNodeId(int shardId);

    /** How far a journal is known to reach, or -1. */
    long journalPosition(int shardId);

    /** Above 0 where a command was taken, else a negative code of Aeron's publications. */
    long offer(int shardId, DirectBuffer buffer, int offset, int length);

    RecordReader openReader(int shardId, StartPosition start, SubscriberListener listener);
}
