package io.lockstep.cluster.core;

import io.lockstep.codecs.ConsumerItemDecoder;
import io.lockstep.codecs.ConsumerItemEncoder;
import io.lockstep.codecs.ConsumersItemDecoder;
import io.lockstep.codecs.ConsumersItemEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.wire.RollingHash;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Part 13, the durable consumers, ordered by id; the hash maps beside are for look-up only. Look-up by id allocates
 * nothing.
 */
final class ConsumersPart implements Part {
    /** What a consumer counts for besides its texts, members and single acknowledgements: objects and places in maps. */
    static final int CONSUMER_OVERHEAD_BYTES = 320;

    /** What a member of a consumer counts for: its id, and the consumer in the index of the member. */
    static final int MEMBERSHIP_BYTES = 96;

    private static final int HEAD_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH + ConsumersItemEncoder.BLOCK_LENGTH;
    private static final int FIXED_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH
            + ConsumerItemEncoder.BLOCK_LENGTH
            + ConsumerItemEncoder.nameHeaderLength()
            + ConsumerItemEncoder.filtersHeaderLength()
            + ConsumerItemEncoder.membersHeaderLength()
            + ConsumerItemEncoder.acksHeaderLength();
    private static final long FIRST_ID = 1;
    private static final Comparator<Consumer> BY_ID = Comparator.comparingLong(Consumer::id);
    private static final Comparator<Consumer> BY_HAND_OVER = Comparator.<Consumer>comparingLong(
                    consumer -> consumer.handOverSinceNs())
            .thenComparingLong(Consumer::id);

    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final ConsumersItemEncoder headEncoder = new ConsumersItemEncoder();
    private final ConsumersItemDecoder headDecoder = new ConsumersItemDecoder();
    private final ConsumerItemEncoder encoder = new ConsumerItemEncoder();
    private final ConsumerItemDecoder decoder = new ConsumerItemDecoder();
    private final Long2ObjectHashMap<Consumer> byIdTable = new Long2ObjectHashMap<>();
    private final List<Consumer> byId = new ArrayList<>();
    private final Long2ObjectHashMap<Consumer> byNameHash = new Long2ObjectHashMap<>();
    private final Long2ObjectHashMap<List<Consumer>> byMember = new Long2ObjectHashMap<>();
    private final List<Consumer> handOvers = new ArrayList<>();
    private long nextId = FIRST_ID;
    private long stateBytes;
    // Found again when the consumer that held it moved; no state of its own.
    private long lowestPosition = Long.MAX_VALUE;
    private boolean isLowestKnown = true;

    static long costOf(final int nameLength, final int filtersLength) {
        return CONSUMER_OVERHEAD_BYTES + (long) nameLength + filtersLength;
    }

    int count() {
        return byIdTable.size();
    }

    /** The consumer of an id, or null. */
    Consumer find(final long consumerId) {
        return byIdTable.get(consumerId);
    }

    /** The consumer of a name, or null. */
    Consumer find(final byte[] name) {
        Consumer consumer = byNameHash.get(hashOf(name));
        while (consumer != null && !Arrays.equals(consumer.name(), name)) {
            consumer = consumer.nextOfSameHash();
        }
        return consumer;
    }

