package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.GroupAssignmentRecordDecoder;
import io.lockstep.codecs.GroupDescriptionDecoder;
import io.lockstep.codecs.GroupOpenedDecoder;
import io.lockstep.codecs.GroupSettledDecoder;
import io.lockstep.codecs.GroupsPageDecoder;
import io.lockstep.codecs.MessageRecordDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import io.lockstep.topic.TopicFilter;
import io.lockstep.wire.MessageHeaders;
import io.lockstep.wire.RecordLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Groups against {@link GroupsModel}. */
class GroupsModelTest {
    private static final int SEEDS = 1_000;
    private static final int STEPS = 120;
    private static final int MAX_GROUPS = 4;
    private static final long PRODUCER_ID = 5;
    private static final long SECOND_NS = 1_000_000_000L;
    private static final String[] TOPICS = {"a/1", "a/2", "b/1", "c"};
    private static final List<Choice> CHOICES = List.of(
            new Choice("all", List.of("#"), topic -> !topic.startsWith("$"), false),
            new Choice("a", List.of("a/#"), topic -> topic.startsWith("a/"), true),
            new Choice("keys", List.of("a/1", "b/+"), topic -> topic.equals("a/1") || topic.startsWith("b/"), true),
            new Choice("c", List.of("c"), topic -> topic.equals("c"), false),
            new Choice("graves", List.of("$dead/#"), topic -> topic.startsWith("$dead/"), false));

    private record Choice(String name, List<String> filters, Predicate<String> matcher, boolean isKeyOrdered) {}

    @Test
    void shouldDealOutEachMessageToOneMemberAtATime() {
        final Set<ResultCode> seen = EnumSet.noneOf(ResultCode.class);
        EngineModelRun.forSeeds("GroupsModelTest", SEEDS, seed -> new Simulation(seed, seen).run());
        TestSeed.assertReached(
                SEEDS,
                EnumSet.of(
                        ResultCode.ACCEPTED,
                        ResultCode.MALFORMED,
                        ResultCode.READ_ONLY,
                        ResultCode.BAD_TOPIC,
                        ResultCode.BAD_POSITION,
                        ResultCode.TOO_MANY_TOPICS,
                        ResultCode.MEMBER_UNKNOWN,
                        ResultCode.GROUP_UNKNOWN,
                        ResultCode.GROUP_MISMATCH,
                        ResultCode.TOO_MANY_GROUPS,
                        ResultCode.BAD_GROUP,
                        ResultCode.NOT_IN_GROUP,
                        ResultCode.NOT_ASSIGNED,
                        ResultCode.BAD_FEED,
                        ResultCode.NOT_DEAD),
                seen);
    }

    private static final class Simulation {
        private final EngineModelRun run;
        private final GroupsModel model = new GroupsModel();
        private final Set<ResultCode> seen;
        private final Set<String> topics = new HashSet<>();
        private final int window;
        private int records;
        private long sequence;
        private boolean isReadOnly;

        Simulation(final long seed, final Set<ResultCode> seen) {
            run = new EngineModelRun(seed);
            this.seen = seen;
            window = 16 + run.random.nextInt(8);
            model.beginTerm(run.nowNs());
        }

        void run() {
            run.apply(Commands.change(EngineSetting.GROUP_WINDOW, window));
            model.inFlightLimit = run.random.nextBoolean() ? 0 : 1 + run.random.nextInt(6);
            run.apply(Commands.change(EngineSetting.GROUP_IN_FLIGHT, model.inFlightLimit));
            run.apply(Commands.change(EngineSetting.MAX_CONSUMERS, MAX_GROUPS));
            run.apply(Commands.change(EngineSetting.MAX_TOPICS, TOPICS.length + run.random.nextInt(5)));
            for (final String topic : TOPICS) {
                run.apply(Commands.createTopic(topic));
            }
            run.apply(Commands.openProducer(PRODUCER_ID, 64, false));
            for (int step = 0; step < STEPS; step++) {
                step();
                afterTurn();
            }
        }

