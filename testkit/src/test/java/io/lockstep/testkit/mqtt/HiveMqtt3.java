package io.lockstep.testkit.mqtt;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3AsyncClient;
import com.hivemq.client.mqtt.mqtt3.message.connect.Mqtt3Connect;
import com.hivemq.client.mqtt.mqtt3.message.connect.Mqtt3ConnectBuilder;
import com.hivemq.client.mqtt.mqtt3.message.publish.Mqtt3Publish;
import com.hivemq.client.mqtt.mqtt3.message.subscribe.Mqtt3Subscribe;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** The client of HiveMQ for MQTT 3.1.1. */
final class HiveMqtt3 implements EverydayClient {
    private final List<ClientMessage> received = new CopyOnWriteArrayList<>();
    private final Mqtt3AsyncClient client;
    private final boolean isSessionPresent;

    HiveMqtt3(final int port, final Options options) {
        client = MqttClient.builder()
                .useMqttVersion3()
                .identifier(options.clientId())
                .serverHost("localhost")
                .serverPort(port)
                .buildAsync();
        client.publishes(MqttGlobalPublishFilter.ALL, message -> received.add(HiveMqtt3.message(message)));
        final Mqtt3ConnectBuilder connect = Mqtt3Connect.builder()
                .cleanSession(options.isCleanStart())
                .willPublish(options.will() == null ? null : packet(options.will()));
        isSessionPresent = client.connect(connect.build())
                .orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .join()
                .isSessionPresent();
    }

    @Override
    public boolean isSessionPresent() {
        return isSessionPresent;
    }

    @Override
    public int subscribe(final String filter, final int qos) {
        return client.subscribe(Mqtt3Subscribe.builder()
                        .topicFilter(filter)
                        .qos(qos(qos))
                        .build())
                .orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .join()
                .getReturnCodes()
                .get(0)
                .getCode();
    }

    @Override
    public void publish(final ClientMessage message) {
        client.publish(packet(message))
                .orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .join();
    }

    @Override
    public List<ClientMessage> received() {
        return received;
    }

    @Override
    public void close() {
        if (client.getState().isConnected()) {
            client.disconnect().orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).join();
        }
    }

    private static MqttQos qos(final int qos) {
        return Objects.requireNonNull(MqttQos.fromCode(qos));
    }

    private static Mqtt3Publish packet(final ClientMessage message) {
        return Mqtt3Publish.builder()
                .topic(message.topic())
                .qos(qos(message.qos()))
                .retain(message.isRetained())
                .payload(message.payload().getBytes(StandardCharsets.UTF_8))
                .build();
    }

    private static ClientMessage message(final Mqtt3Publish publish) {
        return new ClientMessage(
                publish.getTopic().toString(),
                publish.getQos().getCode(),
                publish.isRetain(),
                new String(publish.getPayloadAsBytes(), StandardCharsets.UTF_8),
                ClientMessage.Properties.NONE);
    }
}
