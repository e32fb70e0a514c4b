package io.lockstep.gateway.mqtt;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.EnumSet;
import java.util.concurrent.TimeUnit;

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
        /** The client sent faster than it may. */
        RATE_EXCEEDED,
        /** Too much waits for a client that does not read. */
        UNSENT,
        /** The gateway is about to stop. */
        DRAINING
    }

    /** Answers beyond the socket's own buffers that may wait for a client; deliveries stop before that. */
    static final long MAX_UNSENT_BYTES = 256 << 10;

    /** How long a client may leave so much unread. */
    static final long UNSENT_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);

    /** How long the last packet may take. */
    static final long CLOSE_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(5);

    /** How long the client may take to close its end after it was told the last. */
    static final long LINGER_NS = TimeUnit.SECONDS.toNanos(1);

    private final Channel channel;
    private final PacketSizeGuard sizeGuard;
    private final boolean hasReasonStrings;
    private final EnumSet<Pause> pauses = EnumSet.noneOf(Pause.class);
    private ConnectionState state = ConnectionState.AWAITING_CONNECT;
    private ConnectSettings settings;
    private ScheduledFuture<?> unsentTimer;
    private Runnable onOver = () -> {};

    MqttConnection(final Channel channel, final PacketSizeGuard sizeGuard, final boolean hasReasonStrings) {
        this.channel = channel;
        this.sizeGuard = sizeGuard;
        this.hasReasonStrings = hasReasonStrings;
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

    /** What to do when the connection is over; it is done once. */
    void onConnect(final ConnectSettings newSettings, final Runnable newOnOver) {
        become(ConnectionState.OPENING);
        settings = newSettings;
        onOver = newOnOver;
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
        pauseIfUnsent();
    }

    void flush() {
        channel.flush();
    }

    void send(final MqttMessage message) {
        channel.writeAndFlush(message).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        pauseIfUnsent();
    }

    /** The client has read so much that more may be written; returns whether it was not read from until now. */
    boolean onWritable() {
        if (unsentTimer == null) {
            return false;
        }
        unsentTimer.cancel(false);
        unsentTimer = null;
        resume(Pause.UNSENT);
        return true;
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

    /** Reads no more for a time. */
    void pause(final Pause reason, final long durationNs, final Runnable then) {
        pause(reason);
        channel.eventLoop()
                .schedule(
                        () -> {
                            resume(reason);
                            then.run();
                        },
                        durationNs,
                        TimeUnit.NANOSECONDS)
                .addListener(future -> {});
    }

    void resume(final Pause reason) {
        if (pauses.remove(reason) && pauses.isEmpty()) {
            channel.config().setAutoRead(true);
        }
    }

    /** Answers a CONNECT with a refusal and closes. */
    void refuse(final MqttConnectReturnCode returnCode, final String reason) {
        // Fixed header 2, flags 1, reason code 1, length of properties 1.
        refuse(returnCode, Packets.reasonProperties(told(reason), 5, sizeGuard.maxPacketBytes()));
    }

    /** Answers a CONNECT with where to go instead, and closes; the words of a refusal are left out. */
    void sendElsewhere(final MqttConnectReturnCode returnCode, final DrainNotice notice) {
        refuse(returnCode, Packets.referenceProperties(notice, 5, sizeGuard.maxPacketBytes()));
    }

    private void refuse(final MqttConnectReturnCode returnCode, final MqttProperties properties) {
        if (state == ConnectionState.CLOSING) {
            return;
        }
        become(ConnectionState.CLOSING);
        closeAfter(channel.writeAndFlush(MqttMessageBuilders.connAck()
                .returnCode(returnCode)
                .sessionPresent(false)
                .properties(properties)
                .build()));
    }

    /** Answers a CONNECT of MQTT 5.0 that cannot be read with a refusal and closes. */
    void refuseUnread(final int reasonCode) {
        become(ConnectionState.CLOSING);
        closeAfter(channel.writeAndFlush(Packets.connAckOfBadConnect(reasonCode)));
    }

    /** Ends the connection; MQTT 5.0 clients are told why. */
    void disconnect(final int reasonCode, final String reason) {
        disconnect(Packets.disconnect(reasonCode, told(reason), sizeGuard.maxPacketBytes()));
    }

    /** Ends the connection; MQTT 5.0 clients are told where to go on. */
    void sendElsewhere(final DrainNotice notice) {
        disconnect(Packets.disconnect(notice, sizeGuard.maxPacketBytes()));
    }

    private void disconnect(final MqttMessage packet) {
        if (state == ConnectionState.CLOSING) {
            return;
        }
        final boolean isTold = state == ConnectionState.OPEN && settings.isMqtt5();
        become(ConnectionState.CLOSING);
        if (isTold) {
            closeAfter(channel.writeAndFlush(packet));
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

    private String told(final String reason) {
        return hasReasonStrings ? reason : null;
    }

    // A client that asks and does not read the answers must not fill the memory with them.
    private void pauseIfUnsent() {
        if (unsentTimer == null
                && state != ConnectionState.CLOSING
                && channel.bytesBeforeWritable() > MAX_UNSENT_BYTES) {
            pause(Pause.UNSENT);
            unsentTimer = channel.eventLoop().schedule(this::onUnsentTimeout, UNSENT_TIMEOUT_NS, TimeUnit.NANOSECONDS);
        }
    }

    private void onUnsentTimeout() {
        if (state != ConnectionState.CLOSING) {
            disconnect(ReasonCodes.SERVER_BUSY, "the client does not read");
        }
    }

    /** Does what is to be done when the connection is over, unless it was done before. */
    void end() {
        final Runnable last = onOver;
        onOver = () -> {};
        last.run();
    }

    private void closeAfter(final ChannelFuture lastWrite) {
        lastWrite.addListener(future -> {
            if (future.isSuccess()
                    && channel instanceof final DuplexChannel duplex
                    && duplex.isActive()
                    // Which has a farewell of its own.
                    && channel.pipeline().get(WebSocketServerProtocolHandler.class) == null) {
                linger(duplex);
            } else {
                closeNow();
            }
        });
        // The write never ends where the client does not read.
        closeIn(CLOSE_TIMEOUT_NS);
    }

    // What the client still sends would make the operating system answer with a reset, and the client could lose what
    // it was told last. So only this side ends, and what comes is read to nowhere until the client ends too.
    private void linger(final DuplexChannel duplex) {
        end();
        closeIn(LINGER_NS);
        channel.pipeline().addBefore(MqttPipeline.FIRST, "nowhere", new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(final ChannelHandlerContext ctx, final Object message) {
                ReferenceCountUtil.release(message);
            }
        });
        pauses.clear();
        channel.config().setAutoRead(true);
        final SslHandler tls = channel.pipeline().get(SslHandler.class);
        if (tls == null) {
            duplex.shutdownOutput().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        } else {
            tls.closeOutbound()
                    .addListener(future -> duplex.shutdownOutput().addListener(ChannelFutureListener.CLOSE_ON_FAILURE));
        }
    }

    private void closeIn(final long timeoutNs) {
        final ScheduledFuture<?> timer = channel.eventLoop().schedule(this::closeNow, timeoutNs, TimeUnit.NANOSECONDS);
        channel.closeFuture().addListener(future -> timer.cancel(false));
    }

    private void closeNow() {
        channel.close().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }

    private void become(final ConnectionState next) {
        if (!state.canBecome(next)) {
            throw new IllegalStateException("a connection cannot go from " + state + " to " + next);
        }
        state = next;
    }
}
