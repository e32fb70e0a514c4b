package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aeron.DirectBufferVector;
import io.aeron.Publication;
import io.lockstep.client.internal.ProducerChannel;
import io.lockstep.client.internal.ProducerListener;
import io.lockstep.client.internal.ShardIngress;
import io.lockstep.client.window.EntryLayout;
import io.lockstep.client.window.InFlightWindow;
import io.lockstep.cluster.core.Engine;
import io.lockstep.cluster.core.Outbox;
import io.lockstep.codecs.ApplySettingsEncoder;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.MessageRecordDecoder;
import io.lockstep.codecs.ProducerOpenedDecoder;
import io.lockstep.codecs.PublishReplyDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import io.lockstep.wire.RecordLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A producer's channel against the real engine, between them a session that loses answers, delivers them late and twice,
 * breaks, and loses the end of what was sent: each message gets one fate, in order, and what was told as accepted is what
 * stands in the journal, once and in order.
 */
class ProducerChannelSimulationTest {
    private static final int RUNS = 100;
    private static final int MESSAGES = 400;
    private static final long PRODUCER_ID = 7;
    private static final long RESEND_NS = 50;
    private static final byte[] TOPIC = "plant/7".getBytes(StandardCharsets.UTF_8);

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldGiveEachMessageOneFateAndJournalItOnceWhenTheSessionFails(final boolean isOrdered) {
        final String given = System.getProperty("lockstep.seed", "");
        final long baseSeed = given.isBlank() ? System.nanoTime() & 0xFFFF_FFFFL : Long.parseLong(given);
        System.out.println("lockstep.seed=" + baseSeed);
        for (int i = 0; i < RUNS; i++) {
            try {
                new Simulation(baseSeed + i, isOrdered).run();
            } catch (final AssertionError | RuntimeException ex) {
                throw new AssertionError("failed with -Dlockstep.seed=" + (baseSeed + i) + ": " + ex.getMessage(), ex);
            }
        }
    }

    private static final class Simulation implements Outbox, ShardIngress, ProducerListener {
        private final Random random;
        private final Engine engine = new Engine(this);
        private final ProducerChannel channel;
        private final Deque<UnsafeBuffer> commands = new ArrayDeque<>();
        private final Deque<UnsafeBuffer> answers = new ArrayDeque<>();
        private final List<Long> journal = new ArrayList<>();
        private final List<Long> accepted = new ArrayList<>();
        private final UnsafeBuffer payload = new UnsafeBuffer(new byte[Long.BYTES]);
        private final MessageHeaderDecoder header = new MessageHeaderDecoder();
        private boolean isConnected = true;
        private long correlationId;
        private long logPosition;
        private long nowNs = 1;
        private long offered;
        private long lastFate;
        private String failure;

        private Simulation(final long seed, final boolean isOrdered) {
            this.random = new Random(seed);
            this.channel = new ProducerChannel(
                    0,
                    PRODUCER_ID,
                    1 << random.nextInt(6),
                    4096,
                    1 + random.nextInt(3),
                    isOrdered,
                    Long.MAX_VALUE,
                    RESEND_NS,
                    this,
                    this);
            channel.maxEntries(1 + random.nextInt(8));
        }

        private void run() {
            channel.open(nowNs);
            while (lastFate < MESSAGES) {
                nowNs += random.nextInt(4);
                step(random.nextInt(100));
                assertNull(failure);
                assertTrue(nowNs < 10_000_000, () -> "no end in sight: " + channel.window());
            }
            assertEquals(MESSAGES, offered);
            assertEquals(journal, accepted, "what was told as accepted is what stands in the journal");
        }

        private void step(final int dice) {
            if (dice < 25) {
                offer();
            } else if (dice < 50) {
                channel.doWork(nowNs);
            } else if (dice < 70 && !commands.isEmpty()) {
                apply(commands.poll());
            } else if (dice < 90 && !answers.isEmpty()) {
                answer(answers.poll());
            } else if (dice < 93) {
                answers.pollFirst();
            } else if (dice == 93 && !answers.isEmpty()) {
                answer(answers.peek());
            } else if (dice == 94) {
                nowNs += random.nextInt((int) RESEND_NS * 4);
            } else if (dice == 95) {
                isConnected = false;
            } else if (dice == 96 && !isConnected) {
                restoreSession();
            } else if (dice == 97) {
                limitBatches(1 + random.nextInt(8));
            }
        }

        // The shard's description may come before the refusal of what is under way, or not at all.
        private void limitBatches(final int maxBatch) {
            final UnsafeBuffer command = new UnsafeBuffer(new byte[128]);
            final ApplySettingsEncoder applySettings = new ApplySettingsEncoder()
                    .wrapAndApplyHeader(command, 0, new MessageHeaderEncoder())
                    .correlationId(0)
                    .isSeed(BooleanType.FALSE)
                    .shardId(0)
                    .shardCount(1);
            applySettings
                    .settingsCount(1)
                    .next()
                    .settingId(EngineSetting.MAX_BATCH_LENGTH.id())
                    .settingValue(maxBatch);
            apply(copyOf(command, 0, MessageHeaderEncoder.ENCODED_LENGTH + applySettings.encodedLength()));
            if (random.nextBoolean()) {
                channel.maxEntries(maxBatch);
            }
        }

