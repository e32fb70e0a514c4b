package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.ClientConfig;
import io.lockstep.client.ClientCounter;
import io.lockstep.client.EmbeddedDriverMode;
import io.lockstep.client.GroupConfig;
import io.lockstep.client.GroupDelivery;
import io.lockstep.client.GroupDetails;
import io.lockstep.client.GroupHandler;
import io.lockstep.client.GroupMember;
import io.lockstep.client.Groups;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.LockstepException;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.config.EngineSetting;
import io.lockstep.wire.MessageHeaders;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.agrona.CloseHelper;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;

/** Groups on three real nodes: who gets which message, through the loss of members, leaders and followers. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class GroupSystemTest {
    private static final int BASE_PORT = 31_000;
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);
    // A node that is back at once asks for the log while its old replay still ends; it is refused once and asks again.
    private static final String[] EXPECTED_ERRORS = {
        "TimeoutException",
        "RegistrationException.*Connection",
        "unknown host",
        "ConductorServiceTimeout",
        "clashing sessionId",
        "AgentTerminationException"
    };

    private final List<Worker> workers = new ArrayList<>();
    private LocalCluster cluster;
    private LockstepClient client;
    private Publisher publisher;
    private String group;
    private int published;

    @BeforeEach
    void nameGroup(final TestInfo test) {
        group = test.getTestMethod().orElseThrow().getName();
    }

    @AfterEach
    void close() {
        for (final Worker worker : workers) {
            CloseHelper.quietClose(worker.client);
        }
        CloseHelper.quietClose(client);
        CloseHelper.quietClose(cluster);
    }

    @Test
    void shouldHandOutEachMessageOnceWhenNothingFails() {
        // given
        start(LocalCluster.on(BASE_PORT).shards(2));
        for (int i = 0; i < 8; i++) {
            addWorker(config(), GroupDelivery::ack);
        }

        // when
        publish(2_000);
        pollUntil("all messages", () -> doneCount() >= 2_000);
        drainWorkers();

        // then
        assertEachOnce(2_000);
        for (final Worker worker : workers) {
            assertTrue(worker.payloads.size() > 2_000 / 8 / 4, () -> "shares " + shares());
        }
        final List<GroupDetails> details = client.groups().describe(group, TIMEOUT_NS);
        assertEquals(2, details.size());
        assertEquals(2_000, details.stream().mapToLong(GroupDetails::doneTotal).sum());
        assertEquals(
                0, details.stream().mapToLong(GroupDetails::redeliveredTotal).sum());
        assertEquals(8, details.get(0).members().size());
        assertNoUnexpectedErrors();
    }

    @Test
    void shouldHandOutFromATimeOnWhenTheGroupIsMadeThere() {
        // given
        start(LocalCluster.on(BASE_PORT));
        publish(40);
        publish(40);
        final List<Long> timestampsNs = timestampsNs(80);
        assertTrue(timestampsNs.get(39) < timestampsNs.get(40), timestampsNs::toString);

        // when
        final Worker worker = addWorker(config().start(StartPosition.time(timestampsNs.get(40))), GroupDelivery::ack);
        publish(1);
        pollUntil("all that is not older", () -> worker.payloads.size() >= 41);
        drainWorkers();

        // then
        final Set<String> expected = new TreeSet<>(payloads(81));
        expected.removeAll(payloads(40));
        assertEquals(expected, new TreeSet<>(worker.payloads));
        assertEquals(41, worker.deliveries);
        final GroupDetails details = client.groups().describe(group, TIMEOUT_NS).get(0);
        assertEquals(41, details.doneTotal());
        assertEquals(0, details.state().readyCount() + details.state().inFlightCount());
        assertNoUnexpectedErrors();
    }

    @Test
    void shouldGiveToOthersWhenAMemberIsGone() {
        // given
        start(LocalCluster.on(BASE_PORT));
        final Worker leaving = addWorker(config().credit(5), delivery -> {});
        final Worker dying = addWorker(config().credit(7).leaseNs(2 * SECOND_NS), delivery -> {});
        publish(12);
        pollUntil("all are handed out", () -> leaving.deliveries == 5 && dying.deliveries == 7);
        final Worker worker = addWorker(config().leaseNs(2 * SECOND_NS), GroupDelivery::ack);

        // when
        final long leftNs = System.nanoTime();
        leaving.member.close();
        workers.remove(leaving);
        pollUntil("what the leaving member had", () -> worker.payloads.size() >= 5);
        final long leaveTookNs = System.nanoTime() - leftNs;
        // Nobody drives it any more: to the shard it is dead.
        workers.remove(dying);
        pollUntil("what the dead member had", () -> worker.payloads.size() >= 12);

        // then
        assertEquals(payloads(12), new TreeSet<>(worker.payloads));
        assertEquals(12, worker.payloads.size());
        assertTrue(worker.attempts.values().stream().allMatch(attempt -> attempt == 2), worker.attempts::toString);
        assertTrue(leaveTookNs < 2 * SECOND_NS, "took " + leaveTookNs);
        CloseHelper.quietCloseAll(leaving.client, dying.client);
        assertNoUnexpectedErrors();
    }

    @Test
    void shouldHandOutNothingThatIsDoneWhenAMemberComesBackInTheSameClient() {
        // given
        start(LocalCluster.on(BASE_PORT));
        final Worker worker = addWorker(config(), GroupDelivery::ack);

        // when: what the first one did is so new that the client does not know yet how far the journal is
        for (int round = 0; round < 5; round++) {
            publish(20);
            pollUntil("all are done", () -> worker.payloads.size() >= published);
            drainWorkers();
            workers.remove(worker);
            worker.member.close();
            worker.join(config(), GroupDelivery::ack);
            workers.add(worker);
            pollUntil("the member joins", worker.member::isJoined);
        }
        publish(1);
        pollUntil("what is new", () -> worker.payloads.contains("m" + (published - 1)));
        drainWorkers();

        // then
        assertEachOnce(published);
        assertNoUnexpectedErrors();
    }

    @Test
    void shouldLoseNothingAndRepeatNoAckWhenNodesAreLost() {
        // given
        start(LocalCluster.on(BASE_PORT));
        for (int i = 0; i < 3; i++) {
            addWorker(config().credit(16), GroupDelivery::ack);
        }
        publish(300);
        pollUntil("some are done", () -> doneCount() >= 100);

        // when: the leader is lost
        final int leader = cluster.awaitLeader(0);
        cluster.abandonNode(leader);
        publish(300);
        pollUntil("all are done without the leader", () -> doneCount() >= 600);
        cluster.startNode(leader);
        // when: a follower is lost
        final int follower = (cluster.awaitLeader(0) + 1) % 3;
        cluster.abandonNode(follower);
        publish(300);
        pollUntil("all are done without a follower", () -> doneCount() >= 900);
        cluster.startNode(follower);
        cluster.awaitLeader(0);
        // when: all are lost, with a snapshot and a log behind it, while messages are with members
        cluster.takeSnapshot(0);
        for (final Worker worker : workers) {
            worker.isHolding = true;
        }
        publish(100);
        pollUntil("some are held", () -> workers.stream().allMatch(worker -> worker.held.size() >= 10));
        for (int node = 0; node < 3; node++) {
            cluster.abandonNode(node);
        }
        cluster.start();
        for (final Worker worker : workers) {
            worker.release();
        }
        pollUntil("all are done after the restart", () -> doneCount() >= 1_000);
        drainWorkers();

        // then
        assertEquals(payloads(1_000), allPayloads());
        final GroupDetails details = client.groups().describe(group, TIMEOUT_NS).get(0);
        assertEquals(1_000, details.doneTotal());
        assertEquals(0, details.state().inFlightCount());
        assertEquals(List.of(), repeatedAfterAck());
    }

    @Test
    void shouldHandOutAgainAfterTheDelayWhenItIsRejected() {
        // given
        start(LocalCluster.on(BASE_PORT));
        final Map<String, Long> rejectedNs = new HashMap<>();
        final Map<String, Long> waitedNs = new HashMap<>();
        final Worker worker = addWorker(config(), delivery -> {
            final String payload = delivery.message().payloadText();
            if (delivery.attempt() == 1) {
                assertTrue(delivery.rejectAfter(2 * SECOND_NS));
                assertFalse(delivery.ack());
                rejectedNs.put(payload, System.nanoTime());
            } else {
                waitedNs.put(payload, System.nanoTime() - rejectedNs.get(payload));
                assertEquals(2, delivery.attempt());
                assertTrue(delivery.ack());
            }
        });

        // when
        publish(3);
        pollUntil("all come again", () -> waitedNs.size() == 3);

        // then
        assertEquals(6, worker.client.counters().value(ClientCounter.GROUP_DELIVERED));
        assertEquals(6, worker.client.counters().value(ClientCounter.GROUP_SETTLED), "three rejected, three done");
        waitedNs.values().forEach(waited -> assertTrue(waited >= 2 * SECOND_NS, waitedNs::toString));
        assertNoUnexpectedErrors();
    }

    @Test
    void shouldHandOutAgainWhenTheTimeIsOverAndNotWhenItIsExtended() {
        // given
        start(LocalCluster.on(BASE_PORT));
        final long beginNs = System.nanoTime();
        final List<String> seen = new ArrayList<>();
        final Worker worker = addWorker(
                config().ackTimeoutNs(2 * SECOND_NS).redeliveryDelayNs(0, 0),
                delivery -> seen.add(delivery.message().payloadText() + " " + delivery.attempt()));
        publish(2);
        pollUntil("both", () -> seen.size() == 2);

        // when
        final long extended = worker.positions.get("m0");
        pollUntil("the time of the other is over", () -> {
            worker.member.extend(0, extended, 1);
            return seen.size() == 3 && System.nanoTime() - beginNs > 4 * SECOND_NS;
        });

        // then
        assertEquals("m1 2", seen.get(2));
        assertTrue(worker.member.ack(0, extended, 1));
        assertFalse(worker.member.ack(0, worker.positions.get("m1"), 1));
        assertTrue(worker.member.ack(0, worker.positions.get("m1"), 2));
        assertTrue(worker.member.drain(TIMEOUT_NS));
        assertNoUnexpectedErrors();
    }

    @Test
    void shouldPutAsideWhenAttemptsAreUsedUpOrAMemberGivesUp() {
        // given
        start(LocalCluster.on(BASE_PORT).shards(2));
        final List<String> letters = new ArrayList<>();
        final List<String> headers = new ArrayList<>();
        final Subscriber subscriber =
                client.addSubscriber(new SubscriberConfig().filter("$dead/#").start(StartPosition.start()), message -> {
                    letters.add(message.topic() + " " + message.payloadLength() + " "
                            + message.payloadText().substring(0, 2));
                    final Map<String, String> all = new LinkedHashMap<>(message.headers());
                    all.remove("$deadPosition");
                    headers.add(all.toString());
                });
        addWorker(config().maxAttempts(3).redeliveryDelayNs(0, 0), delivery -> {
            if (delivery.message().payloadText().startsWith("m0")) {
                assertTrue(delivery.reject());
            } else {
                assertTrue(delivery.deadLetter());
            }
        });

        // when
        publish(1);
        final byte[] block = MessageHeaders.encode(Map.of("unit", "bar"));
        publish("jobs/large", "mL" + "x".repeat(400_000), block);
        pollUntil("the dead letters", () -> {
            subscriber.poll(10);
            return letters.size() == 2;
        });

        // then
        assertEquals(new TreeSet<>(List.of("$dead/jobs/0 2 m0", "$dead/jobs/large 400002 mL")), new TreeSet<>(letters));
        final String first = headers.get(letters.get(0).startsWith("$dead/jobs/0") ? 0 : 1);
        final String second = headers.get(letters.get(0).startsWith("$dead/jobs/0") ? 1 : 0);
        assertTrue(first.contains("$deadReason=attempts"), first);
        assertTrue(first.contains("$deadTopic=jobs/0"), first);
        assertTrue(first.contains("$deadGroup=" + group), first);
        assertTrue(first.contains("$deadAttempts=3"), first);
        assertTrue(second.contains("unit=bar"), second);
        assertTrue(second.contains("$deadReason=rejected"), second);
        assertTrue(second.contains("$deadAttempts=1"), second);
        assertNoUnexpectedErrors();
    }

    @Test
    void shouldFeedInOrderWhenTheBacklogIsFarLargerThanTheWindow() {
        // given
        start(LocalCluster.on(BASE_PORT).setting(EngineSetting.GROUP_WINDOW, 16));
        publish(6_000);

        // when
        final Worker worker = addWorker(config().start(StartPosition.start()).credit(8), GroupDelivery::ack);
        pollUntil("part of the backlog", () -> worker.payloads.size() >= 200);
        cluster.abandonNode(cluster.awaitLeader(0));
        pollUntil("more of the backlog", () -> worker.payloads.size() >= 1_500);

        // then
        for (int i = 0; i < 1_500; i++) {
            assertEquals("m" + i, worker.payloads.get(i));
        }

        // when: the group goes on live
        final Groups admin = client.groups();
        assertTrue(admin.seek(0, group, StartPosition.live(), TIMEOUT_NS) > 0);
        final int before = published;
        publish(10);
        pollUntil("what is new", () -> worker.payloads.contains("m" + (before + 9)));
    }

    @Test
    void shouldDrainTheWholeBacklogInOrderWhenTheWindowIsLarge() {
        // given
        start(LocalCluster.on(BASE_PORT).setting(EngineSetting.GROUP_WINDOW, 1_024));
        publish(20_000);

        // when
        final Worker worker = addWorker(
                config().start(StartPosition.start()).credit(1_024).windowLength(64 * 1024), GroupDelivery::ack);
        pollUntil("the backlog", () -> worker.payloads.size() >= 20_000);
        drainWorkers();

        // then
        for (int i = 0; i < 20_000; i++) {
            assertEquals("m" + i, worker.payloads.get(i));
        }
        assertEquals(20_000, worker.payloads.size());
        assertNoUnexpectedErrors();
    }

    @Test
    void shouldKeepTheOrderOfEachKeyWhenMessagesAreRejectedAndMembersCome() {
        // given
        start(LocalCluster.on(BASE_PORT));
        final Map<String, List<Integer>> done = new HashMap<>();
        final Set<String> rejected = new HashSet<>();
        final GroupHandler handler = delivery -> {
            final String payload = delivery.message().payloadText();
            final int number = Integer.parseInt(payload.substring(1));
            if (number % 10 == 0 && rejected.add(payload)) {
                assertTrue(delivery.rejectAfter(SECOND_NS / 5));
            } else if (delivery.ack()) {
                done.computeIfAbsent("key" + number % 7, key -> new ArrayList<>())
                        .add(number);
            }
        };
        addWorker(config().keyOrdered(true), handler);
        addWorker(config().keyOrdered(true), handler);

        // when
        for (int i = 0; i < 200; i++) {
            publish("jobs/" + i % 3, "m" + i, MessageHeaders.encode(Map.of("$key", "key" + i % 7)));
        }
        addWorker(config().keyOrdered(true), handler);
        pollUntil(
                "all are done",
                () -> done.values().stream().mapToInt(List::size).sum() >= 200);

        // then
        done.forEach((key, numbers) ->
                assertEquals(numbers.stream().sorted().distinct().toList(), numbers, key + " in order and once"));
        assertNoUnexpectedErrors();
    }

    @Test
    void shouldTellMembersWhenTheGroupIsDeletedAndRefuseOtherFilters() {
        // given
        start(LocalCluster.on(BASE_PORT));
        final Worker worker = addWorker(config(), GroupDelivery::ack);
        final Worker other = new Worker(new GroupConfig().name(group).filter("other/#"), GroupDelivery::ack);
        workers.add(other);

        // when, then
        final LockstepException mismatch =
                assertThrows(LockstepException.class, () -> pollUntil("a refusal", () -> false));
        assertTrue(mismatch.getMessage().contains("GROUP_MISMATCH"), mismatch.getMessage());
        workers.remove(other);
        other.client.close();
        // A second one in the same client is a member of its own.
        try (GroupMember second = worker.client.addGroupMember(config(), GroupDelivery::ack)) {
            pollUntil("the second to be in the group", second::isJoined);
        }

        final Groups admin = client.groups();
        assertEquals(
                List.of(group),
                admin.list("#", TIMEOUT_NS).stream().map(state -> state.name()).toList());
        assertEquals(1, admin.delete(group, TIMEOUT_NS));
        assertEquals(0, admin.delete(group, TIMEOUT_NS));
        final LockstepException deleted =
                assertThrows(LockstepException.class, () -> pollUntil("news of the deletion", () -> false));
        assertTrue(deleted.getMessage().contains("deleted"), deleted.getMessage());
        assertNoUnexpectedErrors();
    }

    private void start(final LocalCluster.Builder builder) {
        cluster = builder.start();
        client = connect();
        publisher = client.addPublisher(new PublisherConfig(), PublishListener.FAIL_FAST);
    }

    /** When each message was accepted. */
    private List<Long> timestampsNs(final int count) {
        final List<Long> timestampsNs = new ArrayList<>();
        try (Subscriber subscriber = client.addSubscriber(
                new SubscriberConfig().filter("jobs/#").start(StartPosition.start()),
                message -> timestampsNs.add(message.timestampNs()))) {
            Await.await(count + " messages", () -> {
                subscriber.poll(count);
                return timestampsNs.size() == count;
            });
        }
        return timestampsNs;
    }

    private LockstepClient connect() {
        return LockstepClient.connect(
                new ClientConfig().nodes(cluster.nodesText()).embeddedDriverMode(EmbeddedDriverMode.INVOKER));
    }

    private GroupConfig config() {
        return new GroupConfig().name(group).filter("jobs/#");
    }

    private Worker addWorker(final GroupConfig config, final GroupHandler handler) {
        final Worker worker = new Worker(config, handler);
        workers.add(worker);
        pollUntil("the member joins", worker.member::isJoined);
        return worker;
    }

    private void publish(final int count) {
        for (int i = 0; i < count; i++) {
            publish("jobs/" + published % 16, "m" + published, new byte[0]);
            published++;
        }
        Await.await("answers", () -> {
            work();
            return publisher.drain(1);
        });
    }

    private void publish(final String topic, final String payload, final byte[] headers) {
        final UnsafeBuffer bytes = new UnsafeBuffer(payload.getBytes(StandardCharsets.UTF_8));
        Await.await("an offer", () -> {
            if (Publisher.isTaken(
                    publisher.offer(topic, new UnsafeBuffer(headers), 0, headers.length, bytes, 0, bytes.capacity()))) {
                return true;
            }
            work();
            return false;
        });
    }

    private void work() {
        client.doWork();
        for (final Worker worker : workers) {
            worker.member.poll(64);
        }
    }

    private void pollUntil(final String what, final BooleanSupplier condition) {
        Await.await(
                what,
                60,
                () -> {
                    // Several turns for each look, because an await sleeps in between.
                    for (int i = 0; i < 20; i++) {
                        work();
                    }
                    return condition.getAsBoolean();
                },
                () -> "shares " + shares());
    }

    private void drainWorkers() {
        for (final Worker worker : workers) {
            assertTrue(worker.member.drain(TIMEOUT_NS));
        }
    }

    private int doneCount() {
        return allPayloads().size();
    }

    private Set<String> allPayloads() {
        final TreeSet<String> all = new TreeSet<>();
        workers.forEach(worker -> all.addAll(worker.payloads));
        return all;
    }

    private List<String> shares() {
        return workers.stream()
                .map(worker -> worker.payloads.size() + " of " + worker.deliveries + " (taken away "
                        + worker.member.takenAwayCount() + ")")
                .toList();
    }

    private static Set<String> payloads(final int count) {
        final TreeSet<String> all = new TreeSet<>();
        for (int i = 0; i < count; i++) {
            all.add("m" + i);
        }
        return all;
    }

    private void assertEachOnce(final int count) {
        assertEquals(payloads(count), allPayloads());
        assertEquals(
                count, workers.stream().mapToInt(worker -> worker.deliveries).sum());
    }

    /** What came to a member after a member had decided that it is done and the shard had taken that. */
    private List<String> repeatedAfterAck() {
        final Map<String, Integer> acked = new HashMap<>();
        for (final Worker worker : workers) {
            worker.payloads.forEach(payload -> acked.merge(payload, 1, Integer::sum));
        }
        return acked.entrySet().stream()
                .filter(entry -> entry.getValue() > 1)
                .map(Map.Entry::getKey)
                .toList();
    }

    private void assertNoUnexpectedErrors() {
        assertEquals(List.of(), cluster.unexpectedErrors(EXPECTED_ERRORS), cluster::log);
    }

    /** A client with one member. */
    private final class Worker {
        private record Held(int shardId, long position, int attempt, String payload) {}

        private final LockstepClient client = connect();
        private final List<String> payloads = new ArrayList<>();
        private final Map<String, Integer> attempts = new HashMap<>();
        private final Map<String, Long> positions = new HashMap<>();
        private final List<Held> held = new ArrayList<>();
        private GroupMember member;
        private int deliveries;
        private boolean isHolding;

        private Worker(final GroupConfig config, final GroupHandler handler) {
            join(config, handler);
        }

        /** Becomes a member, for the first time or again. */
        private void join(final GroupConfig config, final GroupHandler handler) {
            member = client.addGroupMember(config, delivery -> {
                deliveries++;
                final String payload = delivery.message().payloadText();
                positions.put(payload, delivery.position());
                if (isHolding) {
                    held.add(new Held(delivery.shardId(), delivery.position(), delivery.attempt(), payload));
                    return;
                }
                payloads.add(payload);
                attempts.put(payload, delivery.attempt());
                handler.onDelivery(delivery);
            });
        }

        /** Decides about what was held; what was given to another meanwhile is not this member's any more. */
        private void release() {
            isHolding = false;
            for (final Held each : held) {
                if (member.ack(each.shardId(), each.position(), each.attempt())) {
                    payloads.add(each.payload());
                }
            }
            held.clear();
        }
    }
}
