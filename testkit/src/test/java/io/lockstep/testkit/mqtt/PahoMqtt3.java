package io.lockstep.testkit.mqtt;

import java.util.concurrent.TimeUnit;
import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.IMqttToken;
import org.eclipse.paho.client.mqttv3.MqttAsyncClient;
import org.eclipse.paho.client.mqttv3.MqttCallback;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;

/** Eclipse Paho for MQTT 3.1.1. */
final class PahoMqtt3 extends LibraryClient {
    private static final long TIMEOUT_MS = TimeUnit.SECONDS.toMillis(TIMEOUT_SECONDS);

    private final MqttAsyncClient client;
    private final boolean isSessionPresent;

    PahoMqtt3(final String uri, final Options options) throws MqttException {
        super(options.clientId());
        client = new MqttAsyncClient(uri, options.clientId(), new MemoryPersistence());
        client.setCallback(new Receiver());
        final MqttConnectOptions connect = new MqttConnectOptions();
        connect.setMqttVersion(MqttConnectOptions.MQTT_VERSION_3_1_1);
        connect.setAutomaticReconnect(false);
        connect.setCleanSession(options.isCleanStart());
        final ClientMessage will = options.will();
        if (will != null) {
            connect.setWill(will.topic(), bytes(will.payload()), will.qos(), will.isRetained());
        }
        final IMqttToken token = client.connect(connect);
        token.waitForCompletion(TIMEOUT_MS);
        isSessionPresent = token.getSessionPresent();
    }

    @Override
    public boolean isSessionPresent() {
        return isSessionPresent;
    }

    @Override
    public int subscribe(final String filter, final int qos) throws MqttException {
        final IMqttToken token = client.subscribe(filter, qos);
        token.waitForCompletion(TIMEOUT_MS);
        return token.getGrantedQos()[0];
    }

    @Override
    public void publish(final ClientMessage message) throws MqttException {
        client.publish(message.topic(), bytes(message.payload()), message.qos(), message.isRetained())
                .waitForCompletion(TIMEOUT_MS);
    }

    @Override
    void disconnect() throws MqttException {
        if (client.isConnected()) {
            client.disconnect().waitForCompletion(TIMEOUT_MS);
        }
        client.close(true);
    }

    private final class Receiver implements MqttCallback {
        @Override
        public void messageArrived(final String topic, final MqttMessage message) {
            onMessage(
                    topic, message.getQos(), message.isRetained(), message.getPayload(), ClientMessage.Properties.NONE);
        }

        @Override
        public void connectionLost(final Throwable cause) {
            // What is missing fails the test.
        }

        @Override
        public void deliveryComplete(final IMqttDeliveryToken token) {
            // The token of the call tells.
        }
    }
}