    /** The consumer with the lowest id above another, or null. */
    Consumer after(final long consumerId) {
        int low = 0;
        int high = byId.size();
        while (low < high) {
            final int middle = (low + high) >>> 1;
            if (byId.get(middle).id() <= consumerId) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low == byId.size() ? null : byId.get(low);
    }

    Consumer create(final int lane, final byte[] name, final byte[] filters, final long position) {
        final Consumer consumer = new Consumer(nextId++, lane, name, filters, position);
        place(consumer);
        return consumer;
    }

    /** Forgets a consumer that has no members. */
    void delete(final Consumer consumer) {
        endHandOver(consumer);
        byIdTable.remove(consumer.id());
        removeFrom(byId, consumer, BY_ID);
        removeName(consumer);
        isLowestKnown &= consumer.position() != lowestPosition;
        stateBytes -=
                costOf(consumer.name().length, consumer.filters().length) + (long) consumer.ackCount() * Long.BYTES;
    }

    void acknowledge(final Consumer consumer, final long position, final long[] acks, final int ackCount) {
        stateBytes += (long) (ackCount - consumer.ackCount()) * Long.BYTES;
        isLowestKnown &= consumer.position() != lowestPosition || position == lowestPosition;
        lowestPosition = Math.min(lowestPosition, position);
        consumer.acknowledge(position, acks, ackCount);
    }

    void join(final Consumer consumer, final long memberId) {
        consumer.addMember(memberId);
        List<Consumer> joined = byMember.get(memberId);
        if (joined == null) {
            joined = new ArrayList<>();
            byMember.put(memberId, joined);
        }
        addTo(joined, consumer, BY_ID);
        stateBytes += MEMBERSHIP_BYTES;
    }

    void leave(final Consumer consumer, final long memberId) {
        consumer.removeMember(memberId);
        final List<Consumer> joined = byMember.get(memberId);
        removeFrom(joined, consumer, BY_ID);
        if (joined.isEmpty()) {
            byMember.remove(memberId);
        }
        stateBytes -= MEMBERSHIP_BYTES;
    }

    /** Number of consumers that a member joined. */
    int countOf(final long memberId) {
        final List<Consumer> joined = byMember.get(memberId);
        return joined == null ? 0 : joined.size();
    }

    /** The consumer with the lowest id that a member joined, or null. */
    Consumer firstOf(final long memberId) {
        final List<Consumer> joined = byMember.get(memberId);
        return joined == null ? null : joined.get(0);
    }

    void beginHandOver(final Consumer consumer, final long nowNs) {
        consumer.handOverSinceNs(nowNs);
        addTo(handOvers, consumer, BY_HAND_OVER);
    }

    void endHandOver(final Consumer consumer) {
        if (consumer.handOverSinceNs() != Consumer.NO_HAND_OVER) {
            removeFrom(handOvers, consumer, BY_HAND_OVER);
            consumer.handOverSinceNs(Consumer.NO_HAND_OVER);
        }
    }

    /** The consumer whose owner is asked to hand over for longest, or null. */
    Consumer oldestHandOver() {
        return handOvers.isEmpty() ? null : handOvers.get(0);
    }

    /** The lowest position of all consumers, or {@link Long#MAX_VALUE} where there is none. */
    long lowestPosition() {
        if (!isLowestKnown) {
            lowestPosition = Long.MAX_VALUE;
            for (int i = 0; i < byId.size(); i++) {
                lowestPosition = Math.min(lowestPosition, byId.get(i).position());
            }
            isLowestKnown = true;
        }
        return lowestPosition;
    }

    /** {@inheritDoc} */
    @Override
    public int id() {
        return 13;
    }

    /** {@inheritDoc} */
    @Override
    public boolean isWritten() {
        return nextId != FIRST_ID;
    }

    /** {@inheritDoc} */
    @Override
    public long itemCount() {
        return 1L + byId.size();
    }

    /** {@inheritDoc} */
    @Override
    public void writeTo(final SnapshotSink sink) {
        int length = HEAD_LENGTH;
        for (final Consumer consumer : byId) {
            length = Math.max(length, lengthOf(consumer));
        }
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[length]);
        headEncoder.wrapAndApplyHeader(buffer, 0, header).nextConsumerId(nextId);
        sink.append(buffer, 0, HEAD_LENGTH);
        for (final Consumer consumer : byId) {
            write(consumer, buffer, sink);
        }
    }

    /** {@inheritDoc} */
    @Override
    public void readItem(final int templateId, final DirectBuffer item, final int offset, final int length) {
        if (templateId == ConsumersItemDecoder.TEMPLATE_ID) {
            ItemReader.wrap(headDecoder, templateId, item, offset, length);
            nextId = headDecoder.nextConsumerId();
            return;
        }
        ItemReader.wrap(decoder, templateId, item, offset, length);
        final int end = offset + length;
        final int nameHeader = WireShape.endOfBlock(item, offset);
        final int filtersHeader = WireShape.endOfText(item, nameHeader, end);
        ItemReader.checkVariableEnd(filtersHeader, templateId);
        final int membersHeader = WireShape.endOfText(item, filtersHeader, end);
        ItemReader.checkVariableEnd(membersHeader, templateId);
        final int acksHeader = WireShape.endOfBytes(item, membersHeader, end);
        ItemReader.checkVariableEnd(acksHeader, templateId);
        final int acksEnd = WireShape.endOfBytes(item, acksHeader, end);
        ItemReader.checkVariableEnd(acksEnd, templateId);
        final byte[] name = bytesOf(item, nameHeader + ConsumerItemDecoder.nameHeaderLength(), filtersHeader);
        final byte[] filters = bytesOf(item, filtersHeader + ConsumerItemDecoder.filtersHeaderLength(), membersHeader);
        checkConsumer(decoder.consumerId(), name);
        final Consumer consumer = new Consumer(decoder.consumerId(), decoder.lane(), name, filters, decoder.position());
        place(consumer);
        final long[] acks = longsOf(item, acksHeader + ConsumerItemDecoder.acksHeaderLength(), acksEnd);
        acknowledge(consumer, decoder.position(), acks, acks.length);
        for (final long memberId :
                longsOf(item, membersHeader + ConsumerItemDecoder.membersHeaderLength(), acksHeader)) {
            join(consumer, memberId);
        }
        consumer.restore(decoder.ownerEpoch(), decoder.ownerMemberId(), Consumer.NO_HAND_OVER);
        if (decoder.handOverSinceNs() != ConsumerItemDecoder.handOverSinceNsNullValue()) {
            beginHandOver(consumer, decoder.handOverSinceNs());
        }
    }

