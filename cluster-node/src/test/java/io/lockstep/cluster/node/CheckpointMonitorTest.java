package io.lockstep.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.cluster.service.ServiceStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node and what the others say of their checkpoints, by hand. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class CheckpointMonitorTest {
    private static final long NOW_NS = 1_000;
    private static final long LATER_NS = NOW_NS + CheckpointComparison.GRACE_NS;

    private final List<String> failures = new ArrayList<>();
    private final List<String> errors = new ArrayList<>();
    private final Peer first = new Peer(1);
    private final Peer second = new Peer(2);
    private long ownPosition = -1;
    private long ownHash;
    private final CheckpointMonitor monitor =
            new CheckpointMonitor(1, 3, shardId -> status(), List.of(first, second), new Errors(), failures::add);

    @Test
    void shouldDoNothingWhenAllAgree() {
        own(100, 0xa);
        first.says(100, 0xa);
        second.says(100, 0xa);

        assertTrue(round(LATER_NS));
        assertNothingHappened();
    }

    @Test
    void shouldDoNothingWhenNobodyAnswers() {
        own(100, 0xa);

        assertTrue(round(NOW_NS));
        assertTrue(round(LATER_NS));
        assertNothingHappened();
    }

    @Test
    void shouldStopWhenBothOthersDiffer() {
        own(100, 0xa);
        first.says(100, 0xb);
        second.says(100, 0xb);

        assertFalse(round(NOW_NS));

        assertEquals(
                List.of("DIVERGED: shard 0: the checkpoint at journal position 100 is 000000000000000a here, but it is"
                        + " 000000000000000b on node 1, 000000000000000b on node 2; 1 of 3 nodes are known to have what"
                        + " this node has"),
                failures);
    }

    @Test
    void shouldStopWhenAllThreeDifferFromEachOther() {
        own(100, 0xa);
        first.says(100, 0xb);
        second.says(100, 0xc);

        assertFalse(round(NOW_NS));
        assertEquals(1, failures.size());
    }

    @Test
    void shouldReportOnceAndGoOnWhenOneOtherDiffers() {
        own(100, 0xa);
        first.says(100, 0xb);
        second.says(100, 0xa);

        assertTrue(round(NOW_NS));
        assertTrue(round(LATER_NS));

        assertEquals(List.of(), failures);
        assertEquals(1, errors.size(), errors::toString);
        assertTrue(errors.get(0).contains("000000000000000b on node 1; 2 of 3"), errors::toString);
    }

    @Test
    void shouldWaitForTheThirdNodeWhenTheSecondDiffers() {
        // given
        own(100, 0xa);
        first.says(100, 0xb);
        assertTrue(round(NOW_NS));
        assertNothingHappened();

        // when the third agrees at a later checkpoint, which covers the earlier one
        own(200, 0xaa);
        second.says(200, 0xaa);

        // then
        assertTrue(round(LATER_NS));
        assertEquals(List.of(), failures);
        assertEquals(1, errors.size(), errors::toString);
    }

    @Test
    void shouldStopWhenTheThirdNodeStaysSilent() {
        own(100, 0xa);
        first.says(100, 0xb);

        assertTrue(round(NOW_NS));
        assertFalse(round(LATER_NS));
        assertEquals(1, failures.size());
    }

    @Test
    void shouldNotCountAnAgreementFromBeforeTheDifference() {
        own(100, 0xa);
        first.says(100, 0xa);
        second.says(100, 0xa);
        assertTrue(round(NOW_NS));
        own(200, 0xaa);
        first.says(200, 0xbb);
        second.says(200, 0xbb);

        assertFalse(round(NOW_NS));
    }

    @Test
    void shouldCompareWhenTheOtherWasAhead() {
        first.says(200, 0xb);
        second.says(200, 0xb);
        own(100, 0xa);
        assertTrue(round(NOW_NS));

        own(200, 0xa);

        assertFalse(round(NOW_NS));
    }

    @Test
    void shouldForgetADifferenceWhenTheNodeHasMendedItsJournal() {
        // given
        own(100, 0xa);
        first.says(100, 0xb);
        second.says(100, 0xa);
        assertTrue(round(NOW_NS));
        own(200, 0xaa);
        first.says(200, 0xaa);
        second.says(200, 0xaa);
        assertTrue(round(NOW_NS));

        // when another differs
        own(300, 0xaaa);
        first.says(300, 0xaaa);
        second.says(300, 0xbbb);

        // then
        assertTrue(round(LATER_NS));
        assertEquals(List.of(), failures);
        assertEquals(2, errors.size(), errors::toString);
    }

    @Test
    void shouldAskOnItsOwnThreadAndEndWhenClosed() throws InterruptedException {
        // given
        own(100, 0xa);
        final CountDownLatch asked = new CountDownLatch(1);
        final List<Thread> threads = new ArrayList<>();
        final CheckpointMonitor running = new CheckpointMonitor(
                1,
                3,
                shardId -> status(),
                List.of(sink -> {
                    threads.add(Thread.currentThread());
                    asked.countDown();
                }),
                new Errors(),
                failures::add);

        // when
        running.start();
        asked.await();
        running.close();

        // then
        assertEquals("lockstep-checkpoints", threads.get(0).getName());
        assertFalse(threads.get(0).isAlive());
        running.close();
    }

    private void assertNothingHappened() {
        assertEquals(List.of(), failures);
        assertEquals(List.of(), errors);
    }

    private boolean round(final long nowNs) {
        monitor.takeOwn();
        monitor.askPeers();
        return monitor.judge(nowNs);
    }

    private void own(final long position, final long hash) {
        ownPosition = position;
        ownHash = hash;
    }

    private ServiceStatus status() {
        return new ServiceStatus(
                true, 0, 0, 0, 0, 0, 0, ownPosition, ownHash, 0, 0, 0, true, false, 0, 0, 0, Long.MAX_VALUE);
    }

    private static final class Peer implements CheckpointMonitor.PeerCheckpoints {
        private final int nodeId;
        private long position = -1;
        private long hash;

        Peer(final int nodeId) {
            this.nodeId = nodeId;
        }

        void says(final long newPosition, final long newHash) {
            position = newPosition;
            hash = newHash;
        }

        @Override
        public void ask(final Sink sink) {
            sink.onCheckpoint(nodeId, 0, position, String.format("%016x", hash));
        }
    }

    private final class Errors implements NodeListener {
        @Override
        public void onEvent(final String line) {}

        @Override
        public void onError(final Throwable throwable) {
            errors.add(throwable.getMessage());
        }

        @Override
        public void onFailed(final String reason) {}
    }
}
