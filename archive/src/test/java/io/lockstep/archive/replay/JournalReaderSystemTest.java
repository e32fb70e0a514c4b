package io.lockstep.archive.replay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.aeron.Aeron;
import io.aeron.CommonContext;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.archive.Await;
import io.lockstep.archive.TestNode;
import io.lockstep.archive.TestRecords;
import io.lockstep.archive.history.StreamChecker;
import io.lockstep.wire.JournalFormat;
import io.lockstep.wire.RecordLayout;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
class JournalReaderSystemTest {
    private static final long SEED = Long.getLong("lockstep.seed", 42);
    private static final int BASE_PORT = 22_000;
    private static final int MOVES = 14;
    private static final int LEAST_KILLS = 5;
    private static final int MOST_KILLS = 15;
    private static final long PROMISED_NS = 1_000_000_000L;
    private static final long GREATEST_NS = 5_000_000_000L;
    private static final int STALLED_READERS = 4;
    private static final int HALVED_FRAGMENTS = 4;
    private static final int HALVED_LENGTH = (HALVED_FRAGMENTS - 1) * JournalFormat.MTU_LENGTH;

    @TempDir
    private Path dir;

    private final List<TestNode> nodes = new ArrayList<>();
    private final TestRecords records = new TestRecords(SEED);
    private final List<String> moves = new ArrayList<>();
    private final List<long[]> losses = new ArrayList<>();
    private final Sink sink = new Sink();
    private MediaDriver driver;
    private Aeron aeron;
    private JournalReader reader;

    @BeforeEach
    void startReaderDriver() {
        final String aeronDir = CommonContext.getAeronDirectoryName() + "-reader-test-client";
        driver = MediaDriver.launch(ReaderDriver.configure(
                new MediaDriver.Context()
                        .aeronDirectoryName(aeronDir)
                        .threadingMode(ThreadingMode.SHARED)
                        .termBufferSparseFile(true)
                        .dirDeleteOnStart(true)
                        .dirDeleteOnShutdown(true),
                JournalReaderContext.DEFAULT_SILENCE_TIMEOUT_NS));
        aeron = Aeron.connect(new Aeron.Context().aeronDirectoryName(aeronDir));
    }

    @AfterEach
    void closeAll() {
        CloseHelper.quietCloseAll(reader, aeron, driver);
        nodes.forEach(CloseHelper::quietClose);
    }

    @Test
    void shouldDeliverEveryRecordFromTheStartAndFollowTheEndWhenRemote() {
        // given
        final TestNode node = startNode(0);
        records.add(2_000, 2_000).addMessage(3, new byte[1 << 20]);
        node.append(records.entries());
        reader = new JournalReader(context(StartPosition.start()));

        // when
        readAll();
        final int before = records.entries().size();
        records.add(500, 20_000);
        node.append(records.entries().subList(before, records.entries().size()));
        readAll();

        // then
        assertDelivered(0);
        assertEquals(records.position(), reader.position());
        assertEquals(0, reader.nodeId());
    }

    @Test
    void shouldDeliverEveryRecordWhenLocal() {
        // given
        final TestNode node = startNode(0);
        records.add(2_000, 2_000).addMessage(3, new byte[1 << 20]);
        node.append(records.entries());
        reader = new JournalReader(
                context(StartPosition.start()).aeron(node.aeron()).localNodeId(0));

        // when
        readAll();

        // then
        assertDelivered(0);
    }

    @Test
    void shouldBeginBehindAPositionAndAtATime() {
        // given
        final TestNode node = startNode(0);
        records.add(3_000, 30_000);
        node.append(records.entries());
        node.awaitRecorded();
        assertTrue(records.position() > 2L * TestNode.SEGMENT_LENGTH, "the search has something to search in");

        // when
        reader = new JournalReader(
                context(StartPosition.position(records.entries().get(1_233).endPosition())));
        readAll();

        // then
        assertDelivered(1_234);

        // when
        for (final int index : new int[] {0, 1, 700, 1_500, 2_222, 2_999}) {
            sink.clear();
            reader.moveTo(StartPosition.time(records.entries().get(index).timestampNs() - 5));
            readAll();

            // then
            assertDelivered(index);
        }
    }