    /** {@inheritDoc} */
    @Override
    public long stateBytes() {
        return stateBytes;
    }

    private void place(final Consumer consumer) {
        byIdTable.put(consumer.id(), consumer);
        addTo(byId, consumer, BY_ID);
        lowestPosition = Math.min(lowestPosition, consumer.position());
        final long hash = hashOf(consumer.name());
        consumer.nextOfSameHash(byNameHash.get(hash));
        byNameHash.put(hash, consumer);
        stateBytes += costOf(consumer.name().length, consumer.filters().length);
    }

    private void removeName(final Consumer consumer) {
        final long hash = hashOf(consumer.name());
        Consumer previous = byNameHash.get(hash);
        if (previous != consumer) {
            while (previous.nextOfSameHash() != consumer) {
                previous = previous.nextOfSameHash();
            }
            previous.nextOfSameHash(consumer.nextOfSameHash());
        } else if (consumer.nextOfSameHash() == null) {
            byNameHash.remove(hash);
        } else {
            byNameHash.put(hash, consumer.nextOfSameHash());
        }
    }

    // What is added is most often the last.
    private static void addTo(final List<Consumer> list, final Consumer consumer, final Comparator<Consumer> order) {
        int index = list.size();
        if (index > 0 && order.compare(list.get(index - 1), consumer) > 0) {
            index = placeOf(list, consumer, order);
        }
        list.add(index, consumer);
    }

    private static void removeFrom(
            final List<Consumer> list, final Consumer consumer, final Comparator<Consumer> order) {
        list.remove(placeOf(list, consumer, order));
    }

    /** Number of those that come before. */
    private static int placeOf(final List<Consumer> list, final Consumer consumer, final Comparator<Consumer> order) {
        int low = 0;
        int high = list.size();
        while (low < high) {
            final int middle = (low + high) >>> 1;
            if (order.compare(list.get(middle), consumer) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static long hashOf(final byte[] name) {
        return RollingHash.update(RollingHash.SEED, new UnsafeBuffer(name), 0, name.length);
    }

    private static int lengthOf(final Consumer consumer) {
        return FIXED_LENGTH
                + consumer.name().length
                + consumer.filters().length
                + (consumer.memberCount() + consumer.ackCount()) * Long.BYTES;
    }

    private void write(final Consumer consumer, final UnsafeBuffer buffer, final SnapshotSink sink) {
        final UnsafeBuffer members = new UnsafeBuffer(new byte[consumer.memberCount() * Long.BYTES]);
        for (int i = 0; i < consumer.memberCount(); i++) {
            members.putLong(i * Long.BYTES, consumer.member(i), ByteOrder.LITTLE_ENDIAN);
        }
        final UnsafeBuffer acks = new UnsafeBuffer(new byte[consumer.ackCount() * Long.BYTES]);
        for (int i = 0; i < consumer.ackCount(); i++) {
            acks.putLong(i * Long.BYTES, consumer.ack(i), ByteOrder.LITTLE_ENDIAN);
        }
        final long sinceNs = consumer.handOverSinceNs();
        encoder.wrapAndApplyHeader(buffer, 0, header)
                .consumerId(consumer.id())
                .position(consumer.position())
                .ownerEpoch(consumer.ownerEpoch())
                .ownerMemberId(consumer.ownerMemberId())
                .handOverSinceNs(
                        sinceNs == Consumer.NO_HAND_OVER ? ConsumerItemEncoder.handOverSinceNsNullValue() : sinceNs)
                .lane(consumer.lane())
                .putName(consumer.name(), 0, consumer.name().length)
                .putFilters(consumer.filters(), 0, consumer.filters().length)
                .putMembers(members, 0, members.capacity())
                .putAcks(acks, 0, acks.capacity());
        sink.append(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }

    private void checkConsumer(final long consumerId, final byte[] name) {
        if (consumerId < FIRST_ID || consumerId >= nextId || byIdTable.containsKey(consumerId) || find(name) != null) {
            throw new IllegalStateException("the snapshot holds consumer " + consumerId + " with name '" + textOf(name)
                    + "' twice, or beyond the next id " + nextId);
        }
    }

    private static String textOf(final byte[] name) {
        return new String(name, StandardCharsets.UTF_8);
    }

    private static byte[] bytesOf(final DirectBuffer buffer, final int offset, final int end) {
        return QueryHandler.copy(buffer, offset, end - offset);
    }

    private static long[] longsOf(final DirectBuffer buffer, final int offset, final int end) {
        final long[] values = new long[(end - offset) / Long.BYTES];
        for (int i = 0; i < values.length; i++) {
            values[i] = buffer.getLong(offset + i * Long.BYTES, ByteOrder.LITTLE_ENDIAN);
        }
        return values;
    }
}
