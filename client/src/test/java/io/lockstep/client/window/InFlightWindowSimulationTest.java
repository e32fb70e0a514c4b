package io.lockstep.client.window;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A window against a shard that loses, repeats, refuses and fails over: every message gets one fate, in order; what was
 * accepted stands in the log once, in the order of offers; nothing overtakes a refused message of an ordered producer.
 */
class InFlightWindowSimulationTest {
    private static final int ACCEPTED = 0;
    private static final int SEQUENCE_GAP = 12;
    private static final int AFTER_REFUSAL = 13;
    private static final int REFUSED = 20;
    private static final int BATCH_REFUSED = 34;
    private static final int MESSAGES = 3_000;
    private static final int ENTRY_HEAD = Long.BYTES;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldDeliverExactlyOnceInOrderWhenEverythingFails(final boolean isOrdered) {
        final long baseSeed = baseSeed();
        for (int i = 0; i < 60; i++) {
            final long seed = baseSeed + i;
            try {
                new Simulation(seed, isOrdered).run();
            } catch (final AssertionError | RuntimeException ex) {
                throw new AssertionError("failed with -Dlockstep.seed=" + seed + ": " + ex.getMessage(), ex);
            }
        }
    }

    private static long baseSeed() {
        final String text = System.getProperty("lockstep.seed", "");
        final long seed = text.isBlank() ? System.nanoTime() : Long.parseLong(text);
        System.out.println("lockstep.seed=" + seed);
        return seed;
    }

    private record Command(long firstSequence, long notedRefusal, boolean isAtomic, List<Long> payloads) {}

    private record Reply(long firstSequence, int wholeCode, long expected, List<Integer> codes) {}

    private static final class Simulation {
        private final Random random;
        private final boolean isOrdered;
        private final int capacity;
        private final InFlightWindow window;
        private final Frame frame = new Frame();
        private final Deque<Command> ingress = new ArrayDeque<>();
        private final Deque<Reply> egress = new ArrayDeque<>();

        // The shard.
        private final List<Long> log = new ArrayList<>();
        private final Map<Long, Integer> answers = new HashMap<>();
        private long lastSequence;
        private long lastRefused;
        private long noted;

        // The user.
        private final List<Long> accepted = new ArrayList<>();
        private final Set<Long> overtakers = new HashSet<>();
        private long offered;
        private long lastFate;
        private long nowNs;
        private boolean isCalm;

        private Simulation(final long seed, final boolean isOrdered) {
            this.random = new Random(seed);
            this.isOrdered = isOrdered;
            this.capacity = 1 << (1 + random.nextInt(6));
            this.window = new InFlightWindow(capacity, 4096, isOrdered, 50, seed, this::onFate);
        }

        private void run() {
            while (offered < MESSAGES || window.size() > 0) {
                nowNs++;
                isCalm = offered >= MESSAGES;
                step();
                assertTrue(nowNs < 10_000_000, () -> "no end in sight: " + window);
            }
            assertEquals(accepted, log, "what the user was told is what stands in the log");
            assertEquals(MESSAGES, lastFate, "every message has a fate");
            for (final long messageId : log) {
                assertFalse(overtakers.contains(messageId), () -> "message " + messageId + " overtook a refused one");
            }
        }

        private void step() {
            final int dice = random.nextInt(100);
            if (dice < 40) {
                offer();
            } else if (dice < 55) {
                flush();
            } else if (dice < 75) {
                shardTakes();
            } else if (dice < 95) {
                userTakes();
            } else if (dice == 95 && !isCalm) {
                failOver();
            } else if (dice == 96 && !isCalm) {
                ingress.pollFirst();
            } else if (dice == 97 && !isCalm) {
                egress.pollFirst();
            } else {
                window.resendIfDue(nowNs);
            }
        }

        // A payload says who it is and whether the shard will refuse it.
        private void offer() {
            if (offered >= MESSAGES) {
                return;
            }
            final int count = random.nextInt(10) == 0
                    ? Math.min(1 + random.nextInt(Math.min(capacity, 4)), (int) (MESSAGES - offered))
                    : 1;
            final int[] lengths = new int[count];
            int sum = 0;
            for (int i = 0; i < count; i++) {
                lengths[i] = ENTRY_HEAD + Integer.BYTES + random.nextInt(60);
                sum += lengths[i];
            }
            int index = window.tryAppend(sum, count);
            if (index < 0) {
                return;
            }
            for (int i = 0; i < count; i++) {
                final long payload = (offered + 1 + i) * 2 + (random.nextInt(40) == 0 ? 1 : 0);
                window.buffer().putLong(index, payload);
                window.buffer().putInt(index + ENTRY_HEAD, lengths[i]);
                index += lengths[i];
            }
            if (count == 1) {
                window.append(offered + 1, lengths[0], nowNs);
            } else {
                window.appendBatch(offered + 1, lengths, count, nowNs);
            }
            offered += count;
            flush();
        }

