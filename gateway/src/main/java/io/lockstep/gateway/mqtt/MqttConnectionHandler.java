package io.lockstep.gateway.mqtt;

import io.lockstep.access.LoginResult;
import io.lockstep.gateway.session.KeepAlive;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttConnectVariableHeader;
import io.netty.handler.codec.mqtt.MqttIdentifierRejectedException;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageIdVariableHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttPubReplyMessageVariableHeader;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttSubscribeMessage;
import io.netty.handler.codec.mqtt.MqttUnacceptableProtocolVersionException;
import io.netty.handler.codec.mqtt.MqttUnsubscribeMessage;
import io.netty.handler.codec.mqtt.MqttVersion;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * Takes the decoded packets of one connection, checks that they may come now, and gives them to the session. Packets that
 * could not be decoded, that come at the wrong time or too late end the connection with the reason that the protocol has
 * for it, and touch nothing else.
 */
final class MqttConnectionHandler extends SimpleChannelInboundHandler<MqttMessage> {
    /** User event that tells the handler to answer what was read and end. */
    static final Object DRAIN = new Object();

    /** User event that tells the handler that users were exchanged. */
    static final Object ACCESS_CHANGED = new Object();

    private final MqttContext context;
    private final PacketSizeGuard sizeGuard;
    private MqttConnection connection;
    private MqttSession session;
    private ScheduledFuture<?> timer;

    MqttConnectionHandler(final MqttContext context, final PacketSizeGuard sizeGuard) {
        this.context = context;
        this.sizeGuard = sizeGuard;
    }

    @Override
    public void handlerAdded(final ChannelHandlerContext ctx) {
        connection =
                new MqttConnection(ctx.channel(), sizeGuard, context.options().hasReasonStrings());
    }

    @Override
    public void channelActive(final ChannelHandlerContext ctx) throws Exception {
        context.counters().connectionsOpened().increment();
        timer = ctx.executor()
                .schedule(this::onConnectTimeout, context.limits().connectTimeoutNs(), TimeUnit.NANOSECONDS);
        super.channelActive(ctx);
    }

    @Override
    public void channelInactive(final ChannelHandlerContext ctx) throws Exception {
        context.counters().connectionsClosed().increment();
        cancelTimer();
        if (connection.state() != ConnectionState.CLOSING) {
            connection.close();
        }
        connection.end();
        super.channelInactive(ctx);
    }

    @Override
    public void channelWritabilityChanged(final ChannelHandlerContext ctx) throws Exception {
        if (ctx.channel().isWritable()) {
            final boolean wasPaused = connection.onWritable();
            if (session != null) {
                if (wasPaused) {
                    // Its silence was the gateway's; that of a client that only reads is its own.
                    session.keepAlive().onPacket(connection.nowNs());
                }
                session.writeDeliveries();
            }
        }
        super.channelWritabilityChanged(ctx);
    }

    @Override
    public void userEventTriggered(final ChannelHandlerContext ctx, final Object event) throws Exception {
        if (event == ACCESS_CHANGED) {
            if (session != null) {
                session.onAccessChanged();
            }
        } else if (event == DRAIN) {
            final DrainNotice notice = context.drainState().notice();
            if (connection.state() == ConnectionState.OPEN) {
                session.drain();
            } else if (connection.state() == ConnectionState.OPENING && notice != null) {
                connection.sendElsewhere(returnCodeOf(notice, connection.isMqtt5()), notice);
            } else {
                connection.close();
            }
        } else {
            super.userEventTriggered(ctx, event);
        }
    }

    @Override
    public void exceptionCaught(final ChannelHandlerContext ctx, final Throwable cause) {
        // The network took the connection: nothing to tell and nobody to tell it to.
        if (!(cause instanceof IOException)) {
            context.counters().errors().increment();
            context.logger().accept("a connection failed and is closed: " + cause);
        }
        connection.close();
    }

