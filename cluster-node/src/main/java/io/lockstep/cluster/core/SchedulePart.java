package io.lockstep.cluster.core;

import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ScheduleTotalsItemDecoder;
import io.lockstep.codecs.ScheduledItemDecoder;
import io.lockstep.codecs.ScheduledItemEncoder;
import io.lockstep.codecs.ScheduledRestItemDecoder;
import io.lockstep.codecs.ScheduledRestItemEncoder;
import java.util.Arrays;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Part 11, the messages that are held back, and what was released. Each has a slot; a heap orders the slots by due time, then id, and a list by
 * id alone, in which those that went leave holes until the list is full. Ids rise, because they are positions. Adding and
 * removing allocate nothing once the arrays have grown.
 */
final class SchedulePart implements Part {
    /** What a message counts for besides its content: its place in the columns, the heap and the list. */
    static final int MESSAGE_OVERHEAD_BYTES = 96;

    /** What a block of the content counts for. */
    static final int BLOCK_BYTES = BlockStore.BLOCK_LENGTH + Integer.BYTES;

    /** Where there is no slot. */
    static final int NO_SLOT = -1;

    /** Greatest piece of content in one item of a snapshot. */
    static final int MAX_CONTENT_IN_ITEM = Limits.MAX_SNAPSHOT_MESSAGE_LENGTH / 2;

    private static final int INITIAL_CAPACITY = 64;
    private static final int HEAD_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH
            + ScheduledItemEncoder.BLOCK_LENGTH
            + ScheduledItemEncoder.contentHeaderLength();
    private static final int REST_HEAD_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH
            + ScheduledRestItemEncoder.BLOCK_LENGTH
            + ScheduledRestItemEncoder.contentHeaderLength();

    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final ScheduledItemEncoder encoder = new ScheduledItemEncoder();
    private final ScheduledItemDecoder decoder = new ScheduledItemDecoder();
    private final ScheduledRestItemEncoder restEncoder = new ScheduledRestItemEncoder();
    private final ScheduledRestItemDecoder restDecoder = new ScheduledRestItemDecoder();
    private final BlockStore contents = new BlockStore();
    private final HeldCounts heldCounts = new HeldCounts();
    private final ReleaseTotals totals = new ReleaseTotals();

    // A column for each field of a message, by slot.
    private long[] ids = new long[INITIAL_CAPACITY];
    private long[] dueNs = new long[INITIAL_CAPACITY];
    private long[] producerIds = new long[INITIAL_CAPACITY];
    private long[] producerSequences = new long[INITIAL_CAPACITY];
    private int[] topicIds = new int[INITIAL_CAPACITY];
    private int[] headersLengths = new int[INITIAL_CAPACITY];
    private int[] payloadLengths = new int[INITIAL_CAPACITY];
    private int[] firstBlocks = new int[INITIAL_CAPACITY];
    // Where a slot is in the heap; of a free slot the next free one.
    private int[] places = new int[INITIAL_CAPACITY];
    private int[] heap = new int[INITIAL_CAPACITY];
    private int slotCount;
    private int firstFreeSlot = NO_SLOT;
    private int count;

    private long[] listedIds = new long[INITIAL_CAPACITY];
    private int[] listedSlots = new int[INITIAL_CAPACITY];
    private int listLength;

    private long stateBytes;
    private long restItems;
    // Only while a snapshot is read: what the content of its last message lacks.
    private int slotInReading = NO_SLOT;
    private int lengthRead;

    /** What a message counts for. */
    static long costOf(final int headersLength, final int payloadLength) {
        return MESSAGE_OVERHEAD_BYTES + (long) BlockStore.blocksOf(headersLength + payloadLength) * BLOCK_BYTES;
    }

    /** Number of messages that are held back. */
    int count() {
        return count;
    }

    /** How many of them each producer and each topic has. */
    HeldCounts heldCounts() {
        return heldCounts;
    }

    /** What was released so far. */
    ReleaseTotals totals() {
        return totals;
    }

