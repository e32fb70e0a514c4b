package io.lockstep.gateway.mqtt;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import java.util.EnumSet;

/**
 * One network connection: its state, what it writes, and why it is not read from for a time. Belongs to the event loop of
 * its channel.
 */
final class MqttConnection {
    /** Why reading pauses; reading goes on when no reason is left. */
    enum Pause {
        /** The bridge was asked to open the session. */
        OPENING,
        /** The queue to the bridge has no room. */
        QUEUE_FULL,
        /** Too much of the client's traffic waits for the cluster. */
        CREDIT_USED_UP,
        /** The gateway is about to stop. */
        DRAINING
    }

    private final Channel channel;
    private final PacketSizeGuard sizeGuard;
    private final EnumSet<Pause> pauses = EnumSet.noneOf(Pause.class);
    private ConnectionState state = ConnectionState.AWAITING_CONNECT;
    private ConnectSettings settings;

    MqttConnection(final Channel channel, final PacketSizeGuard sizeGuard) {
        this.channel = channel;
        this.sizeGuard = sizeGuard;
    }

    Channel channel() {
        return channel;
    }

    ConnectionState state() {
        return state;
    }

    /** What was agreed on; null before the CONNECT. */
    ConnectSettings settings() {
        return settings;
    }

    boolean isMqtt5() {
        return settings != null && settings.isMqtt5();
    }

    /** From now on no longer packet is sent. */
    void maxPacketBytes(final long maxPacketBytes) {
        sizeGuard.maxPacketBytes(maxPacketBytes);
    }

    long nowNs() {
        return channel.eventLoop().ticker().nanoTime();
    }

    /** Runs a task on the connection's event loop; any thread. */
    void run(final Runnable task) {
        channel.eventLoop().execute(task);
    }

    void onConnect(final ConnectSettings newSettings) {
        become(ConnectionState.OPENING);
        settings = newSettings;
        pause(Pause.OPENING);
    }

    void onOpened(final MqttMessage connAck) {
        become(ConnectionState.OPEN);
        send(connAck);
        resume(Pause.OPENING);
    }

    /** Writes without flushing. */
    void write(final MqttMessage message) {
        channel.write(message).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }

    void flush() {
        channel.flush();
    }

    void send(final MqttMessage message) {
        channel.writeAndFlush(message).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }

    boolean isWritable() {
        return channel.isWritable();
    }

    boolean isPaused() {
        return !pauses.isEmpty();
    }

    void pause(final Pause reason) {
        pauses.add(reason);
        channel.config().setAutoRead(false);
    }

    void resume(final Pause reason) {
        if (pauses.remove(reason) && pauses.isEmpty()) {
            channel.config().setAutoRead(true);
        }
    }

    /** Answers a CONNECT with a refusal and closes. */
    void refuse(final MqttConnectReturnCode returnCode, final String reason) {
        if (state == ConnectionState.CLOSING) {
            return;
        }
        become(ConnectionState.CLOSING);
        channel.writeAndFlush(MqttMessageBuilders.connAck()
                        .returnCode(returnCode)
                        .sessionPresent(false)
                        // Fixed header 2, flags 1, reason code 1, length of properties 1.
                        .properties(Packets.reasonProperties(reason, 5, sizeGuard.maxPacketBytes()))
                        .build())
                .addListener(ChannelFutureListener.CLOSE);
    }

    /** Answers a CONNECT of MQTT 5.0 that cannot be read with a refusal and closes. */
    void refuseUnread(final int reasonCode) {
        become(ConnectionState.CLOSING);
        channel.writeAndFlush(Packets.connAckOfBadConnect(reasonCode)).addListener(ChannelFutureListener.CLOSE);
    }

    /** Ends the connection; MQTT 5.0 clients are told why. */
    void disconnect(final int reasonCode, final String reason) {
        if (state == ConnectionState.CLOSING) {
            return;
        }
        final boolean isTold = state == ConnectionState.OPEN && settings.isMqtt5();
        become(ConnectionState.CLOSING);
        if (isTold) {
            channel.writeAndFlush(Packets.disconnect(reasonCode, reason, sizeGuard.maxPacketBytes()))
                    .addListener(ChannelFutureListener.CLOSE);
        } else {
            channel.close().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        }
    }

    /** Ends the connection without a word. */
    void close() {
        if (state != ConnectionState.CLOSING) {
            become(ConnectionState.CLOSING);
        }
        channel.close().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }

    private void become(final ConnectionState next) {
        if (!state.canBecome(next)) {
            throw new IllegalStateException("a connection cannot go from " + state + " to " + next);
        }
        state = next;
    }
}
