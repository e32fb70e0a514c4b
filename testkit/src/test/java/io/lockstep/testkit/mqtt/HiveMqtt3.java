package io.lockstep.testkit.mqtt;

import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.mqtt3.Mqtt3AsyncClient;
import com.hivemq.client.mqtt.mqtt3.message.connect.Mqtt3Connect;
import com.hivemq.client.mqtt.mqtt3.message.connect.Mqtt3ConnectBuilder;
import com.hivemq.client.mqtt.mqtt3.message.publish.Mqtt3Publish;
import com.hivemq.client.mqtt.mqtt3.message.subscribe.Mqtt3Subscribe;

/** The client of HiveMQ for MQTT 3.1.1. */
final class HiveMqtt3 extends HiveClient {
    private final Mqtt3AsyncClient client;
    private final boolean isSessionPresent;

    HiveMqtt3(final int port, final Options options) {
        super(options.clientId());
        client = builder(port, options).useMqttVersion3().buildAsync();
        client.publishes(MqttGlobalPublishFilter.ALL, this::onPublish);
        final Mqtt3ConnectBuilder connect = Mqtt3Connect.builder()
                .cleanSession(options.isCleanStart())
                .willPublish(options.will() == null ? null : packet(options.will()));
        isSessionPresent = join(client.connect(connect.build())).isSessionPresent();
    }

    @Override
    public boolean isSessionPresent() {
        return isSessionPresent;
    }

    @Override
    public int subscribe(final String filter, final int qos) {
        return join(client.subscribe(Mqtt3Subscribe.builder()
                        .topicFilter(filter)
                        .qos(qos(qos))
                        .build()))
                .getReturnCodes()
                .get(0)
                .getCode();
    }

    @Override
    public void publish(final ClientMessage message) {
        join(client.publish(packet(message)));
    }

    @Override
    void disconnect() {
        if (client.getState().isConnected()) {
            join(client.disconnect());
        }
    }

    private static Mqtt3Publish packet(final ClientMessage message) {
        return Mqtt3Publish.builder()
                .topic(message.topic())
                .qos(qos(message.qos()))
                .retain(message.isRetained())
                .payload(bytes(message.payload()))
                .build();
    }

    private void onPublish(final Mqtt3Publish publish) {
        onMessage(
                publish.getTopic().toString(),
                publish.getQos().getCode(),
                publish.isRetain(),
                publish.getPayloadAsBytes(),
                ClientMessage.Properties.NONE);
    }
}
