package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.Message;
import io.lockstep.wire.MessageHeaders;
import io.lockstep.wire.ReservedHeaders;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.agrona.ExpandableArrayBuffer;

/**
 * A message that a group gave up, as it stands in its dead-letter topic.
 *
 * @param shardId     where it lives.
 * @param position    behind its record.
 * @param timestampNs when it was put aside.
 * @param headers     all of them as text.
 * @param original    the header block that it was published with.
 * @param payload     its content.
 */
// Nobody compares these as a whole or changes the bytes.
@SuppressWarnings("ArrayRecordComponent")
record DeadLetter(
        int shardId, long position, long timestampNs, Map<String, String> headers, byte[] original, byte[] payload) {
    private static final String DEAD = "$dead";

    static DeadLetter of(final Message message) {
        final byte[] payload = new byte[message.payloadLength()];
        message.buffer().getBytes(message.payloadOffset(), payload);
        final ExpandableArrayBuffer block = new ExpandableArrayBuffer();
        final int[] end = {0};
        MessageHeaders.forEach(
                message.buffer(),
                message.headersOffset(),
                message.headersLength(),
                (buffer, keyOffset, keyLength, valueOffset, valueLength) -> {
                    final byte[] key = new byte[keyLength];
                    buffer.getBytes(keyOffset, key);
                    if (!isOfTheShard(new String(key, StandardCharsets.UTF_8))) {
                        final byte[] value = new byte[valueLength];
                        buffer.getBytes(valueOffset, value);
                        end[0] = MessageHeaders.putEntry(block, end[0], key, value);
                    }
                });
        final byte[] original = new byte[end[0]];
        block.getBytes(0, original);
        return new DeadLetter(
                message.shardId(), message.position(), message.timestampNs(), message.headers(), original, payload);
    }

    /** The topic that it was published to. */
    String topic() {
        return headers.getOrDefault(ReservedHeaders.DEAD_TOPIC, "");
    }

    ObjectNode toJson() {
        final ObjectNode object = OutputOptions.newObject()
                .put("topic", topic())
                .put("group", headers.getOrDefault(ReservedHeaders.DEAD_GROUP, ""))
                .put("reason", headers.getOrDefault(ReservedHeaders.DEAD_REASON, ""))
                .put("attempts", number(ReservedHeaders.DEAD_ATTEMPTS))
                .put("shard", shardId)
                .put("sourcePosition", number(ReservedHeaders.DEAD_POSITION))
                .put("position", position)
                .put("timestampNs", timestampNs);
        final ObjectNode rest = object.putObject("headers");
        headers.forEach((key, value) -> {
            if (!key.startsWith(DEAD)) {
                rest.put(key, value);
            }
        });
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
        return object;
    }

    String toText() {
        return String.format(
                "%d:%d %s group %s, %s after %d attempt(s): %s",
                shardId,
                position,
                topic(),
                headers.getOrDefault(ReservedHeaders.DEAD_GROUP, "?"),
                headers.getOrDefault(ReservedHeaders.DEAD_REASON, "?"),
                number(ReservedHeaders.DEAD_ATTEMPTS),
                new String(payload, StandardCharsets.UTF_8));
    }

    // What the shard itself wrote, and a client may not.
    private static boolean isOfTheShard(final String key) {
        return key.startsWith(DEAD) || key.equals(ReservedHeaders.DUE_MS);
    }

    private long number(final String key) {
        try {
            return Long.parseLong(headers.getOrDefault(key, "0"));
        } catch (final NumberFormatException ex) {
            return 0;
        }
    }
}
