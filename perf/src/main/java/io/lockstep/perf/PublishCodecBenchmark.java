package io.lockstep.perf;

import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.PublishDecoder;
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
import org.openjdk.jmh.infra.Blackhole;

/** Encodes and decodes a publish command of one message. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PublishCodecBenchmark {
    /** Length of the payload. */
    @Param({"100", "1024"})
    public int payloadLength;

    private final UnsafeBuffer written = new UnsafeBuffer(new byte[PublishFixture.BUFFER_LENGTH]);
    private final UnsafeBuffer stored = new UnsafeBuffer(new byte[PublishFixture.BUFFER_LENGTH]);
    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final PublishDecoder publish = new PublishDecoder();
    private PublishFixture fixture;
    private long sequence;

    /** For JMH. */
    public PublishCodecBenchmark() {}

    /** Stores a command to decode. */
    @Setup
    public void setUp() {
        fixture = new PublishFixture("plant/7/boiler/temp", payloadLength);
        fixture.encode(stored, 1, 1);
    }

    /**
     * Encodes a command.
     *
     * @return its length.
     */
    @Benchmark
    public int encode() {
        return fixture.encode(written, ++sequence, 1);
    }

    /**
     * Decodes every field, without copying bytes.
     *
     * @param blackhole that takes the fields.
     */
    @Benchmark
    public void decode(final Blackhole blackhole) {
        publish.wrapAndApplyHeader(stored, 0, header);
        blackhole.consume(publish.producerId());
        blackhole.consume(publish.firstSequence());
        blackhole.consume(publish.notedRefusal());
        blackhole.consume(publish.epoch());
        blackhole.consume(publish.atomic());
        for (final PublishDecoder.EntriesDecoder entry : publish.entries()) {
            blackhole.consume(entry.expectedTopicSequence());
            entry.wrapTopicName(view);
            blackhole.consume(view.capacity());
            entry.wrapHeaders(view);
            blackhole.consume(view.capacity());
            entry.wrapPayload(view);
            blackhole.consume(lastByte(view));
        }
    }

    private static byte lastByte(final DirectBuffer buffer) {
        return buffer.getByte(buffer.capacity() - 1);
    }
}