    @Test
    void shouldDeliverOnlyWhatComesWhenLive() {
        // given
        final TestNode node = startNode(0);
        records.add(1_000, 1_000);
        node.append(records.entries());
        node.awaitRecorded();
        reader = new JournalReader(context(StartPosition.live()));
        Await.until("the reader follows", () -> {
            reader.poll(sink, 10);
            return reader.state() == ReaderState.FOLLOWING;
        });
        assertEquals(JournalReader.NULL_POSITION, reader.position());

        // when
        records.add(100, 1_000);
        node.append(records.entries().subList(1_000, 1_100));
        readAll();

        // then
        assertDelivered(1_000);
    }

    @Test
    void shouldKnowItsPositionWhenLiveAndIdle() {
        // given
        final TestNode node = startNode(0);
        records.add(1_000, 1_000);
        node.append(records.entries());
        node.awaitRecorded();
        reader = new JournalReader(context(StartPosition.live()));

        // when
        readAll();

        // then
        assertEquals(0, sink.size());
        assertEquals(records.position(), reader.position());
    }

    @Test
    void shouldMissNoRecordBehindTheOneItsRecorderStoodStillInWhenLive() {
        // given
        final TestNode node = startNode(0);
        records.add(100, 1_000);
        node.append(records.entries());
        final TestRecords.Entry halved = records.addMessage(1, new byte[HALVED_LENGTH]);
        node.appendFragments(halved.bytes(), 0, HALVED_FRAGMENTS / 2);
        node.awaitRecorded();
        reader = new JournalReader(context(StartPosition.live()));
        Await.until("the reader has waited long enough for the rest", () -> {
            reader.poll(sink, 10);
            return reader.position() != JournalReader.NULL_POSITION;
        });

        // when
        node.appendFragments(halved.bytes(), HALVED_FRAGMENTS / 2, HALVED_FRAGMENTS);
        records.add(50, 1_000);
        node.append(records.entries().subList(101, 151));
        readAll();

        // then
        assertDelivered(101);
    }

    @Test
    void shouldDeliverEachRecordOnceThroughRandomMoves() {
        // given
        final SplittableRandom random = new SplittableRandom(SEED);
        for (int id = 0; id < 3; id++) {
            startNode(id);
        }
        final int[] written = new int[3];
        final StreamChecker checker = new StreamChecker(true);
        final JournalRecordHandler handler = (buffer, offset, length, endPosition) -> {
            // An aborted record comes again; only what is consumed counts.
            if (random.nextInt(20) == 0) {
                return Action.ABORT;
            }
            final long sequence = RecordLayout.shardSequence(buffer, offset);
            assertTrue(checker.onOther(sequence), checker.firstFault());
            assertEquals(records.entries().get((int) sequence - 1).endPosition(), endPosition);
            return random.nextInt(10) == 0 ? Action.COMMIT : Action.CONTINUE;
        };
        reader = new JournalReader(context(StartPosition.start()).attemptTimeoutNs(5_000_000_000L));

        // when
        int lastStopAt = 0;
        int step = 0;
        while (moves.size() < MOVES || reader.position() < records.position()) {
            step++;
            final boolean isWriting = moves.size() < MOVES;
            if (isWriting && records.entries().size() < reader.shardSequence() + 500) {
                records.add(1 + random.nextInt(5), random.nextInt(50) == 0 ? 200_000 : 2_000);
            }
            // Nodes lag behind each other, and catch up in the end.
            final int lagging = random.nextInt(3);
            final int goal = records.entries().size();
            final int upTo = isWriting ? Math.min(goal, written[lagging] + random.nextInt(20)) : goal;
            nodes.get(lagging).append(records.entries().subList(written[lagging], upTo));
            written[lagging] = upTo;
            if (isWriting
                    && reader.state() == ReaderState.FOLLOWING
                    && reader.shardSequence() > lastStopAt + random.nextInt(200)) {
                final TestNode node = nodes.get(reader.nodeId());
                node.client().stopAllReplays(node.recordingId());
                lastStopAt = (int) reader.shardSequence();
            }
            if (random.nextInt(50) == 0) {
                reader.hint(records.position());
            }
            if (reader.poll(handler, 1 + random.nextInt(10)) == 0) {
                LockSupport.parkNanos(100_000);
            }
            assertTrue(step < 500_000, "stuck at " + reader + " of " + records.position() + " " + moves);
        }

        // then
        assertEquals(records.entries().size(), reader.shardSequence());
        assertEquals(0, checker.shardFaults());
        assertTrue(losses.isEmpty());
        System.out.println(records.entries().size() + " records through " + moves.size() + " moves, seed " + SEED);
    }