        private void step() {
            switch (run.random.nextInt(24)) {
                case 0, 1, 2, 3, 4, 5 -> publish(1 + run.random.nextInt(run.random.nextInt(8) == 0 ? 30 : 3));
                case 6, 7, 8, 9 -> settle();
                case 10, 11, 12 -> open();
                case 13 -> pass(run.random.nextLong(run.random.nextInt(4) == 0 ? 40 * SECOND_NS : 3 * SECOND_NS));
                case 14 -> run.restart();
                case 15 -> rareStep();
                case 16 -> leaveOrClose();
                case 17 -> credit();
                case 18, 19 -> feed();
                case 20, 21 -> deadLetter();
                case 22 -> renewMembers();
                default -> look();
            }
        }

        private void rareStep() {
            switch (run.random.nextInt(5)) {
                case 0 -> {
                    run.beginTerm();
                    model.beginTerm(run.nowNs());
                }
                case 1 -> delete();
                case 2, 3 -> seek();
                default -> {
                    isReadOnly = !isReadOnly;
                    run.apply(Commands.setReadOnly(1, isReadOnly));
                }
            }
        }

        private void publish(final int count) {
            if (isReadOnly) {
                return;
            }
            final PublishBuilder builder = new PublishBuilder(PRODUCER_ID, 1, sequence + 1);
            for (int i = 0; i < count; i++) {
                final Map<String, String> headers = new LinkedHashMap<>();
                if (run.random.nextInt(3) != 0) {
                    headers.put("$key", "k" + run.random.nextInt(4));
                }
                if (run.random.nextInt(4) == 0) {
                    headers.put("$expiryMs", String.valueOf(run.random.nextInt(4_000)));
                }
                headers.put("h", "v");
                builder.entry(
                        TOPICS[run.random.nextInt(TOPICS.length)].getBytes(StandardCharsets.UTF_8),
                        MessageHeaders.encode(headers),
                        new byte[run.random.nextInt(100)],
                        PublishFrame.NO_CONDITION);
            }
            sequence += count;
            final EngineFixture.Published reply = EngineFixture.decodePublished(run.apply(builder.build()));
            assertEquals(ResultCode.ACCEPTED, reply.code());
            assertTrue(reply.results().isEmpty(), "a message was refused");
        }

        private void open() {
            final long memberId = memberId();
            if (run.random.nextInt(4) != 0) {
                run.apply(Commands.openMember(memberId, (5 + run.random.nextInt(30)) * SECOND_NS));
                afterTurn();
            }
            final Choice choice = CHOICES.get(run.random.nextInt(CHOICES.size()));
            GroupTerms terms = new GroupTerms(
                    (1 + run.random.nextInt(8)) * SECOND_NS,
                    run.random.nextInt(3) * SECOND_NS / 2,
                    (1 + run.random.nextInt(3)) * SECOND_NS,
                    run.random.nextInt(4));
            if (run.random.nextInt(20) == 0) {
                terms = new GroupTerms(terms.ackTimeoutNs(), 4 * SECOND_NS, SECOND_NS, 0);
            }
            final boolean isOther = run.random.nextInt(15) == 0;
            final long position = run.random.nextInt(20) == 0 ? 1L << 40 : somePosition();
            final GroupCommands.Opening opening = new GroupCommands.Opening(
                    memberId,
                    choice.name(),
                    choice.filters(),
                    choice.isKeyOrdered() != isOther,
                    run.random.nextInt(20) == 0 ? 2_000 : 1 + run.random.nextInt(6),
                    terms,
                    run.random.nextInt(3),
                    position);
            final GroupOpenedDecoder reply =
                    EngineFixture.decode(new GroupOpenedDecoder(), run.apply(GroupCommands.open(opening)));
            final GroupsModel.Team known = model.ofName(choice.name());
            assertEquals(codeOfOpening(opening, known), reply.code());
            seen.add(reply.code());
            if (reply.code() == ResultCode.ACCEPTED) {
                final GroupsModel.Team team = known == null ? create(choice, opening, reply) : known;
                assertEquals(team.id, reply.groupId());
                team.terms = terms;
                if (team.credits.put(memberId, opening.credit()) == null) {
                    team.membersChanged();
                }
            }
        }

