package io.lockstep.gateway.mqtt;

import io.lockstep.gateway.session.MessageTraits;
import io.lockstep.topic.TopicName;
import io.lockstep.wire.MessageHeaders;
import io.lockstep.wire.ReservedHeaders;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.BinaryProperty;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.netty.handler.codec.mqtt.MqttProperties.MqttProperty;
import io.netty.handler.codec.mqtt.MqttProperties.StringPair;
import io.netty.handler.codec.mqtt.MqttProperties.StringProperty;
import io.netty.handler.codec.mqtt.MqttProperties.UserProperties;
import io.netty.handler.codec.mqtt.MqttProperties.UserProperty;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Turns the properties of a PUBLISH into a header block and back. The protocol's own properties have keys that begin with
 * {@code $}; user properties keep their name, their order and their repetitions, and get one {@code $} more in front
 * where the name is empty or begins with {@code $}. No state.
 */
final class HeaderMapping {
    static final String CONTENT_TYPE = "$contentType";
    static final String RESPONSE_TOPIC = "$responseTopic";
    static final String CORRELATION_DATA = "$correlationData";
    static final String PAYLOAD_FORMAT = "$payloadFormat";

    static final byte[] NO_HEADERS = new byte[0];

    private static final int MAX_TEXT_BYTES = 65_535;
    private static final int ORDINARY_QOS = 1;
    private static final byte[] RETAINED = utf8("1");

    private HeaderMapping() {}

    /**
     * The header block of a PUBLISH with these properties.
     *
     * @param qos        where nothing else tells it, else 1.
     * @param isRetained whether it becomes the last value of its topic.
     * @param from       client id of the publisher, or null where nobody needs to know it.
     */
    static byte[] toHeaders(
            final MqttProperties properties, final int qos, final boolean isRetained, final String from) {
        return toHeaders(properties, qos, isRetained, from, null);
    }

    /** These headers on behalf of a client, where {@code principal} is not null. */
    static byte[] onBehalf(final byte[] headers, final byte[] principal) {
        if (principal == null) {
            return headers;
        }
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final int index = put(buffer, 0, ReservedHeaders.PRINCIPAL, principal);
        buffer.putBytes(index, headers);
        final byte[] block = new byte[index + headers.length];
        buffer.getBytes(0, block);
        return block;
    }

    /** The same on behalf of a client, where {@code principal} is not null. */
    static byte[] toHeaders(
            final MqttProperties properties,
            final int qos,
            final boolean isRetained,
            final String from,
            final byte[] principal) {
        if (properties.isEmpty() && qos == ORDINARY_QOS && !isRetained && from == null && principal == null) {
            return NO_HEADERS;
        }
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        int index = 0;
        if (qos != ORDINARY_QOS) {
            index = put(buffer, index, MessageTraits.QOS_KEY, utf8(Integer.toString(qos)));
        }
        if (isRetained) {
            index = put(buffer, index, MessageTraits.RETAIN_KEY, RETAINED);
        }
        if (from != null) {
            index = put(buffer, index, MessageTraits.FROM_KEY, utf8(from));
        }
        if (principal != null) {
            index = put(buffer, index, ReservedHeaders.PRINCIPAL, principal);
        }
        for (final MqttProperty<?> property : properties.listAll()) {
            switch (property.propertyId()) {
                case MqttProperties.CONTENT_TYPE -> index = put(buffer, index, CONTENT_TYPE, utf8(text(property)));
                case MqttProperties.RESPONSE_TOPIC -> index = put(buffer, index, RESPONSE_TOPIC, utf8(text(property)));
                case MqttProperties.CORRELATION_DATA ->
                    index = put(buffer, index, CORRELATION_DATA, ((BinaryProperty) property).value());
                case MqttProperties.PAYLOAD_FORMAT_INDICATOR ->
                    index = put(buffer, index, PAYLOAD_FORMAT, utf8(number(property)));
                case MqttProperties.PUBLICATION_EXPIRY_INTERVAL ->
                    index = put(buffer, index, MessageTraits.EXPIRY_KEY, utf8(inMs(property)));
                case MqttProperties.USER_PROPERTY -> {
                    for (final StringPair pair : ((UserProperties) property).value()) {
                        index = put(buffer, index, escaped(pair.key), utf8(pair.value));
                    }
                }
                default -> {
                    // The other properties of a PUBLISH concern the connection, not the message.
                }
            }
        }
        final byte[] block = new byte[index];
        buffer.getBytes(0, block);
        return block;
    }

    /**
     * The properties of a PUBLISH with these headers.
     *
     * @param remainingSeconds what is left of its time, or {@link MessageTraits#NO_EXPIRY}.
     */
    static MqttProperties toProperties(final byte[] headers, final long remainingSeconds) {
        if (headers.length == 0) {
            return MqttProperties.NO_PROPERTIES;
        }
        final MqttProperties properties = new MqttProperties();
        MessageHeaders.forEach(
                new UnsafeBuffer(headers),
                0,
                headers.length,
                (block, keyOffset, keyLength, valueOffset, valueLength) -> add(
                        properties,
                        utf8(block, keyOffset, keyLength),
                        bytes(block, valueOffset, valueLength),
                        remainingSeconds));
        return properties;
    }

