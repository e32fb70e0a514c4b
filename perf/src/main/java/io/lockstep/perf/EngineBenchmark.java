package io.lockstep.perf;

import io.lockstep.cluster.core.Engine;
import io.lockstep.cluster.core.Outbox;
import io.lockstep.codecs.ApplySettingsEncoder;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.OpenProducerEncoder;
import io.lockstep.codecs.ProducerOpenedDecoder;
import io.lockstep.codecs.ResultCode;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Applies publish commands of one message each, round robin over topics: the whole way from the command's bytes to the
 * sealed record and the reply. The command is encoded anew each time, which is part of the score.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class EngineBenchmark {
    private static final long SESSION_ID = 3;
    private static final long COMMAND_INTERVAL_NS = 1_000;
    private static final int WINDOW_LENGTH = 1024;

    /** Length of the payload. */
    @Param({"100", "1024"})
    public int payloadLength;

    /** Number of topics. */
    @Param({"1", "1000"})
    public int topicCount;

    private final UnsafeBuffer command = new UnsafeBuffer(new byte[PublishFixture.BUFFER_LENGTH]);
    private final CountingOutbox outbox = new CountingOutbox();
    private final Engine engine = new Engine(outbox);
    private PublishFixture[] fixtures;
    private int epoch;
    private long sequence;
    private long logPosition;
    private long timestampNs = TimeUnit.SECONDS.toNanos(1);

    /** For JMH. */
    public EngineBenchmark() {}

    /** Seeds the shard, opens the producer and creates the topics. */
    @Setup
    public void setUp() {
        final MessageHeaderEncoder header = new MessageHeaderEncoder();
        final ApplySettingsEncoder settings = new ApplySettingsEncoder();
        settings.wrapAndApplyHeader(command, 0, header)
                .correlationId(1)
                .isSeed(BooleanType.TRUE)
                .shardId(0)
                .shardCount(1)
                .settingsCount(0);
        apply(MessageHeaderEncoder.ENCODED_LENGTH + settings.encodedLength());
        final OpenProducerEncoder open = new OpenProducerEncoder();
        open.wrapAndApplyHeader(command, 0, header)
                .correlationId(2)
                .producerId(PublishFixture.PRODUCER_ID)
                .windowLength(WINDOW_LENGTH)
                .ordered(BooleanType.TRUE);
        apply(MessageHeaderEncoder.ENCODED_LENGTH + open.encodedLength());
        epoch = outbox.openedEpoch();
        fixtures = new PublishFixture[topicCount];
        for (int i = 0; i < topicCount; i++) {
            fixtures[i] = new PublishFixture("plant/7/boiler/" + i, payloadLength);
        }
        for (int i = 0; i < topicCount; i++) {
            publish();
        }
    }

    /**
     * Applies one publish.
     *
     * @return number of records, so that the work counts.
     */
    @Benchmark
    public long publish() {
        sequence++;
        apply(fixtures[(int) (sequence % topicCount)].encode(command, sequence, epoch));
        return outbox.recordCount;
    }

    /** Fails the trial if a publish was refused: then something else was measured. */
    @TearDown
    public void tearDown() {
        if (engine.messageCount() != sequence) {
            throw new IllegalStateException(
                    sequence + " messages were published, but " + engine.messageCount() + " were accepted");
        }
    }

    private void apply(final int length) {
        logPosition += 256;
        timestampNs += COMMAND_INTERVAL_NS;
        engine.onCommand(SESSION_ID, logPosition, timestampNs, command, 0, length);
    }

    /** Counts records and replies, and remembers the epoch of the producer. */
    private static final class CountingOutbox implements Outbox {
        private final MessageHeaderDecoder header = new MessageHeaderDecoder();
        private final ProducerOpenedDecoder opened = new ProducerOpenedDecoder();
        private long recordCount;
        private long replyCount;
        private long timerDeadlineNs;
        private int epoch = -1;

        @Override
        public void journal(final DirectBuffer buffer, final int offset, final int length, final long endPosition) {
            recordCount++;
        }

        @Override
        public void reply(final long clusterSessionId, final DirectBuffer buffer, final int offset, final int length) {
            replyCount++;
            header.wrap(buffer, offset);
            if (header.templateId() == ProducerOpenedDecoder.TEMPLATE_ID) {
                opened.wrapAndApplyHeader(buffer, offset, header);
                if (opened.code() == ResultCode.ACCEPTED) {
                    epoch = opened.epoch();
                }
            }
        }

        @Override
        public void requestTimer(final long deadlineNs) {
            timerDeadlineNs = deadlineNs;
        }

        int openedEpoch() {
            if (epoch < 0) {
                throw new IllegalStateException("the producer was not opened; " + replyCount
                        + " replies came, and the timer stands at " + timerDeadlineNs);
            }
            return epoch;
        }
    }
}