        private GroupsModel.Team create(
                final Choice choice, final GroupCommands.Opening opening, final GroupOpenedDecoder reply) {
            final GroupsModel.Team team = new GroupsModel.Team(
                    reply.groupId(), choice.name(), choice.filters(), choice.matcher(), opening.isKeyOrdered());
            team.windowEnd = placeOf(opening.startKind(), opening.startPosition());
            model.teams.put(team.id, team);
            return team;
        }

        private ResultCode codeOfOpening(final GroupCommands.Opening opening, final GroupsModel.Team known) {
            if (!alive().contains(opening.memberId())) {
                return ResultCode.MEMBER_UNKNOWN;
            }
            if (opening.credit() > 1_024
                    || opening.terms().minDelayNs() > opening.terms().maxDelayNs()) {
                return ResultCode.BAD_GROUP;
            }
            if (known != null) {
                return known.isKeyOrdered == opening.isKeyOrdered() ? ResultCode.ACCEPTED : ResultCode.GROUP_MISMATCH;
            }
            if (opening.startKind() == GroupCommands.POSITION && opening.startPosition() > endOfJournal()) {
                return ResultCode.BAD_POSITION;
            }
            return model.teams.size() == MAX_GROUPS ? ResultCode.TOO_MANY_GROUPS : ResultCode.ACCEPTED;
        }

        private void leaveOrClose() {
            final long memberId = memberId();
            if (run.random.nextInt(3) == 0) {
                run.apply(Commands.closeMember(memberId));
                return;
            }
            final int groupId = groupId();
            final GroupsModel.Team team = model.teams.get(groupId);
            expect(codeOf(team, memberId), run.apply(GroupCommands.leave(memberId, groupId)));
            if (team != null && team.credits.containsKey(memberId)) {
                model.removeMember(team, memberId, false, run.nowNs());
            }
        }

        private void credit() {
            final long memberId = memberId();
            final int groupId = groupId();
            final GroupsModel.Team team = model.teams.get(groupId);
            final int credit = run.random.nextInt(12) - 1;
            ResultCode expected = codeOf(team, memberId);
            if (expected == ResultCode.ACCEPTED && credit < 0) {
                expected = ResultCode.BAD_GROUP;
            }
            expect(expected, run.apply(GroupCommands.credit(memberId, groupId, credit)));
            if (expected == ResultCode.ACCEPTED) {
                team.credits.put(memberId, credit);
            }
        }

        private void settle() {
            final int groupId = groupId();
            final GroupsModel.Team team = model.teams.get(groupId);
            final long memberId = team != null && !team.credits.isEmpty() && run.random.nextInt(6) != 0
                    ? List.copyOf(team.credits.keySet()).get(run.random.nextInt(team.credits.size()))
                    : memberId();
            final List<GroupCommands.Verdict> verdicts = verdicts(team, memberId);
            ResultCode expected = codeOf(team, memberId);
            if (expected == ResultCode.ACCEPTED && verdicts.isEmpty()) {
                expected = ResultCode.BAD_GROUP;
            }
            final GroupSettledDecoder reply = EngineFixture.decode(
                    new GroupSettledDecoder(), run.apply(GroupCommands.settle(memberId, groupId, verdicts)));
            seen.add(reply.code());
            assertEquals(expected, reply.code());
            final List<String> refused = new ArrayList<>();
            if (expected == ResultCode.ACCEPTED) {
                for (final GroupCommands.Verdict verdict : verdicts) {
                    final ResultCode code = model.settle(team, memberId, verdict, run.nowNs());
                    seen.add(code);
                    if (code != ResultCode.ACCEPTED) {
                        refused.add(verdict.position() + " " + code);
                    }
                }
            }
            final List<String> results = new ArrayList<>();
            for (final GroupSettledDecoder.ResultsDecoder result : reply.results()) {
                results.add(result.position() + " " + result.resultCode());
            }
            assertEquals(refused, results);
        }

