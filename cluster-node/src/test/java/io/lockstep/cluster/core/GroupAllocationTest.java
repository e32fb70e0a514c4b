package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.SettleGroupDecoder;
import io.lockstep.wire.MessageHeaders;
import io.lockstep.wire.RecordLayout;
import java.lang.management.ManagementFactory;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Publishing, handing out and settling allocate nothing, with and without keys, nor do groups that want nothing. */
class GroupAllocationTest {
    private static final int WARM_UP = 20_000;
    private static final int MESSAGES = 50_000;
    private static final int BACKLOG = 100;
    private static final int FIRST_SEQUENCE_OFFSET = WireShape.HEADER_LENGTH + Long.BYTES;
    private static final int POSITION_OFFSET = WireShape.HEADER_LENGTH
            + SettleGroupDecoder.BLOCK_LENGTH
            + SettleGroupDecoder.EntriesDecoder.sbeHeaderSize();
    private static final GroupTerms TERMS = new GroupTerms(10_000_000_000L, 0, 0, 5);

    /** Remembers where messages are, and counts what is handed out. */
    private static final class PositionsOutbox implements Outbox {
        private final long[] positions = new long[2 * BACKLOG];
        private long messages;
        private long assignments;

        @Override
        public void journal(final DirectBuffer buffer, final int offset, final int length, final long endPosition) {
            final int kind = RecordLayout.kind(buffer, offset);
            if (kind == RecordKind.MESSAGE.value()) {
                positions[(int) (messages++ % positions.length)] = endPosition;
            } else if (kind == RecordKind.GROUP_ASSIGNED.value()) {
                assignments++;
            }
        }

        @Override
        public void reply(final long clusterSessionId, final DirectBuffer buffer, final int offset, final int length) {
            // Nobody waits for an answer.
        }

        @Override
        public void requestTimer(final long deadlineNs) {
            // The test moves time by itself.
        }
    }

    private final PositionsOutbox outbox = new PositionsOutbox();
    private final Engine engine = new Engine(outbox);
    private final byte[] headers = MessageHeaders.encode(Map.of("$key", "k", "$expiryMs", "1000000"));
    private final UnsafeBuffer publish = new UnsafeBuffer(new PublishBuilder(1, 1, 1)
            .entry("work/1".getBytes(StandardCharsets.UTF_8), headers, new byte[100], PublishFrame.NO_CONDITION)
            .build());
    private final UnsafeBuffer settle = new UnsafeBuffer(
            GroupCommands.settle(71, 1, List.of(new GroupCommands.Verdict(0, 1, GroupCommands.DONE, 0))));
    private long sequence;
    private long settled;
    private int groups;

    @Test
    void shouldAllocateNothingWhenMessagesAreHandedOutAndSettled() {
        open("work/#", false, BACKLOG / 2);

        assertNoAllocation(true);

        assertTrue(outbox.assignments > MESSAGES, outbox.assignments + " hand-outs");
    }

    @Test
    void shouldAllocateNothingWhenKeysKeepTheirOrder() {
        open("work/#", true, 10);

        assertNoAllocation(true);

        assertTrue(outbox.assignments > MESSAGES, outbox.assignments + " hand-outs");
    }

    @Test
    void shouldAllocateNothingWhenNoGroupWantsTheMessages() {
        for (int i = 0; i < 50; i++) {
            open("other/" + i, false, 1);
        }

        assertNoAllocation(false);

        assertEquals(0, outbox.assignments);
    }

    private void open(final String filter, final boolean isKeyOrdered, final int credit) {
        if (groups == 0) {
            engine.onLeadershipTerm(1, 1);
            apply(new UnsafeBuffer(Commands.seedShard(0, 1, Map.of(), List.of())));
            apply(new UnsafeBuffer(Commands.openMember(71, 3_600_000_000_000L)));
            apply(new UnsafeBuffer(Commands.openProducer(1, 1024, false)));
        }
        apply(new UnsafeBuffer(GroupCommands.open(new GroupCommands.Opening(
                71, "group " + groups++, List.of(filter), isKeyOrdered, credit, TERMS, GroupCommands.LIVE, 0))));
    }

    private void assertNoAllocation(final boolean isSettled) {
        run(BACKLOG, false);
        run(WARM_UP, isSettled);
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        final long threadId = Thread.currentThread().getId();
        long allocated = Long.MAX_VALUE;
        // A compilation or the measurement itself may allocate once; a steady allocation shows in every round.
        for (int round = 0; round < 5 && allocated > 0; round++) {
            final long before = threads.getThreadAllocatedBytes(threadId);
            run(MESSAGES, isSettled);
            allocated = Math.min(allocated, threads.getThreadAllocatedBytes(threadId) - before);
        }

        assertTrue(outbox.messages > MESSAGES, outbox.messages + " messages");
        assertTrue(allocated < 1_024, allocated + " bytes for " + MESSAGES + " messages");
    }

    private void run(final int messages, final boolean isSettled) {
        for (int i = 0; i < messages; i++) {
            sequence++;
            publish.putLong(FIRST_SEQUENCE_OFFSET, sequence, ByteOrder.LITTLE_ENDIAN);
            apply(publish);
            if (isSettled) {
                settle.putLong(
                        POSITION_OFFSET,
                        outbox.positions[(int) (settled++ % outbox.positions.length)],
                        ByteOrder.LITTLE_ENDIAN);
                apply(settle);
            }
        }
    }

    private void apply(final UnsafeBuffer command) {
        engine.onCommand(1, sequence, 1_000_000_000L + sequence, command, 0, command.capacity());
    }
}
