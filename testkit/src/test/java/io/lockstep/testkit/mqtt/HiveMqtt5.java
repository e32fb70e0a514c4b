package io.lockstep.testkit.mqtt;

import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5ClientBuilder;
import com.hivemq.client.mqtt.mqtt5.datatypes.Mqtt5UserProperties;
import com.hivemq.client.mqtt.mqtt5.datatypes.Mqtt5UserProperty;
import com.hivemq.client.mqtt.mqtt5.message.connect.Mqtt5Connect;
import com.hivemq.client.mqtt.mqtt5.message.connect.Mqtt5ConnectBuilder;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5PublishBuilder;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5PublishResult;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5Subscribe;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The client of HiveMQ for MQTT 5.0. */
final class HiveMqtt5 extends HiveClient {
    private final Mqtt5AsyncClient client;
    private final boolean isSessionPresent;

    HiveMqtt5(final int port, final boolean isWebSocket, final Options options) {
        super(options.clientId());
        final Mqtt5ClientBuilder builder = builder(port, options).useMqttVersion5();
        client = isWebSocket
                ? builder.webSocketConfig()
                        .serverPath("mqtt")
                        .applyWebSocketConfig()
                        .buildAsync()
                : builder.buildAsync();
        client.publishes(MqttGlobalPublishFilter.ALL, this::onPublish);
        final Mqtt5ConnectBuilder connect = Mqtt5Connect.builder()
                .cleanStart(options.isCleanStart())
                .sessionExpiryInterval(options.sessionExpirySeconds())
                .willPublish(options.will() == null ? null : packet(options.will()));
        isSessionPresent = join(client.connect(connect.build())).isSessionPresent();
    }

    @Override
    public boolean isSessionPresent() {
        return isSessionPresent;
    }

    @Override
    public int subscribe(final String filter, final int qos) {
        return join(client.subscribe(Mqtt5Subscribe.builder()
                        .topicFilter(filter)
                        .qos(qos(qos))
                        .build()))
                .getReasonCodes()
                .get(0)
                .getCode();
    }

    @Override
    public void publish(final ClientMessage message) {
        final Mqtt5PublishResult result = join(client.publish(packet(message)));
        if (result.getError().isPresent()) {
            throw new IllegalStateException(
                    message + " was refused", result.getError().get());
        }
    }

    @Override
    void disconnect() {
        if (client.getState().isConnected()) {
            join(client.disconnect());
        }
    }

    private static Mqtt5Publish packet(final ClientMessage message) {
        final ClientMessage.Properties properties = message.properties();
        final Mqtt5PublishBuilder.Complete builder = Mqtt5Publish.builder()
                .topic(message.topic())
                .qos(qos(message.qos()))
                .retain(message.isRetained())
                .payload(bytes(message.payload()))
                .contentType(properties.contentType())
                .responseTopic(properties.responseTopic())
                .correlationData(properties.correlation() == null ? null : bytes(properties.correlation()))
                .userProperties(Mqtt5UserProperties.of(properties.user().stream()
                        .map(property -> Mqtt5UserProperty.of(property.name(), property.value()))
                        .toList()));
        return properties.expirySeconds() == 0
                ? builder.build()
                : builder.messageExpiryInterval(properties.expirySeconds()).build();
    }

    private void onPublish(final Mqtt5Publish publish) {
        onMessage(
                publish.getTopic().toString(),
                publish.getQos().getCode(),
                publish.isRetain(),
                publish.getPayloadAsBytes(),
                new ClientMessage.Properties(
                        publish.getUserProperties().asList().stream()
                                .map(property -> new ClientMessage.UserProperty(
                                        property.getName().toString(),
                                        property.getValue().toString()))
                                .toList(),
                        publish.getContentType().map(Object::toString).orElse(null),
                        publish.getResponseTopic().map(Object::toString).orElse(null),
                        publish.getCorrelationData().map(HiveMqtt5::text).orElse(null),
                        publish.getMessageExpiryInterval().orElse(0)));
    }

    private static String text(final ByteBuffer buffer) {
        return StandardCharsets.UTF_8.decode(buffer.duplicate()).toString();
    }
}