        private List<GroupCommands.Verdict> verdicts(final GroupsModel.Team team, final long memberId) {
            final List<GroupCommands.Verdict> verdicts = new ArrayList<>();
            if (team == null) {
                return verdicts;
            }
            for (final GroupsModel.Work work : team.window.values()) {
                final boolean isMine = work.memberId == memberId;
                if (run.random.nextInt(isMine ? 2 : 12) == 0) {
                    final int attempt = run.random.nextInt(12) == 0 ? work.attempts + 1 : work.attempts;
                    final int verdict = run.random.nextInt(3) == 0 ? 1 + run.random.nextInt(5) : GroupCommands.DONE;
                    final long delayNs = run.random.nextInt(5) * SECOND_NS - 1;
                    verdicts.add(
                            new GroupCommands.Verdict(work.sent.position(), attempt, verdict, Math.max(-2, delayNs)));
                }
            }
            return verdicts;
        }

        private void feed() {
            final List<GroupsModel.Team> lagging = new ArrayList<>();
            run.engine().groupHelp().collect(10, 0, new GroupHelp.Sink() {
                @Override
                public void onLag(
                        final int groupId, final long windowEnd, final int room, final List<TopicFilter> filters) {
                    lagging.add(model.teams.get(groupId));
                    assertEquals(windowEnd, model.teams.get(groupId).windowEnd);
                    assertEquals(window - model.teams.get(groupId).window.size(), room);
                    assertEquals(
                            model.teams.get(groupId).filters,
                            filters.stream().map(TopicFilter::toString).toList());
                }

                @Override
                public void onDead(final int groupId, final long position, final int recordLength) {
                    throw new AssertionError("nobody asked for " + groupId + " " + position + " " + recordLength);
                }
            });
            if (lagging.isEmpty()) {
                final int groupId = groupId();
                final ResultCode code =
                        model.teams.containsKey(groupId) ? ResultCode.BAD_FEED : ResultCode.GROUP_UNKNOWN;
                expect(code, run.apply(GroupCommands.feed(groupId, 1L << 50, 1L << 50, List.of())));
                return;
            }
            final GroupsModel.Team team = lagging.get(run.random.nextInt(lagging.size()));
            final List<GroupCommands.Fed> fed = new ArrayList<>();
            long through = team.windowEnd;
            int limit = 1 + run.random.nextInt(20);
            for (final GroupsModel.Sent sent : model.journal) {
                if (sent.begin() < team.windowEnd || limit-- == 0) {
                    continue;
                }
                if (limit < 0) {
                    break;
                }
                through = sent.position();
                if (team.matcher.test(sent.topic())) {
                    fed.add(new GroupCommands.Fed(
                            sent.position(),
                            sent.recordLength(),
                            sent.topicId(),
                            sent.timestampNs(),
                            sent.expiryMs(),
                            sent.key()));
                }
            }
            if (limit > 0) {
                through = endOfJournal();
            }
            final int room = window - team.window.size();
            final boolean isBad = run.random.nextInt(8) == 0;
            final CommandReplyDecoder reply = EngineFixture.decode(
                    new CommandReplyDecoder(),
                    run.apply(GroupCommands.feed(team.id, isBad ? team.windowEnd - 32 : team.windowEnd, through, fed)));
            seen.add(reply.code());
            assertEquals(isBad ? ResultCode.BAD_FEED : ResultCode.ACCEPTED, reply.code());
            if (isBad) {
                assertEquals(team.windowEnd, reply.detail());
            } else if (fed.size() <= room) {
                assertEquals(through, reply.detail());
            } else {
                assertEquals(model.find(fed.get(room).position()).begin(), reply.detail());
            }
        }

