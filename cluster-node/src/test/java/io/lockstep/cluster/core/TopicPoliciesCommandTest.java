package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.cluster.core.EngineFixture.Answer;
import io.lockstep.cluster.core.EngineFixture.EntryResult;
import io.lockstep.cluster.core.EngineFixture.Published;
import io.lockstep.cluster.core.PolicyCommands.Described;
import io.lockstep.cluster.core.PolicyCommands.Entry;
import io.lockstep.codecs.EventRecordDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import io.lockstep.topic.SlotTable;
import io.lockstep.topic.TopicPolicies;
import io.lockstep.topic.TopicRoute;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TopicPoliciesCommandTest {
    private static final long NO_DETAIL = 0;

    private final EngineFixture fixture = new EngineFixture();
    private long sequence;

    @Test
    void shouldTakePublishesToPartitionsOnlyWhenTheirTopicHasThem() {
        seed(0, 1);
        accept(1, new Entry("orders", 4));

        assertResult(ResultCode.PARTITIONED, 4, "orders");
        assertAccepted("orders/$0");
        assertAccepted("orders/$3");
        assertResult(ResultCode.BAD_PARTITION, 4, "orders/$4");
        assertResult(ResultCode.BAD_PARTITION, 0, "other/$0");
        assertAccepted("other");
        assertAccepted("other/$x");
        assertEquals(new Answer(ResultCode.PARTITIONED, 4), create("orders"));
        assertEquals(new Answer(ResultCode.BAD_PARTITION, 4), create("orders/$4"));
        assertEquals(ResultCode.ACCEPTED, create("orders/$1").code());
    }

    @Test
    void shouldLetPartitionsLiveInTheShardsOfTheirSlots() {
        seed(0, 2);
        accept(1, new Entry("a", 4));

        // The slot of "a" is 3360.
        assertAccepted("a/$0");
        assertResult(ResultCode.WRONG_SHARD, 1, "a/$1");
        assertAccepted("a/$2");
        assertEquals(
                new Answer(ResultCode.ACCEPTED, 2),
                fixture.command(Commands.applySlotTable(2, SlotTable.ofShards(2, List.of(new TopicRoute("a/$1", 0))))));
        assertAccepted("a/$1");
    }

    @Test
    void shouldRefusePoliciesThatWouldChangeTheNumberOfATopicThatExists() {
        seed(0, 1);
        create("plain");
        accept(1, new Entry("orders", 4), new Entry("a/#", 2));
        create("orders/$1");
        create("a/b/$1");

        assertEquals(split(2), apply(2, new Entry("orders", 5), new Entry("a/#", 2)));
        assertEquals(split(2), apply(2, new Entry("a/#", 2)));
        assertEquals(split(3), apply(2, new Entry("orders", 4)));
        assertEquals(split(3), apply(2, new Entry("orders", 4), new Entry("a/#", 2), new Entry("a/b", 3)));
        assertEquals(split(1), apply(2, new Entry("orders", 4), new Entry("a/#", 2), new Entry("plain", 1)));
        assertEquals(
                new Answer(ResultCode.ACCEPTED, 2),
                apply(2, new Entry("orders", 4), new Entry("a/#", 2), new Entry("a/c", 3), new Entry("plain", 0)));
    }

    @Test
    void shouldLetNothingComeIntoBeingWhileAPolicyIsHeld() {
        seed(0, 1);
        accept(1, new Entry("orders", 4));
        assertAccepted("orders/$0");

        accept(2, new Entry("orders", 4, true), new Entry("new", 2, true), new Entry("gone", 0, true));

        assertAccepted("orders/$0");
        assertResult(ResultCode.BAD_PARTITION, -1, "orders/$1");
        assertResult(ResultCode.PARTITIONED, -1, "new");
        assertResult(ResultCode.BAD_PARTITION, -1, "new/$0");
        assertResult(ResultCode.PARTITIONED, -1, "gone");
        assertEquals(new Answer(ResultCode.PARTITIONED, -1), create("gone"));

        accept(3, new Entry("orders", 4), new Entry("new", 2));

        assertAccepted("orders/$1");
        assertAccepted("new/$0");
        assertAccepted("gone");
    }

    @Test
    void shouldTakeGreaterVersionsOnlyWhenThePoliciesDiffer() {
        seed(0, 1);

        assertEquals(stale(0), apply(0, new Entry("a", 1)));
        assertEquals(new Answer(ResultCode.ACCEPTED, 5), apply(5, new Entry("a", 1), new Entry("b", 2)));
        assertEquals(new Answer(ResultCode.ACCEPTED, 5), apply(5, new Entry("b", 2), new Entry("a", 1)));
        assertEquals(stale(5), apply(5, new Entry("a", 1)));
        assertEquals(stale(5), apply(4, new Entry("a", 1), new Entry("b", 2)));
        assertEquals(new Answer(ResultCode.ACCEPTED, 6), apply(6));
        assertEquals(3, fixture.outbox.journal.size(), "the feature level and two changes");
    }

    @Test
    void shouldChangeNothingWhenPoliciesAreOnlyChecked() {
        seed(0, 1);
        create("b");
        final long hash = fixture.engine.stateHash();

        assertEquals(
                new Answer(ResultCode.ACCEPTED, 0),
                fixture.command(PolicyCommands.apply(1, true, List.of(new Entry("a", 1)))));
        assertEquals(split(1), fixture.command(PolicyCommands.apply(1, true, List.of(new Entry("b", 1)))));

        assertEquals(hash, fixture.engine.stateHash());
        assertEquals(1, fixture.outbox.journal.size());
    }

    @Test
    void shouldRefusePoliciesThatCannotBe() {
        final Answer bad = new Answer(ResultCode.BAD_POLICY, NO_DETAIL);
        fixture.command(Commands.setFeatureLevel(Engine.MESSAGING_LEVEL));
        assertEquals(bad, apply(1, new Entry("a", 1)), "not seeded");
        seed(0, 1);

        for (final String filter : new String[] {"", "$sys", "$dead/#", "a/$3", "+/$0", "a+", "#/a", "x".repeat(257)}) {
            assertEquals(bad, apply(1, new Entry(filter, 1)), filter);
        }
        assertEquals(bad, apply(1, new Entry("a", -1)));
        assertEquals(bad, apply(1, new Entry("a", 1025)));
        assertEquals(bad, apply(1, new Entry("a", 1), new Entry("a", 1)));
        final Entry[] many = new Entry[TopicPolicies.MAX_POLICIES + 1];
        Arrays.setAll(many, i -> new Entry("t/" + i, 8));
        assertEquals(bad, apply(1, many));
        final byte[] notUtf8 = PolicyCommands.apply(1, new Entry("aa", 1));
        notUtf8[notUtf8.length - 1] = (byte) 0xC3;
        assertEquals(bad, fixture.command(notUtf8));
        assertFalse(fixture.engine.parts().topicPolicies().isWritten());
    }

    @Test
    void shouldNotKnowPoliciesBeforeTheMessagingLevel() {
        fixture.command(Commands.seed(0, 2, Map.of()));
        fixture.open(1, 64, false);

        assertEquals(ResultCode.UNSUPPORTED, apply(1, new Entry("a", 1)).code());
        assertEquals(
                ResultCode.UNSUPPORTED,
                fixture.command(PolicyCommands.describe()).code());
        // Slot 2494 is that of "t/1", 409 that of the whole name "t/1/$0".
        assertResult(ResultCode.WRONG_SHARD, 1, "t/1/$0");
        assertAccepted("t/1/$1");
        fixture.command(Commands.setFeatureLevel(Engine.MESSAGING_LEVEL));

        assertResult(ResultCode.WRONG_SHARD, 1, "t/1/$1");
        assertResult(ResultCode.BAD_PARTITION, 0, "t/1/$0");
        assertEquals(split(1), apply(1, new Entry("t/1", 2)));
        assertEquals(
                new Answer(ResultCode.ACCEPTED, 2),
                fixture.command(Commands.applySlotTable(2, SlotTable.ofShards(2, List.of(new TopicRoute("b", 1))))));
    }

    @Test
    void shouldTellReadersAndAskersOfTheChange() {
        seed(0, 1);
        final long before = fixture.engine.journalPosition();
        assertEquals(new Described(0, 0, List.of()), describe());

        accept(3, new Entry("#", 0), new Entry("ä/+", 1024, true), new Entry("ä/b", 7));

        final EventRecordDecoder event = fixture.record(new EventRecordDecoder(), 1);
        assertEquals(RecordKind.TOPIC_POLICIES_CHANGED, event.recordHeader().kind());
        assertEquals(3, event.firstValue());
        assertEquals(3, event.secondValue());
        assertEquals(
                new Described(3, before, List.of(new Entry("ä/b", 7), new Entry("ä/+", 1024, true), new Entry("#", 0))),
                describe());
    }

    @Test
    void shouldHoldAsManyPoliciesAsAllowedThroughASnapshot() {
        seed(0, 1);
        final List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < TopicPolicies.MAX_POLICIES; i++) {
            final String number = Integer.toString(i);
            entries.add(new Entry("x".repeat(256 - number.length()) + number, i));
        }
        final long bytesBefore = fixture.engine.stateBytes();
        accept(2, entries.toArray(new Entry[0]));

        final Engine restored = EngineFixture.restore(fixture.snapshot(), new FakeOutbox());

        assertEquals(fixture.engine.stateHash(), restored.stateHash());
        assertEquals(fixture.engine.stateBytes(), restored.stateBytes());
        assertTrue(fixture.engine.stateBytes() > bytesBefore + TopicPolicies.MAX_POLICIES * 256);
        assertEquals(TopicPolicies.MAX_POLICIES, describe().entries().size());
    }

    @Test
    void shouldRefusePoliciesWhenTheStateIsFull() {
        seed(0, 1);
        accept(1, new Entry("a/b", 2));
        fixture.set(EngineSetting.MAX_STATE_BYTES, EngineSetting.MAX_STATE_BYTES.lowest());
        for (long producerId = 2; fixture.open(producerId, 1024, true).code() == ResultCode.ACCEPTED; producerId++) {
            assertTrue(producerId < 1_000, "the state never gets full");
        }
        final Entry[] more = new Entry[100];
        Arrays.setAll(more, i -> new Entry("x".repeat(200) + i, 2));

        assertEquals(new Answer(ResultCode.STATE_FULL, NO_DETAIL), apply(2, more));
        assertEquals(new Answer(ResultCode.ACCEPTED, 2), apply(2, new Entry("b", 2)), "no longer than before");
    }

    @Test
    void shouldAnswerCommandsThatAreCutShortAsMalformed() {
        seed(0, 1);
        for (final byte[] command :
                List.of(PolicyCommands.apply(1, new Entry("a", 1), new Entry("b", 2)), PolicyCommands.describe())) {
            for (int length = WireShape.HEADER_LENGTH + Long.BYTES; length < command.length; length++) {
                assertEquals(
                        new Answer(ResultCode.MALFORMED, NO_DETAIL), fixture.command(Arrays.copyOf(command, length)));
            }
        }
        final byte[] noBoolean = PolicyCommands.apply(1, new Entry("a", 1));
        noBoolean[noBoolean.length - 4] = 2;
        assertEquals(new Answer(ResultCode.MALFORMED, NO_DETAIL), fixture.command(noBoolean));
    }

    private void seed(final int shardId, final int shardCount) {
        fixture.command(Commands.seedShard(shardId, shardCount, Map.of(), List.of()));
        fixture.open(1, 64, false);
    }

    private void accept(final long version, final Entry... entries) {
        assertEquals(new Answer(ResultCode.ACCEPTED, version), apply(version, entries));
    }

    private Answer apply(final long version, final Entry... entries) {
        return fixture.command(PolicyCommands.apply(version, entries));
    }

    private Answer create(final String topic) {
        return fixture.command(Commands.createTopic(topic));
    }

    private Described describe() {
        return PolicyCommands.decode(fixture.apply(PolicyCommands.describe()));
    }

    private void assertAccepted(final String topic) {
        assertEquals(List.of(), publish(topic).results(), topic);
    }

    private void assertResult(final ResultCode code, final long detail, final String topic) {
        assertEquals(List.of(new EntryResult(code, -1, detail)), publish(topic).results(), topic);
    }

    private Published publish(final String topic) {
        return fixture.publish(new PublishBuilder(1, 1, ++sequence).entry(topic, "x"));
    }

    private static Answer split(final int topicId) {
        return new Answer(ResultCode.POLICY_WOULD_SPLIT, topicId);
    }

    private static Answer stale(final long version) {
        return new Answer(ResultCode.STALE_POLICIES, version);
    }
}