    @Test
    void shouldCloseAtTheEndOfThePollWhenTheHandlerCloses() {
        // given
        final TestNode node = startNode(0);
        records.add(100, 100);
        node.append(records.entries());
        reader = new JournalReader(context(StartPosition.start()));

        // when
        Await.until("the reader is closed", () -> {
            reader.poll(
                    (buffer, offset, length, endPosition) -> {
                        reader.close();
                        return Action.BREAK;
                    },
                    10);
            return reader.state() == ReaderState.CLOSED;
        });

        // then
        assertEquals(records.entries().get(0).endPosition(), reader.position());
        assertEquals(0, reader.poll(sink, 1));
    }

    @Test
    void shouldLeaveARecordForTheNextPollWhenTheHandlerAborts() {
        // given
        final TestNode node = startNode(0);
        records.add(300, 20_000);
        node.append(records.entries());
        reader = new JournalReader(context(StartPosition.start()));
        sink.abortEvery = 3;
        sink.breakEvery = 4;
        sink.commitEvery = 5;

        // when
        readAll();

        // then
        assertDelivered(0);
        assertTrue(sink.aborts > 50, "aborted " + sink.aborts);
    }

    @Test
    void shouldDeliverARecordAgainWhenTheHandlerThrows() {
        // given
        final TestNode node = startNode(0);
        records.add(10, 100);
        node.append(records.entries());
        reader = new JournalReader(context(StartPosition.start()));
        sink.throwAt = 5;

        // when
        int thrown = 0;
        while (sink.size() < 10) {
            try {
                reader.poll(sink, 10);
            } catch (final IllegalStateException ex) {
                thrown++;
            }
        }

        // then
        assertEquals(1, thrown);
        assertDelivered(0);
    }

    @Test
    void shouldNotSeeEachOtherWhenTwoReadersShareAClient() {
        // given
        final TestNode node = startNode(0);
        records.add(500, 2_000);
        node.append(records.entries());
        final Sink other = new Sink();
        reader = new JournalReader(context(StartPosition.start()));
        try (JournalReader second = new JournalReader(
                context(StartPosition.position(records.entries().get(99).endPosition())))) {
            // when
            Await.until("both are done", () -> {
                reader.poll(sink, 7);
                second.poll(other, 3);
                return sink.size() >= 500 && other.size() >= 400;
            });
        }

        // then
        assertDelivered(0);
        assertEquals(400, other.size());
    }

