package io.lockstep.gateway.mqtt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.gateway.session.MessageTraits;
import io.lockstep.wire.MessageHeaders;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.BinaryProperty;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.netty.handler.codec.mqtt.MqttProperties.StringPair;
import io.netty.handler.codec.mqtt.MqttProperties.StringProperty;
import io.netty.handler.codec.mqtt.MqttProperties.UserProperties;
import io.netty.handler.codec.mqtt.MqttProperties.UserProperty;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class HeaderMappingTest {
    @Test
    void shouldKeepEverythingWhenPropertiesGoThereAndBack() {
        final MqttProperties properties = new MqttProperties();
        properties.add(new UserProperty("b", "1"));
        properties.add(new UserProperty("a", "2"));
        properties.add(new UserProperty("b", "3"));
        properties.add(new UserProperty("", "empty name"));
        properties.add(new UserProperty("$", "dollar"));
        properties.add(new UserProperty("$contentType", "no content type"));
        properties.add(new UserProperty("ü", ""));
        properties.add(new StringProperty(MqttProperties.CONTENT_TYPE, "text/plain"));
        properties.add(new StringProperty(MqttProperties.RESPONSE_TOPIC, "answers/7"));
        properties.add(new BinaryProperty(MqttProperties.CORRELATION_DATA, new byte[] {0, -1, 7}));
        properties.add(new IntegerProperty(MqttProperties.PAYLOAD_FORMAT_INDICATOR, 1));
        properties.add(new IntegerProperty(MqttProperties.PUBLICATION_EXPIRY_INTERVAL, 60));

        final byte[] headers = HeaderMapping.toHeaders(properties, 1, false, null);
        final MqttProperties result = HeaderMapping.toProperties(headers, 42);

        assertEquals(
                List.of("b=1", "a=2", "b=3", "=empty name", "$=dollar", "$contentType=no content type", "ü="),
                userProperties(result));
        assertEquals("text/plain", text(result, MqttProperties.CONTENT_TYPE));
        assertEquals("answers/7", text(result, MqttProperties.RESPONSE_TOPIC));
        assertArrayEquals(
                new byte[] {0, -1, 7}, ((BinaryProperty) result.getProperty(MqttProperties.CORRELATION_DATA)).value());
        assertEquals(1, number(result, MqttProperties.PAYLOAD_FORMAT_INDICATOR));
        assertEquals(42, number(result, MqttProperties.PUBLICATION_EXPIRY_INTERVAL));
        assertEquals(1, traits(headers).qos());
        assertEquals(60_000, traits(headers).expiryMs());
    }

    @Test
    void shouldRememberQosWhenItIsZero() {
        final byte[] headers = HeaderMapping.toHeaders(MqttProperties.NO_PROPERTIES, 0, false, null);

        assertEquals(0, traits(headers).qos());
        assertTrue(HeaderMapping.toProperties(headers, MessageTraits.NO_EXPIRY).isEmpty());
        assertEquals(0, HeaderMapping.toHeaders(MqttProperties.NO_PROPERTIES, 1, false, null).length);
    }

    @Test
    void shouldShowHeadersOfNativeProducersWhenTheyAreText() {
        final Map<String, String> headers = new LinkedHashMap<>();
        headers.put("unit", "C");
        headers.put("$unknown", "x");
        headers.put("$contentType", "text/csv");
        headers.put("$payloadFormat", "7");
        headers.put("nul", "a\0b");
        headers.put("long", "x".repeat(65_536));
        headers.put("just", "y".repeat(65_535));

        final MqttProperties result =
                HeaderMapping.toProperties(MessageHeaders.encode(headers), MessageTraits.NO_EXPIRY);

        assertEquals(List.of("unit=C", "$unknown=x", "just=" + "y".repeat(65_535)), userProperties(result));
        assertEquals("text/csv", text(result, MqttProperties.CONTENT_TYPE));
        assertNull(result.getProperty(MqttProperties.PAYLOAD_FORMAT_INDICATOR));
    }

    @Test
    void shouldLeaveOutWhatMqttCannotCarryWhenANativeProducerSendsIt() {
        final byte[] noText = new byte[40_000];
        Arrays.fill(noText, (byte) 0xFF);
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        int length = MessageHeaders.putEntry(buffer, 0, "$contentType".getBytes(StandardCharsets.UTF_8), noText);
        length = MessageHeaders.putEntry(
                buffer,
                length,
                "$responseTopic".getBytes(StandardCharsets.UTF_8),
                "a/#".getBytes(StandardCharsets.UTF_8));
        final byte[] headers = new byte[length];
        buffer.getBytes(0, headers);

        final MqttProperties result = HeaderMapping.toProperties(headers, MessageTraits.NO_EXPIRY);

        assertTrue(result.isEmpty());
    }

    private static MessageTraits traits(final byte[] headers) {
        return MessageTraits.of(new UnsafeBuffer(headers), 0, headers.length);
    }

    private static List<String> userProperties(final MqttProperties properties) {
        final List<StringPair> pairs = ((UserProperties) properties.getProperty(MqttProperties.USER_PROPERTY)).value();
        return pairs.stream().map(pair -> pair.key + "=" + pair.value).toList();
    }

    private static String text(final MqttProperties properties, final int propertyId) {
        return ((StringProperty) properties.getProperty(propertyId)).value();
    }

    private static int number(final MqttProperties properties, final int propertyId) {
        return ((IntegerProperty) properties.getProperty(propertyId)).value();
    }
}
