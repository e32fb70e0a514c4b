package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.cli.LockstepMain;
import io.lockstep.client.ClientConfig;
import io.lockstep.client.ClientCounter;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.Message;
import io.lockstep.client.MessageOptions;
import io.lockstep.client.ReplyAddress;
import io.lockstep.client.ReplyListener;
import io.lockstep.client.Requester;
import io.lockstep.client.RequesterConfig;
import io.lockstep.client.Responder;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.codecs.ResultCode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Requests and replies against three real nodes with two shards. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class RequestReplySystemTest {
    private static final int BASE_PORT = 29_100;
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    @TempDir
    private static Path folder;

    private static LocalCluster cluster;

    private final Map<Long, String> ends = new TreeMap<>();
    private final ReplyListener listener = new ReplyListener() {
        @Override
        public void onReply(final long requestId, final Message reply) {
            assertEquals(null, ends.put(requestId, reply.payloadText()));
        }

        @Override
        public void onTimeout(final long requestId) {
            assertEquals(null, ends.put(requestId, "time-out"));
        }

        @Override
        public void onRefused(final long requestId, final ResultCode code, final long detail) {
            assertEquals(null, ends.put(requestId, code.name()));
        }
    };
    private LockstepClient caller;
    private LockstepClient server;
    private String topic;

    @BeforeAll
    static void startCluster() {
        cluster = LocalCluster.on(BASE_PORT).shards(2).start();
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    @BeforeEach
    void connect(final TestInfo test) {
        topic = test.getTestMethod().orElseThrow().getName();
        caller = connect();
        server = connect();
    }

    @AfterEach
    void close() {
        caller.close();
        server.close();
    }

    @Test
    void shouldAnswerEachRequestOnceWhenAllIsWell() {
        // given
        final Requester requester = caller.addRequester(new RequesterConfig());
        addEcho(server.addResponder(new SubscriberConfig().filter(topic), this::echo));

        // when
        final List<Long> ids = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            ids.add(request(requester, "q" + i));
        }
        awaitEnds(500);

        // then
        for (int i = 0; i < 500; i++) {
            assertEquals("re q" + i, ends.get(ids.get(i)));
        }
        assertEquals(0, requester.outstandingCount());
        assertEquals(500, caller.counters().value(ClientCounter.REQUESTS));
        assertEquals(500, caller.counters().value(ClientCounter.REPLIES));
        assertEquals(0, caller.counters().value(ClientCounter.REQUEST_TIMEOUTS));
    }

    @Test
    void shouldTellTimeoutWhenNobodyAnswersAndIgnoreTheLateReply() {
        // given
        final Requester requester = caller.addRequester(new RequesterConfig());
        final List<ReplyAddress> held = new ArrayList<>();
        final Responder responder = server.addResponder(new SubscriberConfig().filter(topic), (request, to) -> {
            held.add(to.addressOf(request));
            return Action.CONTINUE;
        });
        addEcho(responder);

        // when
        final long id = request(requester, "slow", SECOND_NS / 2);
        awaitEnds(1);
        final UnsafeBuffer late = bytes("late");
        Await.await("the request to be served", () -> work() && !held.isEmpty());
        Await.await("the reply to be taken", () -> work() && responder.reply(held.get(0), late, 0, 4) > 0);
        Await.await("the reply to be accepted", () -> work() && responder.unansweredCount() == 0);
        final long next = request(requester, "next", 60 * SECOND_NS);
        Await.await("the next request", () -> work() && held.size() == 2);
        Await.await("the reply to be taken", () -> work() && responder.reply(held.get(1), late, 0, 4) > 0);
        awaitEnds(2);

        // then
        assertEquals(Map.of(id, "time-out", next, "late"), ends);
        assertEquals(1, caller.counters().value(ClientCounter.REQUEST_TIMEOUTS));
    }

    @Test
    void shouldCarryOptionsAndRefuseTooManyWhenAsked() {
        // given
        final Requester requester = caller.addRequester(new RequesterConfig().maxOutstanding(2));
        final List<String> seen = new ArrayList<>();
        addEcho(server.addResponder(new SubscriberConfig().filter(topic), (request, to) -> {
            seen.add(request.key() + " " + request.headers().get("unit") + " " + request.expiryMs());
            return Action.CONTINUE;
        }));
        final MessageOptions options = new MessageOptions().key("k").header("unit", "bar");

        // when
        Await.await(
                "the request to be taken",
                () -> work() && requester.request(topic, options, bytes("x"), 0, 1, 30 * SECOND_NS, listener) > 0);
        request(requester, "y", 30 * SECOND_NS);
        final long third = requester.request(topic, bytes("z"), 0, 1, SECOND_NS, listener);
        Await.await("both to be seen", () -> work() && seen.size() == 2);
        requester.close();

        // then
        assertEquals(Requester.TOO_MANY_OUTSTANDING, third);
        assertEquals(List.of("k bar 30000", "null null 30000"), seen);
        assertEquals(List.of("time-out", "time-out"), List.copyOf(ends.values()));
    }

    @Test
    void shouldAnswerEveryRequestWhenLeadersAreLostAndTheCallerMoves() {
        // given
        final Requester requester = caller.addRequester(new RequesterConfig());
        addEcho(server.addResponder(new SubscriberConfig().filter(topic), this::echo));
        final List<Long> ids = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            ids.add(request(requester, "q" + i, 120 * SECOND_NS));
        }
        Await.await("a first reply", () -> work() && !ends.isEmpty());
        final int lost = requester.nodeId();
        assertTrue(lost >= 0, "the caller reads from a node");

        // when: the node that the caller reads from, and then what leads the shard of the topic
        cluster.abandonNode(lost);
        for (int i = 100; i < 200; i++) {
            ids.add(request(requester, "q" + i, 120 * SECOND_NS));
        }
        Await.await(
                "the caller to read elsewhere", () -> work() && requester.nodeId() >= 0 && requester.nodeId() != lost);
        assertNotEquals(lost, requester.nodeId());
        awaitEnds(200);
        cluster.startNode(lost);
        final int leader = cluster.awaitLeader(caller.shardOf(topic));
        cluster.abandonNode(leader);
        for (int i = 200; i < 300; i++) {
            ids.add(request(requester, "q" + i, 120 * SECOND_NS));
        }
        awaitEnds(300);
        cluster.startNode(leader);

        // then
        for (int i = 0; i < 300; i++) {
            assertEquals("re q" + i, ends.get(ids.get(i)));
        }
    }

    @Test
    void shouldEndWithItsStatusWhenTheCommandLineAsks() throws InterruptedException {
        // given
        addEcho(server.addResponder(new SubscriberConfig().filter(topic), this::echo));
        final int[] status = {-1, -1};
        final Thread command = new Thread(() -> {
            status[0] =
                    LockstepMain.execute("request", topic, "hello", "--nodes", cluster.nodesText(), "--timeout", "60");
            status[1] = LockstepMain.execute(
                    "request", topic + "/none", "hello", "--nodes", cluster.nodesText(), "--timeout", "0.3");
        });

        // when
        command.start();
        Await.await("the command to end", () -> work() && !command.isAlive());
        command.join();

        // then
        assertEquals(0, status[0]);
        assertEquals(1, status[1]);
    }

    @Test
    void shouldPrintTheReplyAsJsonWhenTheCommandLineAsksSo() throws JsonProcessingException {
        // given
        addEcho(server.addResponder(new SubscriberConfig().filter(topic), this::echo));

        // when
        try (MainProcess command = MainProcess.start(
                folder,
                "io.lockstep.cli.LockstepMain",
                new byte[0],
                "-Dlockstep.terminal=false",
                "request",
                topic,
                "hello",
                "--output",
                "json",
                "--timeout",
                "60",
                "--nodes",
                cluster.nodesText())) {
            Await.await("the command to end", () -> work() && !command.isAlive());
            final MainProcess.Result result = command.await();

            // then
            assertEquals(0, result.status(), result::toString);
            final JsonNode reply = new ObjectMapper().readTree(result.out());
            assertEquals("re hello", reply.path("payload").asText(), reply::toString);
            assertEquals("reply/cli", reply.path("topic").asText(), reply::toString);
            assertTrue(reply.path("position").asLong() > 0, reply::toString);
            assertTrue(reply.path("headers").isObject(), reply::toString);
        }
    }

    private Action echo(final Message request, final Responder responder) {
        final UnsafeBuffer reply = bytes("re " + request.payloadText());
        return responder.reply(request, reply, 0, reply.capacity()) > 0 ? Action.CONTINUE : Action.ABORT;
    }

    // A live responder gets what is asked after it is connected.
    private void addEcho(final Responder responder) {
        Await.await(
                "the responder to read", () -> work() && responder.subscriber().isConnected());
    }

    private long request(final Requester requester, final String text) {
        return request(requester, text, 60 * SECOND_NS);
    }

    private long request(final Requester requester, final String text, final long timeoutNs) {
        final UnsafeBuffer payload = bytes(text);
        final long[] id = new long[1];
        Await.await("a request to be taken", () -> {
            work();
            id[0] = requester.request(topic, payload, 0, payload.capacity(), timeoutNs, listener);
            return id[0] > 0;
        });
        return id[0];
    }

    private void awaitEnds(final int count) {
        Await.await(count + " requests to end", () -> work() && ends.size() >= count);
        assertEquals(count, ends.size());
    }

    private boolean work() {
        caller.doWork();
        server.doWork();
        return true;
    }

    private static LockstepClient connect() {
        return LockstepClient.connect(
                new ClientConfig().nodes(cluster.nodesText()).connectTimeoutNs(TimeUnit.SECONDS.toNanos(60)));
    }

    private static UnsafeBuffer bytes(final String text) {
        return new UnsafeBuffer(text.getBytes(StandardCharsets.UTF_8));
    }
}