        private void flush() {
            while (random.nextInt(4) != 0 && window.nextFrame(frame, 200, 5)) {
                final List<Long> payloads = new ArrayList<>();
                int index = frame.offset();
                for (int i = 0; i < frame.entryCount(); i++) {
                    payloads.add(window.buffer().getLong(index));
                    index += window.buffer().getInt(index + ENTRY_HEAD);
                }
                assertEquals(frame.offset() + frame.length(), index, "entries of a frame are neighbours");
                ingress.addLast(new Command(frame.firstSequence(), window.notedRefusal(), frame.isAtomic(), payloads));
                window.onFrameSent(frame, nowNs);
            }
        }

        private void shardTakes() {
            final Command command = ingress.pollFirst();
            if (command != null) {
                egress.addLast(apply(command));
            }
        }

        private Reply apply(final Command command) {
            if (command.firstSequence() > lastSequence + 1) {
                return new Reply(command.firstSequence(), SEQUENCE_GAP, lastSequence + 1, List.of());
            }
            noted = Math.max(noted, Math.min(command.notedRefusal(), lastRefused));
            final boolean isBatchRefused =
                    command.isAtomic() && command.payloads().stream().anyMatch(payload -> (payload & 1) == 1);
            final List<Integer> codes = new ArrayList<>();
            final boolean isHeldBatch = command.isAtomic() && isOrdered && lastRefused > noted;
            for (int i = 0; i < command.payloads().size(); i++) {
                final long sequence = command.firstSequence() + i;
                if (sequence <= lastSequence) {
                    assertTrue(sequence > lastSequence - capacity, "an answer that is needed is kept");
                    codes.add(answers.get(sequence));
                    continue;
                }
                final long payload = command.payloads().get(i);
                final int code;
                if (command.isAtomic() ? isHeldBatch : isOrdered && lastRefused > noted) {
                    code = AFTER_REFUSAL;
                } else if ((payload & 1) == 1) {
                    code = REFUSED;
                } else {
                    code = isBatchRefused ? BATCH_REFUSED : ACCEPTED;
                }
                lastSequence = sequence;
                answers.put(sequence, code);
                if (code == ACCEPTED) {
                    log.add(payload / 2);
                } else {
                    lastRefused = sequence;
                }
                codes.add(code);
            }
            return new Reply(command.firstSequence(), ACCEPTED, 0, codes);
        }

        private void userTakes() {
            final Reply reply = egress.pollFirst();
            if (reply == null) {
                return;
            }
            if (reply.wholeCode() == SEQUENCE_GAP) {
                window.onGap(reply.expected());
            } else if (reply.codes().stream().allMatch(code -> code == ACCEPTED)) {
                window.onAccepted(
                        reply.firstSequence(),
                        reply.firstSequence() + reply.codes().size() - 1,
                        1);
            } else {
                for (int i = 0; i < reply.codes().size(); i++) {
                    window.onResult(reply.firstSequence() + i, reply.codes().get(i), 0, -1);
                }
            }
            window.release(nowNs);
        }

        // Some of what was under way is committed without an answer, the rest is lost.
        private void failOver() {
            int survivors = random.nextInt(ingress.size() + 1);
            while (!ingress.isEmpty()) {
                final Command command = ingress.pollFirst();
                if (survivors-- > 0) {
                    apply(command);
                }
            }
            final int answersThatArrive = random.nextInt(egress.size() + 1);
            while (egress.size() > answersThatArrive) {
                egress.pollLast();
            }
            window.onSessionRestored(nowNs);
        }

        private void onFate(
                final long messageId, final long sequence, final int code, final long detail, final long position) {
            assertEquals(lastFate + 1, messageId, "fates come once and in order");
            lastFate = messageId;
            if (code == ACCEPTED) {
                accepted.add(messageId);
            } else if (isOrdered) {
                for (long id = messageId + 1; id <= offered; id++) {
                    overtakers.add(id);
                }
            }
        }
    }
}
