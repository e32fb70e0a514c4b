package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.GroupAssignmentRecordDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.SessionOpenedDecoder;
import io.lockstep.codecs.SubscriptionsChangedDecoder;
import io.lockstep.wire.RecordLayout;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/**
 * Shared subscriptions against a model, while sessions subscribe, move to other connections, lose them and end, gateways go
 * without a word and replicas restart: each message goes to one connection at a time, and to none that is over; what was
 * settled never comes again, and nothing is left out.
 */
class SharedSubscriptionsModelTest {
    private static final int SEEDS = 1_000;
    private static final int STEPS = 120;
    private static final long SECOND_NS = 1_000_000_000L;
    private static final List<String> CLIENTS = List.of("a", "b", "c");
    private static final Map<String, String> SHARES =
            new TreeMap<>(Map.of("$share/g/t/#", "t/", "$share/h/t/#", "t/", "$share/g/u", "u"));

    @Test
    void shouldGiveEachMessageToOneConnection() {
        final Set<String> reached = new HashSet<>();
        EngineModelRun.forSeeds("SharedSubscriptionsModelTest", SEEDS, seed -> new Simulation(seed, reached).run());
        assertEquals(
                Set.of("settled", "handed out again", "refused", "group ended", "restarted with a group"), reached);
    }

    private static final class Client {
        private long sessionId;
        private long epoch;
        private long memberId;
        private boolean isConnected;
        private final Set<String> shares = new TreeSet<>();
    }

    /** What one shared subscription owes: the open messages, and who has which in which attempt. */
    private static final class Share {
        private final Set<Long> open = new TreeSet<>();
        private final Map<Long, Long> holders = new HashMap<>();
        private final Map<Long, Integer> attempts = new HashMap<>();

        void release(final long epoch) {
            holders.values().removeIf(holder -> holder == epoch);
        }
    }

    private static final class Simulation {
        private final EngineModelRun run;
        private final Set<String> reached;
        private final Map<String, Client> clients = new TreeMap<>();
        private final Map<String, Share> shares = new TreeMap<>();
        private long sequence;
        private int recordsRead;

        Simulation(final long seed, final Set<String> reached) {
            this.run = new EngineModelRun(seed);
            this.reached = reached;
            run.apply(Commands.setFeatureLevel(Engine.SHARED_LEVEL));
            run.apply(Commands.openProducer(1, 1024, false));
            run.apply(Commands.openMember(1, 3_600 * SECOND_NS));
            run.apply(Commands.openMember(2, 3_600 * SECOND_NS));
            for (final String clientId : CLIENTS) {
                clients.put(clientId, new Client());
            }
        }

        void run() {
            for (int step = 0; step < STEPS; step++) {
                act();
                run.pass(0);
                readJournal();
                check();
            }
            drain();
        }

        private void act() {
            final Client client = clients.get(CLIENTS.get(run.random.nextInt(CLIENTS.size())));
            final String share = List.copyOf(SHARES.keySet()).get(run.random.nextInt(SHARES.size()));
            switch (run.random.nextInt(14)) {
                case 0, 1 -> open(client);
                case 2 -> {
                    if (client.isConnected) {
                        close(client, run.random.nextInt(4) == 0 ? 0 : -1);
                    }
                }
                case 3, 4 -> change(client, share, true);
                case 5 -> change(client, share, false);
                case 6, 7, 8 -> publish();
                case 9, 10 -> credit(client, share);
                case 11, 12 -> settle(client, share);
                default -> {
                    if (run.random.nextInt(4) == 0) {
                        loseMember(1 + run.random.nextInt(2));
                    } else {
                        run.restart();
                        if (!shares.isEmpty()) {
                            reached.add("restarted with a group");
                        }
                    }
                }
            }
        }

        private void open(final Client client) {
            final boolean isCleanStart = run.random.nextInt(6) == 0;
            final long memberId = 1L + run.random.nextInt(2);
            shares.values().forEach(share -> share.release(client.epoch));
            final SessionOpenedDecoder opened = EngineFixture.decode(
                    new SessionOpenedDecoder(),
                    run.apply(SessionRequests.open(
                            memberId,
                            run.random.nextLong(),
                            0,
                            0,
                            3_600 * SECOND_NS,
                            isCleanStart,
                            idOf(client),
                            null)));
            assertEquals(ResultCode.ACCEPTED, opened.code());
            if (opened.sessionId() != client.sessionId) {
                end(client);
            }
            client.sessionId = opened.sessionId();
            client.epoch = opened.epoch();
            client.memberId = memberId;
            client.isConnected = true;
        }

        private void close(final Client client, final long expiryNs) {
            assertEquals(
                    ResultCode.ACCEPTED,
                    code(run.apply(SessionRequests.close(client.sessionId, client.epoch, expiryNs, false))));
            client.isConnected = false;
            shares.values().forEach(share -> share.release(client.epoch));
            if (expiryNs == 0) {
                end(client);
                client.sessionId = 0;
            }
        }

        private void loseMember(final long memberId) {
            run.apply(Commands.closeMember(memberId));
            run.apply(Commands.openMember(memberId, 3_600 * SECOND_NS));
            for (final Client client : clients.values()) {
                if (client.memberId == memberId) {
                    client.isConnected = false;
                    shares.values().forEach(share -> share.release(client.epoch));
                }
            }
        }

        private void end(final Client client) {
            for (final String text : List.copyOf(client.shares)) {
                client.shares.remove(text);
                forgetIfUnused(text);
            }
        }

        private void forgetIfUnused(final String text) {
            if (clients.values().stream().noneMatch(client -> client.shares.contains(text))) {
                shares.remove(text);
                reached.add("group ended");
            }
        }

