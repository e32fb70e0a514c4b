package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.EventRecordDecoder;
import io.lockstep.codecs.MessageRecordDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.SessionOpenedDecoder;
import io.lockstep.codecs.SessionSubscriptionsDecoder;
import io.lockstep.codecs.SessionUpdate;
import io.lockstep.codecs.SessionsPageDecoder;
import io.lockstep.codecs.SessionsUpdatedDecoder;
import io.lockstep.codecs.SubscriptionsChangedDecoder;
import io.lockstep.config.EngineSetting;
import io.lockstep.wire.RecordLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/**
 * Client sessions against a model, while gateways and connections come and go, leases and sessions end, wills fall due,
 * leaders change and replicas restart. Half of the clients have their home here, the others are brought from elsewhere.
 */
class SessionsModelTest {
    private static final int SEEDS = 1_000;
    private static final int STEPS = 150;
    private static final long SECOND_NS = 1_000_000_000L;
    private static final int ELSEWHERE = 5;
    private static final List<String> CLIENTS = List.of("a", "b/1", "b/2", "ü", "e", "f", "g", "");
    private static final List<String> FILTERS = List.of("x/#", "x/1", "+/1", "y", "z", "+", "#", "a/#/b");
    private static final List<Integer> OPTIONS = List.of(0, 1, 2, 4, 0x10, 0x12, 0x21, 0x2C, 3);

    @Test
    void shouldKeepSessionsAsTheModelDoes() {
        final Set<ResultCode> seen = EnumSet.noneOf(ResultCode.class);
        EngineModelRun.forSeeds("SessionsModelTest", SEEDS, seed -> new Simulation(seed, seen).run());
        TestSeed.assertReached(
                SEEDS,
                EnumSet.of(
                        ResultCode.ACCEPTED,
                        ResultCode.BAD_TOPIC,
                        ResultCode.BAD_SESSION,
                        ResultCode.MEMBER_UNKNOWN,
                        ResultCode.SESSION_UNKNOWN,
                        ResultCode.SESSION_MOVED,
                        ResultCode.TOO_MANY_SESSIONS,
                        ResultCode.PACKET_KNOWN),
                seen);
    }

    private static final class Simulation {
        private final EngineModelRun run;
        private final Random random;
        private final SessionsModel model;
        private final Set<ResultCode> seen;
        private int recordsSeen;
        private long producerSequence;
        private long epochElsewhere = 1;
        private int payloads;

        Simulation(final long seed, final Set<ResultCode> seen) {
            this.run = new EngineModelRun(seed);
            this.random = run.random;
            this.seen = seen;
            final boolean isDeletionTold = random.nextBoolean();
            this.model = new SessionsModel(isDeletionTold);
            run.apply(Commands.setFeatureLevel(isDeletionTold ? Engine.SESSION_DELETED_LEVEL : Engine.SESSIONS_LEVEL));
            run.apply(Commands.change(EngineSetting.MAX_SESSIONS, SessionsModel.MAX_SESSIONS));
            run.apply(Commands.change(EngineSetting.MAX_SUBSCRIPTIONS, SessionsModel.MAX_SUBSCRIPTIONS));
            run.apply(Commands.change(EngineSetting.SESSION_EXPIRY, SessionsModel.MAX_EXPIRY_NS));
            run.apply(Commands.openProducer(1, 1024, false));
            model.pass(run.nowNs());
            model.beginTerm();
        }

        void run() {
            for (int step = 0; step < STEPS; step++) {
                act();
                assertEqual("step " + step);
            }
        }

        private void act() {
            // What became due by the command before is done ahead of the next.
            run.pass(0);
            model.settle();
            switch (random.nextInt(18)) {
                case 0, 1 -> {
                    run.pass(random.nextLong(random.nextBoolean() ? SECOND_NS : 30 * SECOND_NS));
                    model.pass(run.nowNs());
                }
                case 2 -> run.restart();
                case 3 -> {
                    if (random.nextInt(3) == 0) {
                        run.beginTerm();
                        model.beginTerm();
                    }
                }
                case 4, 5 -> {
                    final long memberId = memberId();
                    final long leaseNs = SECOND_NS + random.nextLong(20 * SECOND_NS);
                    assertEquals(ResultCode.ACCEPTED, code(run.apply(Commands.openMember(memberId, leaseNs))));
                    model.openMember(memberId, leaseNs);
                }
                case 6 -> {
                    if (random.nextInt(3) == 0) {
                        final long memberId = memberId();
                        run.apply(Commands.closeMember(memberId));
                        model.closeMember(memberId);
                    }
                }
                case 7, 8, 9, 10 -> open();
                case 11, 12 -> change();
                case 13 -> update();
                case 14 -> closeOrDelete();
                case 15, 16 -> publish();
                default -> read();
            }
        }