        private void deadLetter() {
            final List<GroupsModel.Team> teams = model.teams.values().stream()
                    .filter(team -> team.count(GroupsModel.State.DEAD) > 0)
                    .toList();
            if (teams.isEmpty()) {
                final int groupId = groupId();
                final ResultCode code =
                        model.teams.containsKey(groupId) ? ResultCode.NOT_DEAD : ResultCode.GROUP_UNKNOWN;
                expect(code, run.apply(GroupCommands.deadLetter(groupId, 4096, new byte[0], new byte[0])));
                return;
            }
            final GroupsModel.Team team = teams.get(run.random.nextInt(teams.size()));
            final GroupsModel.Work work = team.window.values().stream()
                    .filter(dead -> dead.state == GroupsModel.State.DEAD)
                    .findFirst()
                    .orElseThrow();
            final GroupsModel.Sent sent = work.sent;
            if (run.random.nextInt(8) == 0) {
                expect(
                        ResultCode.MALFORMED,
                        run.apply(GroupCommands.deadLetter(team.id, sent.position(), sent.headers(), new byte[1_000])));
                return;
            }
            final int recordsBefore = run.outbox.journal.size();
            final boolean isNew = !topics.contains("$dead/" + sent.topic());
            final int topicsBefore = run.engine().topicCount();
            final long maxTopics = run.engine().setting(EngineSetting.MAX_TOPICS);
            final CommandReplyDecoder reply = EngineFixture.decode(
                    new CommandReplyDecoder(),
                    run.apply(GroupCommands.deadLetter(team.id, sent.position(), sent.headers(), sent.payload())));
            seen.add(reply.code());
            if (isReadOnly) {
                assertEquals(ResultCode.READ_ONLY, reply.code());
            } else if (isNew && topicsBefore >= maxTopics) {
                assertEquals(ResultCode.TOO_MANY_TOPICS, reply.code());
            } else {
                assertEquals(ResultCode.ACCEPTED, reply.code());
                team.dead++;
                team.finish(work);
                checkDeadLetter(run.outbox.journal.get(recordsBefore), reply.detail(), team, work);
            }
        }

        private void checkDeadLetter(
                final FakeOutbox.JournalRecord record,
                final long position,
                final GroupsModel.Team team,
                final GroupsModel.Work work) {
            assertEquals(position, record.endPosition());
            final MessageRecordDecoder message = EngineFixture.decode(new MessageRecordDecoder(), record.bytes());
            assertEquals("$dead/" + work.sent.topic(), message.topicName());
            final byte[] headers = new byte[message.headersLength()];
            message.getHeaders(headers, 0, headers.length);
            final Map<String, String> expected = new LinkedHashMap<>();
            if (work.sent.key() != null) {
                expected.put("$key", work.sent.key());
            }
            expected.put("h", "v");
            expected.put("$deadReason", work.isRejected ? "rejected" : "attempts");
            expected.put("$deadTopic", work.sent.topic());
            expected.put("$deadPosition", String.valueOf(work.sent.position()));
            expected.put("$deadGroup", team.name);
            expected.put("$deadAttempts", String.valueOf(work.attempts));
            assertEquals(expected, MessageHeaders.decode(new UnsafeBuffer(headers), 0, headers.length));
            assertEquals(work.sent.payload().length, message.payloadLength());
        }

        private void delete() {
            final int groupId = groupId();
            final GroupsModel.Team team = model.teams.remove(groupId);
            expect(
                    team == null ? ResultCode.GROUP_UNKNOWN : ResultCode.ACCEPTED,
                    run.apply(GroupCommands.delete(groupId)));
        }

        private void seek() {
            final int groupId = groupId();
            final GroupsModel.Team team = model.teams.get(groupId);
            final int kind = run.random.nextInt(4);
            final long position = run.random.nextInt(8) == 0 ? 1L << 40 : somePosition();
            ResultCode expected = team == null ? ResultCode.GROUP_UNKNOWN : ResultCode.ACCEPTED;
            if (team != null && kind > GroupCommands.POSITION) {
                expected = ResultCode.BAD_GROUP;
            } else if (team != null && kind == GroupCommands.POSITION && position > endOfJournal()) {
                expected = ResultCode.BAD_POSITION;
            }
            final long place = placeOf(kind, position);
            final CommandReplyDecoder reply = expect(expected, run.apply(GroupCommands.seek(groupId, kind, position)));
            if (expected == ResultCode.ACCEPTED) {
                assertEquals(place, reply.detail());
                model.seek(team, place);
            }
        }

