package io.lockstep.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.codecs.ResultCode;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/**
 * Requests against a map of those that have no end: two responders answer in their own time, or twice, or not at all; others
 * share the reply topic; messages are accepted, refused or of unknown fate, also after their reply; publishers and leaders
 * change; the reader stands still; listeners make requests, throw and close. Each request ends once, with what the map says.
 */
class PendingRequestsModelTest {
    private static final int SEEDS = 1_000;
    private static final int STEPS = 250;
    private static final long MAX_TIMEOUT_NS = 1_000;

    private enum Kind {
        REPLY,
        TIMEOUT,
        REFUSED
    }

    /** How a request ended: for a reply its number, for a refusal its detail, else 0. */
    private record End(Kind kind, long value) {}

    private record Request(long messageId, long deadlineNs) {}

    /** A message of the reply topic; of another length where the correlation is none of ours. */
    private record Reply(long correlation, int correlationLength, long number) {}

    private static final class ListenerFailure extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    @Test
    void shouldEndEachRequestOnceAsTheModelDoes() {
        final String given = System.getProperty("lockstep.seed", "");
        final long first = given.isBlank() ? System.nanoTime() & 0xFFFF_FFFFL : Long.parseLong(given.trim());
        final int count = Integer.getInteger("lockstep.seeds", SEEDS);
        final Map<Kind, Integer> ends = new EnumMap<>(Kind.class);
        int late = 0;
        System.out.println("PendingRequestsModelTest: seed " + first + ", repeat with -Dlockstep.seed=" + first);
        for (long seed = first; seed < first + count; seed++) {
            try {
                final Simulation simulation = new Simulation(seed);
                simulation.run();
                simulation.told.values().forEach(end -> ends.merge(end.kind(), 1, Integer::sum));
                late += simulation.lateCount;
            } catch (final RuntimeException | AssertionError ex) {
                throw new AssertionError(
                        "seed " + seed + " failed, repeat with -Dlockstep.seed=" + seed + " -Dlockstep.seeds=1", ex);
            }
        }
        System.out.println(ends + ", replies that came too late " + late);
        if (count >= SEEDS) {
            for (final Kind kind : Kind.values()) {
                assertTrue(ends.getOrDefault(kind, 0) > count, () -> "too few ends: " + ends);
            }
            assertTrue(late > count, "too few replies came late: " + late);
        }
    }

    private static final class Simulation implements ReplyListener {
        private final Random random;
        private final ClientCounters counters = new ClientCounters();
        private final PendingRequests pending = new PendingRequests(counters);
        private final MessageOptions options = new MessageOptions();
        // The model: what has no end, and how what ended has to end.
        private final Map<Long, Request> open = new TreeMap<>();
        private final Map<Long, End> expected = new TreeMap<>();
        private final Map<Long, End> told = new TreeMap<>();
        // The shard: what is published and has no fate, what is asked and what is in the reply topic.
        private final Map<Long, Long> unanswered = new TreeMap<>();
        private final List<Long> asked = new ArrayList<>();
        private final List<Reply> replyTopic = new ArrayList<>();
        private long nowNs;
        private long nextRequestId;
        private long lastMessageId;
        private long replyNumber;
        private int read;
        private int lateCount;
        private boolean isDisturbed;
        private boolean isClosed;

        private Simulation(final long seed) {
            random = new Random(spread(seed));
            nowNs = random.nextLong();
            nextRequestId = random.nextLong() >>> 1;
        }

        private void run() {
            for (int step = 0; step < STEPS && !isClosed; step++) {
                nowNs += random.nextInt(30) == 0 ? random.nextLong(MAX_TIMEOUT_NS) : random.nextLong(10);
                isDisturbed = random.nextInt(4) == 0;
                step();
                check();
            }
            isDisturbed = random.nextBoolean();
            close();
            check();
            assertTrue(open.isEmpty());
            assertEquals(nextRequestId - firstRequestId(), told.size(), "each request has an end");
        }

        private long firstRequestId() {
            return told.isEmpty() ? nextRequestId : told.keySet().iterator().next();
        }

        private void step() {
            switch (random.nextInt(16)) {
                case 0, 1, 2, 3 -> request();
                case 4, 5, 6 -> serve();
                case 7 -> addForeignReply();
                case 8, 9, 10 -> read(1 + random.nextInt(4));
                case 11, 12 -> tellFate();
                case 13 -> {
                    if (random.nextInt(4) == 0) {
                        changePublisher();
                    }
                }
                default -> endOverdue();
            }
            if (random.nextInt(400) == 0) {
                close();
            }
        }

        private void request() {
            final long requestId = nextRequestId++;
            final long messageId = ++lastMessageId;
            final long deadlineNs = nowNs + 1 + random.nextLong(MAX_TIMEOUT_NS);
            open.put(requestId, new Request(messageId, deadlineNs));
            unanswered.put(messageId, requestId);
            pending.add(requestId, messageId, deadlineNs, this);
        }

        // A responder may have a message before the publisher hears of it. Neither knows whether the request has ended.
        private void serve() {
            if (!unanswered.isEmpty() && random.nextBoolean()) {
                asked.add(any(new ArrayList<>(unanswered.values())));
            }
            if (!asked.isEmpty()) {
                // Most often one of the latest.
                final int from = random.nextInt(4) == 0 ? 0 : Math.max(0, asked.size() - 6);
                final long requestId = any(asked.subList(from, asked.size()));
                for (int i = random.nextInt(3); i >= 0; i--) {
                    replyTopic.add(new Reply(requestId, Long.BYTES, ++replyNumber));
                }
            }
        }

