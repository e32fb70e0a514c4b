package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.codecs.GroupAssignmentRecordDecoder;
import io.lockstep.codecs.GroupOpenedDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import io.lockstep.wire.MessageHeaders;
import io.lockstep.wire.RecordLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** What the model of groups does not reach: great numbers, and who exactly gets what. */
class GroupsTest {
    private static final long HOUR_NS = 3_600_000_000_000L;
    private static final GroupTerms TERMS = new GroupTerms(10_000_000_000L, 0, 0, 3);

    private record Hand(long memberId, long position) {}

    private final EngineFixture fixture = new EngineFixture();
    private long sequence;

    @Test
    void shouldRefuseMoreMembersThanAGroupCanHave() {
        begin();
        for (int i = 1; i <= GroupMemberHandler.MAX_MEMBERS; i++) {
            assertEquals(ResultCode.ACCEPTED, open(i, 1, false).code());
        }

        final GroupOpenedDecoder refused = open(GroupMemberHandler.MAX_MEMBERS + 1, 1, false);

        assertEquals(ResultCode.TOO_MANY_GROUP_MEMBERS, refused.code());
        assertEquals(GroupMemberHandler.MAX_MEMBERS, refused.detail());
    }

    @Test
    void shouldRefuseGroupsBeforeTheShardIsSeeded() {
        fixture.beginTerm();
        fixture.command(Commands.setFeatureLevel(Engine.MESSAGING_LEVEL));

        assertEquals(ResultCode.NOT_SEEDED, open(1, 1, false).code());
    }

    @Test
    void shouldHandOutInTurnWhenMembersHaveCredit() {
        begin();
        open(3, 10, false);
        open(1, 10, false);
        open(2, 2, false);

        publish(8, null);

        final List<Long> order = hands().stream()
                .sorted((one, other) -> Long.compare(one.position(), other.position()))
                .map(Hand::memberId)
                .toList();
        assertEquals(List.of(3L, 1L, 2L, 3L, 1L, 2L, 3L, 1L), order);
    }

    @Test
    void shouldGoOnByTheTimerWhenOneTurnIsNotEnough() {
        begin();
        open(1, 1_000, false);
        publish(300, null);

        assertEquals(GroupDispatcher.MAX_IN_RECORD, hands().size());
        for (int turns = 0; turns < 4; turns++) {
            assertEquals(fixture.nowNs, fixture.engine.timerDeadlineNs());
            fixture.engine.onTimer(fixture.logPosition++, fixture.nowNs);
        }

        assertEquals(300, hands().size());
        assertEquals(300, hands().stream().map(Hand::position).distinct().count());
        assertTrue(fixture.engine.timerDeadlineNs() > fixture.nowNs);
    }

    @Test
    void shouldMoveOnlyTheKeysOfTheMemberThatLeft() {
        begin();
        for (int member = 1; member <= 4; member++) {
            open(member, 100, true);
        }
        final Map<String, Long> before = ownersOfKeys();

        fixture.command(GroupCommands.leave(2, 1));
        final Map<String, Long> after = ownersOfKeys();

        assertEquals(4, before.values().stream().distinct().count());
        before.forEach(
                (key, owner) -> assertTrue(owner == 2 ? after.get(key) != 2 : owner.equals(after.get(key)), key));
    }

    @Test
    void shouldKeepALeastWindowWhenTheStateIsFull() {
        begin();
        open(1, 4, false);
        publish(1, null);
        fixture.set(EngineSetting.MAX_STATE_BYTES, EngineSetting.MAX_STATE_BYTES.lowest());
        int producers = 0;
        while (fixture.open(100 + producers, 1 << 10, false).code() == ResultCode.ACCEPTED) {
            producers++;
        }

        publish(500, null);

        final Group group = fixture.engine.parts().groups().find(1);
        assertTrue(group.isLagging());
        assertTrue(group.entryCount() >= GroupFeeder.LEAST_WINDOW, "entries " + group.entryCount());
        assertTrue(group.entryCount() < 500, "entries " + group.entryCount());
        int handedOut = 0;
        while (handedOut < hands().size()) {
            final List<GroupCommands.Verdict> verdicts = new ArrayList<>();
            for (final Hand hand : hands().subList(handedOut, hands().size())) {
                verdicts.add(new GroupCommands.Verdict(hand.position(), 1, GroupCommands.DONE, -1));
            }
            handedOut = hands().size();
            fixture.apply(GroupCommands.settle(1, 1, verdicts));
        }
        assertEquals(501, handedOut);
    }

    private void begin() {
        fixture.beginTerm();
        fixture.apply(Commands.seedShard(0, 1, Map.of(), List.of()));
        fixture.open(1, 1024, false);
    }

    private GroupOpenedDecoder open(final long memberId, final int credit, final boolean isKeyOrdered) {
        fixture.apply(Commands.openMember(memberId, HOUR_NS));
        return EngineFixture.decode(
                new GroupOpenedDecoder(),
                fixture.apply(GroupCommands.open(new GroupCommands.Opening(
                        memberId, "g", List.of("t/#"), isKeyOrdered, credit, TERMS, GroupCommands.LIVE, 0))));
    }

    private void publish(final int count, final String key) {
        final PublishBuilder builder = new PublishBuilder(1, 1, sequence + 1);
        final byte[] headers = key == null ? new byte[0] : MessageHeaders.encode(Map.of("$key", key));
        for (int i = 0; i < count; i++) {
            builder.entry("t/1".getBytes(StandardCharsets.UTF_8), headers, new byte[10], PublishFrame.NO_CONDITION);
        }
        sequence += count;
        assertEquals(ResultCode.ACCEPTED, fixture.publish(builder).code());
    }

    private Map<String, Long> ownersOfKeys() {
        final Map<String, Long> owners = new HashMap<>();
        for (int i = 0; i < 60; i++) {
            final int before = hands().size();
            publish(1, "key " + i);
            final Hand hand = hands().get(before);
            owners.put("key " + i, hand.memberId());
            fixture.apply(GroupCommands.settle(
                    hand.memberId(),
                    1,
                    List.of(new GroupCommands.Verdict(hand.position(), 1, GroupCommands.DONE, -1))));
        }
        return owners;
    }

    private List<Hand> hands() {
        final List<Hand> hands = new ArrayList<>();
        for (final FakeOutbox.JournalRecord record : fixture.outbox.journal) {
            if (RecordLayout.kind(new UnsafeBuffer(record.bytes()), 0) == RecordKind.GROUP_ASSIGNED.value()) {
                final GroupAssignmentRecordDecoder decoder =
                        EngineFixture.decode(new GroupAssignmentRecordDecoder(), record.bytes());
                final long memberId = decoder.memberId();
                for (final GroupAssignmentRecordDecoder.EntriesDecoder entry : decoder.entries()) {
                    hands.add(new Hand(memberId, entry.position()));
                }
            }
        }
        return hands;
    }
}