        private void open() {
            final int pick = random.nextInt(30) == 0 ? CLIENTS.size() - 1 : random.nextInt(CLIENTS.size() - 1);
            final String clientId = CLIENTS.get(pick);
            final boolean isHome = pick % 2 == 0;
            final SessionsModel.Entry existing = model.sessions.get(clientId);
            long epoch = 0;
            long sessionId = 0;
            if (!isHome) {
                epoch = random.nextInt(6) == 0 && existing != null ? existing.epoch : 64 * ++epochElsewhere + ELSEWHERE;
                sessionId = existing != null && random.nextInt(3) > 0 ? existing.id : epoch;
            }
            if (random.nextInt(30) == 0) {
                sessionId = isHome ? 7 : epoch + 1;
            }
            final long memberId = memberId();
            final long connectionId = random.nextInt(3);
            final long expiryNs = random.nextInt(30) == 0
                    ? -1
                    : List.of(0L, SECOND_NS, 20 * SECOND_NS, Long.MAX_VALUE).get(random.nextInt(4));
            final boolean isCleanStart = random.nextInt(3) == 0;
            final SessionRequests.WillText will = will();
            final byte[] reply = run.apply(SessionRequests.open(
                    memberId, connectionId, epoch, sessionId, expiryNs, isCleanStart, clientId, will));
            final SessionOpenedDecoder opened = EngineFixture.decode(new SessionOpenedDecoder(), reply);
            // Only the epoch that a home shard gives is the engine's to choose; it must rise.
            final long newEpoch = isHome ? opened.epoch() : epoch;
            if (isHome && opened.code() == ResultCode.ACCEPTED) {
                assertEquals(0, newEpoch % 64, "the shard in the low bits");
            }
            final long before = existing == null ? 0 : existing.epoch;
            final ResultCode expected = model.open(
                    memberId,
                    connectionId,
                    epoch,
                    sessionId,
                    newEpoch,
                    expiryNs,
                    isCleanStart,
                    clientId,
                    will,
                    () -> run.engine().journalPosition());
            assertEquals(expected, opened.code());
            seen.add(expected);
            if (expected == ResultCode.ACCEPTED) {
                final SessionsModel.Entry entry = model.sessions.get(clientId);
                if (entry.epoch < before) {
                    throw new AssertionError("the epoch fell from " + before + " to " + entry.epoch);
                }
                assertEquals(entry.id, opened.sessionId());
                assertEquals(entry.epoch, opened.epoch());
                assertEquals(entry.wasPresent, opened.isPresent() == BooleanType.TRUE);
                assertEquals(entry.cursorPosition, opened.cursorPosition());
                assertEquals(entry.cursorOrdinal, opened.cursorOrdinal());
                assertEquals(entry.expiryNs, opened.expiryNs());
                assertEquals(BooleanType.TRUE, opened.isLast());
                final List<String> subs = new ArrayList<>();
                for (final SessionOpenedDecoder.SubscriptionsDecoder sub : opened.subscriptions()) {
                    final String rest = sub.subscriptionId() + "|" + sub.fromPosition() + '|' + sub.untilPosition()
                            + '|' + sub.options();
                    subs.add(sub.filter() + '|' + rest);
                }
                assertEquals(subsOf(entry), subs);
                final byte[] marks = new byte[opened.marksLength()];
                opened.getMarks(marks, 0, marks.length);
                assertEquals(marksOf(entry), longs(marks));
                final byte[] packets = new byte[opened.packetsLength()];
                opened.getPackets(packets, 0, packets.length);
                assertEquals(List.copyOf(entry.packets), shorts(packets));
            }
        }

        private SessionRequests.WillText will() {
            if (random.nextBoolean()) {
                return null;
            }
            final long delayNs = random.nextBoolean() ? 0 : random.nextLong(30 * SECOND_NS);
            return new SessionRequests.WillText(random.nextInt(30) == 0 ? "w/#" : "will", "w" + ++payloads, delayNs);
        }

