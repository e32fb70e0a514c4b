package io.lockstep.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.cluster.core.Engine;
import io.lockstep.cluster.service.ServiceStatus;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.SeedShardDecoder;
import io.lockstep.codecs.SetFeatureLevelDecoder;
import io.lockstep.codecs.SetReadOnlyDecoder;
import io.lockstep.codecs.ShardDescriptionDecoder;
import io.lockstep.codecs.ShardDescriptionEncoder;
import io.lockstep.codecs.TellRefusalDecoder;
import io.lockstep.codecs.TrimJournalDecoder;
import io.lockstep.config.ClusterConfig;
import io.lockstep.config.EngineSetting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The steward on a shard that answers as told, second by second. */
class StewardTest {
    private static final int NODE_ID = 2;
    private static final long LOW_SPACE_BYTES = 1_000;
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    @TempDir
    private Path dir;

    private final RecordingListener listener = new RecordingListener();
    private final FakeShard shard = new FakeShard();
    private final RefusedLogins refused = new RefusedLogins();
    private final List<FakeRetention> retentions = new ArrayList<>();
    private final long startNs = System.nanoTime();

    private Steward steward;
    private long freeBytes = 10 * LOW_SPACE_BYTES;
    private RuntimeException diskTrouble;
    private RuntimeException retentionTrouble;
    private boolean isLeader;
    private long retentionAgeNs;
    private int second;

    @BeforeEach
    void setUp() {
        final ClusterConfig config = TestConfigs.oneNode(dir, 27_900, LOW_SPACE_BYTES);
        final ShardDuty duty = new ShardDuty(
                0,
                NODE_ID,
                config,
                () -> new ServiceStatus(
                        true, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, 0, true, false, 0, retentionAgeNs, 0, Long.MAX_VALUE),
                () -> isLeader,
                shard,
                refused,
                this::newRetention,
                () -> new GroupDuty(
                        0,
                        position -> {
                            throw new AssertionError("no group needs the journal");
                        },
                        shard,
                        listener),
                listener);
        steward = new Steward(dir, LOW_SPACE_BYTES, this::freeBytes, List.of(duty), listener);
    }

    @Test
    void shouldSeedThenTakeBackWhatAFormerRunAskedForWhenItStarts() {
        // when
        seconds(5);

        // then
        assertEquals(List.of("seed", "writable", "describe"), shard.commands);
        assertEquals(List.of(), listener.errors);
    }

    @Test
    void shouldRaiseTheFeatureLevelWhenItSeededTheShard() {
        // given
        shard.seedCode = ResultCode.ACCEPTED;

        // when
        seconds(5);

        // then
        assertEquals(List.of("seed", "writable", "level " + Engine.FEATURE_LEVEL), shard.commands);
        assertEquals(List.of(), listener.errors);
    }

    @Test
    void shouldLeaveTheFeatureLevelToOperatorsWhenTheShardWasSeededBefore() {
        // given
        shard.featureLevel = Engine.FEATURE_LEVEL - 1;

        // when
        seconds(5);

        // then
        assertEquals(List.of("seed", "writable", "describe"), shard.commands, "nodes of an older release may follow");
        assertEquals(
                List.of("shard 0 is at feature level " + (Engine.FEATURE_LEVEL - 1)
                        + "; once all nodes run this release, 'lockstep feature-level --set " + Engine.FEATURE_LEVEL
                        + "' switches on what is new"),
                listener.events);
    }

    @Test
    void shouldAskForReadOnlyOnceWhenSpaceIsLowAndTakeItBackWhenItReturns() {
        // given
        seconds(4);
        shard.commands.clear();

        // when, then
        freeBytes = LOW_SPACE_BYTES - 1;
        seconds(3);
        assertEquals(List.of("read-only"), shard.commands);
        freeBytes = LOW_SPACE_BYTES + 1;
        seconds(3);
        assertEquals(List.of("read-only"), shard.commands, "too little has returned");
        freeBytes = 2 * LOW_SPACE_BYTES;
        seconds(3);
        assertEquals(List.of("read-only", "writable"), shard.commands);
    }

    @Test
    void shouldAskAgainWhenTheShardDidNotTakeIt() {
        // given
        shard.readOnlyCode = ResultCode.MALFORMED;
        seconds(4);
        assertEquals(List.of("seed", "writable", "describe"), shard.commands);
        assertEquals(1, listener.errors.size(), listener.errors::toString);
        shard.readOnlyCode = ResultCode.ACCEPTED;

        // when
        seconds(20);

        // then
        assertEquals(List.of("seed", "writable", "describe", "writable"), shard.commands);
    }

