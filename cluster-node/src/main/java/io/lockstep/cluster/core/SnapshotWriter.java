package io.lockstep.cluster.core;

import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.SnapshotBeginEncoder;
import io.lockstep.codecs.SnapshotEndEncoder;
import io.lockstep.codecs.SnapshotPartEncoder;
import io.lockstep.wire.RollingHash;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Writes all parts as one sequence of messages, closed by its hash. */
final class SnapshotWriter implements SnapshotSink {
    private static final int BUFFER_LENGTH = 128;

    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[BUFFER_LENGTH]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final SnapshotBeginEncoder begin = new SnapshotBeginEncoder();
    private final SnapshotPartEncoder partHead = new SnapshotPartEncoder();
    private final SnapshotEndEncoder end = new SnapshotEndEncoder();
    private final SnapshotSink sink;
    private long hash = RollingHash.SEED;

    SnapshotWriter(final SnapshotSink sink) {
        this.sink = sink;
    }

    void write(final PartList parts, final long logPosition) {
        begin.wrapAndApplyHeader(buffer, 0, header)
                .logPosition(logPosition)
                .timestampNs(parts.clock().nowNs())
                .partCount(parts.writtenCount());
        append(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + begin.encodedLength());
        for (final Part part : parts.all()) {
            if (part.isWritten()) {
                partHead.wrapAndApplyHeader(buffer, 0, header)
                        .itemCount(part.itemCount())
                        .partId(part.id());
                append(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + partHead.encodedLength());
                part.writeTo(this);
            }
        }
        end.wrapAndApplyHeader(buffer, 0, header).hash(hash);
        sink.append(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + end.encodedLength());
    }

    /** {@inheritDoc} */
    @Override
    public void append(final DirectBuffer message, final int offset, final int length) {
        hash = RollingHash.update(hash, message, offset, length);
        sink.append(message, offset, length);
    }
}