        private void renewMembers() {
            for (final long memberId : alive()) {
                run.apply(Commands.renewMember(memberId));
            }
        }

        private void look() {
            final String filter = run.random.nextInt(10) == 0 ? "#/x" : "";
            final byte[] bytes = run.apply(GroupCommands.list(0, 100, filter));
            if (!filter.isEmpty()) {
                expect(ResultCode.BAD_TOPIC, bytes);
                return;
            }
            final GroupsPageDecoder page = EngineFixture.decode(new GroupsPageDecoder(), bytes);
            final List<String> listed = new ArrayList<>();
            for (final GroupsPageDecoder.GroupsDecoder group : page.groups()) {
                listed.add(group.groupId() + " " + group.windowEnd() + " " + group.groupName());
            }
            assertEquals(
                    model.teams.values().stream()
                            .map(team -> team.id + " " + team.windowEnd + " " + team.name)
                            .toList(),
                    listed);
            for (final GroupsModel.Team team : model.teams.values()) {
                checkDescription(team);
            }
            assertEquals(
                    ResultCode.GROUP_UNKNOWN,
                    EngineFixture.decode(new GroupDescriptionDecoder(), run.apply(GroupCommands.describe(0, "nobody")))
                            .code());
        }

        private void checkDescription(final GroupsModel.Team team) {
            final GroupDescriptionDecoder described = EngineFixture.decode(
                    new GroupDescriptionDecoder(), run.apply(GroupCommands.describe(0, team.name)));
            assertEquals(ResultCode.ACCEPTED, described.code());
            assertEquals(team.id, described.groupId());
            assertEquals(lowPositionOf(team), described.lowPosition());
            assertEquals(
                    List.of(team.assigned, team.redelivered, team.done, team.dead, team.expired, team.dropped),
                    List.of(
                            described.assignedTotal(),
                            described.redeliveredTotal(),
                            described.doneTotal(),
                            described.deadTotal(),
                            described.expiredTotal(),
                            described.droppedTotal()));
            assertEquals(
                    List.of(
                            team.count(GroupsModel.State.WAITING),
                            team.count(GroupsModel.State.IN_FLIGHT),
                            team.count(GroupsModel.State.DELAYED),
                            team.count(GroupsModel.State.DEAD)),
                    List.of(
                            described.readyCount(),
                            described.inFlightCount(),
                            described.delayedCount(),
                            described.deadCount()));
        }

        private void pass(final long durationNs) {
            final long endNs = run.nowNs() + durationNs;
            while (run.engine().timerDeadlineNs() != ClockPart.NONE
                    && run.engine().timerDeadlineNs() <= endNs) {
                run.pass(Math.max(0, run.engine().timerDeadlineNs() - run.nowNs()));
                checkTurn();
            }
            run.pass(endNs - run.nowNs());
        }

        private void afterTurn() {
            checkTurn();
            run.tick();
            while (run.engine().timerDeadlineNs() != ClockPart.NONE
                    && run.engine().timerDeadlineNs() <= run.nowNs()) {
                run.pass(0);
                checkTurn();
            }
        }