        private void change() {
            final SessionsModel.Entry entry = anySession();
            final long sessionId = entry == null ? 999 : entry.id;
            final long epoch = entry == null || random.nextInt(10) == 0 ? 5 : entry.epoch;
            final List<SessionRequests.Change> changes = new ArrayList<>();
            for (int i = random.nextInt(20) == 0 ? 0 : 1 + random.nextInt(3); i > 0; i--) {
                final boolean isSubscribing = random.nextInt(3) > 0;
                final int filter = random.nextInt(40) == 0 ? FILTERS.size() - 1 : random.nextInt(FILTERS.size() - 1);
                final int option = random.nextInt(40) == 0 ? OPTIONS.size() - 1 : random.nextInt(OPTIONS.size() - 1);
                changes.add(new SessionRequests.Change(
                        isSubscribing,
                        FILTERS.get(filter),
                        isSubscribing ? OPTIONS.get(option) : 0,
                        isSubscribing ? random.nextInt(2) : 0));
            }
            final long position = run.engine().journalPosition();
            final List<Integer> expectedResults = new ArrayList<>();
            final ResultCode expected = model.change(sessionId, epoch, changes, position, expectedResults);
            final SubscriptionsChangedDecoder changed = EngineFixture.decode(
                    new SubscriptionsChangedDecoder(), run.apply(SessionRequests.change(sessionId, epoch, changes)));
            assertEquals(expected, changed.code());
            seen.add(expected);
            assertEquals(position, changed.position());
            final byte[] results = new byte[changed.resultsLength()];
            changed.getResults(results, 0, results.length);
            final List<Integer> actualResults = new ArrayList<>();
            for (final byte result : results) {
                actualResults.add((int) result);
            }
            assertEquals(expectedResults, actualResults);
        }

        private void update() {
            final long end = run.engine().journalPosition();
            final List<SessionRequests.Update> updates = new ArrayList<>();
            final List<Integer> expected = new ArrayList<>();
            for (int i = random.nextInt(6); i > 0; i--) {
                final SessionsModel.Entry entry = anySession();
                final long sessionId = entry == null ? 999 : entry.id;
                final long epoch = entry == null || random.nextInt(10) == 0 ? 5 : entry.epoch;
                updates.add(update(sessionId, epoch, entry, end));
                if (!model.update(updates.get(updates.size() - 1), end)) {
                    expected.add(updates.size() - 1);
                }
            }
            final SessionsUpdatedDecoder updated =
                    EngineFixture.decode(new SessionsUpdatedDecoder(), run.apply(SessionRequests.update(updates)));
            final byte[] refused = new byte[updated.refusedLength()];
            updated.getRefused(refused, 0, refused.length);
            assertEquals(expected, shorts(refused));
        }

        private SessionRequests.Update update(
                final long sessionId, final long epoch, final SessionsModel.Entry entry, final long end) {
            final long cursor = entry == null ? 0 : entry.cursorPosition;
            final long ordinal = entry == null ? 0 : entry.cursorOrdinal;
            return switch (random.nextInt(5)) {
                case 0 -> {
                    final long records = (end - cursor) / 32;
                    final long advance = random.nextInt(8) == 0 ? -2 : random.nextLong(records + 2);
                    yield new SessionRequests.Update(
                            sessionId,
                            epoch,
                            SessionUpdate.CURSOR,
                            ordinal + random.nextLong(4) - (random.nextInt(8) == 0 ? 2 : 0),
                            cursor + 32 * advance + (random.nextInt(20) == 0 ? 8 : 0));
                }
                case 1 -> new SessionRequests.Update(sessionId, epoch, SessionUpdate.RECEIVED, markOf(ordinal), 0);
                case 2 -> new SessionRequests.Update(sessionId, epoch, SessionUpdate.DONE, markOf(ordinal), 0);
                case 3 ->
                    new SessionRequests.Update(sessionId, epoch, SessionUpdate.RELEASED, 1 + random.nextInt(5), 0);
                default -> {
                    final boolean hasSubs = entry != null && !entry.subs.isEmpty();
                    final long from = hasSubs ? entry.subs.get(random.nextInt(entry.subs.size())).from : 0;
                    yield new SessionRequests.Update(sessionId, epoch, SessionUpdate.RETAINED_SENT, from, 0);
                }
            };
        }

