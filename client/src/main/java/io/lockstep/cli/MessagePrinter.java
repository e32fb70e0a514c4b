package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.Message;
import io.lockstep.client.MessageHandler;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.TimeUnit;

/** Prints messages: payloads as lines, or a JSON object for each. */
final class MessagePrinter implements MessageHandler {
    private final PrintStream out;
    private final boolean isJson;
    private long count;

    MessagePrinter(final PrintStream out, final boolean isJson) {
        this.out = out;
        this.isJson = isJson;
    }

    long count() {
        return count;
    }

    @Override
    public void onMessage(final Message message) {
        count++;
        final byte[] payload = new byte[message.payloadLength()];
        message.buffer().getBytes(message.payloadOffset(), payload);
        if (isJson) {
            out.println(OutputOptions.lineOf(toJson(message, payload)));
        } else {
            out.write(payload, 0, payload.length);
            out.write('\n');
        }
    }

    private static ObjectNode toJson(final Message message, final byte[] payload) {
        final ObjectNode object = OutputOptions.newObject()
                .put("topic", message.topic())
                .put("shard", message.shardId())
                .put("topicSequence", message.topicSequence())
                .put("shardSequence", message.shardSequence())
                .put("position", message.position())
                .put("timestampNs", message.timestampNs())
                .put("producerId", message.producerId())
                .put("producerSequence", message.producerSequence());
        if (message.partition() >= 0) {
            object.put("partition", message.partition());
        }
        if (message.dueMs() >= 0) {
            object.put("dueMs", message.dueMs());
            object.put("latenessNs", message.timestampNs() - TimeUnit.MILLISECONDS.toNanos(message.dueMs()));
        }
        final ObjectNode headers = object.putObject("headers");
        message.headers().forEach(headers::put);
        if (message.isRetained()) {
            object.put("retained", true);
        }
        putPayload(object, payload);
        return object;
    }

    static void putPayload(final ObjectNode object, final byte[] payload) {
        try {
            object.put(
                    "payload",
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(payload))
                            .toString());
        } catch (final CharacterCodingException ex) {
            // Not text: JSON cannot carry the bytes as they are.
            object.put("payloadBase64", Base64.getEncoder().encodeToString(payload));
        }
    }
}