    /** When the first message is due, or {@link DueWork#NEVER}. */
    long firstDueNs() {
        return count == 0 ? DueWork.NEVER : dueNs[heap[0]];
    }

    /** The message that is due first and of equals the one with the lowest id; there must be one. */
    int firstDue() {
        return heap[0];
    }

    /** The message of an id, or {@link #NO_SLOT}. */
    int find(final long id) {
        final int index = Arrays.binarySearch(listedIds, 0, listLength, id);
        return index < 0 ? NO_SLOT : listedSlots[index];
    }

    /** Where in the list the first message with a greater id is. */
    int listIndexAfter(final long id) {
        final int index = Arrays.binarySearch(listedIds, 0, listLength, id);
        return nextListed(index < 0 ? -(index + 1) : index + 1);
    }

    /** The place in the list from an index on at which there is a message, or {@link #NO_SLOT} at its end. */
    int nextListed(final int fromIndex) {
        for (int index = fromIndex; index < listLength; index++) {
            if (listedSlots[index] != NO_SLOT) {
                return index;
            }
        }
        return NO_SLOT;
    }

    /** The message at a place in the list. */
    int listedSlot(final int index) {
        return listedSlots[index];
    }

    long idOf(final int slot) {
        return ids[slot];
    }

    long dueNsOf(final int slot) {
        return dueNs[slot];
    }

    long producerIdOf(final int slot) {
        return producerIds[slot];
    }

    long producerSequenceOf(final int slot) {
        return producerSequences[slot];
    }

    int topicIdOf(final int slot) {
        return topicIds[slot];
    }

    int headersLengthOf(final int slot) {
        return headersLengths[slot];
    }

    int payloadLengthOf(final int slot) {
        return payloadLengths[slot];
    }

    /** Copies headers and payload. */
    void readContent(final int slot, final MutableDirectBuffer target, final int offset) {
        contents.get(firstBlocks[slot], target, offset, headersLengths[slot] + payloadLengths[slot]);
    }

    /** Adds a message whose id is greater than all before; its headers are not empty and its payload is behind them. */
    void add(
            final long id,
            final long newDueNs,
            final MessageContent content,
            final int topicId,
            final DirectBuffer source,
            final int headersLength,
            final int payloadLength) {
        final int slot = takeSlot(id, newDueNs, topicId);
        producerIds[slot] = content.producerId();
        producerSequences[slot] = content.producerSequence();
        heldCounts.add(content.producerId(), topicId);
        setLengths(slot, headersLength, payloadLength);
        firstBlocks[slot] = contents.put(source, 0, headersLength + payloadLength);
    }

    /** Removes a message. */
    void remove(final int slot) {
        final int length = headersLengths[slot] + payloadLengths[slot];
        stateBytes -= costOf(headersLengths[slot], payloadLengths[slot]);
        restItems -= restItemsOf(length);
        contents.free(firstBlocks[slot]);
        heldCounts.remove(producerIds[slot], topicIds[slot]);
        listedSlots[Arrays.binarySearch(listedIds, 0, listLength, ids[slot])] = NO_SLOT;
        final int place = places[slot];
        count--;
        if (count == 0) {
            listLength = 0;
        } else if (place < count) {
            final int last = heap[count];
            put(place, last);
            siftUp(place);
            siftDown(places[last]);
        }
        places[slot] = firstFreeSlot;
        firstFreeSlot = slot;
    }

    /** {@inheritDoc} */
    @Override
    public int id() {
        return 11;
    }

    /** {@inheritDoc} */
    @Override
    public boolean isWritten() {
        return count > 0 || totals.isWritten();
    }

    /** {@inheritDoc} */
    @Override
    public long itemCount() {
        return count + restItems + (totals.isWritten() ? 1 : 0);
    }

