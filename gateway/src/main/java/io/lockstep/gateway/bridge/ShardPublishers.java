package io.lockstep.gateway.bridge;

import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.codecs.ResultCode;
import java.util.function.Consumer;
import java.util.function.Function;
import org.agrona.DirectBuffer;

/**
 * One publisher for each shard, so that a silent shard ends nobody's messages in another. A publisher that closed by
 * itself is replaced by a new one. Bridge thread only.
 */
final class ShardPublishers {
    private final Lane[] lanes;
    private final Function<PublishListener, LinkPublisher> supplier;
    private final ClusterLinkListener listener;
    private final Consumer<String> logger;

    ShardPublishers(
            final int shardCount,
            final Function<PublishListener, LinkPublisher> supplier,
            final ClusterLinkListener listener,
            final Consumer<String> logger) {
        this.supplier = supplier;
        this.listener = listener;
        this.logger = logger;
        this.lanes = new Lane[shardCount];
        for (int shardId = 0; shardId < shardCount; shardId++) {
            lanes[shardId] = new Lane(shardId);
        }
    }

    /** As {@link ClusterLink#offer}. */
    long offer(
            final int shardId,
            final String topic,
            final DirectBuffer headers,
            final int headersLength,
            final DirectBuffer payload,
            final int payloadLength) {
        return lanes[shardId].offer(topic, headers, headersLength, payload, payloadLength);
    }

    /** Replaces the publishers that closed; returns their number. */
    int replaceClosed() {
        int replaced = 0;
        for (final Lane lane : lanes) {
            replaced += lane.replaceIfClosed();
        }
        return replaced;
    }

    private final class Lane {
        private final int shardId;
        private LinkPublisher publisher;
        private boolean isRefusedForGood;
        // Ids of a publisher begin at 1; those of a lane go on over publishers.
        private long base;
        private long last;

        Lane(final int shardId) {
            this.shardId = shardId;
            this.publisher = supplier.apply(new Fates(0));
        }

        long offer(
                final String topic,
                final DirectBuffer headers,
                final int headersLength,
                final DirectBuffer payload,
                final int payloadLength) {
            final long result = publisher.offer(topic, headers, headersLength, payload, payloadLength);
            if (result > 0) {
                last = base + result;
                return linkId(last);
            }
            isRefusedForGood |= result == Publisher.CLOSED;
            // Compared one by one: the client's codes are no constants of a switch here.
            if (result == Publisher.BACK_PRESSURED || result == Publisher.NOT_CONNECTED || result == Publisher.CLOSED) {
                return ClusterLink.BACK_PRESSURED;
            }
            return ClusterLink.IMPOSSIBLE;
        }

        int replaceIfClosed() {
            if (!isRefusedForGood && !publisher.isClosed()) {
                return 0;
            }
            logger.accept("the publisher of shard " + shardId + " is replaced: " + publisher.closeReason());
            publisher.close();
            base = last;
            isRefusedForGood = false;
            publisher = supplier.apply(new Fates(base));
            return 1;
        }

        // The shards share the numbers: shard s of n has s + n, s + 2n and so on.
        private long linkId(final long laneId) {
            return laneId * lanes.length + shardId;
        }

        private final class Fates implements PublishListener {
            private final long publisherBase;

            Fates(final long publisherBase) {
                this.publisherBase = publisherBase;
            }

            @Override
            public void onAccepted(final long messageId, final int acceptingShardId, final long position) {
                listener.onAccepted(linkId(publisherBase + messageId), acceptingShardId);
            }

            @Override
            public void onRefused(final long messageId, final ResultCode code, final long detail) {
                listener.onRefused(linkId(publisherBase + messageId), code);
            }

            @Override
            public void onUnknown(final long messageId, final String reason) {
                listener.onUnknown(linkId(publisherBase + messageId), reason);
            }
        }
    }
}