    /** What properties take in a packet, without the length that precedes them. */
    static int encodedLength(final MqttProperties properties) {
        int length = 0;
        for (final MqttProperty<?> property : properties.listAll()) {
            if (property instanceof final UserProperties pairs) {
                for (final StringPair pair : pairs.value()) {
                    length += 5 + ByteBufUtil.utf8Bytes(pair.key) + ByteBufUtil.utf8Bytes(pair.value);
                }
            } else if (property instanceof final StringProperty string) {
                length += 3 + ByteBufUtil.utf8Bytes(string.value());
            } else if (property instanceof final BinaryProperty binary) {
                length += 3 + binary.value().length;
            } else {
                length += numberLength((IntegerProperty) property);
            }
        }
        return length;
    }

    private static int numberLength(final IntegerProperty property) {
        return switch (property.propertyId()) {
            case MqttProperties.PAYLOAD_FORMAT_INDICATOR -> 2;
            case MqttProperties.TOPIC_ALIAS -> 3;
            case MqttProperties.SUBSCRIPTION_IDENTIFIER -> 1 + Packets.variableLength(property.value());
            default -> 5;
        };
    }

    // What MQTT cannot carry is left out: text of more than 65,535 bytes or with U+0000, a second value of what may be
    // there once, a value that is not what its key promises.
    private static void add(
            final MqttProperties properties, final String key, final byte[] value, final long remainingSeconds) {
        if (value.length > MAX_TEXT_BYTES) {
            return;
        }
        switch (key) {
            case CONTENT_TYPE -> addText(properties, MqttProperties.CONTENT_TYPE, value);
            case RESPONSE_TOPIC -> {
                if (TopicName.isValid(new UnsafeBuffer(value), 0, value.length)) {
                    addText(properties, MqttProperties.RESPONSE_TOPIC, value);
                }
            }
            case CORRELATION_DATA -> {
                if (properties.getProperty(MqttProperties.CORRELATION_DATA) == null) {
                    properties.add(new BinaryProperty(MqttProperties.CORRELATION_DATA, value));
                }
            }
            case PAYLOAD_FORMAT -> {
                if (Arrays.equals(value, utf8("1"))
                        && properties.getProperty(MqttProperties.PAYLOAD_FORMAT_INDICATOR) == null) {
                    properties.add(new IntegerProperty(MqttProperties.PAYLOAD_FORMAT_INDICATOR, 1));
                }
            }
            case MessageTraits.EXPIRY_KEY -> {
                if (remainingSeconds != MessageTraits.NO_EXPIRY
                        && properties.getProperty(MqttProperties.PUBLICATION_EXPIRY_INTERVAL) == null) {
                    // The property is an unsigned 32-bit number in a signed one.
                    properties.add(
                            new IntegerProperty(MqttProperties.PUBLICATION_EXPIRY_INTERVAL, (int) remainingSeconds));
                }
            }
            case MessageTraits.QOS_KEY,
                    MessageTraits.FROM_KEY,
                    MessageTraits.PACKET_KEY,
                    MessageTraits.RETAIN_KEY,
                    ReservedHeaders.PRINCIPAL -> {
                // Told by the fixed header of the packet; and who published is nobody else's business.
            }
            default -> addUserProperty(properties, unescaped(key), new String(value, StandardCharsets.UTF_8));
        }
    }

    private static void addText(final MqttProperties properties, final int propertyId, final byte[] value) {
        final String text = new String(value, StandardCharsets.UTF_8);
        // Bytes that are not UTF-8 became U+FFFD, which may be longer than they were.
        final boolean fits = ByteBufUtil.utf8Bytes(text) <= MAX_TEXT_BYTES;
        if (fits && text.indexOf('\0') < 0 && properties.getProperty(propertyId) == null) {
            properties.add(new StringProperty(propertyId, text));
        }
    }

    private static void addUserProperty(final MqttProperties properties, final String key, final String value) {
        // Bytes that are not UTF-8 became U+FFFD, which may be longer than they were.
        final boolean fits =
                ByteBufUtil.utf8Bytes(key) <= MAX_TEXT_BYTES && ByteBufUtil.utf8Bytes(value) <= MAX_TEXT_BYTES;
        if (fits && key.indexOf('\0') < 0 && value.indexOf('\0') < 0) {
            properties.add(new UserProperty(key, value));
        }
    }

    private static String escaped(final String name) {
        return name.isEmpty() || name.charAt(0) == '$' ? "$" + name : name;
    }

    private static String unescaped(final String key) {
        return key.equals("$") || key.startsWith("$$") ? key.substring(1) : key;
    }

    private static int put(final ExpandableArrayBuffer buffer, final int index, final String key, final byte[] value) {
        return MessageHeaders.putEntry(buffer, index, utf8(key), value);
    }

    private static String text(final MqttProperty<?> property) {
        return ((StringProperty) property).value();
    }

    private static String number(final MqttProperty<?> property) {
        return Integer.toUnsignedString(((IntegerProperty) property).value());
    }

    private static String inMs(final MqttProperty<?> seconds) {
        return Long.toString(1_000L * Integer.toUnsignedLong(((IntegerProperty) seconds).value()));
    }

    private static byte[] bytes(final DirectBuffer buffer, final int offset, final int length) {
        final byte[] bytes = new byte[length];
        buffer.getBytes(offset, bytes);
        return bytes;
    }

    private static String utf8(final DirectBuffer buffer, final int offset, final int length) {
        return new String(bytes(buffer, offset, length), StandardCharsets.UTF_8);
    }

    private static byte[] utf8(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
