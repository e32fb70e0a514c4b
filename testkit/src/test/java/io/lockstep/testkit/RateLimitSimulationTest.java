package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aeron.DirectBufferVector;
import io.lockstep.client.internal.ProducerChannel;
import io.lockstep.client.internal.ProducerListener;
import io.lockstep.client.internal.ShardIngress;
import io.lockstep.client.window.EntryLayout;
import io.lockstep.client.window.InFlightWindow;
import io.lockstep.cluster.core.Engine;
import io.lockstep.cluster.core.Outbox;
import io.lockstep.codecs.ApplySettingsEncoder;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ProducerOpenedDecoder;
import io.lockstep.codecs.PublishDecoder;
import io.lockstep.codecs.PublishReplyDecoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.SetFeatureLevelEncoder;
import io.lockstep.config.EngineSetting;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/**
 * A producer's channel that offers more than the engine's rate allows, over a session that loses and delays what it
 * carries, on virtual time: each message is accepted once and in order, none gets unknown, and the rate is used up.
 */
class RateLimitSimulationTest {
    private static final int RUNS = 40;
    private static final int MESSAGES = 400;
    private static final int RATE = 100;
    private static final long MS = 1_000_000L;
    private static final byte[] TOPIC = "plant/7".getBytes(StandardCharsets.UTF_8);

    @Test
    void shouldAcceptEachMessageOnceAtTheRateWhenMoreIsOffered() {
        final String given = System.getProperty("lockstep.seed", "");
        final long baseSeed = given.isBlank() ? System.nanoTime() & 0xFFFF_FFFFL : Long.parseLong(given);
        System.out.println("lockstep.seed=" + baseSeed);
        for (int i = 0; i < RUNS; i++) {
            try {
                new Simulation(baseSeed + i).run();
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
        private final MessageHeaderDecoder header = new MessageHeaderDecoder();
        private long correlationId;
        private long logPosition;
        private long nowNs = MS;
        private long offered;
        private long lastFate;
        private String failure;
        // Until then the shard has asked for patience.
        private long patientUntilNs;

        private Simulation(final long seed) {
            random = new Random(seed);
            // Far below the time that the last message of the window waits: waiting for the rate is no silence.
            channel = new ProducerChannel(0, 7, 256, 64 << 10, 2, true, 500 * MS, 100 * MS, this, this);
            channel.maxEntries(1 + random.nextInt(64));
            final UnsafeBuffer command = new UnsafeBuffer(new byte[128]);
            final SetFeatureLevelEncoder level = new SetFeatureLevelEncoder()
                    .wrapAndApplyHeader(command, 0, new MessageHeaderEncoder())
                    .correlationId(0)
                    .featureLevel(Engine.FEATURE_LEVEL);
            apply(copyOf(command, 0, MessageHeaderEncoder.ENCODED_LENGTH + level.encodedLength()));
            final ApplySettingsEncoder settings = new ApplySettingsEncoder()
                    .wrapAndApplyHeader(command, 0, new MessageHeaderEncoder())
                    .correlationId(0)
                    .isSeed(BooleanType.FALSE)
                    .shardId(0)
                    .shardCount(1);
            final EngineSetting setting = random.nextBoolean() ? EngineSetting.PRODUCER_RATE : EngineSetting.TOPIC_RATE;
            settings.settingsCount(1).next().settingId(setting.id()).settingValue(RATE);
            apply(copyOf(command, 0, MessageHeaderEncoder.ENCODED_LENGTH + settings.encodedLength()));
            answers.clear();
        }

        private void run() {
            channel.open(nowNs);
            final long beginNs = nowNs;
            while (lastFate < MESSAGES) {
                nowNs += random.nextInt(500_000);
                offer();
                channel.doWork(nowNs);
                if (!commands.isEmpty() && random.nextInt(3) > 0) {
                    apply(commands.poll());
                }
                if (!answers.isEmpty() && random.nextInt(3) > 0) {
                    answer(answers.poll());
                }
                if (random.nextInt(500) == 0) {
                    commands.clear();
                    answers.clear();
                    channel.onSessionRestored(nowNs);
                }
                assertNull(failure);
                assertTrue(nowNs < TimeUnit.MINUTES.toNanos(1), () -> "no end in sight: " + channel.window());
            }
            assertTrue(channel.rateLimitedCount() > 0);
            assertEquals(MESSAGES, engine.messageCount());
            // A second's worth at once, and one command more than is left.
            final long leastNs = TimeUnit.SECONDS.toNanos(MESSAGES - RATE - 256) / RATE;
            assertTrue(nowNs - beginNs >= leastNs, () -> "it took " + (nowNs - beginNs) / MS + " ms");
        }

        private void offer() {
            final int length = EntryLayout.encodedLength(TOPIC.length, 0, Long.BYTES);
            final InFlightWindow window = channel.window();
            final int index =
                    offered < MESSAGES && channel.isOpen() ? window.tryAppend(length, 1) : InFlightWindow.FULL;
            if (index == InFlightWindow.FULL) {
                return;
            }
            int next = EntryLayout.putHead(window.buffer(), index, EntryLayout.NO_CONDITION, TOPIC);
            next = EntryLayout.putBytes(window.buffer(), next, null, 0, 0);
            EntryLayout.putBytes(window.buffer(), next, new UnsafeBuffer(new byte[Long.BYTES]), 0, Long.BYTES);
            window.append(++offered, length, nowNs);
            channel.onAppended(nowNs);
        }

        private void apply(final UnsafeBuffer command) {
            logPosition += 64;
            engine.onCommand(1, logPosition, nowNs, command, 0, command.capacity());
        }

        private void answer(final UnsafeBuffer answer) {
            header.wrap(answer, 0);
            if (header.templateId() == ProducerOpenedDecoder.TEMPLATE_ID) {
                channel.onProducerOpened(new ProducerOpenedDecoder().wrapAndApplyHeader(answer, 0, header));
            } else {
                final PublishReplyDecoder reply = new PublishReplyDecoder().wrapAndApplyHeader(answer, 0, header);
                if (reply.code() == ResultCode.RATE_LIMITED) {
                    patientUntilNs = nowNs + reply.detail();
                }
                channel.onPublishReply(reply, nowNs);
                assertEquals(Math.max(0, patientUntilNs - nowNs), channel.retryAfterNs(nowNs));
            }
        }

        @Override
        public void journal(final DirectBuffer buffer, final int offset, final int length, final long endPosition) {
            // What counts is the engine's own count.
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
            return true;
        }

        @Override
        public long offer(final DirectBuffer buffer, final int offset, final int length) {
            if (header.wrap(buffer, offset).templateId() == PublishDecoder.TEMPLATE_ID) {
                assertTrue(nowNs >= patientUntilNs, "nothing is sent before the time that the shard named");
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
            assertEquals(0, code, "nothing is refused or given up");
            lastFate = messageId;
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