        private long markOf(final long ordinal) {
            return random.nextInt(10) == 0
                    ? ordinal + SessionsModel.WINDOW + random.nextInt(2)
                    : ordinal + random.nextInt(6) - 1;
        }

        private void closeOrDelete() {
            final SessionsModel.Entry entry = anySession();
            if (random.nextInt(4) == 0) {
                final String clientId = entry == null ? "nobody" : entry.clientId;
                final byte[] reply = run.apply(SessionRequests.delete(clientId));
                final ResultCode expected = model.delete(clientId);
                assertEquals(expected, code(reply));
                seen.add(expected);
                return;
            }
            final long sessionId = entry == null ? 999 : entry.id;
            final long epoch = entry == null || random.nextInt(10) == 0 ? 5 : entry.epoch;
            final long expiryNs = List.of(-1L, 0L, 5 * SECOND_NS).get(random.nextInt(3));
            final boolean isWillKept = random.nextBoolean();
            final byte[] reply = run.apply(SessionRequests.close(sessionId, epoch, expiryNs, isWillKept));
            final ResultCode expected = model.close(sessionId, epoch, expiryNs, isWillKept);
            assertEquals(expected, code(reply));
            seen.add(expected);
        }

        private void publish() {
            final SessionsModel.Entry entry = anySession();
            final long sessionId = entry == null ? 999 : entry.id;
            final long epoch = entry == null || random.nextInt(10) == 0 ? 5 : entry.epoch;
            final int packetId = 1 + random.nextInt(5);
            final String payload = "p" + ++payloads;
            final byte[] reply = run.apply(new PublishBuilder(1, 1, ++producerSequence)
                    .entry(
                            "x/1".getBytes(StandardCharsets.UTF_8),
                            SessionRequests.packetHeaders(sessionId, epoch, packetId),
                            payload.getBytes(StandardCharsets.UTF_8),
                            PublishFrame.NO_CONDITION)
                    .build());
            final ResultCode expected = model.publish(sessionId, epoch, packetId, "x/1", payload);
            final EngineFixture.Published published = EngineFixture.decodePublished(reply);
            assertEquals(
                    expected,
                    published.results().isEmpty()
                            ? published.code()
                            : published.results().get(0).code());
            seen.add(expected);
        }

        private void read() {
            final SessionsModel.Entry entry = anySession();
            if (entry != null && random.nextBoolean()) {
                final int after = random.nextInt(entry.subs.size() + 1);
                final SessionSubscriptionsDecoder further = EngineFixture.decode(
                        new SessionSubscriptionsDecoder(), run.apply(SessionRequests.describe(entry.id, after)));
                final List<String> subs = new ArrayList<>();
                for (final SessionSubscriptionsDecoder.SubscriptionsDecoder sub : further.subscriptions()) {
                    final String rest = sub.subscriptionId() + "|" + sub.fromPosition() + '|' + sub.untilPosition()
                            + '|' + sub.options();
                    subs.add(sub.filter() + '|' + rest);
                }
                assertEquals(subsOf(entry).subList(after, entry.subs.size()), subs);
                return;
            }
            list();
        }

        private void list() {
            final String filter = random.nextBoolean() ? "" : "b/+";
            final List<Long> expected = model.inOrder().stream()
                    .filter(entry -> filter.isEmpty() || entry.clientId.startsWith("b/"))
                    .map(entry -> entry.id)
                    .toList();
            final List<Long> actual = new ArrayList<>();
            final int maxSessions = random.nextInt(3);
            long after = 0;
            boolean isLast = false;
            while (!isLast) {
                final SessionsPageDecoder page = EngineFixture.decode(
                        new SessionsPageDecoder(), run.apply(SessionRequests.list(after, maxSessions, filter)));
                after = page.scannedToSessionId();
                isLast = page.isLast() == BooleanType.TRUE;
                for (final SessionsPageDecoder.SessionsDecoder entry : page.sessions()) {
                    final SessionsModel.Entry known = model.find(entry.sessionId());
                    actual.add(known.id);
                    assertEquals(known.epoch, entry.epoch());
                    assertEquals(known.memberId, entry.memberId());
                    assertEquals(known.cursorPosition, entry.cursorPosition());
                    assertEquals(known.disconnectedNs, entry.disconnectedNs());
                    assertEquals(known.liveSubs(), entry.subscriptionCount());
                    assertEquals(known.isDone.size(), entry.markCount());
                    assertEquals(known.packets.size(), entry.packetCount());
                    assertEquals(known.will != null, entry.hasWill() == BooleanType.TRUE);
                    assertEquals(known.clientId, entry.clientId());
                }
            }
            assertEquals(expected, actual);
        }

