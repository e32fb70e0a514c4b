package io.lockstep.archive.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.lockstep.wire.JournalFormat;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;
import org.agrona.IoUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class JournalAllocationSystemTest {
    private static final int WARM_UP_COUNT = 100_000;
    private static final int ROUND_COUNT = 5;
    private static final int ROUND_LENGTH = 10_000;
    private static final int SMALL_LENGTH = 100;
    private static final int FRAGMENTED_LENGTH = 20_000;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final TestRecords records = new TestRecords(1);
    private final File base = JournalNode.base("allocation");
    private final JournalNode node = new JournalNode(base.toPath(), JournalNode.endpoint(0, 2));

    @AfterEach
    void stopNode() {
        CloseHelper.close(node);
        IoUtil.delete(base, true);
    }

    @Test
    void shouldNotAllocateWhenItAppendsOrCompares() {
        // given
        final JournalWriter appending = node.start().open(0);
        append(appending, WARM_UP_COUNT, SMALL_LENGTH);

        // when
        final long appendedBytes = allocated(() -> append(appending, ROUND_LENGTH, SMALL_LENGTH));
        final long fragmentedBytes = allocated(() -> append(appending, 100, FRAGMENTED_LENGTH));

        // then
        assertEquals(0, appendedBytes, "bytes allocated by appending");
        assertEquals(0, fragmentedBytes, "bytes allocated by appending fragmented records");

        // given
        final long end = appending.position();
        appending.force();
        node.stop();
        final JournalWriter comparing = node.start().open(0);
        append(comparing, WARM_UP_COUNT, SMALL_LENGTH);

        // when
        final long comparedBytes = allocated(() -> append(comparing, ROUND_LENGTH, SMALL_LENGTH));
        assertTrue(comparing.isComparing());
        final long comparedFragmentedBytes = allocated(() -> append(comparing, 100, FRAGMENTED_LENGTH));

        // then
        assertEquals(0, comparedBytes, "bytes allocated by comparing");
        assertEquals(0, comparedFragmentedBytes, "bytes allocated by comparing fragmented records");
        assertEquals(end, comparing.position());
        assertFalse(comparing.isComparing());
    }

    private void append(final JournalWriter writer, final int count, final int length) {
        records.make(1, length, 7);
        for (int i = 0; i < count; i++) {
            writer.append(records.buffer, 0, length, JournalFormat.endPosition(writer.position(), length));
            writer.doWork();
        }
    }

    // What a record costs is in every round; what the compiler or the first mapping of a file costs is not.
    private long allocated(final Runnable round) {
        final long threadId = Thread.currentThread().getId();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < ROUND_COUNT; i++) {
            final long before = threads.getThreadAllocatedBytes(threadId);
            round.run();
            least = Math.min(least, threads.getThreadAllocatedBytes(threadId) - before);
        }
        return least;
    }
}