        private void checkTurn() {
            model.keepMembers(alive(), run.nowNs());
            model.passTo(run.nowNs());
            final List<GroupAssignmentRecordDecoder> assignments = readRecords();
            final GroupsPart groups = run.engine().parts().groups();
            for (final GroupsModel.Team team : model.teams.values()) {
                final Group group = groups.find(team.id);
                model.moveWindow(team, group.isLagging() ? group.windowEnd() : endOfJournal());
            }
            final Set<String> pairs = new HashSet<>();
            for (final GroupAssignmentRecordDecoder assignment : assignments) {
                assertTrue(
                        pairs.add(assignment.groupId() + " " + assignment.memberId() + " "
                                + assignment.recordHeader().raftLogPosition()),
                        "two records for a member of a group in one turn");
                final GroupsModel.Team team = model.teams.get(assignment.groupId());
                final long memberId = assignment.memberId();
                for (final GroupAssignmentRecordDecoder.EntriesDecoder entry : assignment.entries()) {
                    model.assign(team, memberId, entry.position(), entry.recordLength(), entry.attempt(), run.nowNs());
                }
            }
            for (final GroupsModel.Team team : model.teams.values()) {
                compare(team, groups);
            }
            assertEquals(
                    model.teams.values().stream()
                            .mapToLong(GroupsModelTest::lowPositionOf)
                            .min()
                            .orElse(Long.MAX_VALUE),
                    run.engine().heldPosition());
            checkHelp();
        }

        private List<GroupAssignmentRecordDecoder> readRecords() {
            final List<GroupAssignmentRecordDecoder> assignments = new ArrayList<>();
            for (; records < run.outbox.journal.size(); records++) {
                final FakeOutbox.JournalRecord record = run.outbox.journal.get(records);
                final int kind = RecordLayout.kind(new UnsafeBuffer(record.bytes()), 0);
                if (kind == RecordKind.MESSAGE.value()) {
                    addMessage(record);
                } else if (kind == RecordKind.GROUP_ASSIGNED.value()) {
                    assignments.add(EngineFixture.decode(new GroupAssignmentRecordDecoder(), record.bytes()));
                }
            }
            return assignments;
        }

        private void addMessage(final FakeOutbox.JournalRecord record) {
            final MessageRecordDecoder message = EngineFixture.decode(new MessageRecordDecoder(), record.bytes());
            final int topicId = message.topicId();
            final long timestampNs = message.recordHeader().timestampNs();
            final String topic = message.topicName();
            final byte[] headers = new byte[message.headersLength()];
            message.getHeaders(headers, 0, headers.length);
            final byte[] payload = new byte[message.payloadLength()];
            message.getPayload(payload, 0, payload.length);
            final Map<String, String> decoded = MessageHeaders.decode(new UnsafeBuffer(headers), 0, headers.length);
            topics.add(topic);
            model.journal.add(new GroupsModel.Sent(
                    record.endPosition(),
                    record.bytes().length,
                    topicId,
                    topic,
                    timestampNs,
                    Long.parseLong(decoded.getOrDefault("$expiryMs", "-1")),
                    decoded.get("$key"),
                    headers,
                    payload));
        }

        private void compare(final GroupsModel.Team team, final GroupsPart groups) {
            final Group group = groups.find(team.id);
            final GroupEntries entries = groups.window().entries();
            final Set<Long> held = new TreeSet<>();
            for (int slot = group.all().first(); slot != GroupEntries.NONE; slot = entries.after(slot)) {
                held.add(entries.position(slot));
            }
            model.dropExpired(team, held, run.nowNs());
            assertEquals(team.window.keySet(), held, "window of " + team.name);
            assertEquals(held.size(), group.entryCount());
            assertTrue(held.size() <= window, "window of " + team.name);
            for (final GroupsModel.Work work : team.window.values()) {
                final int slot = entries.find(group, work.sent.position());
                final String what = "message " + work.sent.position() + " of " + team.name;
                assertEquals(work.attempts, entries.attempts(slot), what);
                assertEquals(work.state, stateOf(entries.state(slot)), what);
                if (work.state == GroupsModel.State.WAITING) {
                    assertEquals(team.isBlocked(work), entries.state(slot) == EntryState.BLOCKED, what);
                } else if (work.state == GroupsModel.State.IN_FLIGHT) {
                    assertEquals(work.memberId, entries.member(slot).id(), what);
                    assertTrue(!team.isBlocked(work), what);
                }
            }
            if (!group.isPending()) {
                model.checkNothingWaits(team);
                assertTrue(
                        !group.isLagging()
                                || group.windowEnd() < groups.recent().beginPosition()
                                || held.size() == window,
                        team.name + " lags without need");
            }
        }