    /**
     * The promise is a second; the median of several kills shows it also on a machine that does other things. Where that
     * does so much that the first few are slow, more of them tell.
     */
    @Test
    void shouldGoOnOnAnotherNodeWithinASecondWhenItsNodeIsKilled() {
        // given
        startNode(0);
        startNode(1);
        records.add(1_000, 500);
        nodes.forEach(node -> node.append(records.entries()));
        reader = new JournalReader(context(StartPosition.start()).preferredNodeId(0));
        readAll();
        final List<Long> gapsNs = new ArrayList<>();

        for (int i = 0; i < LEAST_KILLS || (i < MOST_KILLS && median(gapsNs) >= PROMISED_NS); i++) {
            final TestNode killed = nodes.get(reader.nodeId());
            final TestNode other = nodes.get(1 - reader.nodeId());
            final int before = records.entries().size();
            records.add(100, 500);
            final List<TestRecords.Entry> added =
                    records.entries().subList(before, records.entries().size());

            // when
            final Thread killer = new Thread(killed::kill, "killer");
            final long killedNs = System.nanoTime();
            killer.start();
            other.append(added);
            readAll();
            gapsNs.add(System.nanoTime() - killedNs);
            Await.until("the node is gone", () -> !killer.isAlive());

            // then
            assertEquals(other.endpoint().id(), reader.nodeId());
            killed.start().openJournal().append(added);
            killed.awaitRecorded();
        }
        assertDelivered(0);
        System.out.println("from the kill to the reader on another node, in ns: " + gapsNs);
        assertTrue(median(gapsNs) < PROMISED_NS, "took " + gapsNs + " ns: " + moves);
        assertTrue(Collections.max(gapsNs) < GREATEST_NS, "took " + gapsNs + " ns: " + moves);
    }

    private static long median(final List<Long> valuesNs) {
        return valuesNs.stream().sorted().toList().get(valuesNs.size() / 2);
    }

    @Test
    void shouldNeverDeliverADamagedRecordAndGoOnElsewhere() throws IOException {
        // given
        final TestNode first = startNode(0);
        final TestNode second = startNode(1);
        records.add(1_000, 500);
        first.append(records.entries());
        second.append(records.entries());
        first.awaitRecorded();
        damage(first, records.entries().get(600));
        reader = new JournalReader(context(StartPosition.start()).preferredNodeId(0));

        // when
        readAll();

        // then
        assertDelivered(0);
        assertEquals(1, reader.nodeId());
        assertTrue(moves.stream().anyMatch(move -> move.contains("checksum")), moves.toString());
    }

    @Test
    void shouldGoOnElsewhereWhenASequenceIsMissing() {
        // given
        final TestNode first = startNode(0);
        final TestNode second = startNode(1);
        records.add(1_000, 500);
        final List<TestRecords.Entry> gapped = new ArrayList<>(records.entries());
        gapped.remove(600);
        first.append(gapped);
        second.append(records.entries());
        reader = new JournalReader(context(StartPosition.start()).preferredNodeId(0));

        // when
        readAll();

        // then
        assertDelivered(0);
        assertEquals(1, reader.nodeId());
    }

    @Test
    void shouldTellThatTheCursorIsLostWhenHistoryWasPurgedAndGoOnWhereItIsMovedTo() {
        // given
        final TestNode node = startNode(0);
        records.add(3_000, 30_000);
        node.append(records.entries());
        node.awaitRecorded();
        final long firstPosition = TestNode.SEGMENT_LENGTH;
        node.client().purgeSegments(node.recordingId(), firstPosition);
        reader = new JournalReader(
                context(StartPosition.position(records.entries().get(5).endPosition())));

        // when
        Await.until("the cursor is lost", () -> {
            reader.poll(sink, 10);
            return reader.state() == ReaderState.LOST;
        });

        // then
        assertEquals(1, losses.size());
        assertArrayEquals(new long[] {records.entries().get(5).endPosition(), firstPosition}, losses.get(0));
        assertEquals(0, sink.size());

        // when
        reader.moveTo(firstPosition);
        readAll();

        // then
        int firstIndex = 0;
        while (records.entries().get(firstIndex).beginPosition() < firstPosition) {
            firstIndex++;
        }
        assertDelivered(firstIndex);

        // when
        sink.clear();
        reader.moveTo(StartPosition.start());
        readAll();

        // then
        assertDelivered(firstIndex);
    }