    @Override
    protected void channelRead0(final ChannelHandlerContext ctx, final MqttMessage message) {
        if (connection.state() == ConnectionState.CLOSING) {
            return;
        }
        if (message.decoderResult().isFailure()) {
            onBadPacket(message);
            return;
        }
        final MqttMessageType type = message.fixedHeader().messageType();
        if (connection.state() == ConnectionState.AWAITING_CONNECT) {
            onConnect((MqttConnectMessage) message);
            return;
        }
        session.keepAlive().onPacket(connection.nowNs());
        switch (type) {
            case PUBLISH -> onPublish((MqttPublishMessage) message);
            case PUBACK -> session.onPubAck(packetIdOf(message));
            case PUBREC -> session.onPubRec(packetIdOf(message), reasonCodeOf(message));
            case PUBREL -> session.onPubRel(packetIdOf(message));
            case PUBCOMP -> session.onPubComp(packetIdOf(message));
            case SUBSCRIBE -> onSubscribe((MqttSubscribeMessage) message);
            case UNSUBSCRIBE -> onUnsubscribe((MqttUnsubscribeMessage) message);
            case PINGREQ -> connection.send(MqttMessage.PINGRESP);
            case DISCONNECT -> session.onDisconnect(message);
            default -> end(ReasonCodes.PROTOCOL_ERROR, "a client must not send " + type + " now");
        }
    }

    private static int packetIdOf(final MqttMessage message) {
        return ((MqttMessageIdVariableHeader) message.variableHeader()).messageId();
    }

    private static int reasonCodeOf(final MqttMessage message) {
        return message.variableHeader() instanceof final MqttPubReplyMessageVariableHeader reply
                ? reply.reasonCode() & 0xFF
                : ReasonCodes.SUCCESS;
    }

    private void onConnect(final MqttConnectMessage message) {
        cancelTimer();
        connection.maxPacketBytes(ConnectDecision.maxPacketBytes(message));
        final ConnectDecision decision =
                ConnectDecision.of(message, context.limits(), context.options().hasReasonStrings());
        if (!decision.isAccepted()) {
            context.counters().clientsRefused().increment();
            connection.refuse(decision.returnCode(), decision.reason());
            return;
        }
        final DrainNotice notice = context.drainState().notice();
        if (notice != null) {
            context.counters().clientsRefused().increment();
            connection.sendElsewhere(returnCodeOf(notice, decision.settings().isMqtt5()), notice);
            return;
        }
        connection.onConnect(decision.settings(), () -> session.submit(session.closing()));
        session = new MqttSession(connection, context);
        scheduleKeepAlive();
        final String willTopic =
                message.variableHeader().isWillFlag() ? message.payload().willTopic() : null;
        context.access()
                .logIn(
                        ClientCredentials.of(message, connection.channel()),
                        (result, user, needsRecord) ->
                                connection.run(() -> onLogin(result, user, needsRecord, willTopic)));
    }

    private static MqttConnectReturnCode returnCodeOf(final DrainNotice notice, final boolean isMqtt5) {
        if (!isMqtt5) {
            return MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE;
        }
        return notice.isMoved()
                ? MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_MOVED
                : MqttConnectReturnCode.CONNECTION_REFUSED_USE_ANOTHER_SERVER;
    }

    private void onLogin(
            final LoginResult result, final String user, final boolean needsRecord, final String willTopic) {
        if (connection.state() == ConnectionState.CLOSING) {
            return;
        }
        if (result != LoginResult.ACCEPTED) {
            refuseLogin(result);
            return;
        }
        session.access().onLoggedIn(user, needsRecord);
        // The user may have been removed while the password was compared; who is removed later is told by an event.
        if (!session.access().isStillKnown()
                || (willTopic != null && !session.access().mayPublish(willTopic))) {
            refuseLogin(LoginResult.NOT_ALLOWED);
            return;
        }
        session.keepAlive().onPacket(connection.nowNs());
        session.open();
    }

