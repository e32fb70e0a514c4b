package io.lockstep.cluster.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aeron.Publication;
import io.lockstep.codecs.DescribeShardEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EngineServiceTest {
    private final FakeCluster cluster = new FakeCluster();
    private final FakeSession session = new FakeSession();
    private final ServiceHealth health = new ServiceHealth();
    // None of the commands here writes to the journal.
    private final EngineService service =
            new EngineService((started, position, hash) -> null, health, () -> cluster.nowNs);

    @BeforeEach
    void start() {
        service.onStart(cluster, null);
    }

    @Test
    void shouldAnswerTheSessionThatAsked() {
        // when
        describe();

        // then
        assertEquals(1, session.takenLengths.size());
        assertEquals(0, service.droppedReplies());
    }

    @Test
    void shouldDropAndCountAReplyWhenTheStreamIsFull() {
        // given
        session.refusal = Publication.BACK_PRESSURED;

        // when
        describe();

        // then
        assertEquals(3, session.offers, "attempts");
        assertEquals(1, service.droppedReplies());
        assertNull(health.failure());
    }

    @Test
    void shouldDropAndCountAReplyWhenItIsLongerThanTheStreamTakes() {
        // given
        session.maxLength = 10;

        // when
        describe();
        session.maxLength = Integer.MAX_VALUE;
        describe();

        // then
        assertNull(health.failure());
        assertEquals(1, service.droppedReplies());
        assertEquals(1, session.takenLengths.size(), "the service went on");
    }

    @Test
    void shouldNotCountAReplyWhenItsSessionIsGone() {
        // when
        service.reply(FakeSession.ID, new UnsafeBuffer(new byte[8]), 0, 8);

        // then
        assertEquals(0, service.droppedReplies());
    }

    @Test
    void shouldAskAgainWhenATimerIsRefused() {
        // given
        cluster.timersToRefuse = 5;

        // when
        service.requestTimer(4_711);

        // then
        assertEquals(4_711, cluster.timerDeadlineNs);
    }

    @Test
    void shouldGiveUpWhenNoTimerIsTakenForTooLong() {
        // given
        cluster.timersToRefuse = Long.MAX_VALUE;
        final long beginNs = cluster.nowNs;

        // when
        assertThrows(IllegalStateException.class, () -> service.requestTimer(4_711));

        // then
        final long waitedNs = cluster.nowNs - beginNs;
        assertTrue(waitedNs > EngineService.TIMER_TIMEOUT_NS, "gave up after " + waitedNs + " ns");
        assertTrue(
                waitedNs <= EngineService.TIMER_TIMEOUT_NS + 2 * FakeCluster.IDLE_NS,
                "gave up only after " + waitedNs + " ns");
    }

    @Test
    void shouldTellTheEngineWhenALeadershipTermBegins() {
        // given
        final long before = service.stateHash();

        // when
        service.onNewLeadershipTermEvent(3, 64, 0, 0, 1, 0, TimeUnit.NANOSECONDS, 0);

        // then
        assertNotEquals(before, service.stateHash());
    }

    @Test
    void shouldLatchTheFirstFailureAndTakeNothingMoreWhenAHandlerThrows() {
        // given
        final IllegalStateException broken = new IllegalStateException("the session is broken");
        session.onOffer = () -> {
            throw broken;
        };

        // when
        describe();
        session.onOffer = () -> {};
        describe();

        // then
        assertEquals(broken, health.failure());
        assertEquals(1, session.offers);
        assertNotNull(assertThrows(IllegalStateException.class, () -> service.onTakeSnapshot(null))
                .getCause());
    }

    private void describe() {
        final UnsafeBuffer command =
                new UnsafeBuffer(new byte[MessageHeaderEncoder.ENCODED_LENGTH + DescribeShardEncoder.BLOCK_LENGTH]);
        new DescribeShardEncoder()
                .wrapAndApplyHeader(command, 0, new MessageHeaderEncoder())
                .correlationId(1);
        cluster.logPosition += 64;
        service.onSessionMessage(session, cluster.nowNs, command, 0, command.capacity(), null);
    }
}
