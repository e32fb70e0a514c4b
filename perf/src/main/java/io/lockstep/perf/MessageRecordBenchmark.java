package io.lockstep.perf;

import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.MessageRecordDecoder;
import io.lockstep.codecs.MessageRecordEncoder;
import io.lockstep.codecs.RecordHeaderEncoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.wire.RecordLayout;
import java.util.concurrent.TimeUnit;
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

/** Encodes and decodes the journal record of a message, with and without its checksum. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class MessageRecordBenchmark {
    /** Length of the payload. */
    @Param({"100", "1024"})
    public int payloadLength;

    private final UnsafeBuffer written = new UnsafeBuffer(RecordLayout.newRecordBuffer());
    private final UnsafeBuffer stored = new UnsafeBuffer(RecordLayout.newRecordBuffer());
    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    private final RecordLayout layout = new RecordLayout();
    private final MessageHeaderEncoder headerEncoder = new MessageHeaderEncoder();
    private final MessageRecordEncoder encoder = new MessageRecordEncoder();
    private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
    private final MessageRecordDecoder decoder = new MessageRecordDecoder();
    private final byte[] noHeaders = new byte[0];
    private PublishFixture fixture;
    private int storedLength;
    private long sequence;

    /** For JMH. */
    public MessageRecordBenchmark() {}

    /** Stores a record to decode. */
    @Setup
    public void setUp() {
        fixture = new PublishFixture("plant/7/boiler/temp", payloadLength);
        storedLength = encodeTo(stored, 1);
        layout.seal(stored, 0, storedLength);
    }

    /**
     * Encodes a record without its checksum.
     *
     * @return its length.
     */
    @Benchmark
    public int encode() {
        return encodeTo(written, ++sequence);
    }

    /**
     * Encodes a record and seals it.
     *
     * @return its length.
     */
    @Benchmark
    public int encodeAndSeal() {
        final int length = encodeTo(written, ++sequence);
        layout.seal(written, 0, length);
        return length;
    }

    /**
     * Checks the checksum.
     *
     * @return true.
     */
    @Benchmark
    public boolean check() {
        return layout.isIntact(stored, 0, storedLength);
    }

    /**
     * Decodes every field, without copying bytes.
     *
     * @param blackhole that takes the fields.
     */
    @Benchmark
    public void decode(final Blackhole blackhole) {
        decoder.wrapAndApplyHeader(stored, 0, headerDecoder);
        blackhole.consume(decoder.recordHeader().shardSequence());
        blackhole.consume(decoder.recordHeader().raftLogPosition());
        blackhole.consume(decoder.recordHeader().timestampNs());
        blackhole.consume(decoder.topicSequence());
        blackhole.consume(decoder.producerId());
        blackhole.consume(decoder.producerSequence());
        blackhole.consume(decoder.topicId());
        decoder.wrapTopicName(view);
        blackhole.consume(view.capacity());
        decoder.wrapHeaders(view);
        blackhole.consume(view.capacity());
        decoder.wrapPayload(view);
        blackhole.consume(view.getByte(view.capacity() - 1));
    }

    private int encodeTo(final UnsafeBuffer buffer, final long newSequence) {
        encoder.wrapAndApplyHeader(buffer, 0, headerEncoder);
        final RecordHeaderEncoder recordHeader = encoder.recordHeader();
        recordHeader.crc32c(0).kind(RecordKind.MESSAGE).flags().clear();
        recordHeader
                .reserved(0)
                .shardSequence(newSequence)
                .raftLogPosition(newSequence * 256)
                .timestampNs(newSequence);
        encoder.topicSequence(newSequence)
                .producerId(PublishFixture.PRODUCER_ID)
                .producerSequence(newSequence)
                .topicId(1)
                .putTopicName(fixture.topic(), 0, fixture.topic().length)
                .putHeaders(noHeaders, 0, 0)
                .putPayload(fixture.payload(), 0, fixture.payload().length);
        return MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength();
    }
}