        private void change(final Client client, final String text, final boolean isSubscribing) {
            if (client.sessionId == 0 || !client.isConnected) {
                return;
            }
            final boolean isBad = run.random.nextInt(10) == 0;
            final SubscriptionsChangedDecoder changed = EngineFixture.decode(
                    new SubscriptionsChangedDecoder(),
                    run.apply(SessionRequests.change(
                            client.sessionId,
                            client.epoch,
                            List.of(new SessionRequests.Change(isSubscribing, isBad ? "$share/x" : text, 1, 0)))));
            if (isBad) {
                assertEquals(ResultCode.BAD_SESSION, changed.code());
                reached.add("refused");
            } else if (isSubscribing && client.shares.add(text)) {
                shares.computeIfAbsent(text, unused -> new Share());
            } else if (!isSubscribing && client.shares.remove(text)) {
                shares.get(text).release(client.epoch);
                forgetIfUnused(text);
            }
        }

        private void publish() {
            final String topic = List.of("t/1", "t/2", "u", "v").get(run.random.nextInt(4));
            final long position = EngineFixture.decodePublished(run.apply(new PublishBuilder(1, 1, ++sequence)
                            .entry(topic, "x")
                            .build()))
                    .lastPosition();
            SHARES.forEach((text, prefix) -> {
                if (topic.startsWith(prefix) && shares.containsKey(text)) {
                    shares.get(text).open.add(position);
                }
            });
        }

        private void credit(final Client client, final String text) {
            final Group group = groupOf(text);
            if (group != null) {
                final ResultCode code =
                        code(run.apply(GroupCommands.credit(client.epoch, group.id(), run.random.nextInt(4))));
                assertEquals(
                        client.isConnected && client.shares.contains(text)
                                ? ResultCode.ACCEPTED
                                : ResultCode.NOT_IN_GROUP,
                        code);
            }
        }

        private void settle(final Client client, final String text) {
            final Share share = shares.get(text);
            if (share == null) {
                return;
            }
            final long position = share.holders.entrySet().stream()
                    .filter(entry -> entry.getValue() == client.epoch)
                    .mapToLong(Map.Entry::getKey)
                    .findAny()
                    .orElse(-1);
            if (position >= 0) {
                run.apply(GroupCommands.settle(
                        client.epoch,
                        groupOf(text).id(),
                        List.of(new GroupCommands.Verdict(
                                position, share.attempts.get(position), GroupCommands.DONE, -1))));
                share.open.remove(position);
                share.holders.remove(position);
                reached.add("settled");
            }
        }

        // Everything that is owed reaches clients that take it.
        private void drain() {
            for (final String text : List.copyOf(shares.keySet())) {
                if (!shares.containsKey(text)) {
                    // A session began anew for another one.
                    continue;
                }
                final Client client = clients.values().stream()
                        .filter(candidate -> candidate.shares.contains(text))
                        .findAny()
                        .orElseThrow();
                if (!client.isConnected) {
                    open(client);
                    if (!client.shares.contains(text)) {
                        continue;
                    }
                }
                run.apply(GroupCommands.credit(client.epoch, groupOf(text).id(), 1_000));
                run.pass(0);
                readJournal();
                final Share share = shares.get(text);
                for (int i = 0; i < 1_000 && !share.open.isEmpty(); i++) {
                    for (final Client settling : clients.values()) {
                        settle(settling, text);
                    }
                    run.pass(0);
                    readJournal();
                }
                assertEquals(Set.of(), share.open, text);
            }
        }

        private void readJournal() {
            for (; recordsRead < run.outbox.journal.size(); recordsRead++) {
                final byte[] bytes = run.outbox.journal.get(recordsRead).bytes();
                if (RecordLayout.kind(new UnsafeBuffer(bytes), 0) == RecordKind.GROUP_ASSIGNED.value()) {
                    onAssigned(EngineFixture.decode(new GroupAssignmentRecordDecoder(), bytes));
                }
            }
        }

        private void onAssigned(final GroupAssignmentRecordDecoder record) {
            final long epoch = record.memberId();
            final int groupId = record.groupId();
            final String text = SHARES.keySet().stream()
                    .filter(name -> groupOf(name) != null && groupOf(name).id() == groupId)
                    .findAny()
                    .orElse(null);
            if (text == null) {
                // The group ended in the same turn.
                return;
            }
            final Share share = shares.get(text);
            assertTrue(
                    clients.values().stream()
                            .anyMatch(client ->
                                    client.isConnected && client.epoch == epoch && client.shares.contains(text)),
                    "a message went to a connection that is over");
            for (final GroupAssignmentRecordDecoder.EntriesDecoder entry : record.entries()) {
                final long position = entry.position();
                assertTrue(share.open.contains(position), text + " hands out what it does not owe");
                assertNull(share.holders.put(position, epoch), text + " gives a message to two");
                if (share.attempts.merge(position, entry.attempt(), (before, now) -> now) > 1) {
                    reached.add("handed out again");
                }
            }
        }

        private void check() {
            for (final String text : SHARES.keySet()) {
                if (shares.containsKey(text)) {
                    assertNotNull(groupOf(text), text);
                } else {
                    assertNull(groupOf(text), text);
                }
            }
        }

        private static ResultCode code(final byte[] reply) {
            return EngineFixture.decode(new CommandReplyDecoder(), reply).code();
        }

        private Group groupOf(final String text) {
            final byte[] name = text.getBytes(StandardCharsets.UTF_8);
            return run.engine().parts().groups().find(new UnsafeBuffer(name), 0, name.length);
        }

        private String idOf(final Client client) {
            return clients.entrySet().stream()
                    .filter(entry -> entry.getValue() == client)
                    .map(Map.Entry::getKey)
                    .findAny()
                    .orElseThrow();
        }
    }
}
