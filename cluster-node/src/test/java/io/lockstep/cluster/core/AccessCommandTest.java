package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.access.rules.AuditEntry;
import io.lockstep.access.rules.SessionPrincipal;
import io.lockstep.cluster.core.AccessRequests.Described;
import io.lockstep.cluster.core.EngineFixture.Answer;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.ConsumerStart;
import io.lockstep.codecs.EventRecordDecoder;
import io.lockstep.codecs.MessageRecordDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.SessionOpenedDecoder;
import io.lockstep.codecs.SubscriptionsChangedDecoder;
import io.lockstep.config.EngineSetting;
import io.lockstep.topic.SlotTable;
import io.lockstep.wire.MessageHeaders;
import io.lockstep.wire.RecordLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class AccessCommandTest {
    private static final long NODE = 1;
    private static final long ANN = 2;
    private static final long BOB = 3;
    private static final long NAMELESS = 4;
    private static final long STRANGER = 5;
    private static final byte[] NO_HEADERS = {};

    private final EngineFixture fixture = new EngineFixture();
    private final long[] sequences = new long[6];
    private long lastPosition;

    AccessCommandTest() {
        openSessions(fixture.engine);
        fixture.command(Commands.seedShard(0, 1, Map.of(), List.of()));
        fixture.command(Commands.setFeatureLevel(Engine.ACCESS_LEVEL));
        for (long producer = NODE; producer <= STRANGER; producer++) {
            fixture.open(producer, 64, false);
        }
        fixture.command(Commands.openMember(1, 3_600_000_000_000L));
    }

    @Test
    void shouldAllowEverythingWhenThereAreNoRules() {
        for (long session = NODE; session <= STRANGER; session++) {
            assertEquals(ResultCode.ACCEPTED, publish(session, "a", NO_HEADERS));
        }
        assertEquals(
                ResultCode.ACCEPTED,
                answer(BOB, Commands.change(EngineSetting.MAX_TOPICS, 100)).code());
        assertFalse(fixture.engine.parts().access().isWritten());
    }

    @Test
    void shouldTakeMessagesWhereTheRulesAllowThem() {
        accept(
                1,
                "allow user ann publish a/%c\nallow anonymous publish open/#\ndeny user bob all #\nallow * publish b");

        assertEquals(ResultCode.ACCEPTED, publish(ANN, "a/ca", NO_HEADERS));
        assertEquals(ResultCode.NOT_AUTHORIZED, publish(ANN, "a/cb", NO_HEADERS));
        assertEquals(ResultCode.ACCEPTED, publish(ANN, "b", NO_HEADERS));
        assertEquals(ResultCode.NOT_AUTHORIZED, publish(BOB, "b", NO_HEADERS));
        assertEquals(ResultCode.ACCEPTED, publish(NAMELESS, "open/x", NO_HEADERS));
        assertEquals(ResultCode.ACCEPTED, publish(STRANGER, "open/x", NO_HEADERS));
        assertEquals(ResultCode.NOT_AUTHORIZED, publish(STRANGER, "a/ca", NO_HEADERS));
        assertEquals(ResultCode.ACCEPTED, publish(NODE, "anything", NO_HEADERS));
    }

    @Test
    void shouldForgetDecisionsWhenTheRulesChange() {
        accept(1, "allow user ann publish a");
        assertEquals(ResultCode.ACCEPTED, publish(ANN, "a", NO_HEADERS));
        assertEquals(ResultCode.ACCEPTED, publish(ANN, "a", NO_HEADERS));

        accept(2, "allow user ann publish b");

        assertEquals(ResultCode.NOT_AUTHORIZED, publish(ANN, "a", NO_HEADERS));
        assertEquals(ResultCode.ACCEPTED, publish(ANN, "b", NO_HEADERS));
    }

    @Test
    void shouldRefuseAWholeBatchWhenOneOfItsMessagesIsNotAllowed() {
        accept(1, "allow * publish a");

        final PublishBuilder batch = new PublishBuilder(ANN, 1, 1).atomic();
        final EngineFixture.Published published = EngineFixture.decodePublished(
                fixture.apply(ANN, batch.entry("a", "x").entry("b", "x").build()));

        assertEquals(List.of(ResultCode.BATCH_REFUSED, ResultCode.NOT_AUTHORIZED), published.codes());
        assertEquals(1, audits().size());
    }

    @Test
    void shouldAskForTheOneOnWhoseBehalfATrustedSessionPublishes() {
        accept(1, "allow user ann publish a/%c\nallow anonymous publish open");
        final byte[] ann = AccessRequests.onBehalf(AccessRequests.user("ann", "c7"));
        final byte[] nobody = AccessRequests.onBehalf(AccessRequests.anonymous("c7"));

        assertEquals(ResultCode.ACCEPTED, publish(NODE, "a/c7", ann));
        assertEquals(ResultCode.NOT_AUTHORIZED, publish(NODE, "a/c8", ann));
        assertEquals(ResultCode.NOT_AUTHORIZED, publish(NODE, "a/c7", nobody));
        assertEquals(ResultCode.ACCEPTED, publish(NODE, "open", nobody));
        assertEquals(ResultCode.NOT_AUTHORIZED, publish(ANN, "open", nobody), "she is not trusted");
        assertEquals(ResultCode.NOT_AUTHORIZED, publish(ANN, "a/ca", AccessRequests.onBehalf(AccessRequests.secret())));
        assertTrue(audits().get(0).contains("\"user\":\"ann\",\"clientId\":\"c7\""), audits().get(0));
        assertTrue(audits().get(2).contains("\"user\":\"ann\",\"clientId\":\"ca\""), audits().get(2));
    }

    @Test
    void shouldAskForTheOneOnWhoseBehalfAWillIsLeftAndAgainWhenItIsDue() {
        accept(1, "allow user ann publish w/#\nallow user bob admin");
        final byte[] ann = AccessRequests.onBehalf(AccessRequests.user("ann", "c7"));

        assertEquals(ResultCode.NOT_AUTHORIZED, leaveWill(NODE, "v", ann).code());
        assertEquals(ResultCode.NOT_AUTHORIZED, leaveWill(BOB, "w/1", ann).code(), "he is not trusted");
        assertEquals(1, audits().size());
        close(leaveWill(NODE, "w/1", ann));
        assertEquals(1, messages("w/1"));

        final SessionOpenedDecoder opened = leaveWill(NODE, "w/1", ann);
        assertEquals(ResultCode.ACCEPTED, opened.code());
        accept(2, "allow user ann publish v");
        close(opened);

        assertEquals(1, messages("w/1"));
        assertEquals(2, audits().size());
        assertTrue(audits().get(1).contains("\"topic\":\"w/1\""), audits().get(1));
    }

    @Test
    void shouldAskForTheOneOnWhoseBehalfASubscriptionIs() {
        accept(1, "allow user ann subscribe s/#\nallow user ann subscribe w\nallow user ann publish w");
        final byte[] ann = AccessRequests.user("ann", "c7");
        final SessionOpenedDecoder opened = leaveWill(NODE, "w", AccessRequests.onBehalf(ann));
        final long position = fixture.engine.parts().journal().position();

        final SubscriptionsChangedDecoder changed =
                subscribe(opened, ann, "s/+", "t", "$share/g/s/1", "$share/g/t", "$share/g/#");
        assertEquals(List.of(0, 6, 0, 6, 6), resultsOf(changed));
        assertTrue(changed.position() > position, "behind what is told of the refusals");
        fixture.engine
                .parts()
                .sessions()
                .find(opened.sessionId())
                .subscriptions()
                .forEach(subscription -> assertEquals(changed.position(), subscription.fromPosition()));
        assertEquals(3, audits().size());
        assertTrue(
                audits().get(0)
                        .contains("\"user\":\"ann\",\"clientId\":\"c7\",\"action\":\"subscribe\",\"topic\":\"t\""),
                audits().get(0));

        assertEquals(List.of(0), resultsOf(subscribe(opened, new byte[0], "t")), "on nobody's behalf");
        assertEquals(List.of(2), resultsOf(subscribe(opened, ann, "t")), "a command that comes again");
        final byte[] changing = SessionRequests.change(
                opened.sessionId(), opened.epoch(), List.of(new SessionRequests.Change(true, "t", 1, 0)), ann);
        assertEquals(List.of(6), resultsOf(changed(changing)), "though there is one");
        final byte[] ending = SessionRequests.change(
                opened.sessionId(), opened.epoch(), List.of(new SessionRequests.Change(false, "t", 0, 0)), ann);
        assertEquals(List.of(3), resultsOf(changed(ending)), "what is ended needs no rule");
        accept(2, "allow user ann subscribe t");
        assertEquals(List.of(6, 0), resultsOf(subscribe(opened, ann, "s/1", "t")));
    }

    @Test
    void shouldTakeChangesOfSubscriptionsWithoutAPrincipalAndNoneWithHalfAOne() {
        accept(1, "allow user ann subscribe s/#");
        final SessionOpenedDecoder opened = leaveWill(NODE, "w", NO_HEADERS);
        final byte[] command = SessionRequests.change(
                opened.sessionId(), opened.epoch(), List.of(new SessionRequests.Change(true, "t", 0, 0)), new byte[1]);

        assertEquals(
                ResultCode.MALFORMED,
                answer(NODE, Arrays.copyOf(command, command.length - 1)).code());
        assertEquals(List.of(0), resultsOf(changed(Arrays.copyOf(command, command.length - 1 - Integer.BYTES))));
        final byte[] nobodys = SessionRequests.change(
                opened.sessionId(), opened.epoch(), List.of(new SessionRequests.Change(true, "v", 0, 0)), new byte[1]);
        assertEquals(List.of(6), resultsOf(changed(nobodys)), "nobody in particular is somebody without a rule");
        final byte[] tooLong = SessionRequests.change(
                opened.sessionId(),
                opened.epoch(),
                List.of(new SessionRequests.Change(true, "u", 0, 0)),
                new byte[SessionPrincipal.MAX_LENGTH + 1]);
        assertEquals(ResultCode.MALFORMED, answer(NODE, tooLong).code());
    }

    @Test
    void shouldTakeNoPrincipalInHeadersBeforeTheFeatureLevel() {
        final EngineFixture older = new EngineFixture();
        older.command(Commands.seedShard(0, 1, Map.of(), List.of()));
        older.command(Commands.setFeatureLevel(Engine.SESSIONS_LEVEL));
        older.engine.onSessionOpen(EngineFixture.SESSION_ID, AccessRequests.secret());
        older.open(1, 64, false);

        final byte[] headers = AccessRequests.onBehalf(AccessRequests.user("ann", "c"));
        assertEquals(
                List.of(ResultCode.BAD_HEADERS),
                older.publish(new PublishBuilder(1, 1, 1)
                                .entry(bytes("a"), headers, NO_HEADERS, PublishFrame.NO_CONDITION))
                        .codes());
        older.command(Commands.openMember(1, 3_600_000_000_000L));
        assertEquals(
                ResultCode.BAD_HEADERS,
                EngineFixture.decode(new SessionOpenedDecoder(), older.apply(will("a", headers)))
                        .code());
        assertEquals(
                ResultCode.UNSUPPORTED,
                older.command(AccessRequests.apply(1, "")).code());
        assertEquals(
                ResultCode.UNSUPPORTED,
                older.command(AccessRequests.describe(-1)).code());
        assertEquals(
                ResultCode.UNSUPPORTED,
                older.command(Arrays.copyOf(AccessRequests.apply(1, ""), WireShape.HEADER_LENGTH + Long.BYTES))
                        .code(),
                "what is unknown is not looked into");
    }

    @Test
    void shouldAskForTheRightOfEachCommand() {
        accept(1, "allow user ann publish a/#\nallow user ann subscribe s/#\nallow user bob admin");

        assertRight(Commands.createTopic("a/new"), Commands.createTopic("b"));
        assertRight(
                PublisherLeaseMessages.acquire("a/l", 1, 1_000_000_000L),
                PublisherLeaseMessages.acquire("b", 1, 1_000_000_000L));
        assertRight(consumer("one", "s/x"), consumer("two", "s/x", "t"));
        assertRight(group("one", "s/+"), group("two", "s/+", "#"));
        assertRight(RetainedMessages.list("s/#"), RetainedMessages.list("t"));
        assertRight(Commands.listScheduled(0, 1, "s/#"), Commands.listScheduled(0, 1, ""));
        for (final byte[] admin : List.of(
                Commands.change(EngineSetting.MAX_TOPICS, 100),
                Commands.applySlotTable(2, SlotTable.ofShards(1, List.of())),
                Commands.setFeatureLevel(Engine.ACCESS_LEVEL),
                Commands.setReadOnly(1, false),
                Commands.trimJournal(0),
                PolicyCommands.apply(1),
                PublisherLeaseMessages.drop("a/l"),
                ConsumerRequests.delete(1),
                GroupCommands.delete(1),
                GroupCommands.seek(1, GroupCommands.START, 0),
                SessionRequests.delete("c"),
                SessionRequests.list(0, 1, ""),
                SessionRequests.open(1, 1, 0, 0, 0, true, "c", null),
                AccessRequests.describe(-1))) {
            assertTrue(isRefused(ANN, admin));
            assertFalse(isRefused(BOB, admin));
        }
    }

    @Test
    void shouldLookAtFiltersThatTheReaderOfGroupsWouldNotTake() {
        accept(1, "allow user ann subscribe s/#");
        final List<String> filters = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            filters.add("s/" + "x".repeat(1000) + i);
        }
        assertFalse(isRefused(ANN, ConsumerRequests.open(1, "a", -1, filters, ConsumerStart.START, 0)));

        filters.add("t");
        assertTrue(isRefused(ANN, ConsumerRequests.open(1, "b", -1, filters, ConsumerStart.START, 0)));
    }

    @Test
    void shouldLetWhoMayPublishTakeBackWhatIsHeldBack() {
        accept(1, "allow user ann publish a\nallow user bob publish b");
        final byte[] headers = MessageHeaders.encode(Map.of("$delayMs", "60000"));
        assertEquals(ResultCode.NOT_AUTHORIZED, publish(BOB, "a", headers));
        assertEquals(ResultCode.ACCEPTED, publish(ANN, "a", headers));
        final SchedulePart schedule = fixture.engine.parts().schedule();
        assertEquals(1, schedule.count());
        final long id = lastPosition;

        assertEquals(new Answer(ResultCode.NOT_AUTHORIZED, 0), answer(BOB, Commands.cancelScheduled(id)));
        assertEquals(
                ResultCode.ACCEPTED, answer(ANN, Commands.cancelScheduled(id)).code());
        assertEquals(
                ResultCode.SCHEDULE_UNKNOWN,
                answer(BOB, Commands.cancelScheduled(id)).code());
    }

    @Test
    void shouldRefuseRulesThatCannotBeOrWouldLockOutTheirSender() {
        assertEquals(new Answer(ResultCode.BAD_ACCESS_RULES, 2), answer(NODE, AccessRequests.apply(1, "#\nallow me")));
        assertEquals(
                new Answer(ResultCode.BAD_ACCESS_RULES, 0), answer(NODE, AccessRequests.apply(1, false, new byte[] {
                    '#', (byte) 0xC3
                })));
        assertEquals(
                new Answer(ResultCode.BAD_ACCESS_RULES, 0),
                answer(NODE, AccessRequests.apply(1, "#".repeat(Limits.MAX_ACCESS_RULES_LENGTH + 1))));
        final Answer lockedOut = new Answer(ResultCode.ACCESS_WOULD_LOCK_OUT, 0);
        assertEquals(lockedOut, answer(STRANGER, AccessRequests.apply(1, "allow * admin")));
        assertEquals(lockedOut, answer(ANN, AccessRequests.apply(1, "allow user bob admin")));
        assertEquals(new Answer(ResultCode.ACCEPTED, 1), answer(ANN, AccessRequests.apply(1, "allow user ann admin")));
        assertEquals(new Answer(ResultCode.NOT_AUTHORIZED, 0), answer(BOB, AccessRequests.apply(2, "allow * admin")));
        assertEquals(
                new Answer(ResultCode.STALE_ACCESS_RULES, 1), answer(ANN, AccessRequests.apply(1, "allow * admin")));
        assertEquals(new Answer(ResultCode.ACCEPTED, 1), answer(ANN, AccessRequests.apply(1, "allow user ann admin")));
        assertEquals(new Answer(ResultCode.ACCEPTED, 1), answer(NODE, AccessRequests.apply(2, true, NO_HEADERS)));
        assertEquals(new Answer(ResultCode.ACCEPTED, 2), answer(NODE, AccessRequests.apply(2, "")));
        assertEquals(new Answer(ResultCode.NOT_AUTHORIZED, 0), answer(ANN, AccessRequests.apply(3, "allow * admin")));
    }

    @Test
    void shouldDescribeTheRulesAndTellThatTheyChanged() {
        assertEquals(new Described(0, 0, ""), AccessRequests.decode(fixture.apply(ANN, AccessRequests.describe(-1))));
        final long position = fixture.engine.journalPosition();
        final String rules = "# mine\nallow user ann admin\n";
        accept(9, rules);

        assertEquals(
                new Described(9, position, rules),
                AccessRequests.decode(fixture.apply(ANN, AccessRequests.describe(0))));
        assertEquals(
                new Described(9, position, ""), AccessRequests.decode(fixture.apply(ANN, AccessRequests.describe(9))));
        final EventRecordDecoder event = fixture.record(new EventRecordDecoder(), fixture.outbox.journal.size() - 1);
        assertEquals(RecordKind.ACCESS_RULES_CHANGED, event.recordHeader().kind());
        assertEquals(9, event.firstValue());
        assertEquals(rules.length(), event.secondValue());
    }

    @Test
    void shouldTellRefusalsSoManyASecondAndCountTheRest() {
        accept(1, "allow user bob admin");
        for (int i = 0; i < Limits.MAX_AUDITS_IN_SECOND + 5; i++) {
            publish(ANN, "plant/\"7\"", NO_HEADERS);
        }
        assertEquals(Limits.MAX_AUDITS_IN_SECOND, audits().size());
        assertEquals(
                "{\"timeMs\":1000,\"user\":\"ann\",\"clientId\":\"ca\",\"action\":\"publish\","
                        + "\"topic\":\"plant/\\\"7\\\"\",\"where\":\"shard 0\",\"unsaid\":0}",
                audits().get(0));

        fixture.nowNs += 1_000_000_000L;
        answer(ANN, Commands.change(EngineSetting.MAX_TOPICS, 100));

        assertEquals(Limits.MAX_AUDITS_IN_SECOND + 1, audits().size());
        final String last = audits().get(audits().size() - 1);
        assertTrue(last.contains("\"action\":\"admin, command 7\",\"topic\":null"), last);
        assertTrue(last.endsWith("\"unsaid\":5}"), last);
    }

    @Test
    void shouldRefuseAndCountOnlyWhenTheAuditTopicHasNoRoom() {
        accept(1, "allow user bob admin");
        answer(NODE, Commands.setReadOnly(1, true));
        assertTrue(isRefused(ANN, Commands.createTopic("x")));
        answer(NODE, Commands.setReadOnly(1, false));
        assertEquals(List.of(), audits());

        assertTrue(isRefused(ANN, Commands.createTopic("x")));

        assertTrue(audits().get(0).endsWith("\"unsaid\":1}"), audits().get(0));
    }

    @Test
    void shouldTellWhatGatewaysRefused() {
        assertEquals(
                ResultCode.ACCEPTED,
                answer(STRANGER, AccessRequests.tell("", "connect", "", 3)).code());
        assertEquals(
                "{\"timeMs\":1000,\"user\":null,\"clientId\":\"c\",\"action\":\"connect\",\"topic\":null,"
                        + "\"where\":\"gateway 7\",\"unsaid\":3}",
                audits().get(0));
        final Engine restored = EngineFixture.restore(fixture.snapshot(), new FakeOutbox());
        assertEquals(fixture.engine.stateHash(), restored.stateHash());
        assertTrue(restored.parts().access().isWritten()
                && !restored.parts().access().isOn());

        accept(1, "allow user ann publish a");
        assertEquals(
                ResultCode.NOT_AUTHORIZED,
                answer(ANN, AccessRequests.tell("bob", "publish", "a", 0)).code());
        assertEquals(
                ResultCode.ACCEPTED,
                answer(NODE, AccessRequests.tell("bob", "publish", "a", 0)).code());
        assertEquals(3, audits().size(), "what ann was refused was told too");
    }

    @Test
    void shouldKeepRulesAndCountsInSnapshots() {
        accept(4, "allow user ann publish a");
        for (int i = 0; i < Limits.MAX_AUDITS_IN_SECOND + 3; i++) {
            publish(BOB, "a", NO_HEADERS);
        }
        final FakeOutbox outbox = new FakeOutbox();
        final Engine restored = EngineFixture.restore(fixture.snapshot(), outbox);
        openSessions(restored);
        assertEquals(fixture.engine.stateHash(), restored.stateHash());
        assertEquals(fixture.engine.stateBytes(), restored.stateBytes());

        fixture.outbox.clear();
        fixture.nowNs += 1_000_000_000L;
        for (final long session : new long[] {BOB, ANN}) {
            final byte[] command = new PublishBuilder(session, 1, ++sequences[(int) session])
                    .entry("a", "x")
                    .build();
            fixture.apply(session, command);
            restored.onCommand(
                    session, fixture.logPosition, fixture.nowNs, new UnsafeBuffer(command), 0, command.length);
        }

        assertEquals(fixture.engine.stateHash(), restored.stateHash());
        assertEquals(2, outbox.journal.size());
        assertArrayEquals(
                fixture.outbox.journal.get(0).bytes(), outbox.journal.get(0).bytes());
        assertArrayEquals(
                fixture.outbox.journal.get(1).bytes(), outbox.journal.get(1).bytes());
    }

    @Test
    void shouldForgetWhoHadASessionWhenItCloses() {
        accept(1, "allow user ann publish a");
        assertEquals(ResultCode.ACCEPTED, publish(ANN, "a", NO_HEADERS));

        fixture.engine.onSessionClose(ANN);

        assertEquals(ResultCode.NOT_AUTHORIZED, publish(ANN, "a", NO_HEADERS));
    }

    private static void openSessions(final Engine engine) {
        engine.onSessionOpen(NODE, AccessRequests.secret());
        engine.onSessionOpen(ANN, AccessRequests.user("ann", "ca"));
        engine.onSessionOpen(BOB, AccessRequests.user("bob", "cb"));
        engine.onSessionOpen(NAMELESS, AccessRequests.anonymous("cn"));
        engine.onSessionOpen(STRANGER, NO_HEADERS);
    }

    private void accept(final long version, final String rules) {
        assertEquals(new Answer(ResultCode.ACCEPTED, version), answer(NODE, AccessRequests.apply(version, rules)));
    }

    private ResultCode publish(final long session, final String topic, final byte[] headers) {
        final byte[] command = new PublishBuilder(session, 1, ++sequences[(int) session])
                .entry(bytes(topic), headers, bytes("x"), PublishFrame.NO_CONDITION)
                .build();
        final EngineFixture.Published published = EngineFixture.decodePublished(fixture.apply(session, command));
        assertEquals(ResultCode.ACCEPTED, published.code());
        lastPosition = published.results().isEmpty()
                ? published.lastPosition()
                : published.results().get(0).position();
        return published.results().isEmpty()
                ? ResultCode.ACCEPTED
                : published.results().get(0).code();
    }

    private void assertRight(final byte[] allowed, final byte[] refused) {
        assertFalse(isRefused(ANN, allowed));
        assertTrue(isRefused(ANN, refused));
        assertTrue(isRefused(BOB, allowed), "to administer is not to publish or subscribe");
        assertFalse(isRefused(NODE, refused));
    }

    private boolean isRefused(final long session, final byte[] command) {
        final UnsafeBuffer reply = new UnsafeBuffer(fixture.apply(session, command));
        return WireShape.templateId(reply, 0) == CommandReplyDecoder.TEMPLATE_ID
                && EngineFixture.decode(new CommandReplyDecoder(), reply.byteArray())
                                .code()
                        == ResultCode.NOT_AUTHORIZED;
    }

    private SessionOpenedDecoder leaveWill(final long session, final String topic, final byte[] headers) {
        return EngineFixture.decode(new SessionOpenedDecoder(), fixture.apply(session, will(topic, headers)));
    }

    private SubscriptionsChangedDecoder subscribe(
            final SessionOpenedDecoder opened, final byte[] principal, final String... filters) {
        return changed(SessionRequests.change(
                opened.sessionId(),
                opened.epoch(),
                Arrays.stream(filters)
                        .map(filter -> new SessionRequests.Change(true, filter, 0, 0))
                        .toList(),
                principal));
    }

    private SubscriptionsChangedDecoder changed(final byte[] command) {
        final SubscriptionsChangedDecoder reply =
                EngineFixture.decode(new SubscriptionsChangedDecoder(), fixture.apply(NODE, command));
        assertEquals(ResultCode.ACCEPTED, reply.code());
        return reply;
    }

    private static List<Integer> resultsOf(final SubscriptionsChangedDecoder reply) {
        final byte[] results = new byte[reply.resultsLength()];
        reply.getResults(results, 0, results.length);
        return IntStream.range(0, results.length)
                .mapToObj(index -> (int) results[index])
                .toList();
    }

    private static byte[] will(final String topic, final byte[] headers) {
        return SessionRequests.open(1, 1, 0, 0, 0, true, "c", new SessionRequests.WillText(topic, "x", 0), headers);
    }

    private void close(final SessionOpenedDecoder opened) {
        assertEquals(ResultCode.ACCEPTED, opened.code());
        final byte[] command = SessionRequests.close(opened.sessionId(), opened.epoch(), 0, true);
        assertEquals(ResultCode.ACCEPTED, answer(NODE, command).code());
    }

    private long messages(final String topic) {
        return IntStream.range(0, fixture.outbox.journal.size())
                .filter(index -> RecordLayout.kind(
                                new UnsafeBuffer(
                                        fixture.outbox.journal.get(index).bytes()),
                                0)
                        == RecordKind.MESSAGE.value())
                .filter(index -> fixture.record(new MessageRecordDecoder(), index)
                        .topicName()
                        .equals(topic))
                .count();
    }

    private Answer answer(final long session, final byte[] command) {
        final CommandReplyDecoder reply =
                EngineFixture.decode(new CommandReplyDecoder(), fixture.apply(session, command));
        return new Answer(reply.code(), reply.detail());
    }

    private static byte[] consumer(final String name, final String... filters) {
        return ConsumerRequests.open(1, name, -1, List.of(filters), ConsumerStart.START, 0);
    }

    private static byte[] group(final String name, final String... filters) {
        final GroupTerms terms = new GroupTerms(10_000_000_000L, 1_000, 1_000_000, 5);
        return GroupCommands.open(
                new GroupCommands.Opening(1, name, List.of(filters), false, 2, terms, GroupCommands.LIVE, 0));
    }

    private List<String> audits() {
        final List<String> audits = new ArrayList<>();
        for (int i = 0; i < fixture.outbox.journal.size(); i++) {
            final UnsafeBuffer bytes =
                    new UnsafeBuffer(fixture.outbox.journal.get(i).bytes());
            if (RecordLayout.kind(bytes, 0) == RecordKind.MESSAGE.value()) {
                final MessageRecordDecoder message = fixture.record(new MessageRecordDecoder(), i);
                if (message.topicName().equals(AuditEntry.TOPIC)) {
                    message.skipHeaders();
                    final byte[] payload = new byte[message.payloadLength()];
                    message.getPayload(payload, 0, payload.length);
                    audits.add(new String(payload, StandardCharsets.UTF_8));
                }
            }
        }
        return audits;
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
