package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.codecs.ConsumerStart;
import io.lockstep.codecs.SessionUpdate;
import io.lockstep.config.EngineSetting;
import io.lockstep.topic.SlotTable;
import io.lockstep.topic.TopicRoute;
import io.lockstep.wire.MessageHeaders;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class SnapshotTest {
    private static final int VERSION_OFFSET = 6;

    private final EngineFixture fixture = new EngineFixture();

    @Test
    void shouldRestoreEachPartEqualToItsSource() {
        fill(fixture);
        fillFeatures(fixture);

        final Engine restored = EngineFixture.restore(fixture.snapshot(), new FakeOutbox());

        assertTrue(restored.isRestored());
        for (final Part part : fixture.engine.parts().all()) {
            final Part copy = restored.parts().ofId(part.id());
            assertEquals(part.itemCount(), copy.itemCount(), "items of part " + part.id());
            assertEquals(part.stateBytes(), copy.stateBytes(), "size of part " + part.id());
            assertEquals(part.hash(), copy.hash(), "hash of part " + part.id());
            assertSameMessages(itemsOf(part), itemsOf(copy));
        }
        assertEquals(fixture.engine.stateHash(), restored.stateHash());
        assertSameMessages(fixture.snapshot(), EngineFixture.snapshotOf(restored, fixture.logPosition));
    }

    @Test
    void shouldRestoreEachPartEqualWhenItIsEmpty() {
        final Engine restored = EngineFixture.restore(fixture.snapshot(), new FakeOutbox());

        assertTrue(restored.isRestored());
        assertEquals(fixture.engine.stateHash(), restored.stateHash());
    }

    @Test
    void shouldWriteAsManyItemsAsAPartSays() {
        fill(fixture);
        fillFeatures(fixture);
        for (final Part part : fixture.engine.parts().all()) {
            assertEquals(part.itemCount(), itemsOf(part).size(), "items of part " + part.id());
        }
    }

    @Test
    void shouldOrderPartsByTheirIds() {
        int lastId = 0;
        for (final Part part : fixture.engine.parts().all()) {
            assertTrue(part.id() > lastId);
            lastId = part.id();
        }
    }

    @Test
    void shouldNotDependOnTheHistoryOfTheHashMap() {
        final ProducersPart direct = new ProducersPart();
        final ProducersPart wandering = new ProducersPart();
        final List<Long> ids = new ArrayList<>();
        for (long id = 0; id < 500; id++) {
            ids.add(id * 0x9E3779B97F4A7C15L);
            direct.create(ids.get((int) id), 16, true, id);
        }
        final List<Long> shuffled = new ArrayList<>(ids);
        Collections.shuffle(shuffled, new Random(42));
        for (long id = 10_000; id < 20_000; id++) {
            wandering.create(id, 16, true, 0);
        }
        for (final long id : shuffled) {
            wandering.create(id, 16, true, ids.indexOf(id));
        }
        for (long id = 10_000; id < 20_000; id++) {
            wandering.forget(wandering.find(id));
        }
        for (final long id : ids) {
            direct.takeOver(direct.find(id), 16, true, 1);
            wandering.takeOver(wandering.find(id), 16, true, 1);
        }
        final Producer forgotten = direct.create(77, 16, true, 0);
        direct.forget(forgotten);

        // The epochs differ only by what was forgotten, which is state of its own; so compare with equal floors.
        assertEquals(direct.forgottenEpoch(), wandering.forgottenEpoch());
        assertSameMessages(itemsOf(direct), itemsOf(wandering));
        assertEquals(direct.hash(), wandering.hash());
        assertEquals(oldestOf(direct), oldestOf(wandering));
    }

    @Test
    void shouldChangeTheHashWithEachPart() {
        final long[] before = hashes(fixture.engine);

        fill(fixture);
        fillFeatures(fixture);
        fixture.engine.onTimer(fixture.logPosition + 1, fixture.nowNs + 1);

        final long[] after = hashes(fixture.engine);
        for (int i = 0; i < before.length; i++) {
            assertNotEquals(
                    before[i],
                    after[i],
                    "part " + fixture.engine.parts().all().get(i).id());
        }
    }

    @Test
    void shouldGoOnAlikeAfterRestore() {
        fill(fixture);
        final FakeOutbox outbox = new FakeOutbox();
        final Engine restored = EngineFixture.restore(fixture.snapshot(), outbox);
        final byte[] command = new PublishBuilder(2, 1, 1).entry("new", "x").build();
        final int journalBefore = fixture.outbox.journal.size();

        fixture.apply(command);
        restored.onCommand(
                EngineFixture.SESSION_ID,
                fixture.logPosition,
                fixture.nowNs,
                new UnsafeBuffer(command),
                0,
                command.length);

        assertArrayEquals(
                fixture.outbox.journal.get(journalBefore).bytes(),
                outbox.journal.get(0).bytes());
        assertEquals(fixture.engine.stateHash(), restored.stateHash());
    }

    @Test
    void shouldRefuseSnapshotsThatAreBroken() {
        fill(fixture);
        final List<byte[]> snapshot = fixture.snapshot();

        final Random random = new Random(1);
        for (int i = 0; i < snapshot.size(); i++) {
            final List<byte[]> flipped = copyOf(snapshot);
            final byte[] message = flipped.get(i);
            // The version of the closing message is the one thing that its hash does not cover and nobody reads.
            final int bytes = i == snapshot.size() - 1 ? VERSION_OFFSET : message.length;
            message[random.nextInt(bytes)] ^= 1;
            assertBroken(flipped);

            final List<byte[]> shortened = new ArrayList<>(snapshot);
            shortened.set(i, Arrays.copyOf(message, random.nextInt(message.length)));
            assertBroken(shortened);

            final List<byte[]> missing = new ArrayList<>(snapshot);
            missing.remove(i);
            assertBroken(missing);

            final List<byte[]> twice = new ArrayList<>(snapshot);
            twice.add(i, snapshot.get(i));
            assertBroken(twice);
        }
    }

    @Test
    void shouldNotTakeCommandsBeforeTheSnapshotIsComplete() {
        final List<byte[]> snapshot = fixture.snapshot();
        final Engine engine = EngineFixture.restore(snapshot.subList(0, snapshot.size() - 1), new FakeOutbox());

        assertFalse(engine.isRestored());
        assertThrows(IllegalStateException.class, () -> engine.onClusterEvent(1, 1));
    }

    @Test
    void shouldNotReadASnapshotIntoAUsedEngine() {
        final byte[] first = fixture.snapshot().get(0);
        fixture.engine.onClusterEvent(1, 1);

        assertThrows(
                IllegalStateException.class,
                () -> fixture.engine.onSnapshotMessage(new UnsafeBuffer(first), 0, first.length));
    }

    private static void assertBroken(final List<byte[]> snapshot) {
        boolean isRestored;
        try {
            isRestored = EngineFixture.restore(snapshot, new FakeOutbox()).isRestored();
        } catch (final IllegalStateException ex) {
            isRestored = false;
        }
        assertFalse(isRestored);
    }

    static void fill(final EngineFixture fixture) {
        fixture.command(Commands.seed(0, 1, Map.of(EngineSetting.CHECKPOINT_MESSAGES, 64L)));
        fixture.open(2, 16, true);
        fixture.open(1, 64, false);
        fixture.open(1, 32, true);
        fixture.open(3, 16, true);
        fixture.command(Commands.closeProducer(3, 1));
        for (int i = 1; i <= 100; i++) {
            fixture.publish(new PublishBuilder(1, 2, i).noted(i).entry(i % 7 == 0 ? "+" : "topic/" + i % 13, "x" + i));
            fixture.nowNs += 1_000;
        }
        fixture.command(Commands.applySlotTable(
                4, SlotTable.ofShards(1, List.of(new TopicRoute("topic", 0), new TopicRoute("a/b", 0)))));
        fixture.command(Commands.setReadOnly(5, true));
        fixture.command(Commands.setReadOnly(5, false));
        fixture.command(Commands.trimJournal(fixture.outbox.journal.get(10).endPosition()));
        RetainedMessages.fill(fixture);
        fixture.beginTerm();
        fixture.command(Commands.setFeatureLevel(Engine.MESSAGING_LEVEL));
        for (int i = 1; i <= 7; i++) {
            fixture.apply(PublisherLeaseMessages.acquire("topic/" + i, i, i * 1_000_000_000L));
        }
        fixture.apply(PublisherLeaseMessages.release("topic/3", 1));
        fixture.apply(PublisherLeaseMessages.drop("topic/4"));
    }

    /** What came with the messaging level; apart from the rest, of which a snapshot was recorded. */
    private static void fillFeatures(final EngineFixture fixture) {
        fixture.command(Commands.setFeatureLevel(Engine.MESSAGING_LEVEL));
        fixture.command(PolicyCommands.apply(7, new PolicyCommands.Entry("orders/#", 8)));
        fixture.command(Commands.openMember(71, 10_000_000_000L));
        fixture.command(Commands.openMember(-70, 20_000_000_000L));
        final byte[] delay = MessageHeaders.encode(Map.of("$delayMs", "60000"));
        final byte[] past = MessageHeaders.encode(Map.of("$deliverAtMs", "1"));
        fixture.publish(new PublishBuilder(1, 2, 101)
                .noted(101)
                .entry("held/1".getBytes(StandardCharsets.UTF_8), past, new byte[9], PublishFrame.NO_CONDITION)
                .entry("held/1".getBytes(StandardCharsets.UTF_8), delay, new byte[100], PublishFrame.NO_CONDITION)
                .entry("later".getBytes(StandardCharsets.UTF_8), delay, new byte[600_000], PublishFrame.NO_CONDITION));
        fixture.apply(ConsumerRequests.open(71, "gone", -1, List.of("x"), ConsumerStart.START, 0));
        fixture.command(ConsumerRequests.delete(1));
        fixture.apply(ConsumerRequests.open(71, "kept", 1, List.of("x", "y/#"), ConsumerStart.POSITION, 32));
        fixture.apply(ConsumerRequests.open(-70, "kept", 1, List.of("x", "y/#"), ConsumerStart.START, 0));
        fixture.apply(ConsumerRequests.open(-70, "kept", 1, List.of("x", "y/#"), ConsumerStart.START, 0));
        fixture.command(ConsumerRequests.ack(2, 71, 1, -1, List.of(64L, 128L)));
        fillGroups(fixture);
        fillQuotas(fixture);
        fillSessions(fixture);
        fillAccess(fixture);
    }

    private static void fillAccess(final EngineFixture fixture) {
        fixture.command(Commands.setFeatureLevel(Engine.ACCESS_LEVEL));
        fixture.engine.onSessionOpen(7, AccessRequests.secret());
        fixture.engine.onSessionOpen(8, AccessRequests.user("ann", "c"));
        fixture.apply(7, AccessRequests.apply(3, "deny user ann all #\nallow * all #\nallow * admin\n"));
        for (int i = 0; i <= Limits.MAX_AUDITS_IN_SECOND; i++) {
            fixture.apply(8, Commands.createTopic("topic/1"));
        }
    }

    private static void fillSessions(final EngineFixture fixture) {
        fixture.command(Commands.setFeatureLevel(Engine.SESSIONS_LEVEL));
        final SessionRequests.WillText will = new SessionRequests.WillText("will", "gone", 5_000_000_000L);
        fixture.apply(SessionRequests.open(71, 1, 133, 69, 60_000_000_000L, false, "one", will));
        fixture.apply(SessionRequests.open(71, 2, 197, 197, 0, true, "two", null));
        fixture.apply(SessionRequests.open(-70, 3, 261, 261, 60_000_000_000L, true, "three", will));
        fixture.apply(SessionRequests.close(261, 261, -1, true));
        fixture.apply(SessionRequests.change(
                69,
                133,
                List.of(
                        new SessionRequests.Change(true, "a/#", 2, 0),
                        new SessionRequests.Change(true, "b/+", 0x21, 77),
                        new SessionRequests.Change(true, "b/+", 0x22, 77),
                        new SessionRequests.Change(true, "c", 1, 0))));
        fixture.publish(new PublishBuilder(1, 2, 116)
                .noted(116)
                .entry(
                        "packet".getBytes(StandardCharsets.UTF_8),
                        SessionRequests.packetHeaders(69, 133, 65_535),
                        new byte[10],
                        PublishFrame.NO_CONDITION));
        fixture.apply(SessionRequests.change(69, 133, List.of(new SessionRequests.Change(false, "c", 0, 0))));
        fixture.apply(SessionRequests.update(List.of(
                new SessionRequests.Update(69, 133, SessionUpdate.RECEIVED, 3, 0),
                new SessionRequests.Update(69, 133, SessionUpdate.DONE, 7, 0))));
    }

    private static void fillQuotas(final EngineFixture fixture) {
        fixture.set(EngineSetting.PRODUCER_RATE, 3);
        fixture.set(EngineSetting.TOPIC_BYTE_RATE, 7);
        for (int i = 114; i <= 116; i++) {
            fixture.publish(new PublishBuilder(1, 2, i).noted(i).entry("quota/" + i, "x" + i));
        }
    }

    private static void fillGroups(final EngineFixture fixture) {
        final GroupTerms terms = new GroupTerms(10_000_000_000L, 1_000, 1_000_000, 5);
        fixture.apply(GroupCommands.open(
                new GroupCommands.Opening(71, "one", List.of("topic/#"), false, 2, terms, GroupCommands.LIVE, 0)));
        fixture.apply(GroupCommands.open(
                new GroupCommands.Opening(-70, "two", List.of("+/1"), true, 1, terms, GroupCommands.START, 0)));
        for (int i = 1; i <= 10; i++) {
            fixture.publish(new PublishBuilder(1, 2, 103 + i).noted(103 + i).entry("topic/" + i % 3, "x" + i));
        }
    }

    private static List<Long> oldestOf(final ProducersPart producers) {
        return Arrays.stream(producers.longestUnused(Long.MAX_VALUE, null, 10))
                .map(Producer::id)
                .toList();
    }

    private static long[] hashes(final Engine engine) {
        return engine.parts().all().stream().mapToLong(Part::hash).toArray();
    }

    private static List<byte[]> itemsOf(final Part part) {
        final List<byte[]> items = new ArrayList<>();
        part.writeTo((buffer, offset, length) -> items.add(FakeOutbox.copy(buffer, offset, length)));
        return items;
    }

    private static List<byte[]> copyOf(final List<byte[]> messages) {
        final List<byte[]> copies = new ArrayList<>();
        messages.forEach(message -> copies.add(message.clone()));
        return copies;
    }

    private static void assertSameMessages(final List<byte[]> expected, final List<byte[]> actual) {
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), actual.get(i), "message " + i);
        }
    }
}