    @Test
    void shouldReadOnAnotherNodeWhenOnlyOneWasPurged() {
        // given
        final TestNode first = startNode(0);
        final TestNode second = startNode(1);
        records.add(2_000, 30_000);
        first.append(records.entries());
        second.append(records.entries());
        first.awaitRecorded();
        second.awaitRecorded();
        first.client().purgeSegments(first.recordingId(), TestNode.SEGMENT_LENGTH);
        reader = new JournalReader(context(StartPosition.position(0)).preferredNodeId(0));

        // when
        readAll();

        // then
        assertDelivered(0);
        assertTrue(losses.isEmpty());
    }

    @Test
    void shouldWaitForTheNodeThatHasThePositionWhenItIsDownAndTheOtherWasPurged() {
        // given
        final TestNode purged = startPurgedNodeBesideOneThatIsDown();
        final TestNode down = nodes.get(1);
        reader = new JournalReader(
                context(StartPosition.position(0)).preferredNodeId(0).attemptTimeoutNs(300_000_000L));
        Await.until("both nodes were asked three times " + moves, () -> {
            reader.poll(sink, 10);
            return moves.size() >= 6;
        });
        assertTrue(losses.isEmpty(), moves.toString());

        // when
        down.start();
        readAll();

        // then
        assertDelivered(0);
        assertTrue(losses.isEmpty(), moves.toString());
        assertTrue(purged.errors().isEmpty(), purged.errors().toString());
    }

    @Test
    void shouldSayThatTheCursorIsLostWhenTheOnlyOtherNodeStaysDown() {
        // given
        startPurgedNodeBesideOneThatIsDown();
        reader = new JournalReader(context(StartPosition.position(0))
                .preferredNodeId(0)
                .attemptTimeoutNs(300_000_000L)
                .lostTimeoutNs(1_000_000_000L));

        // when
        Await.until("the cursor is lost " + moves, () -> {
            reader.poll(sink, 10);
            return reader.state() == ReaderState.LOST;
        });

        // then
        assertArrayEquals(new long[] {0, TestNode.SEGMENT_LENGTH}, losses.get(0));
        assertTrue(moves.size() >= 3, "one round is not enough: " + moves);
    }

    private TestNode startPurgedNodeBesideOneThatIsDown() {
        final TestNode purged = startNode(0);
        final TestNode down = startNode(1);
        records.add(2_000, 30_000);
        purged.append(records.entries());
        down.append(records.entries());
        purged.awaitRecorded();
        down.awaitRecorded();
        down.closeJournal();
        down.close();
        purged.client().purgeSegments(purged.recordingId(), TestNode.SEGMENT_LENGTH);
        return purged;
    }

    @Test
    void shouldNotHoldUpTheWriterWhenReadersStandStill() {
        // given
        final TestNode node = startNode(0);
        records.add(100, 100);
        node.append(records.entries());
        final List<JournalReader> stalled = new ArrayList<>();
        try {
            for (int i = 0; i < STALLED_READERS; i++) {
                final JournalReader one = new JournalReader(context(StartPosition.start()));
                stalled.add(one);
                Await.until("a reader stands at the start", () -> {
                    one.poll((buffer, offset, length, endPosition) -> Action.ABORT, 1);
                    return one.state() == ReaderState.FOLLOWING;
                });
            }

            // when
            records.add(3_000, 30_000);
            node.append(records.entries().subList(100, 3_100));
            node.awaitRecorded();

            // then: more than the readers' and the writer's buffers together hold was written
            assertTrue(records.position() > 2L * TestNode.SEGMENT_LENGTH);
            reader = new JournalReader(context(StartPosition.start()));
            readAll();
            assertDelivered(0);
            Await.until("a reader that stood still has caught up", () -> {
                stalled.get(0).poll((buffer, offset, length, endPosition) -> Action.CONTINUE, 100);
                return stalled.get(0).position() >= records.position();
            });
        } finally {
            CloseHelper.closeAll(stalled);
        }
    }

