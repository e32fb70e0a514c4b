package io.lockstep.cluster.core;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.lockstep.codecs.SessionUpdate;
import java.lang.management.ManagementFactory;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** What a message of a client session costs the engine: 0 bytes to accept it, to note how far it got, and to release it. */
class SessionAllocationTest {
    private static final int WARM_UP = 20_000;
    private static final int MESSAGES = 50_000;
    private static final int FIRST_SEQUENCE_OFFSET = 16;
    // Of the first update, behind header and block, dimensions, session and epoch.
    private static final int VALUE_OFFSET = 8 + 8 + 4 + 16;
    private static final int UPDATE_LENGTH = 33;

    private final Outbox outbox = new Outbox() {
        @Override
        public void journal(final DirectBuffer buffer, final int offset, final int length, final long endPosition) {
            records++;
        }

        @Override
        public void reply(final long clusterSessionId, final DirectBuffer buffer, final int offset, final int length) {
            replies++;
        }

        @Override
        public void requestTimer(final long deadlineNs) {}
    };
    private final Engine engine = new Engine(outbox);
    private final UnsafeBuffer publish = new UnsafeBuffer(new PublishBuilder(1, 1, 1)
            .entry("x".getBytes(UTF_8), SessionRequests.packetHeaders(133, 133, 7), new byte[100], -1)
            .build());
    private final UnsafeBuffer update = new UnsafeBuffer(SessionRequests.update(List.of(
            new SessionRequests.Update(133, 133, SessionUpdate.DONE, 3, 0),
            new SessionRequests.Update(133, 133, SessionUpdate.RECEIVED, 2, 0),
            new SessionRequests.Update(133, 133, SessionUpdate.CURSOR, 1, 0),
            new SessionRequests.Update(133, 133, SessionUpdate.RELEASED, 7, 0))));
    private long records;
    private long replies;
    private long sequence;

    @Test
    void shouldAllocateNothingWhenPacketsAreTakenAndReleased() {
        apply(new UnsafeBuffer(Commands.seedShard(0, 1, Map.of(), List.of())));
        apply(new UnsafeBuffer(Commands.setFeatureLevel(Engine.SESSIONS_LEVEL)));
        apply(new UnsafeBuffer(Commands.openProducer(1, 1024, false)));
        apply(new UnsafeBuffer(Commands.openMember(9, 3_600_000_000_000L)));
        apply(new UnsafeBuffer(SessionRequests.open(9, 1, 133, 133, 0, true, "client", null)));
        apply(new UnsafeBuffer(SessionRequests.change(133, 133, List.of(new SessionRequests.Change(true, "x", 2, 0)))));
        turn(WARM_UP);
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        final long threadId = Thread.currentThread().getId();
        long allocated = Long.MAX_VALUE;
        // A compilation or the measurement itself may allocate once; a steady allocation shows in every round.
        for (int round = 0; round < 5 && allocated > 0; round++) {
            final long before = threads.getThreadAllocatedBytes(threadId);
            turn(MESSAGES);
            allocated = threads.getThreadAllocatedBytes(threadId) - before;
        }

        assertTrue(allocated < 1_024, allocated + " bytes for " + MESSAGES + " messages");
        final Session session = engine.parts().sessions().find(133);
        assertEquals(sequence, session.cursorOrdinal());
        assertEquals(2, session.marks().count());
        assertEquals(0, session.packets().count());
        assertTrue(engine.messageCount() == sequence && records >= sequence && replies > 2 * sequence);
    }

    private void turn(final int messages) {
        for (int i = 0; i < messages; i++) {
            sequence++;
            publish.putLong(FIRST_SEQUENCE_OFFSET, sequence, ByteOrder.LITTLE_ENDIAN);
            apply(publish);
            putUpdate(0, sequence + 2, 0);
            putUpdate(1, sequence + 1, 0);
            putUpdate(2, sequence, engine.journalPosition());
            apply(update);
        }
    }

    private void putUpdate(final int index, final long value, final long position) {
        final int offset = VALUE_OFFSET + index * UPDATE_LENGTH;
        update.putLong(offset, value, ByteOrder.LITTLE_ENDIAN);
        update.putLong(offset + Long.BYTES, position, ByteOrder.LITTLE_ENDIAN);
    }

    private void apply(final DirectBuffer command) {
        engine.onCommand(1, 64, 1, command, 0, command.capacity());
    }
}