    /** {@inheritDoc} */
    @Override
    public void writeTo(final SnapshotSink sink) {
        if (totals.isWritten()) {
            totals.writeTo(sink);
        }
        int greatestLength = 0;
        for (int place = 0; place < count; place++) {
            greatestLength = Math.max(greatestLength, headersLengths[heap[place]] + payloadLengths[heap[place]]);
        }
        final UnsafeBuffer content = new UnsafeBuffer(new byte[greatestLength]);
        final UnsafeBuffer item =
                new UnsafeBuffer(new byte[HEAD_LENGTH + Math.min(greatestLength, MAX_CONTENT_IN_ITEM)]);
        for (int index = nextListed(0); index != NO_SLOT; index = nextListed(index + 1)) {
            final int slot = listedSlots[index];
            final int length = headersLengths[slot] + payloadLengths[slot];
            readContent(slot, content, 0);
            int done = Math.min(length, MAX_CONTENT_IN_ITEM);
            encoder.wrapAndApplyHeader(item, 0, header)
                    .schedulePosition(ids[slot])
                    .dueNs(dueNs[slot])
                    .producerId(producerIds[slot])
                    .producerSequence(producerSequences[slot])
                    .topicId(topicIds[slot])
                    .headersLength(headersLengths[slot])
                    .payloadLength(payloadLengths[slot])
                    .putContent(content, 0, done);
            sink.append(item, 0, HEAD_LENGTH + done);
            while (done < length) {
                final int rest = Math.min(length - done, MAX_CONTENT_IN_ITEM);
                restEncoder.wrapAndApplyHeader(item, 0, header).putContent(content, done, rest);
                sink.append(item, 0, REST_HEAD_LENGTH + rest);
                done += rest;
            }
        }
    }

    /** {@inheritDoc} */
    @Override
    public void readItem(final int templateId, final DirectBuffer item, final int offset, final int length) {
        if (templateId == ScheduleTotalsItemDecoder.TEMPLATE_ID) {
            totals.readItem(templateId, item, offset, length);
            return;
        }
        final int contentHeader;
        if (templateId == ScheduledRestItemDecoder.TEMPLATE_ID) {
            ItemReader.wrap(restDecoder, templateId, item, offset, length);
            contentHeader = WireShape.endOfBlock(item, offset);
        } else {
            checkContentComplete();
            ItemReader.wrap(decoder, templateId, item, offset, length);
            contentHeader = WireShape.endOfBlock(item, offset);
            checkHead();
            slotInReading = takeSlot(decoder.schedulePosition(), decoder.dueNs(), decoder.topicId());
            producerIds[slotInReading] = decoder.producerId();
            producerSequences[slotInReading] = decoder.producerSequence();
            heldCounts.add(decoder.producerId(), decoder.topicId());
            setLengths(slotInReading, decoder.headersLength(), decoder.payloadLength());
            lengthRead = 0;
        }
        final int end = WireShape.endOfBytes(item, contentHeader, offset + length);
        ItemReader.checkVariableEnd(end, templateId);
        final int contentOffset = contentHeader + ScheduledItemDecoder.contentHeaderLength();
        readPiece(item, contentOffset, end - contentOffset);
    }

    /** {@inheritDoc} */
    @Override
    public long stateBytes() {
        return stateBytes;
    }

    private void readPiece(final DirectBuffer item, final int offset, final int length) {
        if (slotInReading == NO_SLOT || length == 0 || length > lengthInReading() - lengthRead) {
            throw new IllegalStateException("the snapshot holds " + length
                    + " bytes for a message that is held back, but no message lacks that many");
        }
        if (lengthRead == 0) {
            firstBlocks[slotInReading] = contents.put(item, offset, length);
        } else {
            contents.append(firstBlocks[slotInReading], lengthRead, item, offset, length);
        }
        lengthRead += length;
    }

    private int lengthInReading() {
        return headersLengths[slotInReading] + payloadLengths[slotInReading];
    }

    private void checkContentComplete() {
        if (slotInReading != NO_SLOT && lengthRead != lengthInReading()) {
            throw new IllegalStateException("the snapshot holds " + lengthRead + " of the " + lengthInReading()
                    + " bytes of the message with the id " + ids[slotInReading]);
        }
    }