        // What was sent last and all answers that are on their way go down with the session.
        private void restoreSession() {
            for (int lost = random.nextInt(commands.size() + 1); lost > 0; lost--) {
                commands.pollLast();
            }
            while (!commands.isEmpty()) {
                apply(commands.poll());
            }
            answers.clear();
            isConnected = true;
            channel.onSessionRestored(nowNs);
        }

        // Some carry a condition that does not hold.
        private void offer() {
            final InFlightWindow window = channel.window();
            final int length = EntryLayout.encodedLength(TOPIC.length, 0, Long.BYTES);
            final int index =
                    offered < MESSAGES && channel.isOpen() ? window.tryAppend(length, 1) : InFlightWindow.FULL;
            if (index == InFlightWindow.FULL) {
                return;
            }
            final long messageId = ++offered;
            final long condition = random.nextInt(20) == 0 ? Long.MAX_VALUE : EntryLayout.NO_CONDITION;
            payload.putLong(0, messageId);
            int next = EntryLayout.putHead(window.buffer(), index, condition, TOPIC);
            next = EntryLayout.putBytes(window.buffer(), next, null, 0, 0);
            EntryLayout.putBytes(window.buffer(), next, payload, 0, Long.BYTES);
            window.append(messageId, length, nowNs);
            channel.onAppended(nowNs);
        }

        private void apply(final UnsafeBuffer command) {
            logPosition += 64;
            engine.onCommand(1, logPosition, nowNs, command, 0, command.capacity());
        }

        private void answer(final UnsafeBuffer answer) {
            header.wrap(answer, 0);
            switch (header.templateId()) {
                case ProducerOpenedDecoder.TEMPLATE_ID ->
                    channel.onProducerOpened(new ProducerOpenedDecoder().wrapAndApplyHeader(answer, 0, header));
                case PublishReplyDecoder.TEMPLATE_ID ->
                    channel.onPublishReply(new PublishReplyDecoder().wrapAndApplyHeader(answer, 0, header), nowNs);
                case CommandReplyDecoder.TEMPLATE_ID ->
                    assertEquals(
                            ResultCode.ACCEPTED,
                            new CommandReplyDecoder()
                                    .wrapAndApplyHeader(answer, 0, header)
                                    .code());
                default -> throw new AssertionError("nobody asked for template " + header.templateId());
            }
        }

        @Override
        public void journal(final DirectBuffer buffer, final int offset, final int length, final long endPosition) {
            if (RecordLayout.kind(buffer, offset) == RecordKind.MESSAGE.value()) {
                final MessageRecordDecoder message =
                        new MessageRecordDecoder().wrapAndApplyHeader(buffer, offset, header);
                message.skipTopicName();
                message.skipHeaders();
                final UnsafeBuffer copy = new UnsafeBuffer(new byte[Long.BYTES]);
                message.getPayload(copy, 0, Long.BYTES);
                journal.add(copy.getLong(0));
            }
        }

        @Override
        public void reply(final long clusterSessionId, final DirectBuffer buffer, final int offset, final int length) {
            answers.add(copyOf(buffer, offset, length));
        }

        @Override
        public void requestTimer(final long deadlineNs) {
            // Checkpoints make no difference here.
        }

        @Override
        public boolean isConnected() {
            return isConnected;
        }

        @Override
        public long offer(final DirectBuffer buffer, final int offset, final int length) {
            if (!isConnected || random.nextInt(10) == 0) {
                return Publication.BACK_PRESSURED;
            }
            commands.add(copyOf(buffer, offset, length));
            return commands.size();
        }

        @Override
        public long offer(final DirectBufferVector[] vectors) {
            final ExpandableArrayBuffer gathered = new ExpandableArrayBuffer();
            int length = 0;
            for (int i = 1; i < vectors.length; i++) {
                gathered.putBytes(length, vectors[i].buffer(), vectors[i].offset(), vectors[i].length());
                length += vectors[i].length();
            }
            return offer(gathered, 0, length);
        }

        @Override
        public long nextCorrelationId() {
            return ++correlationId;
        }

        @Override
        public String lastError() {
            return "none";
        }

        @Override
        public void onFate(
                final int shardId, final long messageId, final int code, final long detail, final long position) {
            assertEquals(lastFate + 1, messageId, "fates come once, in order");
            assertFalse(code == InFlightWindow.UNANSWERED, "nothing was given up");
            lastFate = messageId;
            if (code == 0) {
                accepted.add(messageId);
            }
        }

        @Override
        public void onFailed(final int shardId, final String reason) {
            failure = reason;
        }

        private static UnsafeBuffer copyOf(final DirectBuffer buffer, final int offset, final int length) {
            final byte[] bytes = new byte[length];
            buffer.getBytes(offset, bytes);
            return new UnsafeBuffer(bytes);
        }
    }
}
