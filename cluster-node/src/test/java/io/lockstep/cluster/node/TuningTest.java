package io.lockstep.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aeron.ChannelUri;
import io.aeron.CommonContext;
import io.aeron.archive.ArchiveThreadingMode;
import io.aeron.cluster.ConsensusModule;
import io.aeron.cluster.client.AeronCluster;
import io.aeron.driver.ThreadingMode;
import io.aeron.logbuffer.FrameDescriptor;
import io.lockstep.archive.idle.WakingIdleStrategy;
import io.lockstep.cluster.core.Limits;
import io.lockstep.config.ClusterConfig;
import io.lockstep.config.Profile;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.BusySpinIdleStrategy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Time-outs as they were measured on three nodes under load, in milliseconds: heartbeat interval and time-out, ballot,
 * canvass interval, canvass at start, termination, client session. Whoever changes one has to measure again.
 */
class TuningTest {
    private static final List<Long> OWN_CORES_MS = List.of(50L, 1_000L, 300L, 20L, 5_000L, 5_000L, 10_000L);
    private static final List<Long> SHARED_CORES_MS = List.of(200L, 3_000L, 500L, 50L, 9_000L, 5_000L, 30_000L);

    @TempDir
    private Path dir;

    @Test
    void shouldHaveAThreadForEachPartAndElectAfterASecondWhenTheProfileIsDefault() {
        // when
        final Tuning tuning = Tuning.of(Profile.DEFAULT);

        // then
        assertEquals(OWN_CORES_MS, timeoutsMs(tuning));
        assertFalse(tuning.isOneThread());
        assertEquals(ThreadingMode.SHARED, tuning.driverThreading());
        assertEquals(ArchiveThreadingMode.SHARED, tuning.archiveThreading());
        assertInstanceOf(BackoffIdleStrategy.class, tuning.idleStrategy().get());
    }

    @Test
    void shouldHaveOneThreadAndElectAfterThreeSecondsWhenTheProfileIsSmall() {
        // when
        final Tuning tuning = Tuning.of(Profile.SMALL);

        // then
        assertEquals(SHARED_CORES_MS, timeoutsMs(tuning));
        assertTrue(tuning.isOneThread());
        assertEquals(ThreadingMode.INVOKER, tuning.driverThreading());
        assertEquals(ArchiveThreadingMode.INVOKER, tuning.archiveThreading());
        assertInstanceOf(WakingIdleStrategy.class, tuning.idleStrategy().get());
    }

    @Test
    void shouldSpinOnDedicatedThreadsAndElectAfterASecondWhenTheProfileIsLowLatency() {
        // when
        final Tuning tuning = Tuning.of(Profile.LOW_LATENCY);

        // then
        assertEquals(OWN_CORES_MS, timeoutsMs(tuning));
        assertFalse(tuning.isOneThread());
        assertEquals(ThreadingMode.DEDICATED, tuning.driverThreading());
        assertEquals(ArchiveThreadingMode.DEDICATED, tuning.archiveThreading());
        assertInstanceOf(BusySpinIdleStrategy.class, tuning.idleStrategy().get());
    }

    @ParameterizedTest
    @EnumSource(Profile.class)
    void shouldReachTheConsensusModuleWhenItsContextIsBuilt(final Profile profile) {
        // given
        final Tuning tuning = Tuning.of(profile);
        final ClusterConfig config = TestConfigs.oneNode(dir, 27_900);
        try (NodeDirectories directories = new NodeDirectories(config, 0)) {
            final AeronContexts contexts = new AeronContexts(
                    config, config.node(0), tuning, directories, new ArchiveAccess(""), null, throwable -> {});

            // when
            final ConsensusModule.Context module =
                    contexts.consensusModule(0, null, null, tuning.idleStrategy(), () -> {});

            // then
            assertEquals(
                    timeoutsMs(tuning),
                    milliseconds(
                            module.leaderHeartbeatIntervalNs(),
                            module.leaderHeartbeatTimeoutNs(),
                            module.electionTimeoutNs(),
                            module.electionStatusIntervalNs(),
                            module.startupCanvassTimeoutNs(),
                            module.terminationTimeoutNs(),
                            module.sessionTimeoutNs()));
        }
    }

    @Test
    void shouldLetTheLongestReplyPassTheEgressChannel() {
        // given
        final Tuning tuning = Tuning.of(Profile.SMALL);
        final ClusterConfig config = TestConfigs.oneNode(dir, 27_900);
        try (NodeDirectories directories = new NodeDirectories(config, 0)) {
            final AeronContexts contexts = new AeronContexts(
                    config, config.node(0), tuning, directories, new ArchiveAccess(""), null, throwable -> {});

            // when
            final String egress = contexts.consensusModule(0, null, null, tuning.idleStrategy(), () -> {})
                    .egressChannel();

            // then
            final int termLength = Integer.parseInt(ChannelUri.parse(egress).get(CommonContext.TERM_LENGTH_PARAM_NAME));
            final int longest = Limits.MAX_REPLY_LENGTH + AeronCluster.SESSION_HEADER_LENGTH;
            assertTrue(
                    FrameDescriptor.computeMaxMessageLength(termLength) >= longest,
                    egress + " does not take a reply of " + longest + " bytes");
        }
    }

    private static List<Long> timeoutsMs(final Tuning tuning) {
        return milliseconds(
                tuning.heartbeatIntervalNs(),
                tuning.heartbeatTimeoutNs(),
                tuning.electionTimeoutNs(),
                tuning.electionStatusNs(),
                tuning.startupCanvassNs(),
                tuning.terminationNs(),
                tuning.sessionTimeoutNs());
    }

    private static List<Long> milliseconds(final long... nanoseconds) {
        return LongStream.of(nanoseconds)
                .map(TimeUnit.NANOSECONDS::toMillis)
                .boxed()
                .toList();
    }
}