    private void refuseLogin(final LoginResult result) {
        context.counters().clientsRefused().increment();
        context.accessLog()
                .onRefused(
                        session.access().principal(),
                        "client '" + AccessLog.printable(session.clientId()) + '\'',
                        "log in: " + result,
                        "log in, " + result,
                        null);
        connection.refuse(
                ClientCredentials.returnCodeOf(result, connection.isMqtt5()), ClientCredentials.sentenceOf(result));
    }

    private void onPublish(final MqttPublishMessage message) {
        session.onCounted(message.variableHeader().topicName().length()
                + message.payload().readableBytes());
        session.onPublish(message);
    }

    private void onSubscribe(final MqttSubscribeMessage message) {
        session.onCounted(0);
        session.onSubscribe(message);
    }

    private void onUnsubscribe(final MqttUnsubscribeMessage message) {
        session.onCounted(0);
        session.onUnsubscribe(message);
    }

    private void onBadPacket(final MqttMessage message) {
        final Throwable cause = message.decoderResult().cause();
        if (connection.state() == ConnectionState.AWAITING_CONNECT) {
            onBadConnect(message, cause);
        } else if (cause instanceof final BadPacketException bad) {
            end(bad.reasonCode(), bad.getMessage());
        } else {
            end(ReasonCodes.MALFORMED_PACKET, "the packet is malformed");
        }
    }

    private void onBadConnect(final MqttMessage message, final Throwable cause) {
        context.counters().clientsRefused().increment();
        final boolean isMqtt5 = message.variableHeader() instanceof final MqttConnectVariableHeader header
                && header.version() == MqttVersion.MQTT_5.protocolLevel();
        if (cause instanceof MqttUnacceptableProtocolVersionException) {
            connection.refuse(MqttConnectReturnCode.CONNECTION_REFUSED_UNACCEPTABLE_PROTOCOL_VERSION, null);
        } else if (cause instanceof MqttIdentifierRejectedException) {
            connection.refuse(
                    isMqtt5
                            ? MqttConnectReturnCode.CONNECTION_REFUSED_CLIENT_IDENTIFIER_NOT_VALID
                            : MqttConnectReturnCode.CONNECTION_REFUSED_IDENTIFIER_REJECTED,
                    "the client id is not valid");
        } else if (isMqtt5) {
            connection.refuseUnread(
                    cause instanceof final BadPacketException bad ? bad.reasonCode() : ReasonCodes.MALFORMED_PACKET);
        } else {
            connection.close();
        }
    }

    private void end(final int reasonCode, final String reason) {
        context.counters().clientsDisconnected().increment();
        connection.disconnect(reasonCode, reason);
    }

    private void onConnectTimeout() {
        if (connection.state() == ConnectionState.AWAITING_CONNECT) {
            context.counters().clientsRefused().increment();
            connection.close();
        }
    }

    private void scheduleKeepAlive() {
        final long remainingNs = session.keepAlive().remainingNs(connection.nowNs());
        if (remainingNs != KeepAlive.NEVER) {
            timer = connection
                    .channel()
                    .eventLoop()
                    .schedule(this::onKeepAliveTimer, remainingNs, TimeUnit.NANOSECONDS);
        }
    }

    private void onKeepAliveTimer() {
        if (connection.state() == ConnectionState.CLOSING) {
            return;
        }
        final long nowNs = connection.nowNs();
        if (connection.isPaused()) {
            // What the client sends now is not read: its silence is the gateway's.
            session.keepAlive().onPacket(nowNs);
        }
        if (session.keepAlive().remainingNs(nowNs) <= 0) {
            end(ReasonCodes.KEEP_ALIVE_TIMEOUT, "nothing came within one and a half times the keep-alive");
        } else {
            scheduleKeepAlive();
        }
    }

    private void cancelTimer() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }
}