        private void checkHelp() {
            final Set<String> dead = new TreeSet<>();
            final Set<Integer> lagging = new TreeSet<>();
            run.engine().groupHelp().collect(100, 1_000, new GroupHelp.Sink() {
                @Override
                public void onLag(
                        final int groupId, final long windowEnd, final int room, final List<TopicFilter> filters) {
                    lagging.add(groupId);
                }

                @Override
                public void onDead(final int groupId, final long position, final int recordLength) {
                    dead.add(groupId + " " + position + " " + recordLength);
                }
            });
            final Set<String> expected = new TreeSet<>();
            final Set<Integer> expectedLagging = new TreeSet<>();
            final GroupsPart groups = run.engine().parts().groups();
            for (final GroupsModel.Team team : model.teams.values()) {
                for (final GroupsModel.Work work : team.window.values()) {
                    if (work.state == GroupsModel.State.DEAD) {
                        expected.add(team.id + " " + work.sent.position() + " " + work.sent.recordLength());
                    }
                }
                if (team.windowEnd < endOfJournal()
                        && team.windowEnd < groups.recent().beginPosition()
                        && team.window.size() < window) {
                    expectedLagging.add(team.id);
                }
            }
            assertEquals(expected, dead);
            assertEquals(expectedLagging, lagging);
            assertTrue(run.engine().groupHelp().isNeeded() || (dead.isEmpty() && lagging.isEmpty()));
        }

        private static GroupsModel.State stateOf(final EntryState state) {
            return switch (state) {
                case READY, BLOCKED -> GroupsModel.State.WAITING;
                case IN_FLIGHT -> GroupsModel.State.IN_FLIGHT;
                case DELAYED -> GroupsModel.State.DELAYED;
                case USED_UP, GIVEN_UP -> GroupsModel.State.DEAD;
            };
        }

        private CommandReplyDecoder expect(final ResultCode expected, final byte[] bytes) {
            final CommandReplyDecoder reply = EngineFixture.decode(new CommandReplyDecoder(), bytes);
            assertEquals(expected, reply.code());
            seen.add(expected);
            return reply;
        }

        private static ResultCode codeOf(final GroupsModel.Team team, final long memberId) {
            if (team == null) {
                return ResultCode.GROUP_UNKNOWN;
            }
            return team.credits.containsKey(memberId) ? ResultCode.ACCEPTED : ResultCode.NOT_IN_GROUP;
        }

        private long placeOf(final int kind, final long position) {
            return switch (kind) {
                case GroupCommands.START -> 0;
                case GroupCommands.LIVE -> endOfJournal();
                default -> position;
            };
        }

        private long somePosition() {
            if (model.journal.isEmpty()) {
                return 0;
            }
            final GroupsModel.Sent sent = model.journal.get(run.random.nextInt(model.journal.size()));
            return run.random.nextBoolean() ? sent.begin() : sent.position();
        }

        private long endOfJournal() {
            return run.engine().journalPosition();
        }

        private Set<Long> alive() {
            final MembersPart members = run.engine().parts().members();
            final Set<Long> alive = new TreeSet<>();
            for (int i = 0; i < members.memberCount(); i++) {
                alive.add(members.at(i).id());
            }
            return alive;
        }

        private long memberId() {
            return 1L + run.random.nextInt(6);
        }

        private int groupId() {
            if (model.teams.isEmpty() || run.random.nextInt(20) == 0) {
                return 1_000;
            }
            return List.copyOf(model.teams.keySet()).get(run.random.nextInt(model.teams.size()));
        }
    }

    private static long lowPositionOf(final GroupsModel.Team team) {
        return team.window.isEmpty()
                ? team.windowEnd
                : team.window.firstEntry().getValue().sent.begin();
    }
}