        private void assertEqual(final String step) {
            final SessionsPart part = run.engine().parts().sessions();
            assertEquals(model.sessions.size(), part.count(), step);
            assertEquals(
                    model.sessions.values().stream()
                            .mapToLong(entry -> entry.cursorPosition)
                            .min()
                            .orElse(Long.MAX_VALUE),
                    run.engine().heldPosition(),
                    step);
            for (final SessionsModel.Entry entry : model.sessions.values()) {
                final Session session = part.find(entry.id);
                assertEquals(entry.epoch, session.epoch(), step);
                assertEquals(entry.memberId, session.memberId(), step);
                assertEquals(entry.disconnectedNs, session.disconnectedNs(), step);
                assertEquals(entry.expiryNs, session.expiryNs(), step);
                assertEquals(entry.will != null, session.will() != null, step);
                assertEquals(entry.cursorPosition, session.cursorPosition(), step);
                assertEquals(entry.cursorOrdinal, session.cursorOrdinal(), step);
                assertEquals(entry.subs.size(), session.subscriptions().size(), step);
                assertEquals(entry.packets.size(), session.packets().count(), step);
                assertEquals(marksOf(entry), longs(SessionReplies.bytesOf(session.marks())), step);
            }
            assertEquals(model.journal, newRecords(), step);
            model.journal.clear();
        }

        private List<String> newRecords() {
            final List<String> records = new ArrayList<>();
            for (; recordsSeen < run.outbox.journal.size(); recordsSeen++) {
                final byte[] record = run.outbox.journal.get(recordsSeen).bytes();
                final int kind = RecordLayout.kind(new UnsafeBuffer(record), 0);
                if (kind == RecordKind.SESSION_CHANGED.value()) {
                    final EventRecordDecoder event = EngineFixture.decode(new EventRecordDecoder(), record);
                    records.add("session " + event.firstValue() + " -> " + event.secondValue());
                } else if (kind == RecordKind.MESSAGE.value()) {
                    final MessageRecordDecoder message = EngineFixture.decode(new MessageRecordDecoder(), record);
                    final String topic = message.topicName();
                    message.skipHeaders();
                    final byte[] payload = new byte[message.payloadLength()];
                    message.getPayload(payload, 0, payload.length);
                    records.add(topic + '=' + new String(payload, StandardCharsets.UTF_8));
                }
            }
            return records;
        }

        private SessionsModel.Entry anySession() {
            final List<SessionsModel.Entry> all = model.inOrder();
            return all.isEmpty() || random.nextInt(20) == 0 ? null : all.get(random.nextInt(all.size()));
        }

        private long memberId() {
            return 1L + random.nextInt(4);
        }

        private static List<String> subsOf(final SessionsModel.Entry entry) {
            return entry.subs.stream().map(SessionsModel.Sub::text).toList();
        }

        private static List<Long> marksOf(final SessionsModel.Entry entry) {
            return entry.isDone.entrySet().stream()
                    .map(mark -> 2 * mark.getKey() + (mark.getValue() ? 1 : 0))
                    .toList();
        }

        private static List<Long> longs(final byte[] bytes) {
            final List<Long> list = new ArrayList<>();
            for (int i = 0; i < bytes.length; i += Long.BYTES) {
                list.add(new UnsafeBuffer(bytes).getLong(i, ByteOrder.LITTLE_ENDIAN));
            }
            return list;
        }

        private static List<Integer> shorts(final byte[] bytes) {
            final List<Integer> list = new ArrayList<>();
            for (int i = 0; i < bytes.length; i += Short.BYTES) {
                list.add(new UnsafeBuffer(bytes).getShort(i, ByteOrder.LITTLE_ENDIAN) & 0xFFFF);
            }
            return list;
        }

        private static ResultCode code(final byte[] reply) {
            return EngineFixture.decode(new CommandReplyDecoder(), reply).code();
        }
    }
}