    private void checkHead() {
        final long id = decoder.schedulePosition();
        if (decoder.headersLength() <= 0
                || decoder.payloadLength() < 0
                || (listLength > 0 && id <= listedIds[listLength - 1])) {
            throw new IllegalStateException("the snapshot holds the message with the id " + id
                    + " out of place or with lengths that cannot be: " + decoder.headersLength() + " and "
                    + decoder.payloadLength());
        }
    }

    private int takeSlot(final long id, final long newDueNs, final int topicId) {
        if (firstFreeSlot == NO_SLOT) {
            growSlots();
        }
        final int slot = firstFreeSlot;
        firstFreeSlot = places[slot];
        ids[slot] = id;
        dueNs[slot] = newDueNs;
        topicIds[slot] = topicId;
        list(id, slot);
        put(count, slot);
        count++;
        siftUp(count - 1);
        return slot;
    }

    private void setLengths(final int slot, final int headersLength, final int payloadLength) {
        headersLengths[slot] = headersLength;
        payloadLengths[slot] = payloadLength;
        stateBytes += costOf(headersLength, payloadLength);
        restItems += restItemsOf(headersLength + payloadLength);
    }

    private static int restItemsOf(final int length) {
        return (length - 1) / MAX_CONTENT_IN_ITEM;
    }

    private void growSlots() {
        if (slotCount == ids.length) {
            final int capacity = 2 * slotCount;
            ids = Arrays.copyOf(ids, capacity);
            dueNs = Arrays.copyOf(dueNs, capacity);
            producerIds = Arrays.copyOf(producerIds, capacity);
            producerSequences = Arrays.copyOf(producerSequences, capacity);
            topicIds = Arrays.copyOf(topicIds, capacity);
            headersLengths = Arrays.copyOf(headersLengths, capacity);
            payloadLengths = Arrays.copyOf(payloadLengths, capacity);
            firstBlocks = Arrays.copyOf(firstBlocks, capacity);
            places = Arrays.copyOf(places, capacity);
            heap = Arrays.copyOf(heap, capacity);
        }
        places[slotCount] = firstFreeSlot;
        firstFreeSlot = slotCount++;
    }

    private void list(final long id, final int slot) {
        if (listLength == listedIds.length) {
            if (count <= listLength / 2) {
                closeHoles();
            } else {
                listedIds = Arrays.copyOf(listedIds, 2 * listLength);
                listedSlots = Arrays.copyOf(listedSlots, 2 * listLength);
            }
        }
        listedIds[listLength] = id;
        listedSlots[listLength++] = slot;
    }

    private void closeHoles() {
        int kept = 0;
        for (int index = 0; index < listLength; index++) {
            if (listedSlots[index] != NO_SLOT) {
                listedIds[kept] = listedIds[index];
                listedSlots[kept++] = listedSlots[index];
            }
        }
        listLength = kept;
    }

    private void siftUp(final int from) {
        final int slot = heap[from];
        int place = from;
        while (place > 0 && isBefore(slot, heap[(place - 1) >>> 1])) {
            put(place, heap[(place - 1) >>> 1]);
            place = (place - 1) >>> 1;
        }
        put(place, slot);
    }

    private void siftDown(final int from) {
        final int slot = heap[from];
        int place = from;
        int child = 2 * place + 1;
        while (child < count) {
            if (child + 1 < count && isBefore(heap[child + 1], heap[child])) {
                child++;
            }
            if (!isBefore(heap[child], slot)) {
                break;
            }
            put(place, heap[child]);
            place = child;
            child = 2 * place + 1;
        }
        put(place, slot);
    }

    private void put(final int place, final int slot) {
        heap[place] = slot;
        places[slot] = place;
    }

    private boolean isBefore(final int slot, final int other) {
        return dueNs[slot] != dueNs[other] ? dueNs[slot] < dueNs[other] : ids[slot] < ids[other];
    }
}
