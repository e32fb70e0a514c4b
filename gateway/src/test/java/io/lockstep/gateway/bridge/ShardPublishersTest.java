package io.lockstep.gateway.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.codecs.ResultCode;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class ShardPublishersTest {
    private static final UnsafeBuffer EMPTY = new UnsafeBuffer(new byte[0]);

    private final List<String> fates = new ArrayList<>();
    private final List<String> log = new ArrayList<>();
    private final List<FakePublisher> made = new ArrayList<>();
    private final ShardPublishers publishers = new ShardPublishers(2, this::newPublisher, new Fates(), log::add);

    @Test
    void shouldLeaveTheOtherShardsAloneWhenOneIsSilentForTooLong() {
        // given
        final FakePublisher healthy = made.get(0);
        final FakePublisher silent = made.get(1);
        final long first = offer(0);
        final long lost = offer(1);
        assertTrue(first > 0 && lost > 0);
        assertNotEquals(first, lost);

        // when
        silent.expire();
        assertEquals(ClusterLink.BACK_PRESSURED, offer(1));
        assertEquals(1, publishers.replaceClosed());
        assertEquals(0, publishers.replaceClosed());

        // then
        assertEquals(List.of("unknown " + lost), fates);
        assertEquals(3, made.size());
        assertEquals(1, log.size());
        assertTrue(log.get(0).contains("shard 1") && log.get(0).contains("silent"), log.get(0));
        final long second = offer(0);
        final long again = offer(1);
        assertEquals(4, List.of(first, lost, second, again).stream().distinct().count());
        healthy.listener.onAccepted(1, 0, 64);
        healthy.listener.onRefused(2, ResultCode.READ_ONLY, 0);
        made.get(2).listener.onAccepted(1, 1, 64);
        assertEquals(List.of("unknown " + lost, "accepted " + first, "refused " + second, "accepted " + again), fates);
    }

    @Test
    void shouldReplaceThePublisherWhenItTakesNothingAnyMore() {
        made.get(1).refusal = Publisher.CLOSED;

        assertEquals(ClusterLink.BACK_PRESSURED, offer(1));
        assertEquals(1, publishers.replaceClosed());

        assertTrue(made.get(1).isClosed());
        assertTrue(offer(1) > 0);
    }

    @Test
    void shouldTellImpossibleFromBusyWhenAMessageIsNotTaken() {
        made.get(0).refusal = Publisher.TOO_LARGE;
        assertEquals(ClusterLink.IMPOSSIBLE, offer(0));
        made.get(0).refusal = Publisher.NOT_CONNECTED;
        assertEquals(ClusterLink.BACK_PRESSURED, offer(0));
        made.get(0).refusal = Publisher.BACK_PRESSURED;
        assertEquals(ClusterLink.BACK_PRESSURED, offer(0));
        assertEquals(0, publishers.replaceClosed());
    }

    private long offer(final int shardId) {
        return publishers.offer(shardId, "a", EMPTY, 0, EMPTY, 0);
    }

    private LinkPublisher newPublisher(final PublishListener listener) {
        made.add(new FakePublisher(listener));
        return made.get(made.size() - 1);
    }

    /** Takes messages and answers none. */
    private static final class FakePublisher implements LinkPublisher {
        private final PublishListener listener;
        private long refusal;
        private long lastMessageId;
        private String closeReason;

        FakePublisher(final PublishListener listener) {
            this.listener = listener;
        }

        void expire() {
            closeReason = "silent";
            for (long messageId = 1; messageId <= lastMessageId; messageId++) {
                listener.onUnknown(messageId, closeReason);
            }
        }

        @Override
        public long offer(
                final String topic,
                final DirectBuffer headers,
                final int headersLength,
                final DirectBuffer payload,
                final int payloadLength) {
            if (refusal != 0) {
                return refusal;
            }
            return isClosed() ? Publisher.CLOSED : ++lastMessageId;
        }

        @Override
        public boolean isClosed() {
            return closeReason != null;
        }

        @Override
        public String closeReason() {
            return closeReason;
        }

        @Override
        public void close() {
            if (closeReason == null) {
                closeReason = "closed";
            }
        }
    }

    private final class Fates implements ClusterLinkListener {
        @Override
        public void onSessionChanged(final long sessionId, final long epoch) {
            throw new IllegalStateException("publishers know no sessions");
        }

        @Override
        public void onSharedAssigned(
                final int shardId,
                final int groupId,
                final long epoch,
                final long position,
                final int recordLength,
                final int attempt) {
            throw new AssertionError("publishers read nothing");
        }

        @Override
        public void onMembershipLost(final int shardId) {
            throw new IllegalStateException("publishers know no members");
        }

        @Override
        public void onAccepted(final long messageId, final int shardId) {
            fates.add("accepted " + messageId);
        }

        @Override
        public void onRefused(final long messageId, final ResultCode code) {
            fates.add("refused " + messageId);
        }

        @Override
        public void onUnknown(final long messageId, final String reason) {
            fates.add("unknown " + messageId);
        }

        @Override
        public void onMessage(final LinkMessage message) {
            throw new AssertionError("nobody reads");
        }

        @Override
        public void onStreamLost(final String reason) {
            throw new AssertionError("nobody reads");
        }
    }
}
