package io.lockstep.archive.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.aeron.logbuffer.FrameDescriptor;
import io.aeron.logbuffer.Header;
import io.aeron.logbuffer.LogBufferDescriptor;
import io.aeron.protocol.DataHeaderFlyweight;
import io.lockstep.archive.TestRecords;
import io.lockstep.wire.JournalFormat;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordGateTest {
    private final UnsafeBuffer term = new UnsafeBuffer(new byte[1 << 20]);
    private final Header header = new Header(
            JournalFormat.INITIAL_TERM_ID, LogBufferDescriptor.positionBitsToShift(JournalFormat.TERM_LENGTH), term);
    private final RecordGate gate = new RecordGate(true);
    private final List<Long> delivered = new ArrayList<>();
    private List<TestRecords.Entry> entries;

    @BeforeEach
    void writeTerm() {
        final TestRecords records = new TestRecords(3).add(3, 100);
        records.addMessage(1, new byte[30_000]);
        entries = records.add(5, 100).entries();
        entries.forEach(this::write);
    }

    @Test
    void shouldPassOverTheRestOfARecordWhenItJoinsInsideOne() {
        // given
        final long inside = entries.get(3).beginPosition() + JournalFormat.MTU_LENGTH;
        gate.moveTo(inside, false);
        gate.beginImage();

        // when
        gate.beginPoll(this::deliver, 100);
        final long rest = feed(inside, 2);

        // then
        assertFalse(gate.isBoundary());
        assertEquals(0, gate.endPoll());

        // when
        gate.beginPoll(this::deliver, 100);
        feed(rest, Integer.MAX_VALUE);
        gate.endPoll();

        // then
        assertTrue(gate.isBoundary());
        assertNull(gate.violation());
        assertEquals(ends(4), delivered);
    }

    @ParameterizedTest(name = "from another node: {0}")
    @ValueSource(booleans = {false, true})
    void shouldMissNoRecordBehindTheOneItsRecorderStoodStillIn(final boolean isFromAnotherNode) {
        // given
        final long inside = entries.get(3).beginPosition() + JournalFormat.MTU_LENGTH;
        gate.moveTo(inside, false);
        gate.beginImage();
        gate.settle();
        assertTrue(gate.isBoundary());
        assertEquals(inside, gate.position());
        if (isFromAnotherNode) {
            gate.beginImage();
        }

        // when
        gate.beginPoll(this::deliver, 100);
        final long rest = feed(inside, 2);

        // then
        assertFalse(gate.isBoundary());
        assertNull(gate.violation());

        // when
        final long next = feed(rest, 1);

        // then
        assertTrue(gate.isBoundary());
        assertEquals(entries.get(3).endPosition(), gate.position());

        // when
        feed(next, Integer.MAX_VALUE);
        gate.endPoll();

        // then
        assertNull(gate.violation());
        assertEquals(ends(4), delivered);
    }

    @ParameterizedTest(name = "from another node: {0}")
    @ValueSource(booleans = {false, true})
    void shouldGoOnWhereItSettledWhenARecordBeginsThere(final boolean isFromAnotherNode) {
        final long boundary = entries.get(3).beginPosition();
        gate.moveTo(boundary, false);
        gate.beginImage();
        gate.settle();
        if (isFromAnotherNode) {
            gate.beginImage();
        }

        gate.beginPoll(this::deliver, 100);
        feed(boundary, Integer.MAX_VALUE);
        gate.endPoll();

        assertNull(gate.violation());
        assertEquals(ends(3), delivered);
    }

    @Test
    void shouldShutWhenARecordIsMissingWhereItSettled() {
        gate.moveTo(entries.get(2).beginPosition(), false);
        gate.beginImage();
        gate.settle();

        gate.beginPoll(this::deliver, 100);
        feed(entries.get(4).beginPosition(), Integer.MAX_VALUE);
        gate.endPoll();

        assertTrue(delivered.isEmpty());
        assertTrue(gate.violation().contains("cannot end at"), gate.violation());
    }

    @Test
    void shouldShutWhenARecordMustBeginAndDoesNot() {
        final long inside = entries.get(3).beginPosition() + JournalFormat.MTU_LENGTH;
        gate.moveTo(inside, true);
        gate.beginImage();

        gate.beginPoll(this::deliver, 100);
        feed(inside, Integer.MAX_VALUE);
        gate.endPoll();

        assertTrue(gate.isNoBoundary());
        assertNotNull(gate.violation());
        assertTrue(delivered.isEmpty());
    }

    @Test
    void shouldShutWhenAFragmentIsMissing() {
        gate.moveTo(0, true);
        gate.beginImage();

        gate.beginPoll(this::deliver, 100);
        feed(0, 4);
        feed(entries.get(3).beginPosition() + 2L * JournalFormat.MTU_LENGTH, Integer.MAX_VALUE);
        gate.endPoll();

        assertEquals(3, delivered.size());
        assertEquals(entries.get(2).endPosition(), gate.position());
        assertTrue(gate.violation().contains("cannot end at"), gate.violation());
    }

    @Test
    void shouldPassOverWhatIsTooOldAndNothingElse() {
        gate.moveTo(0, true);
        gate.beginImage();
        gate.skipBelow(entries.get(5).timestampNs());

        gate.beginPoll(this::deliver, 100);
        feed(0, Integer.MAX_VALUE);
        gate.endPoll();

        assertEquals(ends(5), delivered);
    }

    private List<Long> ends(final int firstIndex) {
        return entries.subList(firstIndex, 9).stream()
                .map(TestRecords.Entry::endPosition)
                .toList();
    }

    private Action deliver(
            final org.agrona.DirectBuffer buffer, final int offset, final int length, final long endPosition) {
        delivered.add(endPosition);
        return Action.CONTINUE;
    }

    private long feed(final long fromPosition, final int fragmentLimit) {
        int offset = (int) fromPosition;
        for (int i = 0; i < fragmentLimit && offset < entries.get(8).endPosition(); i++) {
            final int length = FrameDescriptor.frameLength(term, offset);
            header.buffer(term);
            header.offset(offset);
            final Action action = gate.onFragment(
                    term,
                    offset + DataHeaderFlyweight.HEADER_LENGTH,
                    length - DataHeaderFlyweight.HEADER_LENGTH,
                    header);
            if (action == Action.ABORT) {
                break;
            }
            offset += (length + 31) & ~31;
        }
        return offset;
    }

    private void write(final TestRecords.Entry entry) {
        final byte[] bytes = entry.bytes();
        int offset = (int) entry.beginPosition();
        for (int done = 0; done < bytes.length; done += JournalFormat.MAX_FRAME_PAYLOAD_LENGTH) {
            final int length = Math.min(JournalFormat.MAX_FRAME_PAYLOAD_LENGTH, bytes.length - done);
            final boolean isLast = done + length == bytes.length;
            final DataHeaderFlyweight frame = new DataHeaderFlyweight(term);
            frame.wrap(term, offset, DataHeaderFlyweight.HEADER_LENGTH);
            frame.termOffset(offset).termId(JournalFormat.INITIAL_TERM_ID);
            frame.flags((short) ((done == 0 ? DataHeaderFlyweight.BEGIN_FLAG : 0)
                            | (isLast ? DataHeaderFlyweight.END_FLAG : 0)))
                    .headerType(DataHeaderFlyweight.HDR_TYPE_DATA)
                    .frameLength(length + DataHeaderFlyweight.HEADER_LENGTH);
            term.putBytes(offset + DataHeaderFlyweight.HEADER_LENGTH, bytes, done, length);
            offset += (length + DataHeaderFlyweight.HEADER_LENGTH + 31) & ~31;
        }
    }
}
