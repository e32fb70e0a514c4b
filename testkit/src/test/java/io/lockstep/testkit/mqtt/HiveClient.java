package io.lockstep.testkit.mqtt;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttClientBuilder;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** What the clients of HiveMQ for both versions share. */
abstract class HiveClient extends LibraryClient {
    HiveClient(final String clientId) {
        super(clientId);
    }

    static MqttClientBuilder builder(final int port, final Options options) {
        return MqttClient.builder()
                .identifier(options.clientId())
                .serverHost("localhost")
                .serverPort(port);
    }

    static <T> T join(final CompletableFuture<T> answer) {
        return answer.orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).join();
    }

    static MqttQos qos(final int qos) {
        return Objects.requireNonNull(MqttQos.fromCode(qos));
    }
}
