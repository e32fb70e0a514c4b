package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.cluster.core.EngineFixture.Answer;
import io.lockstep.cluster.core.EngineFixture.Published;
import io.lockstep.codecs.EventRecordDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.SlotTableDescriptionDecoder;
import io.lockstep.config.EngineSetting;
import io.lockstep.topic.SlotTable;
import io.lockstep.topic.TopicRoute;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class SlotTableCommandTest {
    private static final SlotTable DEFAULT = SlotTable.ofShards(2, List.of());
    // Slots 3360 and 1027: with two shards "a" is shard 0's and "plant/7/boiler/temp" shard 1's.
    private static final String OF_SHARD_0 = "a";
    private static final String OF_SHARD_1 = "plant/7/boiler/temp";

    private final EngineFixture fixture = new EngineFixture();

    private record Described(long version, long changedPosition, int shardId, int shardCount, SlotTable table) {}

    @Test
    void shouldUseRoutesFirstAndSlotsElseWhenTopicsAreCreatedAndPublishedTo() {
        seed(0);
        fixture.open(1, 16, false);
        assertEquals(new Answer(ResultCode.WRONG_SHARD, 1), fixture.command(Commands.createTopic(OF_SHARD_1)));

        final Answer answer = fixture.command(
                Commands.applySlotTable(7, DEFAULT.with(route("plant", 0)).with(route("plant/8", 1))));

        assertEquals(new Answer(ResultCode.ACCEPTED, 7), answer);
        assertEquals(
                ResultCode.ACCEPTED,
                fixture.command(Commands.createTopic(OF_SHARD_1)).code());
        assertEquals(List.of(), publish(1, "plant/9").codes());
        assertEquals(List.of(ResultCode.WRONG_SHARD), publish(2, "plant/8/a").codes());
        assertEquals(7, publish(3, "plant/8/a").results().get(0).detail());
        assertEquals(List.of(), publish(4, OF_SHARD_1).codes());
        assertEquals(List.of(), publish(5, OF_SHARD_0).codes());
    }

    @Test
    void shouldTakeGreaterVersionsOnlyWhenTheTableDiffers() {
        seed(0);
        final SlotTable table = DEFAULT.with(route("x", 1));

        assertEquals(new Answer(ResultCode.STALE_SLOT_TABLE, 1), fixture.command(Commands.applySlotTable(1, table)));
        assertEquals(new Answer(ResultCode.ACCEPTED, 5), fixture.command(Commands.applySlotTable(5, table)));
        assertEquals(new Answer(ResultCode.ACCEPTED, 5), fixture.command(Commands.applySlotTable(5, table)));
        assertEquals(new Answer(ResultCode.STALE_SLOT_TABLE, 5), fixture.command(Commands.applySlotTable(4, table)));
        assertEquals(new Answer(ResultCode.STALE_SLOT_TABLE, 5), fixture.command(Commands.applySlotTable(5, DEFAULT)));
        assertEquals(new Answer(ResultCode.ACCEPTED, 6), fixture.command(Commands.applySlotTable(6, DEFAULT)));
        assertEquals(6, fixture.engine.slotTableVersion());
        assertEquals(3, fixture.outbox.journal.size(), "the seed's setting and two changes");
    }

    @Test
    void shouldRefuseTablesThatWouldRouteAnExistingTopicElsewhere() {
        seed(0);
        fixture.command(Commands.createTopic("x1"));
        assertEquals(
                ResultCode.ACCEPTED,
                fixture.command(Commands.createTopic(OF_SHARD_0)).code());
        final long before = fixture.engine.stateHash();

        final Answer route = fixture.command(Commands.applySlotTable(2, DEFAULT.with(route(OF_SHARD_0, 1))));
        final Answer slots =
                fixture.command(Commands.applySlotTable(2, new SlotTable(shards(1), 0, List.of(route("x1", 0)))));
        final Answer kept = fixture.command(Commands.applySlotTable(
                2, new SlotTable(shards(1), 0, List.of(route("x1", 0), route(OF_SHARD_0, 0)))));

        assertEquals(new Answer(ResultCode.TOPIC_WOULD_MOVE, topicId(OF_SHARD_0)), route);
        assertEquals(new Answer(ResultCode.TOPIC_WOULD_MOVE, topicId(OF_SHARD_0)), slots);
        assertEquals(new Answer(ResultCode.ACCEPTED, 2), kept);
        assertTrue(before != fixture.engine.stateHash());
        fixture.open(1, 16, true);
        assertEquals(List.of(), publish(1, OF_SHARD_0).codes());
    }

    @Test
    void shouldChangeNothingWhenATableIsOnlyChecked() {
        seed(0);
        fixture.command(Commands.createTopic(OF_SHARD_0));
        final long clockFreeHash = fixture.engine.parts().shard().hash();
        final int records = fixture.outbox.journal.size();

        assertEquals(
                new Answer(ResultCode.ACCEPTED, 1),
                fixture.command(Commands.applySlotTable(2, true, DEFAULT.with(route("x", 1)))));
        assertEquals(
                ResultCode.TOPIC_WOULD_MOVE,
                fixture.command(Commands.applySlotTable(2, true, DEFAULT.with(route(OF_SHARD_0, 1))))
                        .code());
        assertEquals(clockFreeHash, fixture.engine.parts().shard().hash());
        assertEquals(records, fixture.outbox.journal.size());
    }

    @Test
    void shouldRefuseTablesThatCannotBe() {
        final Answer bad = new Answer(ResultCode.BAD_SLOT_TABLE, 0);
        assertEquals(bad, fixture.command(Commands.applySlotTable(2, SlotTable.ofShards(1, List.of()))), "not seeded");
        seed(0);

        assertEquals(bad, fixture.command(Commands.applySlotTable(2, SlotTable.ofShards(3, List.of()))));
        assertEquals(bad, fixture.command(Commands.applySlotTable(2, DEFAULT.with(route("x", 2)))));
        final byte[] shortTable = Commands.applySlotTable(2, DEFAULT);
        final UnsafeBuffer view = new UnsafeBuffer(shortTable);
        final int lengthIndex = shortTable.length - SlotTable.SLOTS_LENGTH - Integer.BYTES;
        view.putInt(lengthIndex, SlotTable.SLOTS_LENGTH - 2);
        assertEquals(bad, fixture.command(shortTable));
        for (final String prefix : new String[] {"x/y/", "$/xx", "x/+/", "x/y\0"}) {
            assertEquals(bad, fixture.command(withPrefix(prefix)), prefix);
        }
        assertEquals(1, fixture.engine.slotTableVersion());
    }

    @Test
    void shouldSeedRoutesAtOnceWithTheSettings() {
        final List<TopicRoute> routes = List.of(route("plant", 1), route("a", 1));

        final Answer bad = fixture.command(Commands.seedShard(1, 2, Map.of(), List.of(route("plant", 2))));
        final Answer first = fixture.command(Commands.seedShard(1, 2, Map.of(EngineSetting.MAX_TOPICS, 9L), routes));
        final Answer second = fixture.command(Commands.seedShard(1, 2, Map.of(), List.of()));

        assertEquals(new Answer(ResultCode.BAD_SLOT_TABLE, 0), bad);
        assertEquals(ResultCode.ACCEPTED, first.code());
        assertEquals(ResultCode.ALREADY_SEEDED, second.code());
        assertEquals(9, fixture.engine.setting(EngineSetting.MAX_TOPICS));
        assertEquals(1, fixture.engine.shardId());
        assertEquals(new Described(1, 0, 1, 2, SlotTable.ofShards(2, routes)), describe());
        assertEquals(
                ResultCode.ACCEPTED,
                fixture.command(Commands.createTopic(OF_SHARD_0)).code());
        assertEvent(1, 1, 2);
    }

    @Test
    void shouldDoTheSameAsApplySettingsAndTheFeatureLevelWhenAShardIsSeededWithoutRoutes() {
        final EngineFixture old = new EngineFixture();
        old.command(Commands.seed(1, 2, Map.of(EngineSetting.MAX_TOPICS, 9L)));
        old.command(Commands.setFeatureLevel(Engine.MESSAGING_LEVEL));

        fixture.command(Commands.seedShard(1, 2, Map.of(EngineSetting.MAX_TOPICS, 9L), List.of()));

        assertEquals(
                old.engine.parts().settings().hash(),
                fixture.engine.parts().settings().hash());
        assertEquals(
                old.engine.parts().shard().hash(),
                fixture.engine.parts().shard().hash());
        assertEquals(old.engine.shardSequence(), fixture.engine.shardSequence());
    }

    @Test
    void shouldTellReadersAndAskersOfTheChange() {
        seed(1);
        final SlotTable table = DEFAULT.with(route("plant", 1)).with(route("ähre/1", 0));
        final long before = fixture.engine.journalPosition();

        fixture.command(Commands.applySlotTable(3, table));

        assertEvent(1, 3, 2);
        assertEquals(new Described(3, before, 1, 2, table), describe());
    }

    @Test
    void shouldHoldAsManyRoutesAsAllowedThroughASnapshot() {
        seed(1);
        final List<TopicRoute> routes = new ArrayList<>();
        for (int i = 0; i < Limits.MAX_ROUTES; i++) {
            final String number = Integer.toString(i);
            routes.add(route("x".repeat(TopicRoute.MAX_PREFIX_LENGTH - number.length()) + number, i % 2));
        }
        final long bytesBefore = fixture.engine.stateBytes();
        assertEquals(
                ResultCode.ACCEPTED,
                fixture.command(Commands.applySlotTable(2, new SlotTable(DEFAULT.slots(), 0, routes)))
                        .code());

        final Engine restored = EngineFixture.restore(fixture.snapshot(), new FakeOutbox());

        assertEquals(fixture.engine.stateHash(), restored.stateHash());
        assertEquals(fixture.engine.stateBytes(), restored.stateBytes());
        assertTrue(fixture.engine.stateBytes() > bytesBefore + Limits.MAX_ROUTES * TopicRoute.MAX_PREFIX_LENGTH);
        assertEquals(Limits.MAX_ROUTES, describe().table().routes().size());
        assertFalse(
                fixture.command(Commands.createTopic(routes.get(0).prefix())).code() == ResultCode.ACCEPTED);
    }

    @Test
    void shouldWriteTheSameSnapshotAsBeforeWhenTheTableIsThatOfTheSeed() {
        seed(1);

        assertEquals(1, fixture.engine.parts().shard().itemCount());
        fixture.command(Commands.applySlotTable(2, DEFAULT));
        assertEquals(2, fixture.engine.parts().shard().itemCount());
    }

    @Test
    void shouldRouteAlikeAfterARestore() {
        seed(0);
        fixture.command(Commands.createTopic(OF_SHARD_0));
        fixture.command(Commands.applySlotTable(2, DEFAULT.with(route("plant", 0))));
        final FakeOutbox outbox = new FakeOutbox();
        final Engine restored = EngineFixture.restore(fixture.snapshot(), outbox);
        final byte[] command = Commands.createTopic(OF_SHARD_1);

        final byte[] reply = fixture.apply(command);
        restored.onCommand(
                EngineFixture.SESSION_ID,
                fixture.logPosition,
                fixture.nowNs,
                new UnsafeBuffer(command),
                0,
                command.length);

        assertArrayEquals(reply, outbox.replies.get(0).bytes());
        assertEquals(fixture.engine.stateHash(), restored.stateHash());
    }

    private void seed(final int shardId) {
        final Map<EngineSetting, Long> settings = Map.of(EngineSetting.MAX_TOPICS, 100L);
        assertEquals(
                ResultCode.ACCEPTED,
                fixture.command(Commands.seed(shardId, 2, settings)).code());
    }

    private Published publish(final long sequence, final String topic) {
        return fixture.publish(new PublishBuilder(1, 1, sequence).entry(topic, "x"));
    }

    private Described describe() {
        final SlotTableDescriptionDecoder reply =
                EngineFixture.decode(new SlotTableDescriptionDecoder(), fixture.apply(Commands.describeSlotTable()));
        final long version = reply.slotTableVersion();
        final long changedPosition = reply.changedPosition();
        final int shardId = reply.shardId();
        final int shardCount = reply.shardCount();
        final List<TopicRoute> routes = new ArrayList<>();
        for (final SlotTableDescriptionDecoder.RoutesDecoder route : reply.routes()) {
            final int routeShardId = route.routeShardId();
            routes.add(route(route.prefix(), routeShardId));
        }
        final byte[] slots = new byte[reply.slotsLength()];
        reply.getSlots(slots, 0, slots.length);
        return new Described(
                version, changedPosition, shardId, shardCount, new SlotTable(new UnsafeBuffer(slots), 0, routes));
    }

    private void assertEvent(final int index, final long version, final long routeCount) {
        final EventRecordDecoder event = fixture.record(new EventRecordDecoder(), index);
        assertEquals(RecordKind.SLOT_TABLE_CHANGED, event.recordHeader().kind());
        assertEquals(version, event.firstValue());
        assertEquals(routeCount, event.secondValue());
    }

    private long topicId(final String topic) {
        final byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        return fixture.engine
                .parts()
                .topics()
                .find(new UnsafeBuffer(name), 0, name.length)
                .id();
    }

    // All slots at one shard.
    private static UnsafeBuffer shards(final int shardId) {
        final UnsafeBuffer slots = new UnsafeBuffer(new byte[SlotTable.SLOTS_LENGTH]);
        for (int i = 0; i < SlotTable.SLOTS_LENGTH; i += Short.BYTES) {
            slots.putShort(i, (short) shardId, java.nio.ByteOrder.LITTLE_ENDIAN);
        }
        return slots;
    }

    // A good table of which the one prefix, four bytes long, is replaced.
    private static byte[] withPrefix(final String prefix) {
        final byte[] command = Commands.applySlotTable(2, DEFAULT.with(route("goal", 0)));
        final byte[] bytes = prefix.getBytes(StandardCharsets.UTF_8);
        assertEquals(4, bytes.length);
        final int index = command.length - SlotTable.SLOTS_LENGTH - Integer.BYTES - bytes.length;
        System.arraycopy(bytes, 0, command, index, bytes.length);
        return command;
    }

    private static TopicRoute route(final String prefix, final int shardId) {
        return new TopicRoute(prefix, shardId);
    }
}
