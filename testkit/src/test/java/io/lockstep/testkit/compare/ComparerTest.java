package io.lockstep.testkit.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparerTest {
    private static final int TOPICS = 7;
    private static final int MESSAGES = 70_000;

    @TempDir
    private Path folder;

    private List<String> sent;

    @BeforeEach
    void writeMessages() throws IOException {
        final Path path = folder.resolve("messages");
        try (MessageFile file = MessageFile.create(path)) {
            for (long sequence = 1; sequence <= MESSAGES; sequence++) {
                append(file, sequence, topic(sequence), "payload " + sequence);
            }
            assertEquals(MESSAGES, file.count());
        }
        sent = Files.readAllLines(path);
    }

    @Test
    void shouldFindNothingWhenBothAreTheSame() throws IOException {
        final Comparison comparison = compare(sent);

        assertTrue(comparison.isClean());
        assertEquals(MESSAGES, comparison.published());
        assertEquals(MESSAGES, comparison.delivered());
        assertEquals(List.of(), comparison.findings());
    }

    @Test
    void shouldFindNothingWhenOnlyDifferentTopicsChangePlaces() throws IOException {
        final List<String> received = new ArrayList<>(sent);
        Collections.swap(received, 10, 11);

        assertTrue(compare(received).isClean());
    }

    @Test
    void shouldCountLossWhenMessagesAreMissing() throws IOException {
        final List<String> received = new ArrayList<>(sent);
        received.remove(MESSAGES - 1);
        received.remove(500);
        received.remove(0);

        final Comparison comparison = compare(received);

        assertCounts(comparison, 3, 0, 0, 0, 0);
        assertEquals(MESSAGES - 3, comparison.delivered());
        assertTrue(comparison.findings().contains("message 501 on " + topic(501) + " never came"));
    }

    @Test
    void shouldCountDuplicatesWhenMessagesComeAgain() throws IOException {
        final List<String> received = new ArrayList<>(sent);
        received.add(100, sent.get(99));
        received.add(sent.get(5));
        received.add(sent.get(5));

        assertCounts(compare(received), 0, 3, 0, 0, 0);
    }

    @Test
    void shouldCountReorderingWhenATopicsMessagesChangePlaces() throws IOException {
        final List<String> received = new ArrayList<>(sent);
        Collections.swap(received, 100, 100 + TOPICS);

        assertCounts(compare(received), 0, 0, 1, 0, 0);
    }

    @Test
    void shouldCountAlterationAndLossWhenPayloadOrTopicDiffers() throws IOException {
        final List<String> received = new ArrayList<>(sent);
        received.set(3, sent.get(3).replaceAll("[0-9a-f]{16}$", "0123456789abcdef"));
        received.set(4, sent.get(4).replace(topic(5), topic(6)));
        received.set(5, sent.get(5).replace(topic(6), "elsewhere"));

        assertCounts(compare(received), 3, 0, 0, 3, 0);
    }

    @Test
    void shouldCountTheUnexpectedWhenAMessageWasNeverSent() throws IOException {
        final List<String> received = new ArrayList<>(sent);
        received.add("0\tx\t0000000000000000");
        received.add((MESSAGES + 1) + "\tx\t0000000000000000");

        assertCounts(compare(received), 0, 0, 0, 0, 2);
    }

    @Test
    void shouldCountAllWhenManyFaultsArePlantedAtRandom() throws IOException {
        final long seed = Long.getLong("lockstep.seed", System.nanoTime());
        System.out.println("lockstep.seed=" + seed);
        final Random random = new Random(seed);
        final List<String> received = new ArrayList<>();
        int lost = 0;
        int duplicated = 0;
        for (final String line : sent) {
            final int dice = random.nextInt(1_000);
            if (dice == 0) {
                lost++;
                continue;
            }
            received.add(line);
            if (dice == 1) {
                duplicated++;
                received.add(line);
            }
        }

        assertCounts(compare(received), lost, duplicated, 0, 0, 0);
    }

    @Test
    void shouldRefuseWhenAFileIsNotWhatItSeems() {
        assertRefused(List.of("1\ttopic"), "line 1 is no line of a message file");
        assertRefused(List.of("1\ttopic\txyz"), "line 1");
        assertRefused(List.of("1\ta\t00", "3\ta\t00"), "sequence 3 follows 1");
    }

    private void assertRefused(final List<String> lines, final String part) {
        final IllegalArgumentException refusal = assertThrows(
                IllegalArgumentException.class,
                () -> Comparer.compare(Files.write(folder.resolve("bad"), lines), folder.resolve("messages")));
        assertTrue(refusal.getMessage().contains(part), refusal.getMessage());
    }

    private Comparison compare(final List<String> received) throws IOException {
        return Comparer.compare(
                folder.resolve("messages"), Files.write(folder.resolve("received"), received, StandardCharsets.UTF_8));
    }

    private static void assertCounts(
            final Comparison comparison,
            final long lost,
            final long duplicated,
            final long reordered,
            final long altered,
            final long unexpected) {
        assertEquals(lost, comparison.lost(), "lost");
        assertEquals(duplicated, comparison.duplicated(), "duplicated");
        assertEquals(reordered, comparison.reordered(), "reordered");
        assertEquals(altered, comparison.altered(), "altered");
        assertEquals(unexpected, comparison.unexpected(), "unexpected");
        assertFalse(comparison.isClean());
        assertFalse(comparison.findings().isEmpty());
    }

    private static String topic(final long sequence) {
        return "topic/" + sequence % TOPICS;
    }

    private static void append(final MessageFile file, final long sequence, final String topic, final String payload) {
        final byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
        file.append(sequence, topic, new UnsafeBuffer(bytes), 0, bytes.length);
    }
}