    @Test
    void shouldSayThatThePlaceIsLostWhenNoRecordBeginsThere() {
        // given
        final TestNode node = startNode(0);
        records.add(10, 10).addMessage(1, new byte[100_000]);
        records.add(10, 10);
        node.append(records.entries());
        node.awaitRecorded();
        final long inside = records.entries().get(10).beginPosition() + JournalFormat.MTU_LENGTH;
        final long noFrame = records.entries().get(10).beginPosition() + 32;

        for (final long position : new long[] {inside, noFrame, noFrame + 1}) {
            losses.clear();
            // when
            reader = new JournalReader(context(StartPosition.position(position)));
            Await.until("the cursor is lost " + moves, () -> {
                reader.poll(sink, 10);
                return reader.state() == ReaderState.LOST;
            });
            reader.close();

            // then
            assertArrayEquals(new long[] {position, 0}, losses.get(0));
            assertEquals(0, sink.size());
        }
    }

    @Test
    void shouldWaitWhenThePositionIsBehindTheEnd() {
        // given
        final TestNode node = startNode(0);
        records.add(100, 100);
        node.append(records.entries().subList(0, 50));
        node.awaitRecorded();
        reader = new JournalReader(
                context(StartPosition.position(records.entries().get(59).endPosition())));
        Await.until("the node was asked", () -> {
            reader.poll(sink, 10);
            return !moves.isEmpty();
        });

        // when
        node.append(records.entries().subList(50, 100));
        readAll();

        // then
        assertDelivered(60);
        assertTrue(losses.isEmpty());
    }

    @Test
    void shouldMoveWhenAPeerIsAhead() {
        // given
        final TestNode first = startNode(0);
        final TestNode second = startNode(1);
        records.add(1_000, 500);
        first.append(records.entries().subList(0, 500));
        second.append(records.entries());
        reader = new JournalReader(context(StartPosition.start()).preferredNodeId(0));
        Await.until("the slow node is read", () -> {
            reader.poll(sink, 100);
            return sink.size() == 500;
        });

        // when
        reader.hint(records.position());
        readAll();

        // then
        assertDelivered(0);
        assertEquals(1, reader.nodeId());
    }

    @Test
    void shouldGoOnWithAnotherClientWhenItsDriverWasStopped() {
        // given
        final TestNode node = startNode(0);
        records.add(1_000, 500);
        node.append(records.entries());
        reader = new JournalReader(context(StartPosition.start()));
        Await.until("something was read", () -> {
            reader.poll(sink, 10);
            return sink.size() > 300;
        });

        // when
        CloseHelper.closeAll(aeron, driver);
        Await.until("the reader noticed", () -> {
            reader.poll(sink, 10);
            return reader.state() == ReaderState.FAILED;
        });
        startReaderDriver();
        reader.useAeron(aeron);
        readAll();

        // then
        assertDelivered(0);
    }

    @Test
    void shouldNotAllocateWhenRecordsFlow() {
        // given
        final TestNode node = startNode(0);
        records.add(20_000, 300);
        for (int i = 0; i < 20; i++) {
            records.addMessage(1, new byte[20_000]);
        }
        node.append(records.entries());
        node.append(records.entries().subList(0, 0));
        reader = new JournalReader(
                context(StartPosition.start()).aeron(node.aeron()).localNodeId(0));
        final long[] delivered = new long[1];
        final JournalRecordHandler counter = (buffer, offset, length, endPosition) -> {
            delivered[0]++;
            return Action.CONTINUE;
        };
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        final long threadId = Thread.currentThread().getId();
        // Once through everything, so that the path is compiled and the assembly buffer has its size.
        while (reader.position() < records.position()) {
            reader.poll(counter, 10);
        }
        reader.moveTo(0);
        while (reader.position() < records.position() - 500_000) {
            reader.poll(counter, 10);
            if (reader.position() > 1_000_000) {
                break;
            }
        }

        // when
        final long deliveredBefore = delivered[0];
        final long bytesBefore = threads.getThreadAllocatedBytes(threadId);
        while (reader.position() < records.position() - 500_000) {
            reader.poll(counter, 10);
        }
        final long bytes = threads.getThreadAllocatedBytes(threadId) - bytesBefore;

        // then
        assertTrue(delivered[0] - deliveredBefore > 5_000, "delivered " + (delivered[0] - deliveredBefore));
        assertEquals(0, bytes / (delivered[0] - deliveredBefore), "allocated " + bytes);
        assertTrue(bytes < 4_096, "allocated " + bytes);
    }

