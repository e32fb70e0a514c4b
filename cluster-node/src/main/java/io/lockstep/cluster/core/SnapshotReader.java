package io.lockstep.cluster.core;

import io.lockstep.codecs.SnapshotBeginDecoder;
import io.lockstep.codecs.SnapshotEndDecoder;
import io.lockstep.codecs.SnapshotPartDecoder;
import io.lockstep.wire.RollingHash;
import org.agrona.DirectBuffer;

/**
 * Reads a snapshot into fresh parts. A snapshot that is not exactly what was written is broken trouble: it throws, and
 * the parts are then of no use.
 *
 * <table>
 * <caption>States</caption>
 * <tr><th>from</th><th>message</th><th>to</th></tr>
 * <tr><td>FRESH</td><td>SnapshotBegin</td><td>READING</td></tr>
 * <tr><td>READING</td><td>SnapshotPart, item</td><td>READING</td></tr>
 * <tr><td>READING</td><td>SnapshotEnd with the right hash</td><td>RESTORED</td></tr>
 * </table>
 */
final class SnapshotReader {
    private enum State {
        FRESH,
        READING,
        RESTORED
    }

    private final PartList parts;
    private final SnapshotBeginDecoder begin = new SnapshotBeginDecoder();
    private final SnapshotPartDecoder partHead = new SnapshotPartDecoder();
    private final SnapshotEndDecoder end = new SnapshotEndDecoder();
    private State state = State.FRESH;
    private long hash = RollingHash.SEED;
    private int partsAhead;
    private Part part;
    private long itemsAhead;

    SnapshotReader(final PartList parts) {
        this.parts = parts;
    }

    boolean isFresh() {
        return state == State.FRESH;
    }

    boolean isRestored() {
        return state == State.RESTORED;
    }

    void onMessage(final DirectBuffer buffer, final int offset, final int length) {
        if (!WireShape.hasHeader(length) || WireShape.schemaId(buffer, offset) != SnapshotBeginDecoder.SCHEMA_ID) {
            throw new IllegalStateException("a snapshot message of schema " + SnapshotBeginDecoder.SCHEMA_ID
                    + " was expected, but " + length + " bytes of something else were found");
        }
        final int templateId = WireShape.templateId(buffer, offset);
        switch (templateId) {
            case SnapshotBeginDecoder.TEMPLATE_ID -> {
                ItemReader.wrap(begin, templateId, buffer, offset, length);
                partsAhead = begin.partCount();
                moveTo(State.FRESH, State.READING);
            }
            case SnapshotPartDecoder.TEMPLATE_ID -> {
                ItemReader.wrap(partHead, templateId, buffer, offset, length);
                beginPart(partHead.partId(), partHead.itemCount());
            }
            case SnapshotEndDecoder.TEMPLATE_ID -> {
                ItemReader.wrap(end, templateId, buffer, offset, length);
                endSnapshot(end.hash());
            }
            default -> readItem(templateId, buffer, offset, length);
        }
        hash = RollingHash.update(hash, buffer, offset, length);
    }

    private void beginPart(final int partId, final long itemCount) {
        checkPartComplete();
        if (state != State.READING || partsAhead == 0 || (part != null && partId <= part.id())) {
            throw new IllegalStateException("part " + partId + " of the snapshot is out of place");
        }
        part = parts.ofId(partId);
        if (part == null) {
            throw new IllegalStateException("the snapshot holds part " + partId
                    + ", which this release does not know: start the release that wrote it");
        }
        partsAhead--;
        itemsAhead = itemCount;
    }

    private void readItem(final int templateId, final DirectBuffer buffer, final int offset, final int length) {
        if (state != State.READING || itemsAhead == 0) {
            throw new IllegalStateException("a snapshot item with template " + templateId + " is out of place");
        }
        part.readItem(templateId, buffer, offset, length);
        itemsAhead--;
    }

    private void endSnapshot(final long expectedHash) {
        checkPartComplete();
        if (partsAhead != 0) {
            throw new IllegalStateException("the snapshot ends " + partsAhead + " parts early");
        }
        if (hash != expectedHash) {
            throw new IllegalStateException("the snapshot says that its hash is " + Long.toHexString(expectedHash)
                    + ", but it is " + Long.toHexString(hash));
        }
        moveTo(State.READING, State.RESTORED);
    }

    private void checkPartComplete() {
        if (itemsAhead != 0) {
            throw new IllegalStateException("part " + part.id() + " of the snapshot lacks " + itemsAhead + " items");
        }
    }

    private void moveTo(final State from, final State to) {
        if (state != from) {
            throw new IllegalStateException(
                    "a snapshot moves to " + to + " from " + from + " only, but it is " + state);
        }
        state = to;
    }
}