        private void addForeignReply() {
            final long correlation = random.nextBoolean() ? random.nextLong() : nextRequestId + random.nextInt(3);
            final int length = random.nextInt(3) == 0 ? random.nextInt(17) : Long.BYTES;
            // One that is of a later request would be its reply: nobody can know that.
            final boolean isOurs = length == Long.BYTES && correlation - nextRequestId >= 0;
            replyTopic.add(new Reply(isOurs ? ~correlation : correlation, length, ++replyNumber));
        }

        private void read(final int limit) {
            for (int i = 0; i < limit && read < replyTopic.size(); i++) {
                final Reply reply = replyTopic.get(read++);
                final Request request = reply.correlationLength() == Long.BYTES ? open.get(reply.correlation()) : null;
                if (request != null && nowNs - request.deadlineNs() < 0) {
                    end(reply.correlation(), new End(Kind.REPLY, reply.number()));
                } else if (request != null) {
                    lateCount++;
                }
                final Message message = messageOf(reply);
                calling(() -> pending.onReply(message, nowNs));
            }
        }

        private Message messageOf(final Reply reply) {
            final UnsafeBuffer payload = new UnsafeBuffer(new byte[Long.BYTES]);
            payload.putLong(0, reply.number());
            options.clear();
            if (reply.correlationLength() == Long.BYTES) {
                options.correlation(reply.correlation());
            } else if (reply.correlationLength() > 0) {
                options.correlation(new byte[reply.correlationLength()]);
            }
            final byte[] headers = new byte[options.length()];
            options.buffer().getBytes(0, headers);
            return MessageFixture.message("reply/us", headers, payload.byteArray());
        }

        private void tellFate() {
            if (unanswered.isEmpty()) {
                return;
            }
            final long messageId = any(new ArrayList<>(unanswered.keySet()));
            final long requestId = unanswered.remove(messageId);
            if (random.nextInt(3) == 0 && !asked.contains(requestId)) {
                final long detail = random.nextLong();
                if (open.containsKey(requestId)) {
                    end(requestId, new End(Kind.REFUSED, detail));
                }
                calling(() -> pending.onRefused(messageId, ResultCode.RATE_LIMITED, detail));
            } else {
                // Accepted, or of unknown fate and served all the same, or not.
                if (random.nextInt(4) != 0) {
                    asked.add(requestId);
                }
                pending.onFateOver(messageId);
            }
        }

        // All that it published is of unknown fate; the next one begins with the same numbers.
        private void changePublisher() {
            for (final long messageId : unanswered.keySet()) {
                pending.onFateOver(messageId);
            }
            asked.addAll(unanswered.values());
            unanswered.clear();
            lastMessageId = 0;
        }

        private void endOverdue() {
            // Where a listener throws, the others are told in the next turn.
            boolean isThrown = true;
            while (isThrown) {
                for (final Map.Entry<Long, Request> entry : List.copyOf(open.entrySet())) {
                    if (nowNs - entry.getValue().deadlineNs() >= 0) {
                        end(entry.getKey(), new End(Kind.TIMEOUT, 0));
                    }
                }
                isThrown = calling(() -> pending.endOverdue(nowNs));
            }
        }

        private void close() {
            if (!isClosed) {
                isClosed = true;
                for (final long requestId : List.copyOf(open.keySet())) {
                    end(requestId, new End(Kind.TIMEOUT, 0));
                }
                calling(pending::endAll);
            }
        }

        private void end(final long requestId, final End end) {
            open.remove(requestId);
            expected.put(requestId, end);
        }

        private boolean calling(final Runnable call) {
            try {
                call.run();
                return false;
            } catch (final ListenerFailure ex) {
                return true;
            }
        }

        private void check() {
            assertEquals(expected, told);
            assertEquals(open.size(), pending.count());
            final long replies = told.values().stream()
                    .filter(end -> end.kind() == Kind.REPLY)
                    .count();
            assertEquals(replies, counters.value(ClientCounter.REPLIES));
        }

        private void tell(final long requestId, final Kind kind, final long value) {
            final End before = told.put(requestId, new End(kind, value));
            assertTrue(before == null, () -> "request " + requestId + " ended before: " + before);
            if (isDisturbed) {
                switch (random.nextInt(12)) {
                    case 0, 1, 2, 3 -> {
                        if (!isClosed) {
                            request();
                        }
                    }
                    case 4, 5 -> throw new ListenerFailure();
                    case 6 -> {
                        if (random.nextInt(8) == 0) {
                            close();
                        }
                    }
                    default -> {}
                }
            }
        }

        @Override
        public void onReply(final long requestId, final Message reply) {
            tell(requestId, Kind.REPLY, reply.buffer().getLong(reply.payloadOffset(), ByteOrder.nativeOrder()));
        }

        @Override
        public void onTimeout(final long requestId) {
            tell(requestId, Kind.TIMEOUT, 0);
        }

        @Override
        public void onRefused(final long requestId, final ResultCode code, final long detail) {
            assertEquals(ResultCode.RATE_LIMITED, code);
            tell(requestId, Kind.REFUSED, detail);
        }

        private <T> T any(final List<T> list) {
            return list.get(random.nextInt(list.size()));
        }

        // SplitMix64: the first draws of generators with neighbouring seeds are nearly the same.
        private static long spread(final long seed) {
            long bits = seed * 0x9E3779B97F4A7C15L;
            bits = (bits ^ (bits >>> 30)) * 0xBF58476D1CE4E5B9L;
            bits = (bits ^ (bits >>> 27)) * 0x94D049BB133111EBL;
            return bits ^ (bits >>> 31);
        }
    }
}