    private void damage(final TestNode node, final TestRecords.Entry entry) throws IOException {
        final Path file = node.archiveDir().resolve(node.recordingId() + "-0.rec");
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            final long at = entry.beginPosition() + JournalFormat.FRAME_HEADER_LENGTH + entry.bytes().length - 1;
            access.seek(at);
            final int value = access.read();
            access.seek(at);
            access.write(value ^ 1);
        }
    }

    private TestNode startNode(final int id) {
        final TestNode node =
                new TestNode(id, BASE_PORT + 100 * id, dir).start().openJournal();
        nodes.add(node);
        return node;
    }

    private JournalReaderContext context(final StartPosition start) {
        return new JournalReaderContext()
                .aeron(aeron)
                .nodes(nodes.stream().map(TestNode::endpoint).toList())
                .shardId(TestNode.SHARD_ID)
                .start(start)
                .listener(new JournalReaderListener() {
                    @Override
                    public void onNodeChanged(final int shardId, final int nodeId, final String reason) {
                        moves.add(System.nanoTime() / 1_000_000 + " " + nodeId + ": " + reason);
                    }

                    @Override
                    public void onCursorLost(
                            final int shardId, final long wantedPosition, final long firstReadablePosition) {
                        losses.add(new long[] {wantedPosition, firstReadablePosition});
                    }
                });
    }

    private void readAll() {
        Await.until("the reader is at " + records.position() + ", " + moves, () -> {
            reader.poll(sink, 100);
            return reader.position() >= records.position();
        });
    }

    private void assertDelivered(final int firstIndex) {
        final List<TestRecords.Entry> expected =
                records.entries().subList(firstIndex, records.entries().size());
        assertEquals(expected.size(), sink.size(), moves.toString());
        for (int i = 0; i < expected.size(); i++) {
            assertEquals(expected.get(i).endPosition(), sink.positions.get(i));
            assertArrayEquals(expected.get(i).bytes(), sink.records.get(i));
        }
    }

    /** Keeps what was delivered. */
    private static final class Sink implements JournalRecordHandler {
        private final List<byte[]> records = new ArrayList<>();
        private final List<Long> positions = new ArrayList<>();
        private int abortEvery;
        private int breakEvery;
        private int commitEvery;
        private int throwAt = -1;
        private int calls;
        private int aborts;

        int size() {
            return records.size();
        }

        void clear() {
            records.clear();
            positions.clear();
        }

        @Override
        public Action onRecord(final DirectBuffer buffer, final int offset, final int length, final long endPosition) {
            calls++;
            if (throwAt == calls) {
                throw new IllegalStateException("on purpose");
            }
            if (abortEvery > 0 && calls % abortEvery == 0) {
                aborts++;
                return Action.ABORT;
            }
            final byte[] bytes = new byte[length];
            buffer.getBytes(offset, bytes);
            records.add(bytes);
            positions.add(endPosition);
            if (breakEvery > 0 && calls % breakEvery == 0) {
                return Action.BREAK;
            }
            return commitEvery > 0 && calls % commitEvery == 0 ? Action.COMMIT : Action.CONTINUE;
        }
    }
}
