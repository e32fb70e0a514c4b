package io.lockstep.client.link;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aeron.Publication;
import io.lockstep.codecs.GatewayPieceEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ReadRecordEncoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class FrameTest {
    private static final int MAX_FRAME_LENGTH = 256;

    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final Pipe pipe = new Pipe();
    private final FrameWriter writer = new FrameWriter(pipe, new UnsafeBuffer(new byte[MAX_FRAME_LENGTH]));
    private final FrameReader reader = new FrameReader(100_000);
    private final List<byte[]> received = new ArrayList<>();
    private int refusals;

    @Test
    void shouldBringMessagesOfAnyLengthWhenFramesAreHeldUpAtAnyPlace() {
        // given
        final Random random = new Random(Long.getLong("lockstep.seed", 731));
        final List<byte[]> sent = new ArrayList<>();

        // when
        while (sent.size() < 2_000 || !writer.flush()) {
            pipe.capacity = random.nextInt(8);
            final byte[] message = messageOf(random.nextInt(5) == 0 ? random.nextInt(5_000) : random.nextInt(100));
            if (sent.size() < 2_000 && writer.offer(new UnsafeBuffer(message), 0, message.length) > 0) {
                sent.add(message);
            }
            refusals = random.nextInt(3);
            pipe.deliver();
        }
        refusals = 0;
        pipe.deliver();

        // then
        assertEquals(sent.size(), received.size());
        for (int i = 0; i < sent.size(); i++) {
            assertArrayEquals(sent.get(i), received.get(i), "message " + i);
        }
        assertFalse(reader.isBroken());
    }

    @Test
    void shouldGiveBackMemoryWhenALongMessageIsThrough() {
        // given
        final byte[] message = messageOf(90_000);
        pipe.capacity = 1;

        // when
        writer.offer(new UnsafeBuffer(message), 0, message.length);
        final int heldBytes = writer.heldBytes();
        pipe.capacity = Integer.MAX_VALUE;
        assertTrue(writer.flush());

        // then
        assertEquals(message.length, heldBytes);
        assertEquals(0, writer.heldBytes());
    }

    @Test
    void shouldTakeNothingOfAMessageWhenItsFirstPieceIsRefused() {
        // given
        final byte[] message = messageOf(1_000);
        pipe.capacity = 0;

        // when
        final long result = writer.offer(new UnsafeBuffer(message), 0, message.length);
        pipe.capacity = Integer.MAX_VALUE;
        assertTrue(writer.flush());
        pipe.deliver();

        // then
        assertEquals(Publication.BACK_PRESSURED, result);
        assertEquals(0, received.size());
    }

    @Test
    void shouldBreakWhenPiecesDoNotBelongTogether() {
        assertTrue(isBrokenBy(piece(100, 50, 10)), "begins in the middle");
        assertTrue(isBrokenBy(piece(100_001, 0, 10)), "too long");
        assertTrue(isBrokenBy(piece(100, 0, 10), piece(100, 20, 10)), "a hole");
        assertTrue(isBrokenBy(piece(100, 0, 10), piece(100, 5, 10)), "an overlap");
        assertTrue(isBrokenBy(piece(100, 0, 10), piece(90, 10, 10)), "another length");
        assertTrue(isBrokenBy(piece(100, 0, 10), piece(100, 10, 91)), "longer than it says");
        assertTrue(isBrokenBy(piece(100, 0, 10), messageOf(10)), "a message between pieces");
        assertTrue(isBrokenBy(piece(-1, 0, 10)), "a negative length");
        assertTrue(isBrokenBy(piece(100, 0, 0)), "an empty piece");
        assertTrue(isBrokenBy(new byte[3]), "less than a header");
        assertTrue(isBrokenBy(new byte[40]), "another schema");
        final byte[] lying = piece(100, 0, 10);
        new UnsafeBuffer(lying)
                .putInt(
                        MessageHeaderEncoder.ENCODED_LENGTH + GatewayPieceEncoder.BLOCK_LENGTH,
                        60,
                        GatewayPieceEncoder.BYTE_ORDER);
        assertTrue(isBrokenBy(lying), "a piece beyond its frame");
        assertFalse(isBrokenBy(piece(100, 0, 10), piece(100, 10, 90)), "a whole message");
    }

    private boolean isBrokenBy(final byte[]... frames) {
        final FrameReader fresh = new FrameReader(100_000);
        for (final byte[] frame : frames) {
            assertTrue(fresh.onFrame(new UnsafeBuffer(frame), 0, frame.length, (buffer, offset, length) -> true));
        }
        return fresh.isBroken();
    }

    private byte[] piece(final int totalLength, final int pieceOffset, final int length) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final GatewayPieceEncoder encoder = new GatewayPieceEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .totalLength(totalLength)
                .pieceOffset(pieceOffset)
                .putPiece(new byte[length], 0, length);
        return bytes(buffer, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }

    private byte[] messageOf(final int recordLength) {
        final byte[] record = new byte[recordLength];
        new Random(recordLength).nextBytes(record);
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final ReadRecordEncoder encoder = new ReadRecordEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .readId(7)
                .position(recordLength)
                .putRecord(record, 0, recordLength);
        return bytes(buffer, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }

    private static byte[] bytes(final DirectBuffer buffer, final int length) {
        final byte[] bytes = new byte[length];
        buffer.getBytes(0, bytes);
        return bytes;
    }

    private final class Pipe implements FrameSink {
        private final List<byte[]> frames = new ArrayList<>();
        private int capacity = Integer.MAX_VALUE;

        @Override
        public long offer(final DirectBuffer buffer, final int offset, final int length) {
            assertTrue(length <= MAX_FRAME_LENGTH);
            if (capacity == 0) {
                return Publication.BACK_PRESSURED;
            }
            capacity--;
            final byte[] frame = new byte[length];
            buffer.getBytes(offset, frame);
            frames.add(frame);
            return 1;
        }

        @Override
        public int maxFrameLength() {
            return MAX_FRAME_LENGTH;
        }

        private void deliver() {
            while (!frames.isEmpty()) {
                final byte[] frame = frames.get(0);
                if (!reader.onFrame(new UnsafeBuffer(frame), 0, frame.length, this::take)) {
                    return;
                }
                frames.remove(0);
            }
        }

        private boolean take(final DirectBuffer buffer, final int offset, final int length) {
            if (refusals > 0) {
                refusals--;
                return false;
            }
            final byte[] message = new byte[length];
            buffer.getBytes(offset, message);
            received.add(message);
            return true;
        }
    }
}
