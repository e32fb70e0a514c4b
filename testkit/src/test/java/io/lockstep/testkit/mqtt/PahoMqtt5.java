package io.lockstep.testkit.mqtt;

import java.util.concurrent.TimeUnit;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttAsyncClient;
import org.eclipse.paho.mqttv5.client.MqttCallback;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.MqttDisconnectResponse;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.eclipse.paho.mqttv5.common.packet.UserProperty;

/** Eclipse Paho for MQTT 5.0. */
final class PahoMqtt5 extends LibraryClient {
    private static final long TIMEOUT_MS = TimeUnit.SECONDS.toMillis(TIMEOUT_SECONDS);

    private final MqttAsyncClient client;
    private final boolean isSessionPresent;

    PahoMqtt5(final String uri, final Options options) throws MqttException {
        super(options.clientId());
        client = new MqttAsyncClient(uri, options.clientId(), new MemoryPersistence());
        client.setCallback(new Receiver());
        final MqttConnectionOptions connect = new MqttConnectionOptions();
        connect.setAutomaticReconnect(false);
        connect.setCleanStart(options.isCleanStart());
        connect.setSessionExpiryInterval(options.sessionExpirySeconds());
        if (options.will() != null) {
            final MqttMessage will = message(options.will());
            connect.setWill(options.will().topic(), will);
            connect.setWillMessageProperties(will.getProperties());
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
        return token.getReasonCodes()[0];
    }

    @Override
    public void publish(final ClientMessage message) throws MqttException {
        client.publish(message.topic(), message(message)).waitForCompletion(TIMEOUT_MS);
    }

    @Override
    void disconnect() throws MqttException {
        if (client.isConnected()) {
            client.disconnect().waitForCompletion(TIMEOUT_MS);
        }
        client.close(true);
    }

    private static MqttMessage message(final ClientMessage message) {
        final ClientMessage.Properties from = message.properties();
        final MqttProperties properties = new MqttProperties();
        properties.setUserProperties(from.user().stream()
                .map(property -> new UserProperty(property.name(), property.value()))
                .toList());
        properties.setContentType(from.contentType());
        properties.setResponseTopic(from.responseTopic());
        if (from.correlation() != null) {
            properties.setCorrelationData(bytes(from.correlation()));
        }
        if (from.expirySeconds() > 0) {
            properties.setMessageExpiryInterval(from.expirySeconds());
        }
        return new MqttMessage(bytes(message.payload()), message.qos(), message.isRetained(), properties);
    }

    private static ClientMessage.Properties properties(final MqttProperties from) {
        return new ClientMessage.Properties(
                from.getUserProperties().stream()
                        .map(property -> new ClientMessage.UserProperty(property.getKey(), property.getValue()))
                        .toList(),
                from.getContentType(),
                from.getResponseTopic(),
                from.getCorrelationData() == null ? null : text(from.getCorrelationData()),
                from.getMessageExpiryInterval() == null ? 0 : from.getMessageExpiryInterval());
    }

    private final class Receiver implements MqttCallback {
        @Override
        public void messageArrived(final String topic, final MqttMessage message) {
            onMessage(
                    topic,
                    message.getQos(),
                    message.isRetained(),
                    message.getPayload(),
                    properties(message.getProperties()));
        }

        @Override
        public void disconnected(final MqttDisconnectResponse response) {
            // What is missing fails the test.
        }

        @Override
        public void mqttErrorOccurred(final MqttException exception) {
            // What is missing fails the test.
        }

        @Override
        public void deliveryComplete(final IMqttToken token) {
            // The token of the call tells.
        }

        @Override
        public void connectComplete(final boolean isReconnect, final String serverUri) {
            // The token of the call tells.
        }

        @Override
        public void authPacketArrived(final int reasonCode, final MqttProperties properties) {
            // There are none.
        }
    }
}