    @Test
    void shouldWatchTheDiskWhenRetentionFails() {
        // given
        seconds(4);
        shard.commands.clear();
        retentionTrouble = new UncheckedIOException(new IOException("No space left on device"));

        // when
        freeBytes = LOW_SPACE_BYTES - 1;
        seconds(10);

        // then
        assertEquals(List.of("read-only"), shard.commands);
        assertTrue(
                listener.errors.get(0).contains("retention of shard 0 failed for the 1. time"),
                listener.errors::toString);
        assertTrue(listener.errors.get(0).contains("No space left on device"), listener.errors::toString);
        assertTrue(listener.errors.size() <= 4, () -> "it pauses ever longer: " + listener.errors);
    }

    @Test
    void shouldReplaceTheRetentionWhenItHasFailed() {
        // given
        seconds(2);
        retentionTrouble = new IllegalStateException("the index is broken");
        seconds(1);
        retentionTrouble = null;

        // when
        seconds(3);

        // then
        assertEquals(2, retentions.size());
        assertTrue(retentions.get(0).isClosed);
        assertTrue(retentions.get(1).workCount > 0);
        assertEquals(1, listener.errors.size(), listener.errors::toString);
    }

    @Test
    void shouldSeedAndKeepTheJournalWhenTheDiskCannotBeAsked() {
        // given
        diskTrouble = new IllegalStateException("the disk is gone");

        // when
        seconds(3);

        // then
        assertEquals(List.of("seed", "writable", "describe"), shard.commands);
        assertTrue(retentions.get(0).workCount > 0);
        assertTrue(listener.errors.get(0).contains("the watch over the disk failed"), listener.errors::toString);
    }

    @Test
    void shouldBeginAnotherSessionWhenTheLinkFails() {
        // given
        shard.pollTrouble = new IllegalStateException("no such channel");
        seconds(1);
        shard.pollTrouble = null;

        // when
        seconds(4);

        // then
        assertEquals(1, shard.disconnectCount);
        assertEquals(List.of("seed", "writable", "describe"), shard.commands);
        assertTrue(retentions.get(0).workCount > 0);
    }

    @Test
    void shouldNameEachSettingWhenTheFileSaysOtherThanTheShard() {
        // given
        shard.settings.put(EngineSetting.MAX_TOPICS, 5L);
        shard.settings.put(EngineSetting.RETENTION_AGE, 60 * SECOND_NS);

        // when
        seconds(5);

        // then
        assertEquals(
                List.of(
                        "shard 0 has other settings than the cluster file, which only seeds a new cluster"
                                + " ('lockstep settings set' changes them): limits.maxTopics is 5, in the file 10000; journal.retentionAge is 1m, in the file 0s"),
                listener.events);
    }

    @Test
    void shouldTellWhoWasNotLetInAndKeepTheJournalMeanwhile() {
        // given
        isLeader = true;
        seconds(5);
        shard.commands.clear();
        retentionProposal = 4096;

        // when
        for (int i = 0; i < 20; i++) {
            refused.add(new RefusedLogins.Login("ann", "c" + i));
        }
        seconds(4);

        // then
        assertEquals(
                List.of("refused ann/c0 log in//node 2 4", "trim 4096", "refused ann/c1 log in//node 2 0", "trim 4096"),
                shard.commands);
        assertEquals(List.of(), listener.errors);
    }

    @Test
    void shouldMeasureAgeInClusterTimeWhenItLeads() {
        // given
        isLeader = true;
        retentionAgeNs = 8 * SECOND_NS;
        shard.timestampNs = 12_345;
        retentionProposal = 64;

        // when
        seconds(5);

        // then
        assertEquals(List.of("seed", "writable", "describe", "describe", "trim 64"), shard.commands.subList(0, 5));
        assertEquals(12_345, retentions.get(0).clusterTimeNs);
    }

    @Test
    void shouldProposeNothingWhenAnotherLeads() {
        // given
        retentionAgeNs = 8 * SECOND_NS;
        retentionProposal = 64;

        // when
        seconds(10);

        // then
        assertEquals(List.of("seed", "writable", "describe"), shard.commands);
    }

    private long retentionProposal = -1;

    private void seconds(final int count) {
        for (int i = 0; i < count; i++) {
            second++;
            // Twice a second, so that what is due each second is not the only thing that happens.
            steward.doWork(startNs + second * SECOND_NS);
            steward.doWork(startNs + second * SECOND_NS + SECOND_NS / 2);
        }
    }

    private long freeBytes() {
        if (diskTrouble != null) {
            throw diskTrouble;
        }
        return freeBytes;
    }

    private Retention newRetention() {
        final FakeRetention retention = new FakeRetention();
        retentions.add(retention);
        return retention;
    }

    private final class FakeRetention implements Retention {
        private int workCount;
        private long clusterTimeNs;
        private boolean isClosed;

