package io.lockstep.archive.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lockstep.config.NodeEndpoint;
import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;
import org.agrona.IoUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Damages a journal at random places in random ways, again and again, and wants it back byte by byte. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class JournalDamageSystemTest {
    private static final int ROUND_COUNT = Integer.getInteger("lockstep.damage.rounds", 12);
    private static final long RECORD_COUNT = 1_500;

    private final long seed = Long.getLong("lockstep.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final TestRecords records = new TestRecords(7);
    private final File base = JournalNode.base("damage");
    private final NodeEndpoint peerEndpoint = JournalNode.endpoint(1, 1);
    private final JournalNode node = new JournalNode(base.toPath(), JournalNode.endpoint(0, 1));
    private final JournalNode peer = new JournalNode(base.toPath(), peerEndpoint);

    @BeforeEach
    void startNodes() {
        System.out.println("lockstep.seed=" + seed);
        IoUtil.delete(base, true);
        peer.start().open(0);
        records.append(peer.writer(), 1, RECORD_COUNT);
        peer.writer().force();
        node.peers = List.of(peerEndpoint);
        node.start().open(0);
    }

    @AfterEach
    void stopNodes() {
        CloseHelper.closeAll(node, peer);
        IoUtil.delete(base, true);
    }

    @Test
    void shouldHaveTheSameJournalAgainWhenItWasDamagedAnywhere() {
        long sequence = 1;
        for (int round = 0; round < ROUND_COUNT; round++) {
            // given
            final long last = 900L + random.nextInt(500);
            records.append(node.writer(), sequence, last);
            final long end = node.writer().position();
            final long snapshotSequence = random.nextInt(3) == 0 ? 0 : last - random.nextInt(200);
            final long snapshot = records.positionAfter(snapshotSequence);
            final long hash = records.hashAfter(snapshotSequence);
            final boolean isKilled = random.nextBoolean();
            node.steps.clear();
            if (isKilled) {
                node.kill();
            } else {
                node.writer().force();
                node.stop();
            }
            final String damage = damage(end);

            // when
            try {
                node.start().open(snapshot, hash);
                records.append(node.writer(), snapshotSequence + 1, RECORD_COUNT);
                node.writer().force();

                // then
                final long wholeEnd = records.positionAfter(RECORD_COUNT);
                assertEquals(wholeEnd, node.writer().position());
                TestFiles.assertSameRecords(node, peer, wholeEnd);
            } catch (final RuntimeException | AssertionError ex) {
                throw new AssertionError(
                        "seed " + seed + " round " + round + (isKilled ? " killed " : " stopped ") + damage + " end "
                                + end + " snapshot " + snapshot + ":\n" + String.join("\n", node.repairs) + "\n"
                                + String.join("\n", node.steps),
                        ex);
            }
            node.stop();
            node.deleteArchive();
            node.start().open(0);
            sequence = 1;
        }
    }

    private String damage(final long end) {
        final long segmentMask = JournalNode.SEGMENT_LENGTH - 1L;
        final long reach = Math.min(end & segmentMask, random.nextBoolean() ? 50_000 : 4_000_000);
        final long position = end - 1 - (long) (random.nextDouble() * reach);
        final Path file = node.lastSegmentFile(position);
        final long offset = position & segmentMask;
        return switch (random.nextInt(5)) {
            case 0 -> {
                TestFiles.zero(file, offset);
                yield "zeroed from " + position;
            }
            case 1 -> {
                TestFiles.cut(file, offset, offset);
                yield "cut at " + position;
            }
            case 2 -> {
                TestFiles.write(file, offset, TestFiles.random(1 + random.nextInt(100), random.nextLong()));
                yield "garbage at " + position;
            }
            case 3 -> {
                TestFiles.write(file, offset & -32, TestFiles.random(32, random.nextLong()));
                yield "garbage header at " + (position & -32L);
            }
            default -> {
                final long behind = end & segmentMask;
                final int length = (int) Math.min(5_000, segmentMask - behind);
                TestFiles.write(file, behind, TestFiles.random(length, random.nextLong()));
                yield "garbage behind the end";
            }
        };
    }
}
