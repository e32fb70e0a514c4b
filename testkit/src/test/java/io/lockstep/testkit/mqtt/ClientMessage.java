package io.lockstep.testkit.mqtt;

import java.util.List;

/** A message as the user of a client sees it, with texts as payload and correlation data. */
record ClientMessage(String topic, int qos, boolean isRetained, String payload, Properties properties) {
    ClientMessage(final String topic, final int qos, final String payload) {
        this(topic, qos, false, payload, Properties.NONE);
    }

    ClientMessage retained() {
        return new ClientMessage(topic, qos, true, payload, properties);
    }

    ClientMessage with(final Properties newProperties) {
        return new ClientMessage(topic, qos, isRetained, payload, newProperties);
    }

    /** As it comes to a subscription. */
    ClientMessage delivered(final int subscriptionQos, final boolean isMqtt5) {
        return new ClientMessage(
                topic, Math.min(qos, subscriptionQos), false, payload, isMqtt5 ? properties : Properties.NONE);
    }

    /** What MQTT 5.0 adds to a message; null and 0 where it is not there. */
    record Properties(
            List<UserProperty> user, String contentType, String responseTopic, String correlation, long expirySeconds) {
        static final Properties NONE = new Properties(List.of(), null, null, null, 0);

        Properties {
            user = List.copyOf(user);
        }

        Properties withExpiry(final long newExpirySeconds) {
            return new Properties(user, contentType, responseTopic, correlation, newExpirySeconds);
        }
    }

    /** May come several times with the same name; the order counts. */
    record UserProperty(String name, String value) {}
}
