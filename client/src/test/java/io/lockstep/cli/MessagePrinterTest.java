package io.lockstep.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lockstep.client.MessageFixture;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MessagePrinterTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    @Test
    void shouldPrintPayloadsAsLinesWhenAskedForText() {
        // given
        final MessagePrinter printer = new MessagePrinter(out, false);

        // when
        printer.onMessage(MessageFixture.message("a", Map.of("unit", "C"), utf8("21.5 °C")));
        printer.onMessage(MessageFixture.message("b", Map.of(), utf8("")));

        // then
        assertEquals("21.5 °C\n\n", bytes.toString(StandardCharsets.UTF_8));
        assertEquals(2, printer.count());
    }

    @Test
    void shouldPassBytesAsTheyAreWhenPayloadIsNoText() {
        // given
        final MessagePrinter printer = new MessagePrinter(out, false);

        // when
        printer.onMessage(MessageFixture.message("a", Map.of(), new byte[] {(byte) 0xFF, 0, (byte) 0xFE}));
        out.flush();

        // then
        assertArrayEquals(new byte[] {(byte) 0xFF, 0, (byte) 0xFE, '\n'}, bytes.toByteArray());
    }

    @Test
    void shouldPrintOneObjectForEachMessageWhenAskedForJson() {
        // given
        final MessagePrinter printer = new MessagePrinter(out, true);
        final Map<String, String> headers = new LinkedHashMap<>();
        headers.put("unit", "°C");
        headers.put("site", "7");

        // when
        printer.onMessage(MessageFixture.message("plant/7", headers, utf8("say \"21.5\"\n")));
        printer.onMessage(MessageFixture.message("a", Map.of(), new byte[] {(byte) 0xFF, 0, (byte) 0xFE}));

        // then
        final String numbers = "\"shard\":3,\"topicSequence\":14,\"shardSequence\":11,\"position\":4096,"
                + "\"timestampNs\":13,\"producerId\":15,\"producerSequence\":16,";
        assertEquals(
                "{\"topic\":\"plant/7\"," + numbers
                        + "\"headers\":{\"unit\":\"°C\",\"site\":\"7\"},\"payload\":\"say \\\"21.5\\\"\\n\"}\n"
                        + "{\"topic\":\"a\"," + numbers + "\"headers\":{},\"payloadBase64\":\"/wD+\"}\n",
                bytes.toString(StandardCharsets.UTF_8));
    }

    private static byte[] utf8(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
