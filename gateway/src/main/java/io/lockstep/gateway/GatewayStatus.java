package io.lockstep.gateway;

import io.lockstep.gateway.aeron.FrontCounters;
import io.lockstep.gateway.bridge.BridgeProxy;
import io.lockstep.gateway.bridge.GatewayCounters;
import io.lockstep.gateway.mqtt.DrainState;
import io.lockstep.gateway.mqtt.ListenerCounters;
import io.lockstep.gateway.mqtt.MqttListener;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** What a gateway says of itself. Any thread may ask. */
final class GatewayStatus {
    private final int gatewayId;
    private final String clusterName;
    private final BridgeProxy proxy;
    private final GatewayCounters counters;
    private final List<MqttListener> listeners;
    private final AeronListener aeron;
    private final DrainState drainState;

    GatewayStatus(
            final int gatewayId,
            final String clusterName,
            final BridgeProxy proxy,
            final GatewayCounters counters,
            final List<MqttListener> listeners,
            final AeronListener aeron,
            final DrainState drainState) {
        this.gatewayId = gatewayId;
        this.clusterName = clusterName;
        this.proxy = proxy;
        this.counters = counters;
        this.listeners = listeners;
        this.aeron = aeron;
        this.drainState = drainState;
    }

    /** Whether clients should come here. */
    boolean isHealthy() {
        return proxy.isHealthy() && !isDraining();
    }

    private boolean isDraining() {
        return drainState.notice() != null;
    }

    String healthJson() {
        return "{\"id\":" + gatewayId + ",\"isHealthy\":" + isHealthy() + "}";
    }

    String statusJson() {
        final StringBuilder json = new StringBuilder(512);
        json.append("{\"id\":").append(gatewayId);
        json.append(",\"cluster\":\"").append(escaped(clusterName)).append('"');
        json.append(",\"isConnected\":").append(proxy.isHealthy());
        json.append(",\"isDraining\":").append(isDraining());
        json.append(",\"connections\":").append(difference(counters.connectionsOpened(), counters.connectionsClosed()));
        json.append(",\"sessions\":").append(difference(counters.sessionsOpened(), counters.sessionsClosed()));
        append(json, "connectionsOpened", counters.connectionsOpened());
        append(json, "sessionsOpened", counters.sessionsOpened());
        append(json, "clientsRefused", counters.clientsRefused());
        append(json, "clientsDisconnected", counters.clientsDisconnected());
        append(json, "messagesIn", counters.messagesIn());
        append(json, "messagesAccepted", counters.messagesAccepted());
        append(json, "messagesRefused", counters.messagesRefused());
        append(json, "messagesUnknown", counters.messagesUnknown());
        append(json, "messagesOut", counters.messagesOut());
        append(json, "messagesDropped", counters.messagesDropped());
        append(json, "messagesExpired", counters.messagesExpired());
        append(json, "messagesDenied", counters.messagesDenied());
        append(json, "readsHeldBack", counters.readsHeldBack());
        append(json, "errors", counters.errors());
        appendListeners(json);
        return json.append('}').toString();
    }

    private void appendListeners(final StringBuilder json) {
        json.append(",\"listeners\":[");
        String separator = "";
        for (final MqttListener listener : listeners) {
            final ListenerCounters ofListener = listener.counters();
            json.append(separator)
                    .append("{\"transport\":\"")
                    .append(listener.transport().key());
            json.append("\",\"port\":").append(listener.port());
            json.append(",\"connections\":")
                    .append(difference(ofListener.connectionsOpened(), ofListener.connectionsClosed()));
            append(json, "connectionsOpened", ofListener.connectionsOpened());
            append(json, "handshakesFailed", ofListener.handshakesFailed());
            json.append('}');
            separator = ",";
        }
        if (aeron != null) {
            appendAeron(json.append(separator));
        }
        json.append(']');
    }

    private void appendAeron(final StringBuilder json) {
        final FrontCounters ofAeron = aeron.counters();
        json.append("{\"transport\":\"aeron\",\"port\":").append(aeron.port());
        json.append(",\"isListening\":").append(aeron.isListening());
        json.append(",\"connections\":").append(difference(ofAeron.sessionsOpened(), ofAeron.sessionsClosed()));
        json.append(",\"reads\":").append(difference(ofAeron.readsOpened(), ofAeron.readsClosed()));
        append(json, "connectionsOpened", ofAeron.sessionsOpened());
        append(json, "connectionsRefused", ofAeron.sessionsRefused());
        append(json, "commandsIn", ofAeron.commandsIn());
        append(json, "commandsDenied", ofAeron.commandsDenied());
        append(json, "answersOut", ofAeron.answersOut());
        append(json, "answersDropped", ofAeron.answersDropped());
        append(json, "recordsOut", ofAeron.recordsOut());
        json.append('}');
    }

    private static void append(final StringBuilder json, final String key, final LongAdder counter) {
        json.append(",\"").append(key).append("\":").append(counter.sum());
    }

    // Read in this order so that an event in between does not make the difference negative.
    private static long difference(final LongAdder opened, final LongAdder closed) {
        final long closedCount = closed.sum();
        return opened.sum() - closedCount;
    }

    private static String escaped(final String text) {
        final StringBuilder escaped = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            final char character = text.charAt(i);
            if (character == '"' || character == '\\') {
                escaped.append('\\').append(character);
            } else if (character < ' ') {
                escaped.append(String.format("\\u%04x", (int) character));
            } else {
                escaped.append(character);
            }
        }
        return escaped.toString();
    }
}
