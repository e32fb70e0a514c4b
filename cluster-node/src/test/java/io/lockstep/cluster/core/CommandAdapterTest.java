package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.cluster.core.EngineFixture.Answer;
import io.lockstep.cluster.core.EngineFixture.Published;
import io.lockstep.codecs.PublishDecoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import io.lockstep.topic.SlotTable;
import io.lockstep.topic.TopicRoute;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class CommandAdapterTest {
    private static final int BLOCK_LENGTH_OFFSET = 0;
    private static final int TEMPLATE_ID_OFFSET = 2;
    private static final int SCHEMA_ID_OFFSET = 4;
    private static final int VERSION_OFFSET = 6;
    private static final int HEADER_LENGTH = WireShape.HEADER_LENGTH;
    private static final int ROUNDS = 100_000;

    private final EngineFixture fixture = new EngineFixture();

    @Test
    void shouldIgnoreWhatCannotBeAnswered() {
        final byte[] command = Commands.describeShard();
        final List<byte[]> commands = new ArrayList<>();
        for (int length = 0; length < HEADER_LENGTH + Long.BYTES; length++) {
            commands.add(Arrays.copyOf(command, length));
        }
        commands.add(withShort(command, SCHEMA_ID_OFFSET, 732));
        commands.add(withShort(command, BLOCK_LENGTH_OFFSET, 7));
        final byte[] publish = new PublishBuilder(1, 1, 1).entry("a", "x").build();
        commands.add(Arrays.copyOf(publish, HEADER_LENGTH + PublishDecoder.BLOCK_LENGTH - 1));

        for (final byte[] malformed : commands) {
            assertNull(fixture.apply(malformed), () -> Arrays.toString(malformed));
        }

        assertEquals(commands.size(), fixture.engine.ignoredCommandCount());
    }

    @Test
    void shouldAnswerUnknownTemplatesAsUnsupported() {
        final byte[] command = Commands.describeShard();
        for (final int templateId : new int[] {0, 14, 99, 100, 200, 301, 65_535}) {
            assertEquals(
                    new Answer(ResultCode.UNSUPPORTED, 0),
                    fixture.command(withShort(command, TEMPLATE_ID_OFFSET, templateId)));
        }
    }

    @Test
    void shouldAnswerCommandsThatAreCutShortAsMalformed() {
        final List<byte[]> commands = List.of(
                Commands.openProducer(1, 16, true),
                Commands.closeProducer(1, 1),
                Commands.createTopic("topic"),
                Commands.listTopics(0, 10, "topic/#"),
                Commands.seed(0, 1, Map.of(EngineSetting.MAX_TOPICS, 5L)),
                Commands.trimJournal(0),
                Commands.setReadOnly(1, true),
                Commands.setFeatureLevel(1),
                Commands.applySlotTable(2, SlotTable.ofShards(1, List.of(new TopicRoute("a", 0)))),
                Commands.seedShard(0, 1, Map.of(EngineSetting.MAX_TOPICS, 5L), List.of(new TopicRoute("a", 0))));
        for (final byte[] command : commands) {
            for (int length = HEADER_LENGTH + Long.BYTES; length < command.length; length++) {
                assertEquals(new Answer(ResultCode.MALFORMED, 0), fixture.command(Arrays.copyOf(command, length)));
            }
        }
        assertEquals(0, fixture.engine.producerCount());
        assertEquals(0, fixture.engine.topicCount());
    }

    @Test
    void shouldAnswerPublishThatIsCutShortAsMalformed() {
        fixture.open(1, 16, true);
        final byte[] command = new PublishBuilder(1, 1, 1)
                .entry("topic", "x")
                .entry("other", "y")
                .build();
        for (int length = HEADER_LENGTH + PublishDecoder.BLOCK_LENGTH; length < command.length; length++) {
            final Published published = EngineFixture.decodePublished(fixture.apply(Arrays.copyOf(command, length)));
            assertEquals(ResultCode.MALFORMED, published.code());
            assertEquals(1, published.firstSequence());
        }
        assertEquals(0, fixture.outbox.journal.size());
    }

    @Test
    void shouldAnswerTruthValuesThatAreNoneAsMalformed() {
        fixture.open(1, 16, true);
        final byte[] open = Commands.openProducer(1, 16, true);
        open[open.length - 1] = 2;
        final byte[] readOnly = Commands.setReadOnly(1, true);
        readOnly[readOnly.length - 1] = (byte) 255;
        final byte[] publish = new PublishBuilder(1, 1, 1).entry("a", "x").build();
        publish[HEADER_LENGTH + 28] = 3;

        assertEquals(ResultCode.MALFORMED, fixture.command(open).code());
        assertEquals(ResultCode.MALFORMED, fixture.command(readOnly).code());
        assertEquals(
                ResultCode.MALFORMED,
                EngineFixture.decodePublished(fixture.apply(publish)).code());
    }

    @Test
    void shouldTakeCommandsOfNewerWritersWithLongerBlocks() {
        fixture.open(1, 16, true);
        final byte[] publish = new PublishBuilder(1, 1, 1)
                .entry("topic", "x")
                .entry("other", "y")
                .build();

        final Answer created = fixture.command(withLongerBlock(Commands.createTopic("topic"), 8, 24));
        final Answer changed = fixture.command(withLongerBlock(Commands.change(EngineSetting.MAX_TOPICS, 9), 17, 5));
        final Published published =
                EngineFixture.decodePublished(fixture.apply(withLongerBlock(publish, PublishDecoder.BLOCK_LENGTH, 40)));

        assertEquals(new Answer(ResultCode.ACCEPTED, 1), created);
        assertEquals(ResultCode.ACCEPTED, changed.code());
        assertEquals(9, fixture.engine.setting(EngineSetting.MAX_TOPICS));
        assertEquals(ResultCode.ACCEPTED, published.code());
        assertEquals(2, fixture.engine.messageCount());
    }

    @Test
    void shouldTakeEntriesOfNewerWritersWithLongerBlocks() {
        fixture.open(1, 16, true);
        final byte[] publish = new PublishBuilder(1, 1, 1).entry("topic", "x").build();
        final int groupOffset = HEADER_LENGTH + PublishDecoder.BLOCK_LENGTH;
        final int entryEnd = groupOffset + 4 + Long.BYTES;
        final byte[] longer = new byte[publish.length + 6];
        System.arraycopy(publish, 0, longer, 0, entryEnd);
        System.arraycopy(publish, entryEnd, longer, entryEnd + 6, publish.length - entryEnd);

        final Published published =
                EngineFixture.decodePublished(fixture.apply(withShort(longer, groupOffset, Long.BYTES + 6)));

        assertEquals(ResultCode.ACCEPTED, published.code());
        assertEquals(1, fixture.engine.messageCount());
    }

    @Test
    void shouldNeverThrowWhateverTheBytesAre() {
        final long seed = TestSeed.next("CommandAdapterTest.shouldNeverThrowWhateverTheBytesAre");
        final Random random = new Random(seed);
        fixture.open(1, 64, false);
        final List<byte[]> valid = List.of(
                new PublishBuilder(1, 1, 1).entry("a", "x").build(),
                new PublishBuilder(1, 1, 1)
                        .atomic()
                        .entry("a", "x")
                        .entry("b/c", "payload")
                        .build(),
                new PublishBuilder(1, 1, 2)
                        .entry(new byte[] {'h'}, new byte[20], new byte[9], -1)
                        .build(),
                Commands.openProducer(1, 64, true),
                Commands.closeProducer(9, 1),
                Commands.createTopic("topic"),
                Commands.listTopics(0, 10, "topic/#"),
                Commands.seed(0, 1, Map.of(EngineSetting.RETENTION_AGE, 5L)),
                Commands.change(EngineSetting.RETENTION_BYTES, 9),
                Commands.describeShard(),
                Commands.trimJournal(0),
                Commands.setReadOnly(1, false),
                Commands.setFeatureLevel(1));
        for (int round = 0; round < ROUNDS; round++) {
            final byte[] command = mutate(valid.get(random.nextInt(valid.size())), random);
            // The array ends where the command ends, so that a read beyond it is caught.
            final UnsafeBuffer buffer = new UnsafeBuffer(command);
            try {
                fixture.engine.onCommand(1, round, random.nextInt(), buffer, 0, command.length);
            } catch (final RuntimeException ex) {
                throw new AssertionError("round " + round + " of seed " + seed + ": " + Arrays.toString(command), ex);
            }
            fixture.outbox.journal.clear();
            fixture.outbox.replies.clear();
        }
        assertTrue(fixture.engine.ignoredCommandCount() > 0);
        assertNotNull(fixture.apply(Commands.describeShard()));
        final Engine restored = EngineFixture.restore(fixture.snapshot(), new FakeOutbox());
        assertEquals(fixture.engine.stateHash(), restored.stateHash());
        assertArrayEquals(
                fixture.snapshot().get(3),
                EngineFixture.snapshotOf(restored, fixture.logPosition).get(3));
    }

    private static byte[] mutate(final byte[] valid, final Random random) {
        final int choice = random.nextInt(10);
        byte[] command = valid.clone();
        if (choice == 0) {
            command = new byte[random.nextInt(200)];
            random.nextBytes(command);
            return command;
        }
        if (choice <= 2) {
            command = Arrays.copyOf(command, random.nextInt(command.length + 8));
        }
        for (int flips = random.nextInt(4); flips > 0 && command.length > 0; flips--) {
            final int index = random.nextInt(command.length);
            final byte[] values = {0, 1, -1, 127, -128, (byte) random.nextInt()};
            // Header bytes are spared most of the time, or hardly anything would get past them.
            if (index >= HEADER_LENGTH || random.nextInt(8) == 0) {
                command[index] = values[random.nextInt(values.length)];
            }
        }
        return command;
    }

    private static byte[] withShort(final byte[] command, final int offset, final int value) {
        final byte[] changed = command.clone();
        new UnsafeBuffer(changed).putShort(offset, (short) value, ByteOrder.LITTLE_ENDIAN);
        return changed;
    }

    // What a writer of a later version sends: more fields at the end of the block.
    private static byte[] withLongerBlock(final byte[] command, final int blockLength, final int added) {
        final int blockEnd = HEADER_LENGTH + blockLength;
        final byte[] longer = new byte[command.length + added];
        System.arraycopy(command, 0, longer, 0, blockEnd);
        Arrays.fill(longer, blockEnd, blockEnd + added, (byte) 0xEE);
        System.arraycopy(command, blockEnd, longer, blockEnd + added, command.length - blockEnd);
        return withShort(withShort(longer, BLOCK_LENGTH_OFFSET, blockLength + added), VERSION_OFFSET, 9);
    }
}
