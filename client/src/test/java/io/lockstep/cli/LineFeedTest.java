package io.lockstep.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, unit = TimeUnit.SECONDS)
class LineFeedTest {
    @Test
    void shouldSplitLinesWhenTheyEndInEitherWay() {
        assertEquals(List.of("a", "", "b", "c d"), readAll(new ByteArrayInputStream(bytes("a\n\nb\r\nc d"))));
    }

    @Test
    void shouldGiveNothingWhenInputIsEmpty() {
        assertEquals(List.of(), readAll(new ByteArrayInputStream(new byte[0])));
    }

    @Test
    void shouldKeepOrderWhenInputIsLongerThanQueue() {
        // given
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < 20_000; i++) {
            text.append(i).append('\n');
        }

        // when
        final List<String> lines = readAll(new ByteArrayInputStream(bytes(text.toString())));

        // then
        assertEquals(20_000, lines.size());
        assertEquals("19999", lines.get(19_999));
    }

    @Test
    void shouldKeepMessageWholeWhenItHoldsEndsOfLines() {
        try (LineFeed feed = new LineFeed(bytes("a\nb\n"))) {
            assertEquals("a\nb\n", new String(feed.poll(), StandardCharsets.UTF_8));
            assertTrue(feed.isExhausted());
        }
    }

    @Test
    void shouldTellWhenReadingFails() {
        // given
        final InputStream broken = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("the disk is gone");
            }

            @Override
            public int read(final byte[] target, final int offset, final int length) throws IOException {
                throw new IOException("the disk is gone");
            }
        };

        // when
        try (LineFeed feed = new LineFeed(broken)) {
            while (!feed.isExhausted()) {
                Thread.onSpinWait();
            }

            // then
            assertTrue(feed.failure().contains("the disk is gone"));
        }
    }

    private static List<String> readAll(final InputStream input) {
        final List<String> lines = new ArrayList<>();
        try (LineFeed feed = new LineFeed(input)) {
            while (!feed.isExhausted()) {
                final byte[] line = feed.poll();
                if (line != null) {
                    lines.add(new String(line, StandardCharsets.UTF_8));
                }
            }
        }
        return lines;
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