        @Override
        public int doWork(final ServiceStatus status, final long nowNs) {
            if (retentionTrouble != null) {
                throw retentionTrouble;
            }
            return ++workCount;
        }

        @Override
        public long proposal(final ServiceStatus status, final long newClusterTimeNs) {
            clusterTimeNs = newClusterTimeNs;
            return retentionProposal;
        }

        @Override
        public void close() {
            isClosed = true;
        }
    }

    /** Answers each command at the next poll. */
    private static final class FakeShard implements ShardCommands {
        private final List<String> commands = new ArrayList<>();
        private final Map<EngineSetting, Long> settings = new EnumMap<>(EngineSetting.class);
        private final MessageHeaderDecoder header = new MessageHeaderDecoder();
        private Runnable answer;
        private RuntimeException pollTrouble;
        private ResultCode readOnlyCode = ResultCode.ACCEPTED;
        private ResultCode seedCode = ResultCode.ALREADY_SEEDED;
        private int featureLevel = Engine.FEATURE_LEVEL;
        private long timestampNs;
        private int disconnectCount;

        @Override
        public boolean isBusy() {
            return answer != null;
        }

        @Override
        public void send(
                final DirectBuffer buffer, final int length, final long correlationId, final ReplyHandler handler) {
            assertNull(answer, "one command at a time");
            header.wrap(buffer, 0);
            switch (header.templateId()) {
                case SeedShardDecoder.TEMPLATE_ID -> {
                    commands.add("seed");
                    answer = () -> handler.onReply(seedCode, 0);
                }
                case SetFeatureLevelDecoder.TEMPLATE_ID -> {
                    final SetFeatureLevelDecoder decoder = new SetFeatureLevelDecoder();
                    decoder.wrapAndApplyHeader(buffer, 0, header);
                    commands.add("level " + decoder.featureLevel());
                    answer = () -> handler.onReply(ResultCode.ACCEPTED, 0);
                }
                case SetReadOnlyDecoder.TEMPLATE_ID -> {
                    final SetReadOnlyDecoder decoder = new SetReadOnlyDecoder();
                    decoder.wrapAndApplyHeader(buffer, 0, header);
                    assertEquals(NODE_ID, decoder.nodeId());
                    commands.add(decoder.readOnly() == BooleanType.TRUE ? "read-only" : "writable");
                    answer = () -> handler.onReply(readOnlyCode, 0);
                }
                case TrimJournalDecoder.TEMPLATE_ID -> {
                    final TrimJournalDecoder decoder = new TrimJournalDecoder();
                    decoder.wrapAndApplyHeader(buffer, 0, header);
                    commands.add("trim " + decoder.firstReadablePosition());
                    answer = () -> handler.onReply(ResultCode.ACCEPTED, 0);
                }
                case TellRefusalDecoder.TEMPLATE_ID -> {
                    final TellRefusalDecoder decoder = new TellRefusalDecoder();
                    decoder.wrapAndApplyHeader(buffer, 0, header);
                    commands.add("refused " + decoder.user() + '/' + decoder.clientId() + ' ' + decoder.action() + '/'
                            + decoder.topic() + '/' + decoder.where() + ' ' + decoder.unsaidCount());
                    answer = () -> handler.onReply(ResultCode.UNSUPPORTED, 0);
                }
                default -> throw new AssertionError("no command of a node: " + header.templateId());
            }
        }

        @Override
        public void describe(final long correlationId, final DescriptionHandler handler) {
            assertNull(answer, "one command at a time");
            commands.add("describe");
            answer = () -> handler.onDescription(description());
        }

        @Override
        public int poll(final long nowNs) {
            if (pollTrouble != null) {
                throw pollTrouble;
            }
            if (answer == null) {
                return 0;
            }
            final Runnable due = answer;
            answer = null;
            due.run();
            return 1;
        }

        @Override
        public void disconnect() {
            disconnectCount++;
        }

        @Override
        public void close() {}

        private ShardDescriptionDecoder description() {
            final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
            final ShardDescriptionEncoder encoder = new ShardDescriptionEncoder();
            final ShardDescriptionEncoder.SettingsEncoder group = encoder.wrapAndApplyHeader(
                            buffer, 0, new MessageHeaderEncoder())
                    .timestampNs(timestampNs)
                    .messageCount(0)
                    .featureLevel(featureLevel)
                    .settingsCount(EngineSetting.count());
            IntStream.rangeClosed(1, EngineSetting.count())
                    .mapToObj(EngineSetting::ofId)
                    .forEach(setting -> group.next()
                            .settingId(setting.id())
                            .settingValue(settings.getOrDefault(setting, setting.defaultValue())));
            final ShardDescriptionDecoder decoder = new ShardDescriptionDecoder();
            decoder.wrapAndApplyHeader(buffer, 0, header);
            return decoder;
        }
    }
}
